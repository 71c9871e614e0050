"""Which tables of a shared database are this service's own."""

import ast
import re
from collections.abc import Iterator, MutableMapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

Table = tuple[str | None, str]
"""Schema, None for the default one, and name."""

_IDENTIFIER = r'"(?:[^"]|"")+"|[^\s".(;,]+'
_TABLE_STATEMENT = re.compile(
    r"\b(?P<verb>CREATE|DROP|ALTER)\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\s+"
    r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?"
    rf"(?:(?P<schema>{_IDENTIFIER})\.)?(?P<name>{_IDENTIFIER})"
    rf"(?:\s+RENAME\s+TO\s+(?P<new_name>{_IDENTIFIER}))?",
    re.IGNORECASE,
)


class Ownership:
    """A table is owned if a model describes it, or if this service's history has created it.

    The second half matters when a model is deleted: its table must still be dropped.
    """

    def __init__(self, metadata: Sequence[MetaData], script: ScriptDirectory) -> None:
        """Take the models' metadata and the revisions; the revisions are read when first needed."""
        self._models: set[Table] = {
            (table.schema, str(table.name)) for part in metadata for table in part.tables.values()
        }
        self._script = script
        self.schemas = {schema for schema, _ in self._models if schema is not None}

    def include_name(
        self, name: str | None, kind: str, parent_names: MutableMapping[Any, Any]
    ) -> bool:
        """Return whether autogenerate looks at this; what Alembic calls `include_name`."""
        if kind == "schema":
            return name is None or name in self.schemas
        return kind != "table" or (parent_names.get("schema_name"), name) in self._tables

    @cached_property
    def _tables(self) -> set[Table]:
        return self._models | tables_of_history(self._script)


def tables_of_history(script: ScriptDirectory) -> set[Table]:
    """Return the tables that exist, as far as the revisions say, once all of them are applied.

    The files are read and not run, so a table counts if its name is written out, in an operation
    or in the SQL of `op.execute`, and not if it is put together at run time.
    """
    tables: set[Table] = set()
    for revision in reversed(list(script.walk_revisions())):
        for old, new in _changes(Path(revision.path)):
            tables.discard(old)
            if new is not None:
                tables.add(new)
    return tables


def _changes(path: Path) -> Iterator[tuple[Table, Table | None]]:
    """Yield each table before and after: the same if it is created, None after if it is dropped."""
    functions = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name != "downgrade"
    ]
    calls = [node for body in functions for node in ast.walk(body) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(call.func, ast.Attribute):
            yield from _changes_of_call(call.func.attr, call)


def _changes_of_call(name: str, call: ast.Call) -> Iterator[tuple[Table, Table | None]]:
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    schemas = [word.value for word in call.keywords if word.arg == "schema"]
    schema = _text(schemas[0]) if schemas else None
    match name, texts:
        case "create_table", [str(table), *_]:
            yield (schema, table), (schema, table)
        case "drop_table", [str(table), *_]:
            yield (schema, table), None
        case "rename_table", [str(old), str(new), *_]:
            yield (schema, old), (schema, new)
        case "execute", _:
            for node in ast.walk(call):
                yield from _changes_of_sql(_text(node) or "")


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _changes_of_sql(sql: str) -> Iterator[tuple[Table, Table | None]]:
    for match in _TABLE_STATEMENT.finditer(sql):
        schema = _unquote(match["schema"]) if match["schema"] else None
        schema = None if schema == "public" else schema
        table = (schema, _unquote(match["name"]))
        verb = match["verb"].upper()
        if verb == "ALTER" and match["new_name"]:
            yield table, (schema, _unquote(match["new_name"]))
        elif verb != "ALTER":
            yield table, table if verb == "CREATE" else None


def _unquote(identifier: str) -> str:
    """PostgreSQL folds a name to lower case unless it is quoted."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
