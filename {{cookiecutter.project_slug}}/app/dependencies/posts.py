"""Posts as the user who makes the request may see and change them."""

from typing import Annotated, Any, Literal

from fastapi import Depends, HTTPException, Path, status
from sqlalchemy import ColumnExpressionArgument, Select, func, or_, select
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.dependencies.users import CurrentUser, OptionalUser
from app.models.post import Post
from app.models.user import User
from app.models.vote import Vote
from app.pagination import Order
from app.schemas.base import MAX_ID
from app.schemas.post import PostPublic

PostId = Annotated[int, Path(ge=1, le=MAX_ID)]
PostSort = Literal["-created_at", "created_at", "-title", "title"]

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


def get_visible_post(post_id: PostId, session: SessionDep, user: OptionalUser) -> PostPublic:
    """Return the post named in the path, or raise HTTPException 404."""
    return read_post(session, post_id, user)


VisiblePost = Annotated[PostPublic, Depends(get_visible_post)]


def get_own_post(post_id: PostId, session: SessionDep, user: CurrentUser) -> Post:
    """Return the post named in the path, locked so that it can be changed safely.

    Raises HTTPException 404 when the user may not see it, 403 when somebody else owns it.
    """
    visible = select(Post).where(Post.id == post_id, visible_to(user))
    post = session.scalars(visible.with_for_update()).one_or_none()
    if post is None:
        raise post_not_found()
    if post.owner_id != user.id:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Only its owner may change this post.")
    return post


OwnPost = Annotated[Post, Depends(get_own_post)]


def post_not_found() -> HTTPException:
    """Return the answer for a post that does not exist or that the user may not see."""
    return HTTPException(status.HTTP_404_NOT_FOUND, "There is no such post.")
