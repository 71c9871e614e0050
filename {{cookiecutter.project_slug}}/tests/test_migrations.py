"""The history of the schema, on databases of its own, with and without rows."""

import ast
import inspect
import io
import logging
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command, context
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from alembic_workflow.catalog.items import Catalog, compare
from alembic_workflow.commands.check import check
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.replay.history import create_schemas, history_catalog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tests.databases import alembic_config
from tests.rows.filling import RowRejectedError, fill

# Where no row can be made from the catalog: {"products": {"code": "ABC-1"}}, table, column, value.
EXAMPLES: dict[str, dict[str, object]] = {}

script = ScriptDirectory.from_config(alembic_config())
revisions = list(script.walk_revisions())[::-1]


@pytest.fixture(autouse=True)
def _without_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "alembic")


def test_history_has_one_head() -> None:
    heads = script.get_heads()

    assert len(heads) <= 1, f"heads {', '.join(heads)}: rebase one on the other, or make merge"


def test_models_and_revisions_make_the_same_schema() -> None:
    with failing_in_words():
        run(task=check)


def test_autogenerate_finds_nothing_to_do() -> None:
    with failing_in_words():
        command.check(alembic_config())


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_the_whole_history_can_be_printed_as_sql(direction: str) -> None:
    steps = [up(revision) for revision in revisions]
    if direction == "downgrade":
        steps = [down(revision) for revision in undoable(revisions)]
    doing = ""

    def each(*_: Any) -> Iterator[MigrationStep]:
        nonlocal doing
        for step in steps:
            doing = f"{name_of(step)}: {direction}()"
            yield step

    start = script.get_heads() if direction == "downgrade" else None
    output = io.StringIO()
    try:
        run(each, output, as_sql=True, starting_rev=start)
    except CommandError as error:
        pytest.fail(
            f"{doing} cannot be printed as SQL ({error.__cause__ or error}). Where it reads rows, "
            "ask context.is_offline_mode() first.",
            pytrace=False,
        )

    assert output.getvalue().count(f"-- Running {direction} ") == len(steps)


def test_every_revision_can_be_undone_and_applied_again_with_rows_in_the_tables() -> None:
    def walk(environment: Environment) -> None:
        with (
            scratch_database(environment.urls().database) as url,
            connect(url, "walk") as walking,
            connect(url, "walk") as looking,
        ):
            Walk(environment, walking, looking).run()

    with failing_in_words():
        run(task=walk)


class Walk:
    """Applies each revision, undoes it, applies it again, and then fills the new tables."""

    def __init__(self, environment: Environment, walking: Connection, looking: Connection) -> None:
        """Take the service, and two connections to an empty database."""
        self._environment = environment
        self._walking = walking
        self._looking = looking
        self._doing = "the first revision"

    def run(self) -> None:
        """Walk up the history, and down to its base; fail with a sentence that names the file."""
        create_schemas(self._environment, self._walking)
        self._environment.configure(connection=self._walking, fn=self._steps)
        problem = ""
        try:
            context.run_migrations()
        except DBAPIError as error:
            problem = f"{self._doing} fails with rows in the tables: {explained(error)}"
        except RowRejectedError as error:
            problem = f"After {self._doing}, {error}"
        if problem:
            pytest.fail(problem, pytrace=False)

    def _steps(self, *_: Any) -> Iterator[MigrationStep]:
        empty = before = self._catalog()
        for revision in revisions:
            yield self._step(up(revision))
            after = self._catalog()
            if not is_irreversible(revision):
                yield self._step(down(revision))
                self._require(before, "does not restore what was there before")
                yield self._step(up(revision))
                self._require(after, "makes something else the second time")
            self._fill(after)
            before = after
        undone = undoable(revisions)
        for revision in undone:
            yield self._step(down(revision))
        if len(undone) == len(revisions):
            self._require(empty, "is the last one down to base, and something is left")

    def _step(self, step: RevisionStep) -> RevisionStep:
        self._doing = f"{name_of(step)}: {'upgrade' if step.is_upgrade else 'downgrade'}()"
        return step

    def _catalog(self) -> Catalog:
        # In a transaction that ends, since CREATE INDEX CONCURRENTLY waits for the others.
        with self._looking.begin():
            catalog = history_catalog(self._environment, self._looking)
        # A constraint that has been validated stays so.
        return {item: text.removesuffix(" NOT VALID") for item, text in catalog.items()}

    def _fill(self, catalog: Catalog) -> None:
        try:
            fill(self._looking, catalog, EXAMPLES)
        except DBAPIError as error:
            raise RowRejectedError(f"its rows were refused: {explained(error)}") from error

    def _require(self, expected: Catalog, problem: str) -> None:
        differences = compare(expected, self._catalog())
        if differences:
            listed = "\n".join(map(str, differences))
            pytest.fail(f"{self._doing} {problem}:\n{listed}", pytrace=False)


def run(
    steps: Callable[..., Iterator[MigrationStep]] | None = None,
    output: io.StringIO | None = None,
    *,
    task: Callable[[Environment], None] | None = None,
    **options: Any,
) -> None:
    """Run `env.py`, as Alembic's commands do: with steps to take, or with a task of its own."""
    config = alembic_config()
    config.output_buffer = output
    config.attributes["task"] = task
    with EnvironmentContext(config, script, fn=steps, **options):
        script.run_env()


@contextmanager
def failing_in_words() -> Iterator[None]:
    """Let what Alembic and the workflow refuse fail the test, without a traceback."""
    try:
        yield
    except CommandError as error:
        pytest.fail(str(error), pytrace=False)


def up(revision: Script) -> RevisionStep:
    return MigrationStep.upgrade_from_script(script.revision_map, revision)


def down(revision: Script) -> RevisionStep:
    return MigrationStep.downgrade_from_script(script.revision_map, revision)


def name_of(step: RevisionStep) -> str:
    return Path(step.revision.path).name


def undoable(revisions: list[Script]) -> list[Script]:
    """Return the revisions, newest first, down to one that cannot be undone."""
    newest_first = revisions[::-1]
    irreversible = [n for n, each in enumerate(newest_first) if is_irreversible(each)]
    return newest_first[: irreversible[0]] if irreversible else newest_first


def is_irreversible(revision: Script) -> bool:
    """Return whether its downgrade only says that there is none: `raise NotImplementedError`."""
    source = textwrap.dedent(inspect.getsource(revision.module.downgrade))
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return any(
        isinstance(each, ast.Raise) and "NotImplementedError" in ast.unparse(each)
        for each in function.body
    )


def explained(error: DBAPIError) -> str:
    """Return the error, the statement, and what to do about a column that must not be NULL."""
    advice = (
        "\nAdd the column as nullable, fill it, and only then set NOT NULL."
        if getattr(error.orig, "pgcode", None) == "23502"
        else ""
    )
    return f"{str(error.orig).strip()}\n{error.statement}{advice}"
