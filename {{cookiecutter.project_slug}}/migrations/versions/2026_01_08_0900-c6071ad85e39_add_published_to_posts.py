"""Add published to posts.

The default on the server fills the rows that exist.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c6071ad85e39"
down_revision: str | Sequence[str] | None = "d06b5e83a1f7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "posts", sa.Column("published", sa.Boolean(), server_default=sa.true(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("posts", "published")
