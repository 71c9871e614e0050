"""Posts."""

from sqlalchemy import ForeignKey, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey, TimestampMixin


class Post(TimestampMixin, Base):
    """A text that a user wrote."""

    __tablename__ = "posts"

    id: Mapped[IdentityKey]
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    published: Mapped[bool] = mapped_column(server_default=true())
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
