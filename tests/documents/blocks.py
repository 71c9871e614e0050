"""The steps of a Markdown document: its fenced blocks, as commands, edits and shown files.

    ```console                      commands after `$ `, each with what it prints
    ```console title="Terminal 2"   in another terminal
    ```console status="1"           the last command of the block ends with this status
    ```python title="app/a.py"      the whole file
    ```diff title="app/a.py"        a change of it, in hunks that begin with `@@`
    ```python shows="app/a.py"      what the file says

A line `...` of an output stands for any number of lines. A command that ends with `&` runs on once
its shown output is there. After a command that opens psql, lines after its prompt (`blog=# `) are
typed into it. `*` in a path stands for what differs from run to run; other blocks are for reading.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_OPTION = re.compile(r'(\w+)="([^"]*)"')
_TYPED = re.compile(r"(\$|>|\w+[=-][*!]?[#>]) (.*)")
SHELL = "$"
_CONTINUATION = re.compile(r">|\w+-[*!]?[#>]")


class DocumentError(Exception):
    """A document cannot be followed; the message says where and why."""


@dataclass(frozen=True)
class Text:
    """Lines of the document that a run must repeat."""

    first: int
    """The number of the first one, from 0."""
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A line to be typed, and what it shows."""

    line: int
    terminal: str
    prompt: str
    text: str
    shown: Text
    status: int = 0

    @property
    def is_sql(self) -> bool:
        """Whether it is typed into psql."""
        return self.prompt != SHELL

    @property
    def runs_on(self) -> bool:
        """Whether it runs in the background."""
        return not self.is_sql and self.text.endswith("&")


@dataclass(frozen=True)
class Edit:
    """A file to be written, or a change to be made in one."""

    line: int
    path: str
    text: str
    is_diff: bool


@dataclass(frozen=True)
class ShownFile:
    """The text of a file."""

    line: int
    path: str
    shown: Text


Step = Command | Edit | ShownFile


def steps_of(document: Path) -> list[Step]:
    """Return the steps in their order. Raises DocumentError for a block that is none."""
    tokens = MarkdownIt().parse(document.read_text(encoding="utf-8"))
    return [step for token in tokens if token.type == "fence" for step in _steps(document, token)]


def _steps(document: Path, token: Token) -> Iterator[Step]:
    language, _, rest = token.info.partition(" ")
    options = dict(_OPTION.findall(rest))
    line = (token.map or [0])[0] + 1
    if unknown := options.keys() - {"title", "status", "shows"}:
        raise DocumentError(f"{document.name}:{line}: no such option: {', '.join(unknown)}")
    if token.level and (language == "console" or options):
        raise DocumentError(f"{document.name}:{line}: a block that is executed is not indented")
    lines = token.content.splitlines()
    if language == "console":
        yield from _commands(document, line, lines, options)
    elif "title" in options:
        yield Edit(line, options["title"], token.content, language == "diff")
    elif "shows" in options:
        yield ShownFile(line, options["shows"], Text(line, tuple(lines)))


def _commands(
    document: Path, line: int, lines: list[str], options: dict[str, str]
) -> Iterator[Command]:
    starts = [number for number, text in enumerate(lines) if _starts(text)]
    if starts[:1] != [0]:
        raise DocumentError(f"{document.name}:{line}: a console block begins with a command")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        prompt, typed = _typed(lines[start])
        after = start + 1
        while after < end and _continues(lines[after]):
            typed += "\n" + _typed(lines[after])[1]
            after += 1
        shown = Text(line + after, tuple(lines[after:end]))
        status = int(options.get("status", 0)) if end == len(lines) else 0
        yield Command(line + start + 1, options.get("title", ""), prompt, typed, shown, status)


def _typed(line: str) -> tuple[str, str]:
    match = _TYPED.fullmatch(line)
    return (match[1], match[2]) if match else ("", line)


def _starts(line: str) -> bool:
    prompt, _ = _typed(line)
    return prompt != "" and not _continues(line)


def _continues(line: str) -> bool:
    return _CONTINUATION.fullmatch(_typed(line)[0]) is not None
