<%
# What a revision that is one step of a safe change says beside its operations.
given = context.get("config", None)
step = given.attributes.get("steps", {}).get(up_revision) if given else None
%>\
"""${message.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')}
% if step:

${step.deploy.replace("\\", "\\\\").replace('"', '\\"')}
% endif

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}
% if step and step.ignore:
lint_ignore = ${step.ignore}
% endif


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
