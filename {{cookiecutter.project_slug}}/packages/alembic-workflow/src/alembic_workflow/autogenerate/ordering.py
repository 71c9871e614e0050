"""The order in which tables are made and dropped: foreign keys last, and first."""

from collections.abc import Iterable, Sequence
from typing import Any

from alembic.operations import ops
from sqlalchemy import ForeignKeyConstraint

from alembic_workflow.alembic_internals import drop_back

Table = tuple[str | None, str]


def ordered(operations: Iterable[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """Return the operations with each foreign key added after the tables that it joins.

    A key that points to a table that is made later, as in a circle, becomes an operation of its
    own; keys are dropped before all else, and those within tables that go together, too.
    """
    operations = list(operations)
    made = [each for each in operations if isinstance(each, ops.CreateTableOp)]
    dropped = [each for each in operations if isinstance(each, ops.DropTableOp)]
    gone = {_key(each) for each in dropped}
    keys: list[ops.MigrateOperation] = []
    first: list[ops.MigrateOperation] = []
    rest: list[ops.MigrateOperation] = []
    for each in operations:
        if _drops_foreign_key(each):
            keys.append(each)
        elif isinstance(each, ops.DropIndexOp) and _key(each) in gone:
            first.append(each)
        elif not isinstance(each, ops.CreateTableOp | ops.DropTableOp):
            rest.append(each)
    tables, added = _without_circles(made)
    back, closing = _without_circles([each.reverse() for each in dropped])
    options = {_key(each): _options(each) for each in dropped}
    drops = [drop_back(each, options[_key(each)]) for each in reversed(back)]
    return [
        *(keys + first),
        *(each.reverse() for each in closing),
        *drops,
        *tables,
        *rest,
        *added,
    ]


def _without_circles(
    operations: Sequence[ops.CreateTableOp],
) -> tuple[list[ops.CreateTableOp], list[ops.CreateForeignKeyOp]]:
    """Return the tables, each after those that it points to, and the keys for which that fails."""
    pending = {_key(each): each for each in operations}
    targets = {key: _targets(each) - {key} for key, each in pending.items()}
    done: list[ops.CreateTableOp] = []
    keys: list[ops.CreateForeignKeyOp] = []
    while pending:
        free = [each for each in pending if targets[each].isdisjoint(pending)]
        for table in free or [next(iter(pending))]:
            each = pending[table]
            for key in _foreign_keys(each):
                target = _target(key)
                if key.name and (key.use_alter or (target in pending and target != table)):
                    each.columns = [part for part in each.columns if part is not key]
                    keys.append(ops.CreateForeignKeyOp.from_constraint(key))
            done.append(pending.pop(table))
    return done, keys


def _foreign_keys(operation: ops.CreateTableOp) -> list[ForeignKeyConstraint]:
    return [each for each in operation.columns if isinstance(each, ForeignKeyConstraint)]


def _targets(operation: ops.CreateTableOp) -> set[Table]:
    return {_target(key) for key in _foreign_keys(operation)}


def _target(key: ForeignKeyConstraint) -> Table:
    schema, _, name = key.elements[0].target_fullname.rpartition(".")[0].rpartition(".")
    return (schema or None, name)


def _key(operation: Any) -> Table:
    return (operation.schema, operation.table_name)


def _options(operation: ops.DropTableOp) -> dict[str, Any]:
    given = {name: getattr(operation, name) for name in ("comment", "info", "prefixes")}
    return {**operation.table_kw, **given}


def _drops_foreign_key(operation: ops.MigrateOperation) -> bool:
    is_drop = isinstance(operation, ops.DropConstraintOp)
    return is_drop and getattr(operation, "constraint_type", None) == "foreignkey"
