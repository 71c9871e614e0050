"""A step of a safe form: what one revision does."""

from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["expand", "backfill", "index", "contract", "validate", "drop"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""The stages of expand and contract, in their order. Steps of one stage can share a revision."""

AFTER = "Deploy at any time after the one before: others read and write while rows are read."
FILLED = "Deploy at any time after the one before: rows are filled in batches."


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


CODES_OF_LOSSES = {
    "enum": "ban-drop-type",
    "domain": "ban-drop-type",
    "type": "ban-drop-type",
    "function": "ban-drop-function",
    "aggregate": "ban-drop-function",
    "sequence": "ban-drop-sequence",
}
"""The linter's codes for what goes, by its kind."""
OTHER_LOSS = "renaming-object"
"""The code for any other kind."""
