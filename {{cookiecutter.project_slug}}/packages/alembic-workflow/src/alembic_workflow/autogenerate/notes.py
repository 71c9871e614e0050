"""Comments in a revision, for what a person has to decide or to write."""

import logging
from collections.abc import Iterable, Iterator, Mapping

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.directives import NoteOperation, PassOperation
from alembic_workflow.autogenerate.renames.rename import Rename
from alembic_workflow.autogenerate.trial_run import without_blanks
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.command_names import command
from alembic_workflow.sql.identifiers import name

logger = logging.getLogger("alembic.workflow")


def refusal_notes(refused: Mapping[str, str]) -> Iterator[NoteOperation]:
    """Yield a comment for each operation that PostgreSQL refuses, with its reason.

    Takes the reasons by the operation's source, which is not run.
    """
    for source, reason in refused.items():
        logger.warning("PostgreSQL refuses a part of this revision: %s", reason)
        yield NoteOperation(f"Write by hand: PostgreSQL refuses this: {reason}\n{source}")


def left_notes(
    differences: Iterable[Difference], reasons: Mapping[Item, str]
) -> Iterator[NoteOperation]:
    """Yield a comment for each difference that no operation removes.

    Takes PostgreSQL's reasons by the item; without one, the kind of the item has an advice.
    """
    for item, expected, found in differences:
        is_changed = expected is not None and found is not None
        advice = KINDS[item.kind].advice if is_changed else ""
        said = f"{item}: expected {expected or 'nothing'}, found {found or 'nothing'}"
        why = reasons.get(item, advice)
        logger.warning("Left to write by hand: %s", f"{item}. {why}".rstrip())
        yield NoteOperation(f"Write by hand: {said}. {why}".rstrip())


def unconfirmed_notes(unconfirmed: Iterable[Rename]) -> Iterator[NoteOperation]:
    """Yield a comment for each pair that may be a rename; of a new enum, the rows come along."""
    for rename in unconfirmed:
        if rename.kind == "enum":
            continue
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


def only_notes(operations: Iterable[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations that are comments."""
    return [each for each in operations if isinstance(each, NoteOperation)]


def without_notes(operations: Iterable[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations that are not comments."""
    return [each for each in operations if not isinstance(each, NoteOperation)]
