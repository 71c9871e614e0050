"""Comments in a revision, for what a person has to decide or to write."""

import logging
from collections.abc import Iterable, Iterator

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.directives import NoteOperation, PassOperation
from alembic_workflow.autogenerate.renames.candidates import Rename
from alembic_workflow.autogenerate.trial_run import without_blanks
from alembic_workflow.catalog.items import Item
from alembic_workflow.command_names import command
from alembic_workflow.sql.identifiers import name

logger = logging.getLogger("alembic.workflow")


def refusal_note(refusal: str | None) -> list[NoteOperation]:
    """Return a comment that says why PostgreSQL refuses the revision as it is."""
    if refusal is None:
        return []
    logger.warning("PostgreSQL refuses this revision as it is: %s", refusal)
    return [NoteOperation(f"Write by hand: PostgreSQL refuses this revision as it is: {refusal}")]


def unconfirmed_notes(unconfirmed: Iterable[Rename]) -> Iterator[NoteOperation]:
    """Yield a comment for each pair that may be a rename."""
    for rename in unconfirmed:
        old, new = rename.names
        logger.warning("%s is dropped and %s is new: rename=%s keeps the rows.", old, new, rename)
        yield NoteOperation(
            f"Unconfirmed rename: {old} -> {new}\n"
            "If it is one, delete this file and run: " + command("revision", rename=str(rename))
        )


def move_notes(moves: Iterable[tuple[Item, Item]]) -> Iterator[NoteOperation]:
    """Yield a comment for each table that may only have changed its schema."""
    for old, new in moves:
        before, after = name(old.schema, old.name), name(new.schema, new.name)
        logger.warning("%s is dropped and %s is new, without its rows.", before, after)
        yield NoteOperation(
            f"Unconfirmed rename: {before} -> {after}\n"
            f'To keep its rows: op.execute("ALTER TABLE {before} SET SCHEMA {name(new.schema)}")'
        )


def with_body(operations: list[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations without those that do nothing; a function needs more than comments."""
    kept = without_blanks(operations)
    if kept and all(isinstance(each, NoteOperation) for each in kept):
        kept.append(PassOperation())
    return kept
