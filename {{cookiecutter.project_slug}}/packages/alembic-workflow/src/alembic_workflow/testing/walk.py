"""The history, applied and undone revision by revision on tables with rows."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.items import Catalog
from alembic_workflow.catalog.round_trip import differences
from alembic_workflow.environment import Environment
from alembic_workflow.replay.history import history_catalog
from alembic_workflow.replay.schemas import (
    empty_schemas,
    left_schemas,
    missing_schema,
    schemas_of,
)
from alembic_workflow.replay.steps import down, is_irreversible, name_of, undoable, up
from alembic_workflow.rows.filling import Examples, RowRejectedError, fill


class Walk:
    """Applies each revision, undoes it, applies it again, and then fills the new tables."""

    def __init__(
        self,
        environment: Environment,
        walking: Connection,
        looking: Connection,
        examples: Examples,
    ) -> None:
        """Take the service, two connections to an empty database, and values given by hand."""
        self._environment = environment
        self._walking = walking
        self._looking = looking
        self._examples = examples
        self._doing = "the first revision"

    def run(self) -> None:
        """Walk up the history, and down to its base; fail with a sentence that names the file.

        Raises DBAPIError if the history uses a schema that is not there.
        """
        self._environment.configure(connection=self._walking, fn=self._steps)
        problem = ""
        try:
            context.run_migrations()
        except DBAPIError as error:
            if missing_schema(error) is not None:
                raise
            problem = f"{self._doing} fails with rows in the tables: {explanation(error)}"
        except RowRejectedError as error:
            problem = f"After {self._doing}, {error}"
        if problem:
            pytest.fail(problem, pytrace=False)

    def _steps(self, *_: Any) -> Iterator[MigrationStep]:
        before = self._catalog()
        empty = before | self._schemas()
        revisions = list(context.script.walk_revisions())[::-1]
        for revision in revisions:
            schemas = self._schemas()
            yield self._step(up(context.script, revision))
            after = self._catalog()
            if not is_irreversible(revision):
                yield self._step(down(context.script, revision))
                problem = "does not restore what was there before"
                self._require(before | schemas, problem, [revision])
                yield self._step(up(context.script, revision))
                self._require(after, "makes something else the second time")
            self._fill(after)
            before = after
        undone = undoable(revisions)
        for revision in undone:
            yield self._step(down(context.script, revision))
        if len(undone) == len(revisions):
            problem = "is the last one down to base, and something is left"
            self._require(empty, problem, revisions)

    def _step(self, step: RevisionStep) -> RevisionStep:
        self._doing = f"{name_of(step)}: {'upgrade' if step.is_upgrade else 'downgrade'}()"
        return step

    def _catalog(self) -> Catalog:
        # In a transaction that ends, since CREATE INDEX CONCURRENTLY waits for the others.
        with self._looking.begin():
            catalog = history_catalog(self._environment, self._looking)
        # A constraint that has been validated stays so.
        return {item: text.removesuffix(" NOT VALID") for item, text in catalog.items()}

    def _schemas(self) -> Catalog:
        with self._looking.begin():
            return schemas_of(self._looking)

    def _fill(self, catalog: Catalog) -> None:
        try:
            fill(self._looking, catalog, self._examples)
        except DBAPIError as error:
            raise RowRejectedError(f"its rows were refused: {explanation(error)}") from error

    def _require(self, expected: Catalog, problem: str, undone: Sequence[Script] = ()) -> None:
        """Fail unless the database is as expected; takes the revisions that were undone."""
        found = self._catalog()
        with self._looking.begin():
            left = left_schemas(empty_schemas(self._looking), expected, undone)
            here = {item: text for item, text in expected.items() if item.kind != "schema"}
            compared = differences(self._looking, here, found) + left
        if compared:
            listed = "\n".join(map(str, compared))
            pytest.fail(f"{self._doing} {problem}:\n{listed}", pytrace=False)


def explanation(error: DBAPIError) -> str:
    """Return the error, the statement, and what to do about a column that must not be NULL."""
    advice = (
        "\nAdd the column as nullable, fill it, and only then set NOT NULL."
        if getattr(error.orig, "pgcode", None) == "23502"
        else ""
    )
    return f"{str(error.orig).strip()}\n{error.statement}{advice}"
