"""Changes of a column's type that PostgreSQL refuses as they are."""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations.ops import AlterColumnOp, MigrateOperation
from sqlalchemy import Enum

from alembic_workflow.autogenerate.changes.columns import made
from alembic_workflow.autogenerate.changes.dependents import dependents, names_of_views
from alembic_workflow.autogenerate.changes.sequences import sequences_for
from alembic_workflow.autogenerate.directives import NoteOperation, SQLOperation
from alembic_workflow.autogenerate.rendering import as_database_sees
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.sql.identifiers import DIALECT, name

Kind = TypeVar("Kind", bound=AlterColumnOp)
GRANTS = "The view {} is made again; what a database has granted on it has to be granted again."


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
    cast = list(_with_cast(operation))
    yield cast
    schema = operation.schema or trial.default_schema
    if generated := list(_generated_from(operation, trial)):
        yield [*generated, operation]
        yield [*generated, *cast]
    if around := dependents(trial, schema, operation.table_name, operation.column_name):
        note = [NoteOperation(GRANTS.format(view)) for view in names_of_views(around)]
        gone = [each.reverse() for each in reversed(around)]
        yield [*note, *gone, operation, *around]
        yield [*note, *gone, *cast, *around]


def _with_cast(operation: AlterColumnOp) -> Iterator[MigrateOperation]:
    assert operation.modify_type is not None
    kind = as_database_sees(operation.modify_type).compile(dialect=DIALECT)
    change = _copy(CastingAlterColumnOp, operation)
    column = name(operation.column_name)
    enums = [_is_enum(each) for each in (operation.existing_type, operation.modify_type)]
    words = f"::text{'[]' if kind.endswith('[]') else ''}" if all(enums) else ""
    using = f"{column}{words}::{kind}".replace("%", "%%")  # as psycopg2 wants it
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


def _generated_from(operation: AlterColumnOp, trial: Trial) -> Iterator[SQLOperation]:
    """Yield what drops the generated columns that mention the column, or are it."""
    own = operation.column_name
    mentioned = re.compile(rf'(?<![\w"])(?:{re.escape(own)}|"{re.escape(own)}")(?![\w"])')
    schema = operation.schema or trial.default_schema
    for item, text in trial.catalog().items():
        if item.kind != "column" or (item.schema, item.table) != (schema, operation.table_name):
            continue
        column = column_text(text)
        if item.name != own and column.is_computed and mentioned.search(column.generated):
            yield made(item, text).reverse()


def _is_enum(kind: Any) -> bool:
    """Return whether it is an enum, or an array of them: two of them have no cast but by text."""
    return isinstance(getattr(kind, "item_type", kind), Enum)


def _copy(kind: type[Kind], operation: AlterColumnOp) -> Kind:
    copy = kind.__new__(kind)
    vars(copy).update(vars(operation))
    return copy


@renderers.dispatch_for(CastingAlterColumnOp)
def _render(autogen_context: AutogenContext, operation: CastingAlterColumnOp) -> str:
    plain = _copy(AlterColumnOp, operation)
    source: str = renderers.dispatch(plain)(autogen_context, plain)
    return f"{source.removesuffix(')')}, postgresql_using={operation.kw['postgresql_using']!r})"
