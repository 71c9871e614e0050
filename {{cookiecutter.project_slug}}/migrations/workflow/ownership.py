"""Which tables of a shared database are this service's own."""

import io
import re
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

_IDENTIFIER = r'"(?:[^"]|"")+"|[^\s".(;]+'
_QUALIFIED_NAME = rf"(?:(?P<schema>{_IDENTIFIER})\.)?(?P<name>{_IDENTIFIER})"
_CREATED_TABLE = re.compile(
    rf"^\s*CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_QUALIFIED_NAME}",
    re.IGNORECASE | re.MULTILINE,
)
_RENAMED_TABLE = re.compile(
    rf"^\s*ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_QUALIFIED_NAME}"
    rf"\s+RENAME\s+TO\s+(?P<new_name>{_IDENTIFIER})",
    re.IGNORECASE | re.MULTILINE,
)


class Ownership:
    """A table is owned if a model describes it or a revision of this service created it.

    The second half matters when a model is deleted: its table must still be dropped.
    """

    def __init__(self, metadata: Sequence[MetaData], script: ScriptDirectory) -> None:
        """Take the models' metadata and the revisions; the revisions are read when first needed."""
        self._metadata = metadata
        self._script = script

    def include_name(
        self, name: str | None, kind: str, parent_names: MutableMapping[Any, Any]
    ) -> bool:
        """Return whether autogenerate looks at this; what Alembic calls `include_name`."""
        if kind != "table":
            return True
        return (parent_names.get("schema_name"), name) in self._tables

    @cached_property
    def _tables(self) -> set[tuple[str | None, str | None]]:
        models = {(table.schema, table.name) for m in self._metadata for table in m.tables.values()}
        return models | tables_of_history(self._script)


def tables_of_history(script: ScriptDirectory) -> set[tuple[str | None, str | None]]:
    """Return (schema, name) of each table that the SQL of any revision creates or renames.

    The schema is None for the default one, as it is in what Alembic reflects.
    """
    history = _sql_of_history(script)
    names = [
        *((match["schema"], match["name"]) for match in _CREATED_TABLE.finditer(history)),
        *((match["schema"], match["new_name"]) for match in _RENAMED_TABLE.finditer(history)),
    ]
    tables = {(_unquote(schema), _unquote(name)) for schema, name in names}
    return {(None if schema == "public" else schema, name) for schema, name in tables}


def _unquote(identifier: str | None) -> str | None:
    """PostgreSQL folds a name to lower case unless it is quoted."""
    if identifier is None or not identifier.startswith('"'):
        return identifier and identifier.lower()
    return identifier[1:-1].replace('""', '"')


def _sql_of_history(script: ScriptDirectory) -> str:
    sql = io.StringIO()
    options = {"as_sql": True, "output_buffer": sql}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with _operations_on(context):
        for revision in script.walk_revisions():
            # One that reads rows cannot be written as SQL; what it said before that counts.
            with suppress(Exception):
                revision.module.upgrade()
    return sql.getvalue()


@contextmanager
def _operations_on(context: MigrationContext) -> Iterator[None]:
    """Point `alembic.op` at this context, and afterwards back at the running command's."""
    outer = getattr(op, "_proxy", None)
    with Operations.context(context):
        yield
    if outer is not None:
        outer._install_proxy()
