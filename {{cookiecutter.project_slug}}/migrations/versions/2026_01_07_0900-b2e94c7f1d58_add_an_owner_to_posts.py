"""Add an owner to posts.

The first of three revisions, so that the service can run meanwhile: a column that may be NULL, the
owners of the posts that exist, and then NOT NULL.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b2e94c7f1d58"
down_revision: str | Sequence[str] | None = "8d3f2b6a9c04"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("owner_id", sa.BigInteger(), nullable=True))
    # New rows are checked from now on; the third revision checks the others.
    op.create_foreign_key(
        op.f("fk_posts_owner_id_users"),
        "posts",
        "users",
        ["owner_id"],
        ["id"],
        ondelete="CASCADE",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_posts_owner_id_users"), "posts", type_="foreignkey")
    op.drop_column("posts", "owner_id")
