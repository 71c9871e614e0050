"""Says what in a revision would lock or break a live service, and what to write instead."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from alembic_workflow.lint import squawk
from alembic_workflow.lint.recipe_values import Blanks
from alembic_workflow.lint.recipes import RECIPES, variant
from alembic_workflow.lint.rules import (
    Problem,
    constraints,
    locate,
    source_problems,
    statement_problems,
)
from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.statements import Statement

# These hold for tables that nobody uses yet, too: they are about what the tables will be.
OF_NEW_TABLES = {"prefer-timestamp-tz", "identifier-too-long", "syntax-error"}


class Finding(NamedTuple):
    """What is wrong in a revision, and what to do instead."""

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
        path: [] if sources[path].is_first else statements for path, statements in revisions.items()
    }
    remarks = dict(zip(sent, squawk.remarks(list(sent.values())), strict=True))
    findings: list[Finding] = []
    for path, source in sources.items():
        problems = {
            *source_problems(source, application),
            *statement_problems(sent[path]),
            *_of_squawk(remarks[path], sent[path]),
        }
        kept = _without_ignored(problems, source)
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


def _of_squawk(
    remarks: Iterable[squawk.Remark], statements: Sequence[Statement]
) -> Iterator[Problem]:
    located = {(id(each.statement), each.part.start): each for each in locate(statements)}
    validated = {name for each in statements for name in constraints("VALIDATE", each.sql)}
    for remark in remarks:
        about = located[id(remark.statement), remark.part.start]
        if about.is_about_new_tables and remark.rule not in OF_NEW_TABLES:
            continue
        # A check that only served to set NOT NULL.
        dropped = constraints("DROP", remark.fragment)
        if remark.rule == "ban-drop-constraint" and dropped and dropped <= validated:
            continue
        yield Problem(
            remark.rule,
            remark.statement.line,
            remark.part.text,
            remark.fragment,
            " ".join(f"{remark.message} {remark.help}".split()),
        )


def _without_ignored(problems: Collection[Problem], source: Source) -> Iterator[Problem]:
    """Yield the problems that the revision gives no reason for, and ignores that are none."""
    ignored: set[str] = set()
    for line, code, reason in source.dictionary("lint_ignore"):
        if not (isinstance(code, str) and isinstance(reason, str) and reason.strip()):
            yield Problem("ignore-without-reason", line, fragment=str(code))
        elif code not in {problem.code for problem in problems}:
            yield Problem("unused-ignore", line, fragment=code)
        else:
            ignored.add(code)
    yield from (problem for problem in problems if problem.code not in ignored)


def _once_a_line(problems: Iterable[Problem]) -> list[Problem]:
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.code, problem.sql))
    return list({(each.line, each.code, each.sql): each for each in ordered}.values())


def _finding(path: Path, source: Source, problem: Problem) -> Finding:
    code, line, sql, fragment, message = problem
    reason, recipe = RECIPES.get(variant(problem.code, fragment)) or (
        message,
        '# If you have checked that it is safe, add:\nlint_ignore = {$code: "checked"}',
    )
    blanks = Blanks(code, sql, fragment, source.operation(line))
    reason = Template(reason).safe_substitute(blanks)
    return Finding(code, path, line, reason, Template(recipe).substitute(blanks))
