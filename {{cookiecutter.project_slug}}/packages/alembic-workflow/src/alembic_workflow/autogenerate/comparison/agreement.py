"""The operations of autogenerate, without those in which the catalogs do not differ.

Alembic compares by what it reflects, and so takes a constraint that PostgreSQL named, a schema that
is the default one, and more, for changes. Only what differs between the catalogs is written.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from alembic.operations import ops
from sqlalchemy.sql.elements import conv

from alembic_workflow.alembic_internals import dropped_columns
from alembic_workflow.autogenerate.comparison.types import known_type
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import parents
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.sql.identifiers import DIALECT, is_left_out

_WITH = re.compile(r" WITH \(([^)]*)\)")
_PARTITION = re.compile(r" PARTITION BY ((?:RANGE|LIST|HASH) \(.*?\))(?= WITH \(| TABLESPACE |$)")


class Agreement:
    """Holds operations against the differences of the catalogs."""

    def __init__(self, differences: Iterable[Difference], found: Catalog, schema: str) -> None:
        """Take what differs, the catalog of what is there, and the default schema."""
        self._differing = {each.item: each for each in differences}
        self._found = found
        self._default_schema = schema

    def kept(self, operations: Iterable[Any]) -> Iterator[ops.MigrateOperation]:
        """Yield, one by one, the operations that remove a difference."""
        for each in operations:
            if isinstance(each, ops.ModifyTableOps):
                yield from self.kept(each.ops)
            elif isinstance(each, ops.AlterColumnOp):
                yield from self._altering(each)
            elif (item := self._item(each)) is None or item in self._differing:
                self._complete(each)
                yield each

    def _item(self, operation: Any) -> Item | None:
        """Return what the operation makes or drops; None if it is none of Alembic's."""
        schema = getattr(operation, "schema", None) or self._default_schema
        if isinstance(operation, ops.CreateTableOp | ops.DropTableOp):
            return Item("table", schema, "", operation.table_name)
        if isinstance(operation, ops.AddColumnOp):
            return Item("column", schema, operation.table_name, operation.column.name)
        if isinstance(operation, ops.DropColumnOp):
            return Item("column", schema, operation.table_name, operation.column_name)
        if isinstance(operation, ops.CreateIndexOp | ops.DropIndexOp):
            return self._part("index", operation.index_name, schema, operation.table_name)
        if isinstance(operation, ops.CreateForeignKeyOp):
            schema = operation.kw.get("source_schema") or self._default_schema
            name, table = operation.constraint_name, operation.source_table
            return self._part("constraint", name, schema, table)
        if isinstance(operation, ops.AddConstraintOp | ops.DropConstraintOp):
            table = getattr(operation, "table_name", "")
            name = getattr(operation, "constraint_name", None)
            return self._part("constraint", name, schema, table)
        if isinstance(operation, ops.CreateTableCommentOp | ops.DropTableCommentOp):
            return Item("comment on table", schema, operation.table_name, "")
        return None

    def _part(self, kind: str, given: Any, schema: str, table: str | None) -> Item:
        """Return the item by the name that it gets; one without a name is in no catalog."""
        name = "" if given is None else given
        if isinstance(name, conv):
            name = DIALECT.identifier_preparer.truncate_and_render_constraint_name(name)
            name = name[1:-1].replace('""', '"') if name.startswith('"') else name
        return Item(kind, schema, table or "", str(name))

    def _altering(self, operation: ops.AlterColumnOp) -> Iterator[ops.AlterColumnOp]:
        schema = operation.schema or self._default_schema
        item = Item("column", schema, operation.table_name, operation.column_name)
        difference = self._differing.get(item)
        operation.kw.pop("autoincrement", None)  # a word of MySQL
        if item._replace(kind="comment on column") not in self._differing:
            operation.modify_comment = False
        if difference is None:
            operation.modify_type = operation.modify_nullable = None
            operation.modify_server_default = False
        else:
            expected = column_text(difference.expected or "")
            found = column_text(difference.found or "")
            if expected.is_required == found.is_required:
                operation.modify_nullable = None
        if operation.has_changes():
            yield operation

    def _complete(self, operation: Any) -> None:
        """Add to what is dropped what it has to be when it comes back, and reflection lost."""
        schema = getattr(operation, "schema", None) or self._default_schema
        if isinstance(operation, ops.DropTableOp):
            item = Item("table", schema, "", operation.table_name)
            operation.table_kw = {**operation.table_kw, **table_options(self._found[item])}
            if self._found[item].startswith("UNLOGGED "):
                operation.prefixes = ["UNLOGGED"]
            columns = dropped_columns(operation)
        elif isinstance(operation, ops.DropColumnOp):
            columns = [operation.to_column()]
        else:
            return
        for column in columns:
            item = Item("column", schema, operation.table_name, column.name)
            column.type = known_type(column, column_text(self._found.get(item, "")).type)


def table_options(definition: str) -> dict[str, Any]:
    """Return the arguments of a `Table` that make it what the catalog says."""
    options: dict[str, Any] = {}
    inherited = parents(definition)
    # SQLAlchemy has no words for one in another schema.
    if inherited and all(is_left_out(schema) for schema, _ in inherited):
        options["postgresql_inherits"] = tuple(table for _, table in inherited)
    if match := _PARTITION.search(definition):
        options["postgresql_partition_by"] = match[1]
    if match := _WITH.search(definition):
        pairs = [option.split("=", 1) for option in match[1].split(", ")]
        options["postgresql_with"] = dict(pairs)
    return options
