"""The picture of a terminal in README.md."""

import re

import pytest
from baking import ROOT, Project
from terminal_picture import THEMES, picture
from terminal_session import FOLDER, session

README = (ROOT / "README.md").read_text(encoding="utf-8")


def without_times_and_ids(svg: str) -> str:
    """Return the picture without what differs from run to run."""
    svg = re.sub(r"\d{4}_\d\d_\d\d_\d{4}-[0-9a-f]{12}", "DATE-ID", svg)
    return re.sub(r"\d+\.\d(?=&#160;s,)", "SECONDS", svg)


def test_the_readme_shows_it_in_light_and_dark() -> None:
    shown = set(re.findall(r'src(?:set)?="([^"]*)"', README))

    assert shown == {f"docs/terminal/{name}.svg" for name in THEMES}
    for name in shown:
        assert re.findall(r"https?:(?!//www\.w3\.org/)", (ROOT / name).read_text()) == []


@pytest.mark.installs
def test_it_shows_what_the_commands_print_today(migrated_blog: Project) -> None:
    shown = session(migrated_blog)

    for name, theme in THEMES.items():
        before = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        now = picture(shown, theme)
        assert without_times_and_ids(now) == without_times_and_ids(before), "run make picture"
