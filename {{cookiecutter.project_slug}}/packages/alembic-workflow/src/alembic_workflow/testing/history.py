"""Tests of a service's history, to be inherited by a class of its own tests."""

import io
import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, ClassVar

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from alembic_workflow.commands.check import check
from alembic_workflow.database.connections import connect
from alembic_workflow.database.explanations import joining_heads
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.replay.schemas import create_default_schema, create_schema, missing_schema
from alembic_workflow.replay.steps import down, name_of, undoable, up
from alembic_workflow.rows.filling import Examples
from alembic_workflow.testing.walk import Walk
from alembic_workflow.testing.words import failing_in_words


class HistoryTests:
    """Models and revisions agree, and each revision can be applied, undone and applied again.

    A subclass whose name begins with Test gives `config`, and `examples` where no row can be made
    from the catalog alone.
    """

    config: ClassVar[Config]
    """Alembic's configuration of the service."""
    examples: ClassVar[Examples] = {}
    """Values by table and column, such as {"products": {"code": "ABC-1"}}."""

    @cached_property
    def script(self) -> ScriptDirectory:
        """The revisions."""
        return ScriptDirectory.from_config(self.config)

    @pytest.fixture(autouse=True)
    def _without_news(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, "alembic")

    def test_history_has_one_head(self) -> None:
        heads = self.script.get_heads()

        assert len(heads) <= 1, f"heads {', '.join(heads)}. {joining_heads()}"

    def test_models_and_revisions_make_the_same_schema(self) -> None:
        with failing_in_words():
            self._run(task=check)

    def test_autogenerate_finds_nothing_to_do(self) -> None:
        with failing_in_words():
            command.check(self.config)

    @pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
    def test_the_whole_history_can_be_printed_as_sql(self, direction: str) -> None:
        revisions = list(self.script.walk_revisions())[::-1]
        steps = [up(self.script, revision) for revision in revisions]
        if direction == "downgrade":
            steps = [down(self.script, revision) for revision in undoable(revisions)]
        doing = ""

        def each(*_: Any) -> Iterator[MigrationStep]:
            nonlocal doing
            for step in steps:
                doing = f"{name_of(step)}: {direction}()"
                yield step

        start = self.script.get_heads() if direction == "downgrade" else None
        output = io.StringIO()
        try:
            self._run(each, output, as_sql=True, starting_rev=start)
        except CommandError as error:
            pytest.fail(
                f"{doing} cannot be printed as SQL ({error.__cause__ or error}). Where it reads "
                "rows, ask context.is_offline_mode() first.",
                pytrace=False,
            )

        assert output.getvalue().count(f"-- Running {direction} ") == len(steps)

    def test_every_revision_can_be_undone_and_applied_again_with_rows_in_the_tables(self) -> None:
        with failing_in_words():
            self._run(task=self._walk)

    def _walk(self, environment: Environment) -> None:
        """Walk; start again with each schema that the history uses and others have made."""
        schemas: list[str] = []
        while True:
            with (
                scratch_database(environment.database().scratch_server) as url,
                connect(url, "walk") as walking,
                connect(url, "walk") as looking,
            ):
                create_default_schema(walking)
                for schema in schemas:
                    create_schema(walking, schema)
                try:
                    Walk(environment, walking, looking, self.examples).run()
                except DBAPIError as error:
                    missing = missing_schema(error)
                    if missing is None or missing in schemas:
                        raise
                    schemas.append(missing)
                else:
                    return

    def _run(
        self,
        steps: Callable[..., Iterator[MigrationStep]] | None = None,
        output: io.StringIO | None = None,
        *,
        task: Callable[[Environment], None] | None = None,
        **options: Any,
    ) -> None:
        """Run `env.py`, as Alembic's commands do: with steps to take, or with a task of its own."""
        config = Config(self.config.config_file_name)
        config.output_buffer = output
        config.attributes.update(self.config.attributes, task=task)
        with EnvironmentContext(config, self.script, fn=steps, **options):
            self.script.run_env()
