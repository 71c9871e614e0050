"""Create posts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8d3f2b6a9c04"
down_revision: str | Sequence[str] | None = "7e90b1d4c2a8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_created_at_id"), "posts", ["created_at", "id"])
    op.create_index(op.f("ix_posts_title_id"), "posts", ["title", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_title_id"), table_name="posts")
    op.drop_index(op.f("ix_posts_created_at_id"), table_name="posts")
    op.drop_table("posts")
