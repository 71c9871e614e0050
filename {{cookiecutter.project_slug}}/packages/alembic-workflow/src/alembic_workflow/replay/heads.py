"""Several heads, and ids that are too long: histories that most commands cannot work with."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.database.explanations import joining_heads

LONGEST_ID = 32
"""As long as the column is that Alembic makes."""


def heads_findings(script: ScriptDirectory) -> Iterator[str]:
    """Yield what to do about several heads."""
    heads = script.get_heads()
    if len(heads) > 1:
        yield (f"History has {len(heads)} heads: {', '.join(heads)}. {joining_heads()}")


def id_findings(revisions: Iterable[Script]) -> Iterator[str]:
    """Yield which revisions have an id that does not fit into Alembic's table of versions."""
    for each in revisions:
        if len(each.revision) > LONGEST_ID:
            yield (
                f"{Path(each.path).name}: its id has {len(each.revision)} letters, and Alembic's "
                f"table of versions takes {LONGEST_ID}. Give it a shorter one (revision = ...), "
                "here and in the down_revision of the next file."
            )


def reject_several_heads(script: ScriptDirectory) -> None:
    """Raise CommandError if there are several heads."""
    for finding in heads_findings(script):
        raise CommandError(finding)


def reject_long_ids(revisions: Iterable[Script]) -> None:
    """Raise CommandError if one of the revisions has an id that is too long."""
    for finding in id_findings(revisions):
        raise CommandError(finding)
