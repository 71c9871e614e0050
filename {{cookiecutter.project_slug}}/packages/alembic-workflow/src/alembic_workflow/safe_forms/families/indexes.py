"""Indexes: built and dropped while others read and write."""

from alembic_workflow.safe_forms.change import AddIndex, DropIndex, Part, ReplaceIndex, Table
from alembic_workflow.safe_forms.index_definitions import index_words
from alembic_workflow.safe_forms.source import create_index, drop_index, execute
from alembic_workflow.safe_forms.step import ANY_TIME, Step
from alembic_workflow.sql.identifiers import beside, name

Lines = tuple[str, ...]
_GOES = (("ban-drop-constraint", "no release that runs names it in ON CONFLICT"),)


def add_index(change: AddIndex) -> tuple[Step, ...]:
    """Return the step that builds an index."""
    table, index = change.table, change.index
    return (_built(table, index, (create_index(table, index),), (drop_index(table, index.name),)),)


def drop(change: DropIndex) -> tuple[Step, ...]:
    """Return the step that drops an index."""
    table, index = change.table, change.index
    return (
        Step(
            "drop",
            (drop_index(table, index.name),),
            (create_index(table, index),),
            f"Deploy once no running release needs the index {index.name}.",
            _GOES if index_words(index.definition).is_unique else (),
        ),
    )


def replace(change: ReplaceIndex) -> tuple[Step, ...]:
    """Return the step that builds the new index beside the old one, and then drops that."""
    table, before, after = change.table, change.before, change.after
    new = _replacement(table, before, after, "_new")
    old = _replacement(table, after, before, "_old")
    return (_built(table, after, new, old),)


def _built(table: Table, index: Part, upgrade: Lines, downgrade: Lines) -> Step:
    if not index_words(index.definition).is_unique:
        built = f"{ANY_TIME}: others read and write while the index is built."
        return Step("index", upgrade, downgrade, built)
    return Step("index", upgrade, downgrade, without_duplicates(table), (), table.sql)


def without_duplicates(table: Table) -> str:
    """Return when a unique index may be built."""
    return (
        f"Deploy once nothing that runs writes duplicates to {table.sql}; others read and write "
        "while the index is built."
    )


def _replacement(table: Table, before: Part, after: Part, suffix: str) -> Lines:
    """Return the operations; those of partitions keep the suffix, which a downgrade needs anew."""
    new = Part(beside(after.name, suffix), after.definition)
    return (
        create_index(table, new),
        drop_index(table, before.name),
        execute(f"ALTER INDEX {name(table.schema, new.name)} RENAME TO {name(after.name)}"),
    )
