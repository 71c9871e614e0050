"""The post that a request names."""

from typing import Annotated

from fastapi import Depends, HTTPException, Path, status
from sqlalchemy import select

from app.database import SessionDep
from app.dependencies.users import CurrentUser, OptionalUser
from app.models.post import Post
from app.queries.posts import post_not_found, read_post, visible_to
from app.schemas.base import MAX_ID
from app.schemas.post import PostPublic

PostId = Annotated[int, Path(ge=1, le=MAX_ID, description="The `id` of the post.", examples=[1])]


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
    if post.owner != user:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Only its owner may change this post.")
    return post


OwnPost = Annotated[Post, Depends(get_own_post)]
