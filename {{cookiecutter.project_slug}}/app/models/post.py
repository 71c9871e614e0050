"""Posts."""

from sqlalchemy import ForeignKey, Index, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, IdentityKey, TimestampMixin
from app.models.user import User


class Post(TimestampMixin, Base):
    """A text that a user wrote."""

    __tablename__ = "posts"
    # For each order of the list; an index is read in both directions.
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "title", "id"))

    id: Mapped[IdentityKey]
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    published: Mapped[bool] = mapped_column(server_default=true())
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)

    owner: Mapped[User] = relationship()
