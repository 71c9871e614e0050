"""Documents followed word by word in a project."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from running import clean_environment

from documents.blocks import Command, DocumentError, Edit, ShownFile, Step, Text, steps_of
from documents.edits import apply, find
from documents.outputs import Outputs
from documents.terminal import Terminal

BACKGROUND_SECONDS = 60


@dataclass
class Report:
    """What was run, and what differs from the documents."""

    commands: int = 0
    outputs: int = 0
    edits: int = 0
    differences: list[str] = field(default_factory=list)


class Execution:
    """Runs documents in a project, one after the other."""

    def __init__(self, project: Path, *, rewrite: bool = False) -> None:
        """Take the project's folder, and whether to write into a document what a run prints."""
        self.report = Report()
        self._project = project
        self._rewrite = rewrite
        self._outputs = Outputs(project.parent)
        self._environment = clean_environment(
            PYTHONUNBUFFERED="1",
            LC_ALL="C.UTF-8",
            GIT_AUTHOR_NAME="You",
            GIT_AUTHOR_EMAIL="you@example.com",
            GIT_COMMITTER_NAME="You",
            GIT_COMMITTER_EMAIL="you@example.com",
        )

    def run(self, document: Path) -> None:
        """Follow the document, and add to the report.

        Raises DocumentError if it cannot be followed: a command has another status than the
        document says, or an edit does not fit.
        """
        _Run(document, self).run()

    def terminal(self) -> Terminal:
        """Return a new terminal in the project."""
        return Terminal(self._project, self._environment)

    def command(self, step: Command, terminal: Terminal, *, opens_psql: bool) -> list[str]:
        """Run the command, and return what it printed."""
        text = self._outputs.actual(step.text)
        output, status = terminal.run(step, text, opens_psql=opens_psql)
        if step.runs_on:
            deadline = time.monotonic() + BACKGROUND_SECONDS
            while not self._outputs.agree(step.shown.lines, output):
                more = terminal.more(deadline)
                if not more:
                    break
                output += more
        elif not step.is_sql and status != step.status:
            raise DocumentError(
                f"{text}\nended with status {status}, not {step.status}:\n" + "\n".join(output)
            )
        self.report.commands += 1
        return output

    def edit(self, step: Edit) -> None:
        """Change the file."""
        apply(step, self._project, self._outputs.actual(step.text))
        self.report.edits += 1

    def read(self, step: ShownFile) -> list[str]:
        """Return what the file says."""
        return find(self._project, step.path).read_text(encoding="utf-8").splitlines()

    def compare(self, where: str, shown: Text, output: list[str]) -> list[str] | None:
        """Return what the document has to show instead, or None if that is what it shows."""
        self.report.outputs += bool(shown.lines)
        while output and not output[-1].strip():
            output.pop()
        if self._outputs.agree(shown.lines, output):
            return None
        new = self._outputs.rewritten(shown.lines, output)
        if not self._rewrite:
            self.report.differences.append(
                f"{where}: shown:\n{_indented(shown.lines)}\nprinted:\n{_indented(new)}"
            )
        return new

    @property
    def rewrites(self) -> bool:
        """Whether documents are rewritten."""
        return self._rewrite


class _Run:
    """One document."""

    def __init__(self, document: Path, execution: Execution) -> None:
        self._document = document
        self._execution = execution
        self._terminals: dict[str, Terminal] = {}
        self._new: list[tuple[Text, list[str]]] = []

    def run(self) -> None:
        steps = steps_of(self._document)
        try:
            for number, step in enumerate(steps):
                self._follow(step, steps[number + 1 :])
        finally:
            for terminal in self._terminals.values():
                terminal.close()
            if self._execution.rewrites and self._new:
                self._write()

    def _follow(self, step: Step, later: Sequence[Step]) -> None:
        where = f"{self._document.name}:{step.line}"
        try:
            if isinstance(step, Edit):
                self._execution.edit(step)
                return
            if isinstance(step, ShownFile):
                output = self._execution.read(step)
            else:
                output = self._execution.command(
                    step, self._terminal(step.terminal), opens_psql=_opens_psql(step, later)
                )
        except (DocumentError, OSError) as error:
            raise DocumentError(f"{where}: {error}") from error
        new = self._execution.compare(where, step.shown, output)
        if new is not None:
            self._new.append((step.shown, new))

    def _terminal(self, title: str) -> Terminal:
        if title not in self._terminals:
            self._terminals[title] = self._execution.terminal()
        return self._terminals[title]

    def _write(self) -> None:
        lines = self._document.read_text(encoding="utf-8").splitlines()
        for shown, new in reversed(self._new):
            lines[shown.first : shown.first + len(shown.lines)] = new
        self._document.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _opens_psql(step: Command, later: Sequence[Step]) -> bool:
    following = (
        each for each in later if isinstance(each, Command) and each.terminal == step.terminal
    )
    successor = next(following, None)
    return not step.is_sql and successor is not None and successor.is_sql


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
