"""The picture in README.md: a session on a terminal, as it ran, in light and dark.

Usage: python tools/terminal_session.py (`make picture`). Bakes and installs a blog, changes its
models, types the commands of `SESSION`, and writes what the terminal showed to docs/terminal/.
"""

import os
import pty
import re
import select
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
for folder in ("tests", "tools"):
    sys.path.insert(0, str(ROOT / folder))

from baking import Project, bake
from running import clean_environment, stop_postgres, succeed
from terminal_picture import COLUMNS, THEMES, picture

FOLDER = ROOT / "docs" / "terminal"
ACKNOWLEDGED = re.compile(rb"\? \[y/N\] $")


class Step(NamedTuple):
    """A change of the post's model, in words and in source, and the command after it."""

    comment: str
    change: Mapping[str, str]
    command: str


SESSION = [
    Step(
        "in app/models/post.py, title becomes headline",
        {"title: Mapped": "headline: Mapped", '"title"': '"headline"'},
        'make revision m="call titles headlines"',
    ),
    Step(
        "and every post gets a summary: Mapped[str]",
        {"    published:": "    summary: Mapped[str]\n    published:"},
        'make revision m="require a summary of posts"',
    ),
    Step("", {}, "make lint-migrations 2>&1 | grep -A 2 renaming-column"),
]


def main() -> None:
    """Run the session, and write both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        project = bake(Path(folder), project_slug="blog", starter="blog")
        succeed(project.path, "upgrade")
        try:
            shown = session(project)
        finally:
            stop_postgres(project)
    FOLDER.mkdir(exist_ok=True)
    for name, theme in THEMES.items():
        (FOLDER / f"{name}.svg").write_text(picture(shown, theme), encoding="utf-8")


def session(project: Project) -> list[Text]:
    """Take all steps in a blog that is migrated, and return the lines of the terminal."""
    return [line for step in SESSION for line in take(project, step)]


def take(project: Project, step: Step) -> list[Text]:
    """Take the step, and return the lines of the terminal."""
    model = project.path / "app" / "models" / "post.py"
    text = model.read_text(encoding="utf-8")
    for old, new in step.change.items():
        assert old in text, old
        text = text.replace(old, new)
    model.write_text(text, encoding="utf-8")
    comment = [Text(f"# {step.comment}", "bright_black")] if step.comment else []
    prompt = Text.assemble(("$ ", "green"), (step.command, "bold"))
    return [*comment, prompt, *map(Text, typed(project.path, step.command)), Text()]


def typed(folder: Path, command: str) -> list[str]:
    """Type the command on a terminal, say y to what it asks, and return the lines it prints."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        environment = clean_environment(COLUMNS=str(COLUMNS), TERM="dumb")
        os.execvpe("sh", ["sh", "-c", command], environment)
    output = b""
    while chunk := _read(terminal):
        output += chunk
        if ACKNOWLEDGED.search(output):
            os.write(terminal, b"y\n")  # which the terminal echoes
    os.close(terminal)
    os.waitpid(pid, 0)
    return output.decode().replace("\r\n", "\n").rstrip("\n").split("\n")


def _read(terminal: int) -> bytes:
    """Return what the terminal shows next, and nothing once the command has ended."""
    select.select([terminal], [], [])
    try:
        return os.read(terminal, 4096)
    except OSError:  # as Linux says that nobody has the other side open
        return b""


if __name__ == "__main__":
    main()
