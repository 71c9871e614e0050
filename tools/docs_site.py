"""The site: course, cookbook, decisions and reference, built from docs/ into build/site/.

Usage: python tools/docs_site.py [PORT] (`make docs`). Serves it on loopback, if a port is given. A
link to a file outside docs/ leads to a page that shows the file.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
BUILD = ROOT / "build" / "site"
PACKAGE = ROOT / "{{cookiecutter.project_slug}}" / "packages" / "alembic-workflow" / "src"
SHOWN = {".md", ".svg", ".png"}
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")


class LinkError(Exception):
    """A link leads to nothing; the message says where it is."""


def build(folder: Path = BUILD, docs: Path = DOCS) -> Path:
    """Build the site in the folder, and return where its pages are.

    Raises LinkError for a link to a file, a page or a heading that is not there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "docs"
    linked = {path for page in sorted(docs.rglob("*.md")) for path in _stage(page, docs, pages)}
    for picture in (each for each in docs.rglob("*") if each.suffix in SHOWN - {".md"}):
        _write(pages / picture.relative_to(docs), picture.read_bytes())
    for path in linked:
        _write(pages / _page_of(path), _source(path).encode())
    config = yaml.safe_load((DOCS / "site.yml").read_text(encoding="utf-8"))
    config |= {"docs_dir": "docs", "site_dir": "pages", "nav": list(navigation(pages))}
    config["plugins"][1]["mkdocstrings"]["handlers"]["python"]["paths"] = [str(PACKAGE)]
    (folder / "mkdocs.yml").write_text(json.dumps(config))
    result = subprocess.run(
        _zensical("build", "--strict"),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    if result.returncode:
        said = re.sub(r"\x1b\[[\d;]*m", "", result.stderr)
        raise LinkError(said.partition("Traceback")[0] or said)
    return folder / "pages"


def navigation(pages: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries: the index, each folder with pages, and the other pages."""
    yield {"Overview": "index.md"}
    for folder in ("course", "cookbook"):
        yield {folder.capitalize(): [f"{folder}/{name}" for name in _names(pages / folder)]}
    for page in sorted(each.name for each in pages.glob("*.md") if each.name != "index.md"):
        yield {page.removesuffix(".md").capitalize(): page}


def _names(folder: Path) -> list[str]:
    """Return the pages of the folder: README.md first, then those that it links to, in order."""
    names = sorted(each.name for each in folder.glob("*.md"))
    linked = _LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    ordered = [name for name in linked if name in names]
    return list(dict.fromkeys(["README.md", *ordered, *names]))


def _stage(page: Path, docs: Path, pages: Path) -> Iterator[Path]:
    """Write the page with links that work in the site; yield the files outside that it links to."""
    outside: list[Path] = []

    def moved(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(DOCS / page.relative_to(docs).parent / link[1]))
        is_page = target.is_relative_to(DOCS)
        if not (docs / target.relative_to(DOCS) if is_page else target).exists():
            raise LinkError(f"{page.relative_to(docs)}: there is no {link[1]}")
        if is_page:
            return link[1]
        outside.append(target)
        up = "../" * (len(page.relative_to(docs).parts) - 1)
        return f"{up}{_page_of(target)}"

    text = _LINK.sub(moved, page.read_text(encoding="utf-8"))
    # What the tests need to know of a block, the site does not.
    text = re.sub(r'^(```\w+) shows="', r'\1 title="', text, flags=re.MULTILINE)
    text = re.sub(r'^(```\w.*?) status="\d+"', r"\1", text, flags=re.MULTILINE)
    _write(pages / page.relative_to(docs), text.encode())
    yield from outside


def _page_of(path: Path) -> str:
    """Return the page that shows this file or folder of the repository."""
    name = path.relative_to(ROOT).as_posix().replace("{{cookiecutter.project_slug}}", "project")
    return re.sub(r"/\.", "/", f"source/{name}.md")  # what begins with a dot is left out


def _source(path: Path) -> str:
    """Return the page that shows the file, or the names of what is in the folder."""
    name = path.relative_to(ROOT)
    if path.is_dir():
        listed = "".join(f"- `{each.name}`\n" for each in sorted(path.iterdir()))
        return f"# {path.name}\n\n`{name}`\n\n{listed}"
    language = {".py": "python", ".mako": "mako", ".md": "markdown"}.get(path.suffix, "text")
    fence = "`" * 8
    text = path.read_text(encoding="utf-8")
    return f"# {path.name}\n\n`{name}`\n\n{fence}{language}\n{text}{fence}\n"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _zensical(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "zensical", *arguments, "--config-file", "mkdocs.yml"]


def main(port: str | None) -> None:
    """Build the site, and serve it if a port is given."""
    try:
        print(f"Built {build().relative_to(ROOT)}/", flush=True)
    except LinkError as error:
        sys.exit(f"docs: {error}\nCorrect the links.")
    if port is not None:
        address = f"127.0.0.1:{port}"
        serve = _zensical("serve", "--dev-addr", address)
        os.chdir(BUILD)
        os.execv(serve[0], serve)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
