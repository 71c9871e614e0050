"""For how long a service waits, as the tables of the cookbook say it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.cookbook.service import Watch


@dataclass
class Measure:
    """The waits and errors of the service while something was done."""

    name: str
    watch: Watch

    def __str__(self) -> str:
        seconds = self.watch.longest
        shown = f"{seconds:.1f} s" if seconds >= 0.95 else f"{seconds * 1000:.0f} ms"
        shown = "under 20 ms" if seconds < 0.02 else shown
        said = "".join(f", then {error}" for error in sorted(self.watch.errors)[:1])
        return f"| {self.name} | {shown}{said} |"


def without_durations(lines: Sequence[str]) -> list[str]:
    """Return the lines of a table without what differs from machine to machine."""
    return [re.sub(r"(under )?\d+(\.\d+)? (ms|s)\b", "<duration>", line) for line in lines]
