"""Each safe form runs on tables with rows, is undone, runs again, and says what the change says."""

from collections.abc import Iterator, Sequence
from typing import Any

import alembic_workflow
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic_workflow.catalog.items import Catalog, read_catalog
from alembic_workflow.database.connections import connect
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.step import STAGES, deploy_lines
from databases import rows
from sqlalchemy import URL

from workflow.safe.examples import EXAMPLES, POSTS, ROWS, TABLES


@pytest.fixture(scope="module")
def database(server: URL) -> Iterator[URL]:
    """A database with tables that have rows; each test leaves them as they were."""
    rows(server, "DROP DATABASE IF EXISTS forms WITH (FORCE)", "CREATE DATABASE forms")
    url = server.set(database="forms")
    rows(url, TABLES, ROWS)
    yield url
    rows(server, "DROP DATABASE forms WITH (FORCE)")


def catalog(url: URL) -> Catalog:
    with connect(url, "test") as connection:
        return read_catalog(connection)


def run(url: URL, lines: Sequence[str]) -> None:
    """Run the lines as Alembic runs the body of a revision."""
    names: dict[str, Any] = {
        name: getattr(alembic_workflow, name) for name in alembic_workflow.__all__
    }
    with connect(url, "test") as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with (
            context.begin_transaction(_per_migration=True),
            Operations.context(context),
        ):
            for line in lines:
                exec(line, {"op": op, "sa": sa, **names})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_safe_form_runs_with_rows_and_is_undone_step_by_step(database: URL, name: str) -> None:
    change, expected, gone = EXAMPLES[name]
    before, taken = catalog(database), steps(change)
    for step in taken:
        earlier = catalog(database)
        run(database, step.upgrade)
        after = catalog(database)
        run(database, step.downgrade)
        assert catalog(database) == earlier, step
        run(database, step.upgrade)
        assert catalog(database) == after
    ended = catalog(database)

    new = {str(item): text for item, text in ended.items() if before.get(item) != text}
    assert new == expected
    assert {str(item) for item in before.keys() - ended.keys()} == gone
    for step in reversed(taken):
        run(database, step.downgrade)
    assert catalog(database) == before


def test_what_several_steps_say_is_said_once_and_any_time_waits_for_the_rest() -> None:
    adds = [c.AddColumn(POSTS, c.Column(each, "text", True)) for each in ("a", "b")]
    key = c.AddColumn(POSTS, c.Column("key", "uuid", True, "gen_random_uuid()"), rewrites=True)
    expands = [steps(change)[0] for change in (key, *adds)]

    assert deploy_lines(expands) == ["Deploy before the release that writes posts.a, posts.b."]
    assert deploy_lines(expands[:1]) == [expands[0].deploy]


def test_steps_come_in_the_order_of_their_stages() -> None:
    for change, *_ in EXAMPLES.values():
        places = [STAGES.index(step.name) for step in steps(change)]
        assert places == sorted(set(places)), change
