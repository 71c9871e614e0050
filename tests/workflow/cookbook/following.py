"""Pages of the cookbook, followed step by step, and back again."""

import ast
import hashlib
import re
import shlex
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from alembic.script import ScriptDirectory
from databases import connect
from documents.blocks import Command, DocumentError, Edit
from documents.edits import apply, find
from documents.outputs import Outputs
from running import write_module

from workflow.cookbook.pages import Deployment, Otherwise, Page, Revision, Rows, Step
from workflow.cookbook.service import Service, Watch
from workflow.workbench import MAY_STOP, RUNS_ON, Result, Workbench

COPY = "otherwise"
HEAD = '''"""{message}.

Revision ID: {revision}
Revises: {after}
Create Date: 2026-12-01 09:00:00+00:00

"""

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | None = "{after}"
branch_labels = None
depends_on = None


'''
FILL = """
INSERT INTO users (email, hashed_password)
SELECT 'user' || n || '@example.com', 'x' FROM generate_series(1, :rows / 20) AS n;
INSERT INTO posts (title, content, owner_id)
SELECT 'Post ' || n, 'Text of post ' || n, 1 + n % (:rows / 20) FROM generate_series(1, :rows) AS n;
INSERT INTO votes (post_id, user_id)
SELECT n, 1 + (n * 7) % (:rows / 20) FROM generate_series(1, :rows) AS n;
"""
COMMANDS = {
    "revision": ["revision", "--autogenerate"],
    "upgrade": ["upgrade", "head"],
    "downgrade": ["downgrade", "-1"],
    "lint-migrations": ["lint"],
}


@dataclass
class Measure:
    """The waits and errors of the service while something was done."""

    name: str
    watch: Watch

    def __str__(self) -> str:
        seconds = self.watch.longest
        shown = f"{seconds:.1f} s" if seconds >= 0.95 else f"{seconds * 1000:.0f} ms"
        shown = "under 20 ms" if seconds < 0.02 else shown
        said = "".join(f", then {error}" for error in sorted(self.watch.errors)[:1])
        return f"| {self.name} | {shown}{said} |"


