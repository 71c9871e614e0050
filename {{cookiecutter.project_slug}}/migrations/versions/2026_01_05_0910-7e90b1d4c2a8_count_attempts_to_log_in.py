"""Count attempts to log in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7e90b1d4c2a8"
down_revision: str | Sequence[str] | None = "5a1c0e7d4b21"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_attempts")),
    )
    op.create_index(op.f("ix_login_attempts_expires_at"), "login_attempts", ["expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_login_attempts_expires_at"), table_name="login_attempts")
    op.drop_table("login_attempts")
