"""Fill the owner of posts: the first user wrote those that exist.

The CHECK sees to it that no post without an owner is added meanwhile. NOT VALID means that it does
not look at the rows that exist, which would take long and keep others out.
"""

from collections.abc import Sequence

from alembic import op
from alembic_workflow import backfill, create_index_concurrently, drop_index_concurrently

revision: str = "4f7a19c2d8e3"
down_revision: str | Sequence[str] | None = "b2e94c7f1d58"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    backfill("posts", {"owner_id": "(SELECT min(users.id) FROM users)"}, where="owner_id IS NULL")
    create_index_concurrently("ix_posts_owner_id", "posts", ["owner_id"])
    op.create_check_constraint(
        op.f("ck_posts_owner_id_not_null"),
        "posts",
        "owner_id IS NOT NULL",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_posts_owner_id_not_null"), "posts", type_="check")
    drop_index_concurrently("ix_posts_owner_id", table_name="posts")
