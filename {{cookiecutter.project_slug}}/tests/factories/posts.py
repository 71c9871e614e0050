from typing import Any

from sqlalchemy.orm import Session

from app.models.post import Post
from app.models.user import User
from app.models.vote import Vote
from tests.factories.users import create_user


def create_post(session: Session, **fields: Any) -> Post:
    """Return a new published post; its owner is a new user unless `owner_id` is given."""
    if "owner_id" not in fields:
        fields["owner_id"] = create_user(session).id
    defaults = {"title": "A title", "content": "Some content."}
    post = Post(**defaults | fields)
    session.add(post)
    session.commit()
    return post


def create_vote(session: Session, post: Post, user: User) -> Vote:
    """Return this user's new vote for the post."""
    vote = Vote(post_id=post.id, user_id=user.id)
    session.add(vote)
    session.commit()
    return vote
