"""A step of a safe form: what one revision does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["expand", "backfill", "index", "contract", "validate", "drop"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""The stages of expand and contract, in their order. Steps of one stage can share a revision."""

ANY_TIME = "Deploy at any time"
AFTER = f"{ANY_TIME} after the one before: others read and write while rows are read."
UNKNOWN = f"{ANY_TIME}: what runs need not know the column."
FILLED = f"{ANY_TIME} after the one before: rows are filled in batches."


@dataclass(frozen=True)
class Step:
    """The body of one revision, as lines of Python."""

    name: Stage
    upgrade: tuple[str, ...]
    """Each an operation, which may have several lines; they need `op` and `alembic_workflow`."""
    downgrade: tuple[str, ...]
    """None if there is nothing to undo, as for a revision that only validates."""
    deploy: str
    """One or two lines that say when it may be deployed."""
    ignore: tuple[tuple[str, str], ...] = ()
    """The codes of the linter, each with the reason for which it is right here."""
    about: str = ""
    """The name in `deploy` in whose place several may be."""


def deploy_lines(steps: Iterable[Step]) -> list[str]:
    """Return when a revision that does all of these steps may be deployed.

    What is said of several things is said once, and what may be deployed at any time waits for the
    rest.
    """
    names: dict[tuple[str, str], dict[str, None]] = {}
    for step in steps:
        before, name, after = step.deploy.partition(step.about) if step.about else ("", "", "")
        words = (before, after) if name else (step.deploy, "")
        names.setdefault(words, {})[name] = None
    lines = [f"{before}{', '.join(all_)}{after}" for (before, after), all_ in names.items()]
    return [line for line in lines if not line.startswith(ANY_TIME)] or lines


CODES_OF_LOSSES = {
    "enum": "ban-drop-type",
    "domain": "ban-drop-type",
    "type": "ban-drop-type",
    "function": "ban-drop-function",
    "aggregate": "ban-drop-function",
    "sequence": "ban-drop-sequence",
}
"""The linter's codes for what goes, by its kind."""
OF_PARTITIONS = (("adding-foreign-key-constraint", "the partitions have it, and it takes theirs"),)
"""The linter's code for a foreign key of a partitioned table, which reads no rows."""
OTHER_LOSS = "renaming-object"
"""The code for any other kind."""
