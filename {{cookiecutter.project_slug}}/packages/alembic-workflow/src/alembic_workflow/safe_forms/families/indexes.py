"""Indexes: built and dropped while others read and write."""

from alembic_workflow.safe_forms.change import AddIndex, DropIndex, Part, ReplaceIndex, Table
from alembic_workflow.safe_forms.definitions import index_words
from alembic_workflow.safe_forms.source import create_index, drop_index, execute
from alembic_workflow.safe_forms.step import Step
from alembic_workflow.sql.identifiers import beside, name

_GOES = (("ban-drop-constraint", "no release that runs names it in ON CONFLICT"),)
_BUILT = "Deploy at any time: others read and write while the index is built."


def add_index(change: AddIndex) -> tuple[Step, ...]:
    """Return the step that builds an index."""
    table, index = change.table, change.index
    is_unique = index_words(index.definition).is_unique
    deploy = (
        f"Deploy once nothing that runs writes duplicates to {table.sql}; others read and write "
        "while the index is built."
    )
    return (
        Step(
            "index",
            (create_index(table, index),),
            (drop_index(table, index.name),),
            deploy if is_unique else _BUILT,
        ),
    )


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
    return (
        Step(
            "index", _replacement(table, before, after), _replacement(table, after, before), _BUILT
        ),
    )


def _replacement(table: Table, before: Part, after: Part) -> tuple[str, ...]:
    new = Part(beside(after.name, "_new"), after.definition)
    return (
        create_index(table, new),
        drop_index(table, before.name),
        execute(f"ALTER INDEX {name(table.schema, new.name)} RENAME TO {name(after.name)}"),
    )
