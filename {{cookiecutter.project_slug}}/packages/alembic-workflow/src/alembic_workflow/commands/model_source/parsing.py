"""Takes definitions of the catalog apart."""

import re
from collections.abc import Iterator

from alembic_workflow.sql.identifiers import plain

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()\[\],]|[^'\"()\[\],]+|.", re.DOTALL)
_NAME = re.compile(r'\w+|"(?:[^"]|"")*"')


def parts(text: str) -> list[str]:
    """Return what commas separate, those in parentheses and strings apart."""
    found, depth = [""], 0
    for token in _TOKEN.findall(text):
        depth += (token in "([") - (token in ")]")
        if token == "," and depth == 0:
            found.append("")
        else:
            found[-1] += token
    return [part.strip() for part in found if part.strip()]


def enclosed(text: str) -> tuple[str, str]:
    """Return what is in the parentheses with which the text begins, and what comes after them."""
    depth, end = 0, 0
    for token in _TOKEN.findall(text):
        depth += (token == "(") - (token == ")")
        end += len(token)
        if depth == 0:
            return text[1 : end - 1], text[end:]
    raise ValueError(text)


def names(text: str) -> list[str]:
    """Return the names in a list of columns; raises ValueError if more is said of one."""
    found = parts(text)
    if not all(_NAME.fullmatch(part) for part in found):
        raise ValueError(text)
    return [plain(part) for part in found]


def key_columns(text: str) -> list[str]:
    """Return the columns of a primary key."""
    listed, _ = enclosed(text.removeprefix("PRIMARY KEY "))
    return [plain(part.removesuffix(" WITHOUT OVERLAPS")) for part in parts(listed)]


def clauses(text: str, *words: str) -> Iterator[tuple[str, str]]:
    """Yield each of these words and what is in the parentheses after it, in their order.

    Raises ValueError if anything else is there.
    """
    rest = text.strip()
    for word in words:
        if rest.startswith(f"{word} ("):
            inside, rest = enclosed(rest[len(word) + 1 :])
            yield word, inside
            rest = rest.strip()
    if rest:
        raise ValueError(text)


def unquoted(text: str) -> str:
    """Return the string that a literal of SQL stands for."""
    if text.startswith("E'"):
        return text[2:-1].replace("''", "'").replace("\\\\", "\\")
    return text[1:-1].replace("''", "'")
