"""Revisions of a service, beside those that a page of the cookbook shows."""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from alembic.script import ScriptDirectory
from running import write_module

from workflow.cookbook.pages import Page, Revision
from workflow.workbench import Workbench

HEAD = '''"""{message}.

Revision ID: {revision}
Revises: {after}
Create Date: 2026-12-01 09:00:00+00:00

"""

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | None = "{after}"
branch_labels = None
depends_on = None


'''


IMPORTED_EVERYWHERE = ("collections.abc", "alembic")
_OF_LINES = re.compile(r'"(?:[^"\\\n]|\\.)*\\n(?:[^"\\\n]|\\.)*"')


def written(project: Workbench, step: Revision) -> Path | None:
    """Return the revision of this name that the project has, if there is one."""
    return next(iter(project.versions.glob(f"*_{step.slug}.py")), None)


def write(project: Workbench, page: Page, step: Revision) -> None:
    """Write the revision of the page, after the newest one."""
    after = ScriptDirectory(str(project.path / "migrations")).get_current_head()
    revision = hashlib.sha256(f"{page.path.name} {step.slug}".encode()).hexdigest()[:12]
    number = len(list(project.versions.glob("2026_12_01_*")))
    message = step.slug.replace("_", " ").capitalize()
    path = project.versions / f"2026_12_01_{number:04}-{revision}_{step.slug}.py"
    head = HEAD.format(message=message, revision=revision, after=after)
    write_module(path, head + step.source)


def does_the_same(source: str, other: str) -> bool:
    """Return whether two revisions do the same, and excuse the same."""
    return _content(source) == _content(other)


def shown(source: str) -> str:
    """Return of a revision what a page shows: what not every revision has, to be read by people."""
    lines = source.splitlines()
    parts = (lines[node.lineno - 1 : node.end_lineno] for node in _shown(source))
    text = "\n\n\n".join("\n".join(part) for part in parts)
    return in_lines("\n".join(line for line in text.splitlines() if "# ###" not in line))


def in_lines(code: str) -> str:
    """Return the code with texts of several lines in several lines."""
    return _OF_LINES.sub(lambda text: f'"""\\\n{ast.literal_eval(text[0])}"""', code)


def printed(output: str) -> Iterator[str]:
    """Yield the revisions that the linter's output tells one to write instead."""
    code = [line[4:] for line in output.splitlines() if line.startswith("    ")]
    steps = re.split(r"^# \d+ of \d+, .*$", "\n".join(code), flags=re.MULTILINE)
    yield from (step.strip() for step in steps[1:])


def _shown(source: str) -> Iterator[ast.stmt]:
    for node in ast.parse(source).body:
        is_import = isinstance(node, ast.ImportFrom) and node.module not in IMPORTED_EVERYWHERE
        if is_import or isinstance(node, ast.FunctionDef | ast.Assign):
            yield node


def _content(source: str) -> list[str]:
    return [ast.unparse(node) for node in _shown(source) if not isinstance(node, ast.ImportFrom)]
