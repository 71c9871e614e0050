"""Revisions that tests write by hand, and the ones that the service has."""

from pathlib import Path

from running import write_module

from workflow.revisions import VOTES
from workflow.workbench import Workbench

REVISION = '''"""Written by a test.

What follows is text: down_revision = "x"

Revision ID: {name}
Revises: {after}
Create Date: {date} 09:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from alembic_workflow import backfill

revision: str = "{name}"
down_revision: str | None = {after!r}  # the one before
branch_labels = {labels!r}
depends_on = {depends_on!r}
{extra}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''


def write_revision_after(
    project: Workbench,
    name: str,
    after: str | tuple[str, ...] | None = VOTES,
    upgrade: str = "pass",
    downgrade: str = "pass",
    *,
    date: str = "2026-02-01",
    labels: str | tuple[str, ...] | None = None,
    depends_on: str | None = None,
    extra: str = "",
) -> Path:
    """Write a revision of this name; lines of a body are indented as the first one."""
    text = REVISION.format(
        name=name,
        after=after,
        date=date,
        labels=labels,
        depends_on=depends_on,
        extra=extra,
        upgrade=upgrade.strip().replace("\n", "\n    "),
        downgrade=downgrade.strip().replace("\n", "\n    "),
    )
    path = project.versions / f"{date.replace('-', '_')}_0900-{name}.py"
    write_module(path, text)
    return path


def line_of(path: Path, text: str) -> int:
    """Return the number of the only line that has this text in it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if text in line]
    return number
