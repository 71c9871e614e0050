"""Judges what revisions did: what would lock or break a live service, and its safe form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from alembic_workflow.command_names import command
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.printed import printed
from alembic_workflow.lint.recording import Recording, Way
from alembic_workflow.lint.rule import Rule
from alembic_workflow.lint.rules import OF_FILE, OF_RUN, UNUSED_IGNORE
from alembic_workflow.replay.revision_source import Source


@dataclass(frozen=True)
class Finding:
    """A fault in a revision, and the way to do it instead."""

    code: str
    path: Path
    line: int
    message: str
    """The reason, and who waits for how long."""
    table: str
    lock: str
    wait: str
    """For how long others wait for the lock, in kind."""
    recipe: str
    """The safe form."""
    is_remark: bool


class Judgement:
    """Findings in revisions, of which each recording is judged when it is complete.

    All recordings together would fill the memory.
    """

    def __init__(self, application: str) -> None:
        """Take the package that a revision must not import."""
        self._application = application
        self._found: dict[Path, dict[tuple[str, int, str], Finding]] = {}
        self._lines: dict[Way, set[int]] = {}

    def judge(self, way: Way, recording: Recording) -> None:
        """Look for what is wrong in what a direction of a revision has done."""
        lines = self._lines.setdefault(way, set())
        lines |= {each.line for each in recording.statements}
        found = self._found.setdefault(way.path, {})
        revision = Revision(
            Source(way.path), recording, self._application, way.is_downgrade, frozenset(lines)
        )
        is_whole = not way.is_downgrade and not recording.is_partial
        for rule in (*OF_FILE, *OF_RUN) if is_whole else OF_RUN:
            for danger in rule.find(revision):
                key = (rule.code, danger.line, danger.about)
                found[key] = _finding(way.path, rule, danger, revision)

    @property
    def findings(self) -> list[Finding]:
        """The findings, in the order of the revisions and then by line."""
        return [
            each
            for path, found in self._found.items()
            for each in sorted(
                _without_ignored(path, list(found.values())),
                key=lambda each: (each.line, each.code),
            )
        ]


def _without_ignored(path: Path, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what the revision gives no reason for, and the ignores that ignore nothing."""
    codes = {each.code for each in found}
    ignored: set[object] = set()
    for line, code, reason in Source(path).dictionary("lint_ignore"):
        if not (isinstance(code, str) and isinstance(reason, str) and reason.strip()):
            continue
        if code in codes:
            ignored.add(code)
        else:
            yield _finding(path, UNUSED_IGNORE, Danger(line, code), None)
    yield from (each for each in found if each.code not in ignored)


def _finding(path: Path, rule: Rule, danger: Danger, revision: Revision | None) -> Finding:
    old, _, current = danger.about.partition(" -> ")
    values = {
        "about": danger.about,
        "code": rule.code,
        "revision": command("revision", rename=f"{old}:{current.rpartition('.')[2]}"),
    }
    reason = Template(rule.reason).safe_substitute(values)
    steps = tuple(rule.recipe(danger, revision)) if revision else ()
    return Finding(
        *(rule.code, path, danger.line, f"{reason} {danger.who_waits}".strip()),
        *(str(danger.table or ""), danger.lock, danger.wait),
        printed(steps, revision.source)
        if revision and steps
        else Template(rule.advice).safe_substitute(values),
        rule.is_remark,
    )
