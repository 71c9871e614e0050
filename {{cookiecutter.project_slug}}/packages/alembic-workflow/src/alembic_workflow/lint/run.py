"""Says what in a revision would lock or break a live service, and what to write instead."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from alembic_workflow.lint import squawk
from alembic_workflow.lint.file_rules import FILE_RULES
from alembic_workflow.lint.recipe_values import Blanks
from alembic_workflow.lint.rule import Place, Revision, Rule, locate
from alembic_workflow.lint.squawk_rules import SQUAWK_RULES
from alembic_workflow.lint.statement_rules import STATEMENT_RULES
from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.statements import Statement
from alembic_workflow.sql.text import parts

RULES = (*FILE_RULES, *STATEMENT_RULES, *SQUAWK_RULES)
# These hold for tables that nobody uses yet, too: they are about what the tables will be.
OF_NEW_TABLES = {"prefer-timestamp-tz", "identifier-too-long", "syntax-error"}


class Problem(NamedTuple):
    """A rule that is broken, and where."""

    code: str
    place: Place
    message: str = ""
    """The text of squawk, for a rule that is not among these."""


class Finding(NamedTuple):
    """A fault in a revision, and the way to do it instead."""

    code: str
    path: Path
    line: int
    reason: str
    recipe: str


def lint(revisions: Mapping[Path, Sequence[Statement]], application: str) -> list[Finding]:
    """Return what is wrong in the revisions, in their order and then by line.

    Takes each file with what its `upgrade` sends, and the package that a revision must not import.
    What comes first in history has nothing to lock, so only its file is looked at.

    Raises CommandError if squawk is missing or fails, SyntaxError if a file is not Python.
    """
    sources = {path: Source(path) for path in revisions}
    sent = {
        path: [] if sources[path].is_first else list(statements)
        for path, statements in revisions.items()
    }
    remarks = dict(zip(sent, squawk.remarks(list(sent.values())), strict=True))
    findings: list[Finding] = []
    for path, source in sources.items():
        revision = Revision(source, list(locate(sent[path])), application)
        own = {Problem(rule.code, place) for rule in RULES for place in rule.find(revision)}
        kept = _without_ignored(own | set(_of_squawk(remarks[path], revision)), source)
        findings += (_finding(path, source, problem) for problem in _once_a_line(kept))
    return findings


def format_findings(findings: Iterable[Finding]) -> str:
    """Return the findings for a person: what is wrong where, and what to write instead."""
    return "\n\n".join(
        f"{_shown(each.path)}:{each.line}: {each.code}: {each.reason}\n"
        + "\n".join(f"    {line}" for line in each.recipe.splitlines())
        for each in findings
    )


def _shown(path: Path) -> str:
    below = os.path.relpath(path)
    return str(path) if below.startswith("..") else below


def _of_squawk(remarks: Iterable[squawk.Remark], revision: Revision) -> Iterator[Problem]:
    located = {(id(each.statement), each.part.start): each for each in revision.statements}
    validated = {
        name for each in revision.statements for name in _constraints("VALIDATE", each.part.text)
    }
    for remark in remarks:
        about = located[id(remark.statement), remark.part.start]
        if about.is_about_new_tables and remark.rule not in OF_NEW_TABLES:
            continue
        # A check that only served to set NOT NULL.
        dropped = _constraints("DROP", remark.fragment)
        if remark.rule == "ban-drop-constraint" and dropped and dropped <= validated:
            continue
        place = Place(remark.statement.line, remark.part.text, remark.fragment)
        message = " ".join(f"{remark.message} {remark.help}".split())
        yield Problem(remark.rule, place, message)


def _constraints(verb: str, sql: str) -> set[str]:
    """Return the simplified names of the constraints that the SQL is to VALIDATE, or to DROP."""
    pattern = rf'\b{verb} CONSTRAINT (?:IF EXISTS )?("\w*"|\w+)'
    return {
        match[1].strip('"')
        for part in parts(sql)
        for match in re.finditer(pattern, part.plain, re.IGNORECASE)
    }


def _without_ignored(problems: Collection[Problem], source: Source) -> Iterator[Problem]:
    """Yield the problems that the revision gives no reason for, and ignores that are none."""
    ignored: set[str] = set()
    for line, code, reason in source.dictionary("lint_ignore"):
        if not (isinstance(code, str) and isinstance(reason, str) and reason.strip()):
            yield Problem("ignore-without-reason", Place(line, fragment=str(code)))
        elif code not in {problem.code for problem in problems}:
            yield Problem("unused-ignore", Place(line, fragment=code))
        else:
            ignored.add(code)
    yield from (problem for problem in problems if problem.code not in ignored)


def _once_a_line(problems: Iterable[Problem]) -> list[Problem]:
    ordered = sorted(problems, key=lambda each: (each.place.line, each.code, each.place.sql))
    return list({(each.place.line, each.code, each.place.sql): each for each in ordered}.values())


def _finding(path: Path, source: Source, problem: Problem) -> Finding:
    code, (line, sql, fragment), message = problem
    rule = next((rule for rule in RULES if _is_about(rule, code, fragment)), None) or Rule(
        code,
        reason=message,
        recipe='# If you have checked that it is safe, add:\nlint_ignore = {$code: "checked"}',
    )
    blanks = Blanks(code, sql, fragment, source.operation(line))
    reason = Template(rule.reason).safe_substitute(blanks)
    return Finding(code, path, line, reason, Template(rule.recipe).substitute(blanks))


def _is_about(rule: Rule, code: str, fragment: str) -> bool:
    return rule.code == code and re.search(rule.clause, fragment.upper()) is not None
