"""Adoption of any database, step by step, in a project that is generated for it.

Usage: python -P bench/adopt.py [--server URL] [--tests ARGUMENTS] SOURCE ... (beside
database_copies.py)

A source is a file of SQL, a folder of such files, or the URL of a database, of which only the
schema is read. Each is copied into a database of the embedded PostgreSQL, or of the server given,
which has to have its extensions; what is walked is the copy. `--tests tests/test_migrations.py`
runs some of the shipped tests. Ends with status 1 if a step fails.
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy import URL, make_url

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]
sys.path.append(str(ROOT / "bench"))

from baking import bake
from database_copies import Copies, RefusedError
from running import make, python

MODELS = Path("app/models/existing.py")
IMPORT = """
import warnings
warnings.simplefilter("error")
import app.models
from sqlalchemy.orm import configure_mappers
configure_mappers()
"""
ADD_COLUMN = """
from sqlalchemy import Column, Text

min(Base.metadata.tables.values(), key=lambda each: each.fullname).append_column(
    Column("walked_by", Text, server_default="nobody", index=True)
)
"""
STEPS = (
    *("load", "models", "import", "baseline", "force", "upgrade", "kept", "check", "drift"),
    *("change", "tests", "new"),
)
_OPERATION = re.compile(
    r"^    (?:op|create_index_concurrently|drop_index_concurrently)\b", re.MULTILINE
)
EXPLAINED = """
load: what PostgreSQL refused of the file. baseline: "agrees"; or "partly", since the
models agree and no model says all that is there; or "differs". The last two are then forced.
kept: the database has all that it had. change: a new column, up, down and up.
tests: those of the project. new: the revisions make the same in an empty database."""


@dataclass
class Walk:
    """One database, and what came of each step."""

    project: Path
    copies: Copies
    source: str
    tests: str
    """Which of the project's tests are run; all if empty."""
    results: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Lines that say what went wrong, or are worth reading."""

    def run(self) -> None:
        """Take the steps until one fails."""
        self._empty_project()
        for name, step in self._steps():
            try:
                self.results[name] = step() or "ok"
            except RefusedError as refusal:
                self.results[name] = "FAILED"
                self.said.append(f"{name}: {refusal}")
                return

    @property
    def fails(self) -> bool:
        """Whether a step failed."""
        return "FAILED" in self.results.values()

    def _steps(self) -> Iterator[tuple[str, Callable[[], str | None]]]:
        yield "load", self._load
        yield "models", lambda: self._make("models")
        yield "import", self._import
        yield "baseline", self._baseline
        if self.results["baseline"] != "agrees":
            yield "force", lambda: self._make("baseline", "force=1", is_told=True)
        yield "upgrade", lambda: self._make("upgrade")
        yield "kept", lambda: self.copies.require_alike("before", "adopted")
        for target in ("check", "drift"):
            yield target, partial(self._make, target)
        yield "change", self._change
        yield "tests", lambda: self._make("test", f"args={self.tests}")
        yield "new", self._new

    def _empty_project(self) -> None:
        for path in ("app/models", "migrations/versions"):
            self._forget(path)

    def _forget(self, path: str) -> None:
        for each in (self.project / path).glob("*.py"):
            if each.name not in ("__init__.py", "base.py"):
                each.unlink()

    def _load(self) -> str:
        errors = self.copies.load(self.source)
        self.said += [f"load: {error}" for error in errors]
        return f"{len(errors)} errors" if errors else "ok"

    def _import(self) -> None:
        result = python(self.project, "-c", IMPORT, **self._environment)
        if result.returncode:
            raise RefusedError(f"{MODELS} does not import:\n{result.stderr}")

    def _baseline(self) -> str:
        result = make(self.project, "baseline", **self._environment)
        if result.returncode == 0 and "what no model says" in result.stdout:
            self._make("stamp", "to=base")
            self._forget("migrations/versions")
            return "partly"
        if result.returncode == 0:
            return "agrees"
        self.said.append(f"baseline: {result.stdout}{result.stderr}")
        if "Traceback" in result.stderr:
            raise RefusedError("make baseline breaks")
        return "differs"

    def _change(self) -> None:
        with (self.project / MODELS).open("a", encoding="utf-8") as file:
            file.write(ADD_COLUMN)
        versions = self.project / "migrations/versions"
        before = set(versions.glob("*.py"))
        self._make("revision", "m=add a column")
        written = sorted(set(versions.glob("*.py")) - before)
        text = "".join(each.read_text(encoding="utf-8") for each in written)
        # The column and its index, each up and down.
        if "Write by hand" in text or len(_OPERATION.findall(text)) != 4:
            raise RefusedError(f"make revision wrote more than the one column:\n{text}")
        for step in (["upgrade"], ["downgrade", f"to=-{len(written)}"], ["upgrade"], ["drift"]):
            self._make(*step)

    def _new(self) -> None:
        self.copies.create("new")
        for target in ("upgrade", "drift"):
            self._make(target, database="new")
        self.copies.require_alike("adopted", "new")

    @property
    def _environment(self) -> dict[str, str]:
        return self._environment_of("adopted")

    def _environment_of(self, database: str) -> dict[str, str]:
        return {"DATABASE_URL": self.copies.url(database).render_as_string(hide_password=False)}

    def _make(self, *arguments: str, database: str = "adopted", is_told: bool = False) -> None:
        result = make(self.project, *arguments, **self._environment_of(database))
        output = f"{result.stdout}{result.stderr}"
        if result.returncode:
            raise RefusedError(
                f"make {' '.join(arguments)} ends with status {result.returncode}:\n{output}"
            )
        if is_told:
            self.said.append(f"{' '.join(arguments)}: {output}")


def sources(given: list[str]) -> Iterator[str]:
    """Yield each file and URL; of a folder, its files."""
    for each in given:
        if Path(each).is_dir():
            yield from map(str, sorted(Path(each).glob("*.sql")))
        else:
            yield each


def title(source: str) -> str:
    """Return a source without its folder, or its password."""
    return str(make_url(source).database) if "://" in source else Path(source).stem


def main(given: list[str], server: URL | None, tests: str) -> bool:
    """Walk each source and print what came of it; return whether all went well."""
    folder = Path(tempfile.mkdtemp(prefix="adopt-"))
    folder.chmod(0o755)
    project = bake(folder, starter="blank", project_slug="adopted", docker="no", ci="none").path
    walks: list[Walk] = []
    try:
        environment = (
            {"DATABASE_URL": server.render_as_string(hide_password=False)} if server else {}
        )
        if make(project, "db", **environment).returncode:
            sys.exit("The project cannot be installed, or the server does not answer.")
        own = dotenv_values(project / ".env").get("DATABASE_URL")
        with Copies.of(server or make_url(str(own))) as copies:
            for source in sources(given):
                walk = Walk(project, copies, source, tests)
                walk.run()
                print(f"\n== {title(source)}", *walk.said, sep="\n", flush=True)
                walks.append(walk)
    finally:
        make(project, "clean")
        shutil.rmtree(folder, ignore_errors=True)
    print_table(walks)
    return not any(walk.fails for walk in walks)


def print_table(walks: list[Walk]) -> None:
    """Print a line for each source."""
    width = max(len(title(walk.source)) for walk in walks)
    print("\n" + " ".join([" " * width, *(f"{step:8}" for step in STEPS)]))
    for walk in walks:
        cells = [f"{walk.results.get(step, '-'):8}" for step in STEPS]
        print(" ".join([title(walk.source).ljust(width), *cells]).rstrip())
    for walk in walks:
        if walk.fails:
            print(f"{title(walk.source)} stops at {walk.said[-1].splitlines()[0]}")
    print(EXPLAINED)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--server", type=make_url)
    parser.add_argument("--tests", default="")
    parser.add_argument("source", nargs="+")
    options = parser.parse_args()
    sys.exit(0 if main(options.source, options.server, options.tests) else 1)
