"""The site of course, cookbook, decisions and reference, as `make docs` builds it."""

import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from docs_site import DOCS, LinkError, build

LOADED = {"script", "link", "img", "iframe", "source"}


class Page(HTMLParser):
    """A page, with its anchors, its links, and the addresses that a browser loads for it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {name for name in (given.get("id"), given.get("name")) if name}
        addresses = {address for address in (given.get("href"), given.get("src")) if address}
        self.links |= addresses
        if tag in LOADED and given.get("rel") != "canonical":
            self.loaded |= addresses


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def target(page: Path, link: str) -> Path:
    """Return the file of the site that a link of the page leads to."""
    path = (page.parent / unquote(urlsplit(link).path)).resolve() if urlsplit(link).path else page
    return path / "index.html" if path.is_dir() else path


def test_every_link_anchor_and_image_is_there(pages: dict[Path, Page]) -> None:
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme:
                continue
            found = target(path, link)
            anchor = unquote(urlsplit(link).fragment)
            if not found.exists() or (anchor and anchor not in pages[found].anchors):
                wrong.append(f"{path}: {link}")

    assert wrong == []


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loaded = {address for page in pages.values() for address in page.loaded}
    styles = "".join(path.read_text() for path in site.rglob("*.css"))

    assert "../assets" in " ".join(loaded)
    assert {address for address in loaded if urlsplit(address).netloc} == set()
    assert "url(http" not in styles
    assert "@import" not in styles
    # For which the theme's script would fetch a library.
    assert [str(path) for path, page in pages.items() if 'class="mermaid"' in page.text] == []


def test_it_can_be_searched_and_has_a_dark_theme(site: Path, pages: dict[Path, Page]) -> None:
    index = (site / "search.json").read_text(encoding="utf-8")

    assert "Why is a lock polled on a connection of its own?" in index
    assert 'data-md-color-scheme="slate"' in pages[site / "index.html"].text


def test_docstrings_are_in_the_reference(site: Path, pages: dict[Path, Page]) -> None:
    page = pages[site / "reference" / "index.html"]

    assert {"alembic_workflow.backfill", "alembic_workflow.testing.HistoryTests"} <= page.anchors
    assert ":::" not in page.text


def test_every_block_of_code_is_shown_as_one(pages: dict[Path, Page]) -> None:
    assert [str(path) for path, page in pages.items() if "<p>```" in page.text] == []


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("[gone](../hooks/gone.py)", "decisions.md: there is no ../hooks/gone.py"),
        ("![gone](terminal/gone.svg)", "decisions.md: there is no terminal/gone.svg"),
        ("[gone](gone.md#here)", "decisions.md: there is no gone.md"),
        ("[gone](decisions.md#gone)", "anchor does not exist"),
    ],
)
def test_a_link_to_what_was_moved_is_found(tmp_path: Path, link: str, reason: str) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs)
    with (docs / "decisions.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{link}\n")

    with pytest.raises(LinkError) as error:
        build(tmp_path / "site", docs)

    assert reason in str(error.value)
