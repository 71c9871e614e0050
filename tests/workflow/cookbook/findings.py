"""Differences between a page of the cookbook and what there is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from documents.blocks import DocumentError, Text
from documents.outputs import Outputs

from workflow.cookbook import revisions
from workflow.cookbook.pages import Revision


@dataclass
class Findings:
    """The differences, which are refused, or collected so that they can be written into the page.

    Each is the number of the first line from 0, how many there are, and the new ones.
    """

    folder: Path
    """The one that the page calls `/home/you`."""
    is_collecting: bool
    collected: list[tuple[int, int, Sequence[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Know no id of a revision yet."""
        self._outputs = Outputs(self.folder, {})

    def actual(self, text: str) -> str:
        """Return a text of the page with the ids of this run."""
        return self._outputs.actual(text)

    def compare(self, shown: Text, output: Sequence[str]) -> None:
        """Look whether the output is the shown one. Raises DocumentError if it is refused."""
        if not self._outputs.agree(shown.lines, output):
            right = self._outputs.rewritten(shown.lines, output)
            self._add(shown.first, len(shown.lines), right, "there is")

    def compare_revision(self, step: Revision, source: str) -> None:
        """Look whether the revision is the shown one. Raises DocumentError if it is refused."""
        if not revisions.does_the_same(step.source, source):
            right = revisions.shown(source).splitlines()
            first = step.line + 1  # after the fence, and the name of the file
            self._add(first, len(step.source.splitlines()), right, "make revision writes")

    def _add(self, first: int, number: int, right: Sequence[str], what: str) -> None:
        if not self.is_collecting:
            lines = "\n".join(right)
            raise DocumentError(f"{what}:\n{lines}")
        self.collected.append((first, number, right))
