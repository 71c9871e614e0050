"""Judges what revisions did: what would lock or break a live service, and its safe form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from alembic_workflow.command_names import command
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.history import Way
from alembic_workflow.lint.recipes.printed import printed
from alembic_workflow.lint.recording import Recording
from alembic_workflow.lint.rule import Rule
from alembic_workflow.lint.rules import OF_FILE, OF_RUN, UNUSED_IGNORE
from alembic_workflow.replay.revision_source import Source

Broken = tuple[Rule, Danger, Revision]


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


def judge(recordings: Mapping[Way, Sequence[Recording]], application: str) -> list[Finding]:
    """Return what is wrong in the revisions, in their order and then by line.

    Takes what each direction did, and the package that a revision must not import.
    """
    findings: list[Finding] = []
    for path in dict.fromkeys(way.path for way in recordings):
        source = Source(path)
        broken: dict[tuple[str, int, str], Broken] = {}
        for way in (Way(path, False), Way(path, True)):
            for rule, danger, revision in _broken(
                source, way, recordings.get(way, ()), application
            ):
                broken.setdefault((rule.code, danger.line, danger.about), (rule, danger, revision))
        kept = _without_ignored(list(broken.values()), source)
        findings += sorted(
            (_finding(path, *each) for each in kept), key=lambda each: (each.line, each.code)
        )
    return findings


def _broken(
    source: Source, way: Way, recordings: Sequence[Recording], application: str
) -> Iterator[Broken]:
    lines = frozenset(each.line for one in recordings for each in one.statements)
    for recording in reversed(recordings):
        revision = Revision(source, recording, application, way.is_downgrade, lines)
        is_whole = not way.is_downgrade and not recording.is_partial
        for rule in (*OF_FILE, *OF_RUN) if is_whole else OF_RUN:
            for danger in rule.find(revision):
                yield rule, danger, revision


def _without_ignored(
    broken: Sequence[Broken], source: Source
) -> Iterator[tuple[Rule, Danger, Revision | None]]:
    """Yield what the revision gives no reason for, and the ignores that ignore nothing."""
    codes = {rule.code for rule, _, _ in broken}
    ignored: set[object] = set()
    for line, code, reason in source.dictionary("lint_ignore"):
        if not (isinstance(code, str) and isinstance(reason, str) and reason.strip()):
            continue
        if code in codes:
            ignored.add(code)
        else:
            yield UNUSED_IGNORE, Danger(line, code), None
    yield from (each for each in broken if each[0].code not in ignored)


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
