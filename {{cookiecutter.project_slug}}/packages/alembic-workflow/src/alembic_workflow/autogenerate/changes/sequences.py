"""Sequences that a table's defaults take from, and that a column comes to own afterwards."""

from collections.abc import Iterator

from alembic.operations.ops import AddColumnOp, CreateTableOp, MigrateOperation
from sqlalchemy import Column, DefaultClause

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.sql.identifiers import dotted


def sequences_for(operation: MigrateOperation, trial: Trial) -> Iterator[SQLOperation]:
    """Yield what makes the sequences that the defaults of a new table or column name.

    A key that counts brings its own, so that no other one may be made before it.
    """
    texts = [_default(column) for column in _columns(operation)]
    for item, expected, found in trial.differences() if any(texts) else ():
        is_missing = item.kind == "sequence" and expected is not None and found is None
        if is_missing and any(item.name in _named(text) for text in texts):
            yield SQLOperation(creation(item, expected or ""), removal(item, expected or ""))


def _columns(operation: MigrateOperation) -> list[Column[object]]:
    if isinstance(operation, CreateTableOp):
        return [each for each in operation.columns if isinstance(each, Column)]
    return [operation.column] if isinstance(operation, AddColumnOp) else []


def _default(column: Column[object]) -> str:
    default = column.server_default
    return str(default.arg) if isinstance(default, DefaultClause) else ""


def _named(text: str) -> list[str]:
    """Return the parts of the name in `nextval('name')`."""
    _, _, rest = text.partition("nextval('")
    return dotted(rest.partition("'")[0]) if rest else []
