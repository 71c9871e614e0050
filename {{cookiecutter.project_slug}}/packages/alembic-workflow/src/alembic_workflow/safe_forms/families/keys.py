"""UNIQUE constraints and primary keys: an index that is there already becomes one."""

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import AddKey, Part, ReplaceKey, Table
from alembic_workflow.safe_forms.constraint_source import (
    add_constraint,
    check_lines,
    drop_constraint,
    partition_keys,
    uncheck_lines,
)
from alembic_workflow.safe_forms.definitions import key_words, use_index
from alembic_workflow.safe_forms.families.indexes import without_duplicates
from alembic_workflow.safe_forms.families.required import relax_lines, require_lines
from alembic_workflow.safe_forms.replacing.references import of_references
from alembic_workflow.safe_forms.source import alter, create_index, drop_index, execute
from alembic_workflow.safe_forms.step import AFTER, Step
from alembic_workflow.sql.identifiers import beside, name

_AT_ONCE = ("adding-primary-key", "ban-drop-constraint")


def add_key(change: AddKey) -> tuple[Step, ...]:
    """Return the steps that make a key of an index; columns of a primary key are required first."""
    table, constraint = change.table, change.constraint
    build, use = (
        _build(table, constraint, constraint.name),
        _use(table, constraint, constraint.name),
    )
    undo = drop_constraint(table, constraint.name)
    deploy = without_duplicates(table)
    aside = beside(constraint.name, "_new")
    renamed = execute(f"ALTER INDEX {name(table.schema, aside)} RENAME TO {name(constraint.name)}")
    if not change.nullable:
        return (Step("index", (build, use), (undo,), deploy, (), table.sql),)
    return (
        _check(table, change.nullable),
        Step("index", (build,), (drop_index(table, constraint.name),), deploy),
        Step(
            "contract",
            (*require_lines(table, change.nullable), use),
            (_build(table, constraint, aside), undo, renamed, *relax_lines(table, change.nullable)),
            AFTER,
        ),
    )


def replace_key(change: ReplaceKey) -> tuple[Step, ...]:
    """Return the steps that put a key in the place of another, with the foreign keys to it."""
    table, before, after = change.table, change.before, change.after
    if table.is_partitioned and key_words(after.definition).kind == "PRIMARY KEY":
        return _at_once(change)
    nullable, references = change.nullable, change.references
    new, old = beside(after.name, "_new"), beside(before.name, "_old")
    drops, adds, whole, validation, ignore = of_references(references)
    swap = (*drops, drop_constraint(table, before.name), _use(table, after, new), *adds)
    back = (
        _build(table, before, old),
        *drops,
        drop_constraint(table, after.name),
        _use(table, before, old),
        *whole,
    )
    deploy = (
        f"{without_duplicates(table)} Nothing that runs may name the columns of {before.name} in "
        "ON CONFLICT."
    )
    validated = Step("validate", validation, (*drops, *adds), AFTER, ignore)
    gone = (("ban-drop-constraint", "nothing that runs names its columns in ON CONFLICT"),)
    if not nullable:
        index = Step("index", (_build(table, after, new), *swap), back, deploy, gone)
        return (index, validated) if references else (index,)
    return (
        _check(table, nullable),
        Step("index", (_build(table, after, new),), (drop_index(table, new),), deploy),
        Step(
            "contract",
            (*require_lines(table, nullable), *swap),
            (_build(table, after, new), *back, *relax_lines(table, nullable)),
            deploy,
            gone,
        ),
        *((validated,) if references else ()),
    )


def _at_once(change: ReplaceKey) -> tuple[Step, ...]:
    """Return the only way for a primary key of partitions, of which each can have but one."""
    table, before, after = change.table, change.before, change.after
    drops, _, whole, _, _ = of_references(change.references)

    def swapped(old: Part, new: Part) -> tuple[str, ...]:
        dropped, added = drop_constraint(table, old.name), add_constraint(table, new)
        return (*drops, dropped, added, *whole)

    relaxed = (column_source.drop_not_null(table, column) for column in change.nullable)
    return (
        Step(
            "contract",
            swapped(before, after),
            (*swapped(after, before), *relaxed),
            f"Deploy while {table.sql} is small or the service stopped: others wait until the "
            "index is built, as a partition cannot have two primary keys meanwhile.",
            tuple((code, "the table is small, or the service stopped") for code in _AT_ONCE),
        ),
    )


def _check(table: Table, columns: tuple[str, ...]) -> Step:
    names = ", ".join(map(name, columns))
    return Step(
        "backfill",
        check_lines(table, columns),
        uncheck_lines(table, columns),
        f"Deploy once nothing that runs writes NULL to {names} of {table.sql}, and no row has it.",
    )


def _build(table: Table, constraint: Part, index: str) -> str:
    if table.is_partitioned:
        return partition_keys(table, constraint)
    words = key_words(constraint.definition).index_sql
    own = Part(index, f"CREATE UNIQUE INDEX {name(index)} ON {table.sql} {words}")
    return create_index(table, own)


def _use(table: Table, constraint: Part, index: str) -> str:
    if table.is_partitioned:
        return add_constraint(table, constraint)
    return alter(table, f"ADD CONSTRAINT {name(constraint.name)} {use_index(constraint, index)}")
