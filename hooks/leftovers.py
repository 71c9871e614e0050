"""Tell the template from what tools have left in its folder."""

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

INNER = "{{cookiecutter.project_slug}}"
# Of a project that was run in the template by mistake. Copied over a user's own, it would end that.
REFUSED = (".env", ".env.*", ".git", ".postgres", ".uv", ".venv", "uv.lock")
ALLOWED = ".env.example"


def refuse_a_project(template: Path) -> Iterator[str]:
    """A .env tells secrets, and a PostgreSQL or an environment is of no use elsewhere."""
    found = [path.as_posix() for path in matching(template / INNER, REFUSED)]
    if names := ", ".join(name for name in found if not name.endswith(ALLOWED)):
        yield (
            f"a command that belongs in a project was run in the template; delete what it left, "
            f"{names}, from {str(template / INNER)!a}."
        )


def leftovers(template: Path, patterns: Iterable[str]) -> list[Path]:
    """Find the caches, which cookiecutter copies by these patterns, instead of rendering them."""
    return list(matching(template / INNER, patterns))


def matching(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    """Find the files and folders of these names, but nothing inside of such a folder."""
    for root, folders, files in os.walk(folder):
        found = [n for n in [*folders, *files] if any(fnmatch(n, pattern) for pattern in patterns)]
        folders[:] = [name for name in folders if name not in found]
        yield from (Path(root, name).relative_to(folder) for name in found)
