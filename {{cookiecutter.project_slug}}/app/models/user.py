"""People who can log in."""

from datetime import datetime

from sqlalchemy import DateTime, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey, TimestampMixin


class User(TimestampMixin, Base):
    """Someone with an e-mail address and a password."""

    __tablename__ = "users"

    id: Mapped[IdentityKey]
    email: Mapped[str] = mapped_column(String(320))
    hashed_password: Mapped[str] = mapped_column(String(255))
    # Tokens carry it. Counting up makes all that were issued before invalid.
    token_version: Mapped[int] = mapped_column(server_default="0")
    deactivated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


Index("uq_users_email", func.lower(User.email), unique=True)
