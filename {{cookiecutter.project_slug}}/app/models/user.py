"""People who can log in."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey, TimestampMixin


class User(TimestampMixin, Base):
    """Someone with an e-mail address and a password."""

    __tablename__ = "users"

    id: Mapped[IdentityKey]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    hashed_password: Mapped[str] = mapped_column(String(255))
