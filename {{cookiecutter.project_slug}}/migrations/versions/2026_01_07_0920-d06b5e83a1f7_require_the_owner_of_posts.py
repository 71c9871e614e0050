"""Require the owner of posts.

SET NOT NULL need not read the table if a validated CHECK says the same, and others can read and
write while a constraint is validated.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "d06b5e83a1f7"
down_revision: str | Sequence[str] | None = "4f7a19c2d8e3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE posts VALIDATE CONSTRAINT fk_posts_owner_id_users")
    op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_owner_id_not_null")
    op.alter_column("posts", "owner_id", nullable=False)
    op.drop_constraint(op.f("ck_posts_owner_id_not_null"), "posts", type_="check")


def downgrade() -> None:
    op.create_check_constraint(
        op.f("ck_posts_owner_id_not_null"),
        "posts",
        "owner_id IS NOT NULL",
        postgresql_not_valid=True,
    )
    op.alter_column("posts", "owner_id", nullable=True)
