from typing import Any

from sqlalchemy.orm import Session

from app.models.post import Post
from app.models.user import User
from app.models.vote import Vote
from tests.factories.users import create_user


def create_post(session: Session, **fields: Any) -> Post:
    """Return a new published post; its owner is a new user unless one is given."""
    if "owner" not in fields:
        fields["owner"] = create_user(session)
    defaults = {"title": "A title", "content": "Some content."}
    post = Post(**defaults | fields)
    session.add(post)
    session.commit()
    return post


def create_vote(session: Session, post: Post, user: User) -> Vote:
    """Return this user's new vote for the post."""
    vote = Vote(post=post, user=user)
    session.add(vote)
    session.commit()
    return vote
