"""Add an owner to posts.

Written before the first post exists. With rows in the table, add the column as nullable, fill it,
and only then set NOT NULL.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b2e94c7f1d58"
down_revision: str | Sequence[str] | None = "8d3f2b6a9c04"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("owner_id", sa.BigInteger(), nullable=False))
    op.create_index(op.f("ix_posts_owner_id"), "posts", ["owner_id"])
    op.create_foreign_key(
        op.f("fk_posts_owner_id_users"), "posts", "users", ["owner_id"], ["id"], ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_posts_owner_id_users"), "posts", type_="foreignkey")
    op.drop_index(op.f("ix_posts_owner_id"), table_name="posts")
    op.drop_column("posts", "owner_id")
