"""The mark of an adopted database, a comment on its version table."""

import re
from collections.abc import Iterable
from typing import Any

from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.util import CommandError
from sqlalchemy import Connection

from alembic_workflow.command_names import command
from alembic_workflow.sql.identifiers import quoted

_MARK = re.compile(r"adopted at (?P<revision>\w+)")


def mark_adopted(connection: Connection, version_table: str, revision: str) -> None:
    """Remember at which revision the database was adopted."""
    connection.exec_driver_sql(
        f"COMMENT ON TABLE {quoted(version_table)} IS 'adopted at {revision}'"
    )


def forget_at_base(*, ctx: MigrationContext, heads: set[str], **_: Any) -> None:
    """Forget it once the database is out of Alembic; what Alembic calls `on_version_apply`."""
    if not heads and not ctx.as_sql and ctx.connection is not None:
        ctx.connection.exec_driver_sql(f"COMMENT ON TABLE {quoted(ctx.version_table)} IS NULL")


def reject_undoing_it(migration: MigrationContext, steps: Iterable[MigrationStep]) -> None:
    """Raise CommandError if the steps would drop the tables that were there before Alembic."""
    undone = {
        step.revision.revision
        for step in steps
        if isinstance(step, RevisionStep) and step.is_downgrade
    }
    mark = _mark(migration) if undone else None
    if mark is not None and mark["revision"] in undone:
        raise CommandError(
            f"The database was adopted at {mark['revision']}: undoing that would drop tables that "
            "were there before, with their rows. Nothing was changed. To take the database out of "
            f"Alembic and keep them: {command('stamp', to='base')}."
        )


def _mark(migration: MigrationContext) -> re.Match[str] | None:
    assert migration.connection is not None
    query = "SELECT obj_description(to_regclass(%s), 'pg_class')"
    comment = migration.connection.exec_driver_sql(query, (quoted(migration.version_table),))
    return _MARK.fullmatch(comment.scalar() or "")
