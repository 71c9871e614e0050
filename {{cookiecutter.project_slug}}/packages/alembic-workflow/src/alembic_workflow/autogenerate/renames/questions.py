"""Questions on the terminal: a rename is asked about, and never guessed."""

import sys
from collections.abc import Sequence

from alembic_workflow.autogenerate.renames.rename import Rename


def confirmed_on_terminal(renames: Sequence[Rename]) -> list[Rename]:
    """Return those to which the developer says yes; a name is asked about until it is settled."""
    confirmed: list[Rename] = []
    for rename in renames:
        if any(rename.before == other.before or rename.after == other.after for other in confirmed):
            continue
        old, new = rename.names
        if _is_confirmed(f"Did you rename {old} to {new}? [y/N] "):
            confirmed.append(rename)
    return confirmed


def _is_confirmed(question: str) -> bool:
    while True:
        print(question, end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline().strip().lower()
        if answer in ("y", "yes", "n", "no", ""):
            return answer.startswith("y")
