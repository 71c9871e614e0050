"""Text of Mermaid, which browsers, GitHub and GitLab draw: https://mermaid.js.org."""

import re
from collections.abc import Iterable

LARGEST = 50_000
"""The number of characters that Mermaid draws, unless a page allows more (`maxTextSize`)."""
# Mermaid takes text for Markdown with HTML in it. An underscore inside of a word means nothing.
_SPECIAL = re.compile(r"[^\w .,:()\[\]-]|(?<![^\W_])_|_(?![^\W_])")
_KEYS = re.compile(r"(?i)\b[PFU]K\b")


def quoted(*lines: str) -> str:
    """Return the lines so that Mermaid shows them as they are."""
    plain = (" ".join(line.split()) for line in lines)
    shown = (_SPECIAL.sub(lambda found: f"#{ord(found[0])};", line) for line in plain)
    return f'"{"<br>".join(shown)}"'


def word(text: str) -> str:
    """Return the nearest to this text that can be the type or the name of an attribute."""
    plain = re.sub(r"[^A-Za-z0-9()\[\]]+", "_", text).strip("_")
    plain = plain if plain[:1].isalpha() else f"x{plain}"
    return f"{plain}_" if _KEYS.search(plain) else plain


def node(text: str) -> str:
    """Return the identifier of the node with this text, another for each text."""
    return "r" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0])}_", text)


def block(kind: str, lines: Iterable[str]) -> str:
    """Return a diagram of this kind as a block of Markdown."""
    return "\n".join([f"```mermaid\n{kind}", *(f"  {line}" for line in lines), "```"])
