"""Takes SQL text apart, as far as the rules about it need."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_OPAQUE = re.compile(
    r"""(?P<comment>--[^\n]*|/\*(?:(?!/\*|\*/).|/\*(?:(?!\*/).)*\*/)*\*/)
    |(?P<text>\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|(?<![\w$])\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    |"(?P<identifier>(?:[^"]|"")*)"
    |(?P<end>;)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_BODY = re.compile(r"(?<![\w$])\$(\w*)\$(.*)\$\1\$", re.DOTALL)


class Part(NamedTuple):
    """One statement of a text."""

    text: str
    plain: str
    """On one line, without comments, with empty strings and simplified quoted names."""

    def begins(self, pattern: str) -> bool:
        """Return whether it begins with these words."""
        return re.match(rf"(?:{pattern})\b", self.plain, re.IGNORECASE) is not None

    def has(self, pattern: str) -> bool:
        """Return whether these words are somewhere in it."""
        return re.search(rf"\b(?:{pattern})\b", self.plain, re.IGNORECASE) is not None

    @property
    def code(self) -> str:
        """The text between dollar quotes."""
        match = _BODY.search(self.text)
        return match[2] if match else ""

    @property
    def body(self) -> str:
        """The same on one line, without comments and with empty strings."""
        return _plain(self.code)


def without_parameters(sql: str) -> str:
    """Return the text as `sqlalchemy.text` wants it, which takes :name for a parameter."""
    # What TextClause and its compiler look for, and take away.
    return escape_parameters(re.sub(r"\\(?=:\w*(?![:\w]))", r"\\\\", sql))


def as_driver_sql(sql: str) -> str:
    """Return the text as `exec_driver_sql` wants it, which takes %s for a parameter."""
    return sql.replace("%", "%%")


def escape_parameters(text: str) -> str:
    """Return the text of a `sqlalchemy.text` without parameters: those that it has are values."""
    return re.sub(r"(?<![:\w\\]):(?=\w+(?![:\w]))", r"\\:", text)


def strings(sql: str) -> list[str]:
    """Return the values of the strings in a text, as far as they have no backslash."""
    return [value.replace("''", "'") for value in re.findall(r"'((?:[^']|'')*)'", sql)]


def masked(sql: str) -> str:
    """Return text of the same length, without what is in strings, comments and parentheses."""
    text = _OPAQUE.sub(lambda match: "x" * len(match[0]) if match["end"] is None else ";", sql)
    depth, result = 0, []
    for character in text:
        depth -= character == ")"
        result.append("x" if depth else character)
        depth += character == "("
    return "".join(result)


def parts(sql: str) -> Iterator[Part]:
    """Yield the statements of a text that semicolons separate."""
    start = 0
    for match in _OPAQUE.finditer(sql):
        if match["end"] is None or _is_open(sql[start : match.start()]):
            continue
        yield from _part(sql, start, match.start())
        start = match.end()
    yield from _part(sql, start, len(sql))


def _part(sql: str, start: int, end: int) -> Iterator[Part]:
    if plain := _plain(sql[start:end]):
        yield Part(sql[start:end], plain)


def _is_open(text: str) -> bool:
    """The commands of a rule and the body of an SQL function can have semicolons of their own."""
    plain = _plain(text)
    is_atomic = re.search(r"\bBEGIN ATOMIC\b", plain, re.IGNORECASE) is not None
    return plain.count("(") > plain.count(")") or (
        is_atomic and re.search(r"\bEND$", plain, re.IGNORECASE) is None
    )


def _plain(text: str) -> str:
    return " ".join(_OPAQUE.sub(_simplified, text).split())


def _simplified(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return " "
    if match["text"] is not None:
        return "''"
    if match["identifier"] is not None:
        return '"' + re.sub(r"\W", "_", match["identifier"]) + '"'
    return ";"
