"""Posts as a user may see them."""

from typing import Any, Literal

from fastapi import HTTPException, status
from sqlalchemy import ColumnExpressionArgument, Select, func, or_, select
from sqlalchemy.orm import Session

from app.models.post import Post
from app.models.user import User
from app.models.vote import Vote
from app.queries.pagination import Order
from app.schemas.post import PostPublic

PostSort = Literal["-created_at", "created_at", "-title", "title"]
# What generated clients call them.
SORT_NAMES = ("CREATED_AT_DESCENDING", "CREATED_AT", "TITLE_DESCENDING", "TITLE")

# Each has an index, and the id orders what is equal otherwise. There is none by number of votes:
# every page would count those of all posts, and a post that gains one would move between pages.
ORDERS: dict[PostSort, Order] = {
    "-created_at": Order((Post.created_at, Post.id), descending=True),
    "created_at": Order((Post.created_at, Post.id)),
    "-title": Order((Post.title, Post.id), descending=True),
    "title": Order((Post.title, Post.id)),
}


def visible_to(user: User | None) -> ColumnExpressionArgument[bool]:
    """Return the condition for the posts a user may see: all published ones and the user's own."""
    if user is None:
        return Post.published
    return or_(Post.published, Post.owner_id == user.id)


def select_posts(user: User | None) -> Select[Any]:
    """Return the query for the posts a user may see, each with its number of votes."""
    votes = select(func.count()).where(Vote.post_id == Post.id).scalar_subquery()
    return select(*Post.__table__.columns, votes.label("votes")).where(visible_to(user))


def read_post(session: Session, post_id: int, user: User | None) -> PostPublic:
    """Return the post. Raises HTTPException 404 when there is none that the user may see."""
    row = session.execute(select_posts(user).where(Post.id == post_id)).one_or_none()
    if row is None:
        raise post_not_found()
    return PostPublic.model_validate(row)


def post_not_found() -> HTTPException:
    """Return the answer for a post that does not exist or that the user may not see."""
    return HTTPException(status.HTTP_404_NOT_FOUND, "There is no such post.")
