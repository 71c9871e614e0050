"""Posts. Everybody sees the published ones, and their owners see their drafts too."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from app.database import SessionDep, SessionRoute
from app.dependencies.posts import OwnPost, VisiblePost
from app.dependencies.users import CurrentUser, OptionalUser
from app.models.post import Post
from app.queries.pagination import Cursor, Limit, Page, read_page
from app.queries.posts import ORDERS, SORT_NAMES, PostSort, read_post, select_posts
from app.schemas.base import Text
from app.schemas.post import PostCreate, PostPublic, PostUpdate

router = APIRouter(prefix="/posts", tags=["posts"], route_class=SessionRoute)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_post(content: PostCreate, session: SessionDep, user: CurrentUser) -> PostPublic:
    """Write a post."""
    post = Post(**content.model_dump(), owner=user)
    session.add(post)
    session.flush()
    created = read_post(session, post.id, user)
    session.commit()
    return created


@router.get("")
def list_posts(
    session: SessionDep,
    user: OptionalUser,
    limit: Limit = 20,
    cursor: Cursor = None,
    search: Annotated[
        Text | None,
        Query(max_length=200, description="A part of the title.", examples=["engine"]),
    ] = None,
    sort: Annotated[
        PostSort,
        Query(
            description="By date or title; `-` is descending.",
            examples=["title"],
            json_schema_extra={"x-enum-varnames": list(SORT_NAMES)},
        ),
    ] = "-created_at",
) -> Page[PostPublic]:
    """List posts, newest first or by `sort`; `search` finds a part of the title, in any case."""
    query = select_posts(user)
    if search is not None:
        query = query.where(Post.title.icontains(search, autoescape=True))
    scope = ("posts", sort, search)
    rows, following = read_page(
        session, query, ORDERS[sort], limit=limit, cursor=cursor, scope=scope
    )
    return Page(items=[PostPublic.model_validate(row) for row in rows], next=following)


@router.get("/{post_id}")
def get_post(post: VisiblePost) -> PostPublic:
    """Read a post."""
    return post


@router.patch("/{post_id}")
def update_post(
    changes: PostUpdate, post: OwnPost, session: SessionDep, user: CurrentUser
) -> PostPublic:
    """Change the given fields of a post; only its owner may."""
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(post, name, value)
    session.flush()
    updated = read_post(session, post.id, user)
    session.commit()
    return updated


@router.delete("/{post_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_post(post: OwnPost, session: SessionDep) -> None:
    """Delete a post and its votes; only its owner may."""
    session.delete(post)
    session.commit()
