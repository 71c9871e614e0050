"""Changes of a column's type that PostgreSQL refuses as they are."""

from collections.abc import Iterator
from typing import TypeVar

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations.ops import AlterColumnOp, MigrateOperation
from sqlalchemy import ARRAY, Boolean, Enum
from sqlalchemy.types import NullType

from alembic_workflow.autogenerate.changes.dependents import (
    dependents,
    generated_from,
    grants_notes,
)
from alembic_workflow.autogenerate.changes.sequences import sequences_for
from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.rendering import as_database_sees
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Item
from alembic_workflow.sql.identifiers import DIALECT, name

Kind = TypeVar("Kind", bound=AlterColumnOp)


class CastingAlterColumnOp(AlterColumnOp):
    """A change of type with USING, which Alembic can run, but not write into a revision."""

    def reverse(self) -> AlterColumnOp:
        """Return the change back, which may need no cast."""
        return _copy(AlterColumnOp, self).reverse()


def ways(operation: MigrateOperation, trial: Trial) -> Iterator[list[MigrateOperation]]:
    """Yield the ways of changing a type, or of making a table, the simplest first.

    Where PostgreSQL casts no rows by itself, it has to be told how, and it does not cast a default
    at all, so that is taken off first and set again afterwards. A generated column that is made
    from the column, or is it, goes first, and is made again by what completes the revision; so do
    views, policies, triggers and rules, which are made again at once.
    https://www.postgresql.org/docs/current/sql-altertable.html
    """
    yield [operation]
    if sequences := list(sequences_for(operation, trial)):
        yield [*sequences, operation]
    if not isinstance(operation, AlterColumnOp) or operation.modify_type is None:
        return
    own: list[list[MigrateOperation]] = [
        [operation],
        *(list(_with_cast(operation, via)) for via in _via(operation)),
    ]
    yield from own[1:]
    catalog = trial.catalog()
    schema = operation.schema or trial.default_schema
    column = Item("column", schema, operation.table_name, operation.column_name)
    if generated := [
        made(each, catalog[each]).reverse() for each in generated_from(column, catalog)
    ]:
        yield from ([*generated, *way] for way in own)
    if items := dependents(trial, column, catalog):
        around = [made(each, catalog[each]) for each in items]
        note = grants_notes(items)
        gone = [each.reverse() for each in reversed(around)]
        yield from ([*note, *gone, *way, *around] for way in own)


def _via(operation: AlterColumnOp) -> Iterator[str]:
    """Yield the types by way of which PostgreSQL may cast; nothing first, where that may do.

    An enum is cast from and to text alone, and a boolean from and to integer.
    """
    kinds = [operation.existing_type, as_database_sees(operation.modify_type or NullType())]
    elements = [getattr(kind, "item_type", kind) for kind in kinds]
    array = "[]" if isinstance(kinds[1], ARRAY) else ""
    if not all(isinstance(each, Enum) for each in elements):
        yield ""
    if any(isinstance(each, Enum) for each in elements):
        yield f"::text{array}"
    elif any(isinstance(each, Boolean) for each in elements):
        yield f"::integer{array}"


def _with_cast(operation: AlterColumnOp, via: str) -> Iterator[MigrateOperation]:
    assert operation.modify_type is not None
    kind = as_database_sees(operation.modify_type).compile(dialect=DIALECT)
    change = _copy(CastingAlterColumnOp, operation)
    column = name(operation.column_name)
    using = f"{column}{via}::{kind}".replace("%", "%%")  # as psycopg2 wants it
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
