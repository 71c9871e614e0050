"""The steps of a page of the cookbook: those of `documents.blocks`, and these.

    ```sql
    -- rows             fills what the page needs; :rows is how many
    -- by hand          what somebody runs in psql
    -- service 1        from here on, version 1 of the service sends these statements, over and over
    -- before version 1 comes back     by hand, whenever it is deployed again, on the way back too
    -- otherwise        the short way, run while version 1 goes on, on a copy of the database
    ```
    ```python
    # migrations/versions/*_add_x_to_y.py
    # migrations/versions/*_add_x_to_y.py, as make lint-migrations prints it
    ```

The last is a revision, which is applied there. If `make revision` has written one of that name
before, it has to be the same. A table with what the service waits for is compared, too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from baking import ROOT
from documents.blocks import Command, Edit, ShownFile, steps_of
from markdown_it import MarkdownIt
from markdown_it.token import Token

PAGES = sorted(path for path in (ROOT / "docs" / "cookbook").glob("*.md") if path.stem != "README")
_SQL = re.compile(r"-- (rows|by hand|otherwise|service|before version)\b ?(\d+)?.*")
_REVISION = re.compile(r"# migrations/versions/\*_(\w+)\.py(, as make lint-migrations prints it)?")
MEASURES = "| | longest wait of the service for a lock |"


@dataclass(frozen=True)
class Statements:
    """Statements that fill tables, or that somebody runs by hand."""

    line: int
    sql: str
    before: int = 0
    """The version that comes back after them, if they belong to the way back."""


@dataclass(frozen=True)
class Deployment:
    """A version of the service, and what it sends."""

    line: int
    version: int
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Otherwise:
    """The short way, and what is said of it."""

    line: int
    sql: str


@dataclass(frozen=True)
class Revision:
    """A revision, as the page shows it."""

    line: int
    slug: str
    source: str
    is_printed: bool = False
    """Whether the page says that the linter prints it."""

    @property
    def can_be_undone(self) -> bool:
        """Whether its downgrade does not refuse."""
        return "raise NotImplementedError" not in self.source

    @property
    def leaves_something(self) -> bool:
        """Whether its downgrade does not undo all, as the linter then asks to excuse."""
        return '"empty-downgrade"' in self.source


Step = Statements | Deployment | Otherwise | Revision | Command | Edit | ShownFile


@dataclass(frozen=True)
class Page:
    """A page of the cookbook."""

    path: Path

    @cached_property
    def text(self) -> str:
        """Its text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def steps(self) -> list[Step]:
        """The steps, in their order. Raises DocumentError for a block that is none."""
        fences = (token for token in MarkdownIt().parse(self.text) if token.type == "fence")
        own = [step for token in fences for step in _steps(token)]
        return sorted([*steps_of(self.path), *own], key=lambda step: step.line)

    @property
    def measures(self) -> list[str]:
        """The lines of the table of what the service waits for, if there is one."""
        _, _, rest = self.text.partition(f"{MEASURES}\n|---|---|\n")
        return rest.partition("\n\n")[0].splitlines()

    def write(self, found: Sequence[tuple[int, int, Sequence[str]]], measures: list[str]) -> None:
        """Replace lines by what was found: the first from 0, how many, and the new ones.

        And the lines of the table.
        """
        lines = self.text.splitlines()
        for first, number, new in sorted(found, reverse=True):
            lines[first : first + number] = new
        text = "\n".join(lines) + "\n"
        before, after = "\n".join(self.measures), "\n".join(measures)
        self.path.write_text(text.replace(before, after), encoding="utf-8")


def _steps(token: Token) -> Iterator[Step]:
    assert token.map is not None
    line = token.map[0] + 1
    first, _, rest = token.content.partition("\n")
    if token.info == "sql" and (found := _SQL.fullmatch(first)):
        if found[1] == "service":
            yield Deployment(line, int(found[2]), statements(rest))
        elif found[1] == "otherwise":
            yield Otherwise(line, rest)
        else:
            yield Statements(line, rest, int(found[2] or 0))
    if token.info == "python" and (found := _REVISION.fullmatch(first)):
        yield Revision(line, found[1], rest, is_printed=found[2] is not None)


def statements(sql: str) -> tuple[str, ...]:
    """Return the statements, each of which ends with a semicolon at the end of a line."""
    plain = re.sub(r"^--.*\n", "", sql, flags=re.MULTILINE)
    return tuple(
        each.strip() for each in re.split(r";\s*$", plain, flags=re.MULTILINE) if each.strip()
    )