@dataclass
class Following:
    """A page that is followed in a service whose tables have rows."""

    project: Workbench
    page: Page
    rows: int
    """How many rows the page's own tables get."""
    measures: list[Measure] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing done."""
        self._deployed: list[Deployment] = []
        self._back: list[Deployment | Revision] = []
        self._outputs = Outputs(self.project.path.parent, {})

    def follow(self) -> list[str]:
        """Follow the page, go back, try the short way; return what the service waited for.

        Raises DocumentError if a step fails, if the service fails meanwhile, or if the page shows
        something else than there is.
        """
        steps = self.page.steps
        self._service = Service(self.project.url)
        try:
            for step in steps:
                self._where = f"{self.page.path.name}:{step.line}"
                self._take(step)
            self._require_that_it_is_right(steps)
            self._go_back()
        finally:
            self._service.end()
        for step in steps:
            if isinstance(step, Otherwise):
                self._where = f"{self.page.path.name}:{step.line}"
                self._try(step)
        return [str(each) for each in self.measures]

    def _take(self, step: Step) -> None:
        if isinstance(step, Rows):
            self.project.sql(step.sql.replace(":rows", str(self.rows)))
        elif isinstance(step, Deployment):
            self._deploy(step)
        elif isinstance(step, Revision):
            self._upgrade(step)
        elif isinstance(step, Command):
            self._run(step)
        elif isinstance(step, Edit):
            apply(step, self.project.path, step.text)
        elif not isinstance(step, Otherwise):
            shown = find(self.project.path, step.path).read_text(encoding="utf-8").splitlines()
            self._compare(step.shown.lines, shown)

    def _deploy(self, step: Deployment) -> None:
        if not self._deployed:
            name = self.project.url.database
            self._begin = self.project.catalog()
            self.project.sql(
                f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)',
                f'CREATE DATABASE "{COPY}" TEMPLATE "{name}"',
                database="postgres",
            )
        else:
            self._back.append(self._deployed[-1])
        self._deployed.append(step)
        self._service.deploy(step.statements)
        self._require_no_error(f"version {step.version} is deployed")

    def _upgrade(self, step: Revision) -> None:
        written = list(self.project.versions.glob(f"*_{step.slug}.py"))
        if not written:
            self._write(step)
        elif _bodies(written[0].read_text(encoding="utf-8")) != _bodies(step.source):
            raise DocumentError(f"{self._where}: make revision writes:\n{written[0].read_text()}")
        self.project.succeed("upgrade", "+1")
        if self._deployed:
            self._back.append(step)
            watch = self._require_no_error(f"{step.slug} is applied")
            self.measures.append(Measure(step.slug.replace("_", " "), watch))

    def _write(self, step: Revision) -> None:
        after = ScriptDirectory(str(self.project.path / "migrations")).get_current_head()
        revision = hashlib.sha256(f"{self.page.path.name} {step.slug}".encode()).hexdigest()[:12]
        number = len(list(self.project.versions.glob("2026_12_01_*")))
        message = step.slug.replace("_", " ").capitalize()
        path = self.project.versions / f"2026_12_01_{number:04}-{revision}_{step.slug}.py"
        head = HEAD.format(message=message, revision=revision, after=after)
        write_module(path, head + step.source)

    def _run(self, step: Command) -> None:
        make, name, *arguments = shlex.split(self._outputs.actual(step.text))
        status, output = self._make(name, *arguments) if make == "make" else self._shell(step.text)
        if (status != 0) != (step.status != 0):
            raise DocumentError(f"{self._where}: {step.text} ended with status {status}:\n{output}")
        if name in ("upgrade", "downgrade", "stamp"):
            self._back.clear()
        self._compare(step.shown.lines, output.splitlines())

    def _make(self, name: str, *arguments: str) -> Result:
        given = dict(argument.split("=", 1) for argument in arguments)
        renames = ["-x", f"rename={given['rename']}"] if "rename" in given else []
        command = COMMANDS.get(name, [name])
        if "to" in given:
            command = [command[0], given["to"]]
        message = ["-m", given["m"]] if "m" in given else []
        return self.project.run(*renames, *command, *message)

    def _shell(self, text: str) -> Result:
        result = subprocess.run(
            ["bash", "-c", self._outputs.actual(text)],
            cwd=self.project.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return Result(result.returncode, result.stdout)

    def _compare(self, shown: Sequence[str], output: Sequence[str]) -> None:
        if not self._outputs.agree(shown, output):
            there = "\n".join(output)
            raise DocumentError(f"{self._where}: there is:\n{there}")

    def _require_no_error(self, meanwhile: str) -> Watch:
        watch = self._service.seen()
        for error, statement in watch.errors.items():
            raise DocumentError(f"{self._where}: while {meanwhile}: {error}\n{statement}")
        return watch

    def _require_that_it_is_right(self, steps: Sequence[Step]) -> None:
        changes_models = any(
            isinstance(step, Edit) and step.path.startswith("app/models/") for step in steps
        )
        if changes_models:
            self._require("check", self.project.run("check"))
        self._require("lint", self.project.run("lint"))

    def _require(self, command: str, result: Result) -> None:
        if result.status:
            raise DocumentError(f"{self.page.path.name}: {command}: {result.output}")

    def _go_back(self) -> None:
        for step in reversed(self._back):
            self._where = f"{self.page.path.name}:{step.line}"
            if isinstance(step, Deployment):
                self._service.deploy(step.statements)
                self._require_no_error(f"version {step.version} comes back")
            elif step.can_be_undone:
                self.project.succeed("downgrade", "-1")
                self._require_no_error(f"{step.slug} is undone")
            else:
                return
        leaves = any(isinstance(each, Revision) and each.leaves_something for each in self._back)
        if self._back and not leaves and self.project.catalog() != self._begin:
            raise DocumentError(f"{self.page.path.name}: going back leaves another schema")

    def _try(self, step: Otherwise) -> None:
        """Do it as one transaction that waits for its locks, as plain Alembic does."""
        url = self.project.url.set(database=COPY)
        service = Service(url)
        try:
            service.deploy(self._deployed[0].statements)
            assert not service.seen().errors
            with closing(connect(url)) as connection, connection.cursor() as cursor:
                connection.autocommit = "CONCURRENTLY" in step.sql
                cursor.execute(step.sql)
                if not connection.autocommit:
                    connection.commit()
            self.measures.append(Measure("otherwise", service.seen()))
        finally:
            service.end()


def fill(project: Workbench, rows: int) -> None:
    """Put so many posts, each with a vote, into the tables of a service that does not stop."""
    settings = project.path / "alembic.ini"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(MAY_STOP, RUNS_ON), encoding="utf-8")
    project.sql(FILL.replace(":rows", str(rows)), "VACUUM ANALYZE")
    project.keep()


def without_durations(lines: Sequence[str]) -> list[str]:
    """Return the lines of a table without what differs from machine to machine."""
    return [re.sub(r"(under )?\d+(\.\d+)? (ms|s)\b", "<duration>", line) for line in lines]


def _bodies(source: str) -> dict[str, str]:
    """Return what the functions of a revision do."""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {each.name: "\n".join(map(ast.unparse, each.body)) for each in functions}
