"""Links of documents to files, and to names in them."""

import re
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>[^)#:\s]+)(?:#[^)]*)?\)")
_NAME = re.compile(r"`(\w+)`")


def dead_links(document: Path) -> Iterator[str]:
    """Yield the links to files that are not there, or that do not define the name they are under.

    A link whose text is a name in backticks, [`backfill`](...), leads to where that is defined.
    """
    for link in _LINK.finditer(document.read_text(encoding="utf-8")):
        target = document.parent / link["path"]
        name = _NAME.fullmatch(link["text"].replace("\n", " "))
        if not target.exists():
            yield f"{document.name}: {link['path']} is not there"
        elif name and not _defines(target, name[1]):
            yield f"{document.name}: {link['path']} does not define {name[1]}"


def _defines(file: Path, name: str) -> bool:
    definition = rf"^\s*(?:(?:async )?def|class) {name}\b|^{name}\b.*="
    return re.search(definition, file.read_text(encoding="utf-8"), re.MULTILINE) is not None
