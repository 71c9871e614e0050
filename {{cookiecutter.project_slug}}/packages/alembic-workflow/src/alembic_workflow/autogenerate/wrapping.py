"""Long strings of a revision, on several lines."""

import ast
import io
import tokenize
from collections.abc import Iterator

from alembic_workflow.safe_forms.source import text

WIDTH = 80
"""Of a piece of a string, so that a line that has it indented is not longer than 100."""
_LINE = 96
"""The indented lines that formatters leave alone."""


def wrapped(source: str) -> str:
    """Return the source of an operation, with each string that makes a line too long in pieces."""
    lines = source.splitlines(keepends=True)
    tokens = [*tokenize.generate_tokens(io.StringIO(source).readline)]
    for token in reversed(tokens):
        (row, start), (last, end) = token.start, token.end
        is_long = row == last and end - start > WIDTH and len(lines[row - 1]) > _LINE
        if token.type == tokenize.STRING and is_long:
            line = lines[row - 1]
            pieces = _pieces(ast.literal_eval(token.string))
            own = "".join(f"\n    {text(each)}" for each in pieces)
            lines[row - 1] = line[:start] + own + line[end:]
    return "".join(lines)


def _pieces(value: str) -> Iterator[str]:
    """Yield the pieces that make the value; each but the last ends with a space."""
    piece = ""
    for word in value.replace(" ", " \0").split("\0"):
        if piece and len(text(piece + word)) > WIDTH:
            yield piece
            piece = ""
        piece += word
    yield piece
