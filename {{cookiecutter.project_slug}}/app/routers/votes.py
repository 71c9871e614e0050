"""Votes for posts. Voting twice, or taking back what is not there, changes nothing."""

from fastapi import APIRouter, status
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.database import SessionDep, SessionRoute
from app.dependencies.posts import VisiblePost
from app.dependencies.users import CurrentUser
from app.models.vote import Vote
from app.queries.posts import post_not_found

router = APIRouter(prefix="/posts/{post_id}/vote", tags=["votes"], route_class=SessionRoute)


@router.put("", status_code=status.HTTP_204_NO_CONTENT)
def add_vote(user: CurrentUser, post: VisiblePost, session: SessionDep) -> None:
    """Vote for a post."""
    vote = insert(Vote).values(post_id=post.id, user_id=user.id)
    try:
        session.execute(vote.on_conflict_do_nothing())
    except IntegrityError as error:  # A user is never deleted, so it is the post that is gone.
        raise post_not_found() from error
    session.commit()


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
def remove_vote(user: CurrentUser, post: VisiblePost, session: SessionDep) -> None:
    """Take back a vote."""
    session.execute(delete(Vote).where(Vote.post_id == post.id, Vote.user_id == user.id))
    session.commit()
