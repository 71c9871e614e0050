"""${message.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')}

Revision: ${up_revision}
After: ${down_revision if down_revision else "nothing" | comma,n}
Created: ${create_date}

Before you commit this file:
- A rename shows up as a drop and an add, which loses the rows: write
  op.alter_column(..., new_column_name=...) or op.rename_table by hand.
- Rows that exist: add the column as nullable, fill it, and only then set NOT NULL.
- downgrade() undoes upgrade() in reverse order: constraints and indexes go before their columns.
- Locks: every statement waits for, and then holds, its lock until the revision commits. Keep
  revisions short; index a large table with postgresql_concurrently=True in an autocommit_block().
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
