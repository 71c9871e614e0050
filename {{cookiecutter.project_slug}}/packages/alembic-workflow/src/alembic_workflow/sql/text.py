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
_WORD = r'(?:"\w*"|\w+)'
_NAME = rf"(?:ONLY )?(?:{_WORD} ?\. ?)?{_WORD}"
_TARGET = re.compile(
    r"(?:CREATE (?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED) )*TABLE|CREATE MATERIALIZED VIEW"
    r"|ALTER TABLE|DROP TABLE|TRUNCATE(?: TABLE)?|LOCK(?: TABLE)?|CLUSTER(?: VERBOSE)?"
    r"|CREATE (?:UNIQUE )?(?:INDEX|TRIGGER|POLICY|RULE)\b.*? ON|UPDATE|DELETE FROM|INSERT INTO"
    r"|MERGE INTO|REFRESH MATERIALIZED VIEW(?: CONCURRENTLY)?|VACUUM FULL)"
    rf"(?: IF (?:NOT )?EXISTS)? ({_NAME}(?:(?<=\w|\") ?, ?{_NAME})*)",
    re.IGNORECASE,
)
_CREATE = re.compile(
    r"CREATE (?:(?:TEMP|TEMPORARY|UNLOGGED) )*(?:TABLE|MATERIALIZED VIEW)\b", re.IGNORECASE
)


class Part(NamedTuple):
    """One statement of a text."""

    text: str
    start: int
    """The position at which it begins in the whole text."""
    plain: str
    """On one line, without comments, with empty strings and simplified quoted names."""

    def begins(self, pattern: str) -> bool:
        """Return whether it begins with these words."""
        return re.match(rf"(?:{pattern})\b", self.plain, re.IGNORECASE) is not None

    def has(self, pattern: str) -> bool:
        """Return whether these words are somewhere in it."""
        return re.search(rf"\b(?:{pattern})\b", self.plain, re.IGNORECASE) is not None

    @property
    def tables(self) -> set[str]:
        """The tables that it is about, in lower case and without the schema `public`."""
        match = _TARGET.match(self.plain)
        names = match[1].split(",") if match else []
        return {_simplified_name(each) for each in names}

    @property
    def created(self) -> set[str]:
        """The table or materialized view that it creates, or nothing."""
        return self.tables if _CREATE.match(self.plain) else set()

    @property
    def body(self) -> str:
        """The text between dollar quotes, without its comments and strings."""
        match = _BODY.search(self.text)
        return _plain(match[2]) if match else ""


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
        yield Part(sql[start:end], start, plain)


def _simplified_name(name: str) -> str:
    only = re.compile("ONLY ", re.IGNORECASE)
    bare = only.sub("", name.strip(), count=1).replace('"', "").replace(" ", "").lower()
    return bare.removeprefix("public.")


def _is_open(text: str) -> bool:
    """The body of an SQL function can have semicolons of its own."""
    plain = _plain(text)
    return (
        re.search(r"\bBEGIN ATOMIC\b", plain, re.IGNORECASE) is not None
        and re.search(r"\bEND$", plain, re.IGNORECASE) is None
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
