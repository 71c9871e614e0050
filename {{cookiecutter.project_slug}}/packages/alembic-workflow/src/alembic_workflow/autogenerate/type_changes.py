"""Changes of a column's type, with a cast where PostgreSQL makes none by itself."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations.ops import AlterColumnOp, MigrateOperation, ModifyTableOps
from sqlalchemy.dialects.postgresql.base import PGDialect

from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.sql.identifiers import name

Kind = TypeVar("Kind", bound=AlterColumnOp)


class CastingAlterColumnOp(AlterColumnOp):
    """A change of type with USING, which Alembic can run, but not write into a revision."""

    def reverse(self) -> AlterColumnOp:
        """Return the change back, which may need no cast."""
        return _copy(AlterColumnOp, self).reverse()


def cast_where_needed(trial: Trial, operations: Sequence[MigrateOperation]) -> None:
    """Change in place the operations that PostgreSQL refuses to do without an explicit cast.

    It does not cast a default either, so that is taken off first and set again afterwards.
    https://www.postgresql.org/docs/current/sql-altertable.html
    """
    tables = [each for each in operations if isinstance(each, ModifyTableOps)]
    if not any(_changes_type(each) for table in tables for each in table.ops):
        return
    for operation in trial.one_by_one(operations):
        if isinstance(operation, ModifyTableOps):
            operation.ops = [part for each in operation.ops for part in _parts(trial, each)]


def _changes_type(operation: MigrateOperation) -> bool:
    return isinstance(operation, AlterColumnOp) and operation.modify_type is not None


def _parts(trial: Trial, operation: MigrateOperation) -> Iterator[MigrateOperation]:
    if not isinstance(operation, AlterColumnOp) or operation.modify_type is None:
        yield operation
        return
    kind = operation.modify_type.compile(dialect=PGDialect())  # type: ignore[no-untyped-call]
    table = name(operation.schema or "", operation.table_name)
    if not trial.lacks_cast(f"ALTER TABLE {table} ALTER {name(operation.column_name)} TYPE {kind}"):
        yield operation
        return
    change = _copy(CastingAlterColumnOp, operation)
    using = f"{name(operation.column_name)}::{kind}".replace("%", "%%")  # as psycopg2 wants it
    change.kw = operation.kw | {"postgresql_using": using}
    default = operation.existing_server_default
    if not default:
        yield change
        return
    change.modify_server_default = change.existing_server_default = False
    drop = _copy(AlterColumnOp, operation)
    drop.modify_type = drop.modify_nullable = None
    drop.modify_comment = False
    restore = _copy(AlterColumnOp, drop)
    drop.modify_server_default = None
    restore.existing_type, restore.existing_server_default = operation.modify_type, None
    if restore.modify_server_default is False:
        restore.modify_server_default = default
    yield from (drop, change, *([restore] if restore.modify_server_default is not None else []))


def _copy(kind: type[Kind], operation: AlterColumnOp) -> Kind:
    copy = kind.__new__(kind)
    vars(copy).update(vars(operation))
    return copy


@renderers.dispatch_for(CastingAlterColumnOp)
def _render(autogen_context: AutogenContext, operation: CastingAlterColumnOp) -> str:
    plain = _copy(AlterColumnOp, operation)
    source: str = renderers.dispatch(plain)(autogen_context, plain)
    return f"{source.removesuffix(')')}, postgresql_using={operation.kw['postgresql_using']!r})"
