"""Changes of files, as a document describes them."""

from collections.abc import Iterator
from pathlib import Path

from documents.blocks import DocumentError, Edit


def find(folder: Path, path: str) -> Path:
    """Return the file of this path. Raises DocumentError if `*` stands for none or for several."""
    if "*" not in path:
        return folder / path
    found = sorted(folder.glob(path))
    if len(found) != 1:
        names = ", ".join(str(each.relative_to(folder)) for each in found) or "no file"
        raise DocumentError(f"{path} is {names}")
    return found[0]


def apply(edit: Edit, folder: Path, text: str) -> None:
    """Write the file, or change it. Raises DocumentError if a hunk does not fit at one place."""
    path = find(folder, edit.path)
    if edit.is_diff:
        text = changed(path.read_text(encoding="utf-8"), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    forget_compiled(path)


def changed(source: str, diff: str) -> str:
    """Return the source with the hunks of the diff. Raises DocumentError if one does not fit."""
    for before, after in _hunks(diff):
        if f"\n{source}".count(f"\n{before}") != 1:
            raise DocumentError(f"this is not there once:\n{before}")
        source = f"\n{source}".replace(f"\n{before}", f"\n{after}")[1:]
    return source


def forget_compiled(path: Path) -> None:
    """Delete what a module was compiled to.

    Python would not see that a file has changed within a second to another of the same size.
    """
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _hunks(diff: str) -> Iterator[tuple[str, str]]:
    """Yield what each hunk finds and what it puts there."""
    for hunk in f"\n{diff}".split("\n@@")[1:]:
        lines = hunk.split("\n")[1:-1] if hunk.endswith("\n") else hunk.split("\n")[1:]
        before = [line[1:] for line in lines if line[:1] != "+"]
        after = [line[1:] for line in lines if line[:1] != "-"]
        yield "".join(f"{line}\n" for line in before), "".join(f"{line}\n" for line in after)
