"""The outputs of a run beside those that a document shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

HOME = "/home/you"
ELISION = "..."
_ID = re.compile(r"(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])")
_MASKS = [
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?", "<time>"),
        (r"\b\d{4}_\d\d_\d\d_\d{4}(?=-)", "<minute>"),
        (r"\b\d{4}-\d\d-\d\d\b", "<date>"),
        (r"\b\d+(\.\d+)? ?(ms|s|seconds?)\b", "<duration>"),
        (r"\b\d+ rows/s", "<speed>"),
        (r"\b\d+:\d\d:\d\d\b", "<duration>"),
        (r"index tuple \(\d+,\d+\)", "index tuple"),
        (r'"request_id": ?"\w+"', '"request_id"'),
        (r"\b(pid|PID|process) \[?\d+\]?", "<process>"),
        (r"\bMakefile:\d+", "Makefile"),
    )
]


class Outputs:
    """The output of a run, in the words of the document.

    A revision has another id in each run. Where a document shows an id for the first time, it is
    taken for the one that the run has there, and stands for that one from then on.
    """

    def __init__(self, folder: Path, ids: Mapping[str, str]) -> None:
        """Take the folder that the document calls `/home/you`, and the ids that are known."""
        self._folder = str(folder)
        self._actual = dict(ids)

    @property
    def ids(self) -> dict[str, str]:
        """The ids of this run for those that the document shows."""
        return dict(self._actual)

    def actual(self, text: str) -> str:
        """Return a text of the document with the ids of this run."""
        return _ID.sub(lambda match: self._actual.get(match[0], match[0]), text)

    def shown(self, text: str) -> str:
        """Return a text of this run with the ids and the folder of the document."""
        names = {actual: shown for shown, actual in self._actual.items()}
        text = _ID.sub(lambda match: names.get(match[0], match[0]), text)
        encoded = self._folder.replace("/", "%2F"), HOME.replace("/", "%2F")
        return text.replace(self._folder, HOME).replace(*encoded)

    def agree(self, shown: Sequence[str], output: Sequence[str]) -> bool:
        """Return whether the output is what is shown, and learn its ids if so."""
        printed = [self.shown(line).rstrip() for line in output]
        pairs = _aligned([self._masked(line) for line in shown], list(map(self._masked, printed)))
        if pairs is None:
            return False
        before = dict(self._actual)
        for mine, theirs in pairs:
            ids = (_ID.findall(line) for line in (shown[mine], printed[theirs]))
            for known, new in zip(*ids, strict=True):
                if self._actual.setdefault(known, new) != new and known != new:
                    self._actual = before
                    return False
        return True

    def rewritten(self, shown: Sequence[str], output: Sequence[str]) -> list[str]:
        """Return what the document has to show instead; what only differs by its time stays."""
        unknown = [list(dict.fromkeys(self._unknown(lines))) for lines in (shown, output)]
        old, new = unknown
        self._actual.update(zip(old if len(old) == len(new) else new, new, strict=True))
        kept = {self._masked(line): line for line in shown}
        printed = [self.shown(line).rstrip() for line in output]
        return [kept.get(self._masked(line), line) for line in printed]

    def _unknown(self, lines: Sequence[str]) -> Iterator[str]:
        known = {*self._actual, *self._actual.values()}
        yield from (name for line in lines for name in _ID.findall(line) if name not in known)

    def _masked(self, line: str) -> str:
        for pattern, mask in _MASKS:
            line = pattern.sub(mask, line)
        return _ID.sub(lambda match: match[0] if match[0] in self._actual else "<id>", line)


def _aligned(shown: list[str], output: list[str]) -> list[tuple[int, int]] | None:
    """Return which line is which, or None if they differ."""
    pairs: list[tuple[int, int]] = []
    position, elided = 0, False
    for number, line in enumerate(shown):
        if line.strip() == ELISION:
            elided = True
            continue
        rest = shown[number:]
        block = rest[: rest.index(ELISION)] if ELISION in rest else rest
        while elided and output[position : position + len(block)] != block:
            if position >= len(output):
                return None
            position += 1
        if position >= len(output) or output[position] != line:
            return None
        pairs.append((number, position))
        position, elided = position + 1, False
    return pairs if elided or position == len(output) else None
