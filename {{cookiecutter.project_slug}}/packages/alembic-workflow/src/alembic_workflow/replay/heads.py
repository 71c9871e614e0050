"""Several heads, which most commands cannot work with."""

from collections.abc import Iterator

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.database.explanations import joining_heads


def heads_findings(script: ScriptDirectory) -> Iterator[str]:
    """Yield what to do about several heads."""
    heads = script.get_heads()
    if len(heads) > 1:
        yield (f"History has {len(heads)} heads: {', '.join(heads)}. {joining_heads()}")


def reject_several_heads(script: ScriptDirectory) -> None:
    """Raise CommandError if there are several heads."""
    for finding in heads_findings(script):
        raise CommandError(finding)
