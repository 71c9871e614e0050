"""${message.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')}

Revision: ${up_revision}
After: ${down_revision if down_revision else "nothing" | comma,n}
Created: ${create_date}
% if not isinstance(down_revision, tuple):

Before you commit this file:
- Comments that begin with "Write by hand" or "Unconfirmed rename" name what is left to you.
- Rows that exist: add a column as nullable in one revision, fill it in the next with
  alembic_workflow.backfill, and set NOT NULL in a third.
- Indexes of tables that are in use: alembic_workflow.indexes.create_index_concurrently.
- downgrade() undoes upgrade() in reverse order: constraints and indexes go before their columns.
- Write SQL, or tables as sa.table(...): a model changes later, and a revision must not.
- make lint-migrations finds what locks or breaks a live service; make test tries both directions.
% endif
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
