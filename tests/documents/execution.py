"""Documents followed word by word in a project."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from documents.blocks import Command, DocumentError, Edit, Step, Text, steps_of
from documents.edits import apply, find
from documents.outputs import Outputs
from documents.terminal import Terminal

BACKGROUND_SECONDS = 60


@dataclass
class Report:
    """The commands that were run, and where they differ from the documents."""

    commands: int = 0
    outputs: int = 0
    edits: int = 0
    differences: list[str] = field(default_factory=list)


class Execution:
    """Follows documents in a project, one after the other."""

    def __init__(
        self, project: Path, *, rewrite: bool = False, ids: Mapping[str, str] | None = None
    ) -> None:
        """Take the project's folder, and whether to write into a document what a run prints.

        `ids` are those that an earlier execution has found for the shown ones in this project.
        """
        self.project = project
        self.report = Report()
        self._rewrite = rewrite
        self._outputs = Outputs(project.parent, ids or {})

    @property
    def ids(self) -> dict[str, str]:
        """The ids of this project for those that the documents show."""
        return self._outputs.ids

    def run(self, document: Path) -> None:
        """Follow the document, and add to the report.

        Raises DocumentError if it cannot be followed: a command has another status than the
        document says, or an edit does not fit.
        """
        steps = steps_of(document)
        new: list[tuple[Text, list[str]]] = []
        with ExitStack() as stack:
            if self._rewrite:
                stack.callback(_rewrite, document, new)
            terminals = {
                title: stack.enter_context(closing(Terminal(self.project)))
                for title in {step.terminal for step in steps if isinstance(step, Command)}
            }
            for number, step in enumerate(steps):
                where = f"{document.name}:{step.line}"
                try:
                    if isinstance(step, Edit):
                        self._edit(step)
                    elif isinstance(step, Command):
                        terminal = terminals[step.terminal]
                        output = self._command(step, terminal, _opens_psql(steps[number:]))
                        new += self._compare(where, step.shown, output)
                    else:
                        text = find(self.project, step.path).read_text(encoding="utf-8")
                        new += self._compare(where, step.shown, text.splitlines())
                except (DocumentError, OSError) as error:
                    raise DocumentError(f"{where}: {error}") from error

    def _edit(self, edit: Edit) -> None:
        apply(edit, self.project, self._outputs.actual(edit.text))
        self.report.edits += 1

    def _command(self, command: Command, terminal: Terminal, opens_psql: bool) -> list[str]:
        """Run the command, and return what it prints; in the background, until what is shown."""
        text = self._outputs.actual(command.text)
        output, status = terminal.run(command, text, opens_psql=opens_psql)
        self.report.commands += 1
        if command.runs_on:
            deadline = time.monotonic() + BACKGROUND_SECONDS
            while not self._outputs.agree(command.shown.lines, output):
                more = terminal.more(deadline)
                if not more:
                    break
                output += more
        elif not command.is_sql and status != command.status:
            raise DocumentError(
                f"{text}\nended with status {status}, not {command.status}:\n" + "\n".join(output)
            )
        return output

    def _compare(self, where: str, shown: Text, output: list[str]) -> list[tuple[Text, list[str]]]:
        """Return what is shown and what is right, or nothing if that is the same."""
        self.report.outputs += bool(shown.lines)
        while output and not output[-1].strip():
            output.pop()
        if self._outputs.agree(shown.lines, output):
            return []
        right = self._outputs.rewritten(shown.lines, output)
        if not self._rewrite:
            self.report.differences.append(
                f"{where}: shown:\n{_indented(shown.lines)}\nprinted:\n{_indented(right)}"
            )
        return [(shown, right)]


def _rewrite(document: Path, new: Sequence[tuple[Text, list[str]]]) -> None:
    lines = document.read_text(encoding="utf-8").splitlines()
    for shown, right in reversed(new):
        lines[shown.first : shown.first + len(shown.lines)] = right
    document.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _opens_psql(steps: Sequence[Step]) -> bool:
    """Return whether the first step is a command of the shell, and the next one there is SQL."""
    command, *later = steps
    if not isinstance(command, Command) or command.is_sql:
        return False
    following = (
        step for step in later if isinstance(step, Command) and step.terminal == command.terminal
    )
    return (successor := next(following, None)) is not None and successor.is_sql


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
