"""Lint revisions and walk through them with rows in the tables, in a process that was forked."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from workflow.process import enter_service


def lint_and_walk(
    folder: Path,
    output: Path,
    environment: Mapping[str, str],
    since: str,
    examples: Mapping[str, Any],
) -> None:
    """Print what the linter finds, and what fails on the way up, down and up again."""
    enter_service(folder, output, environment)
    import logging

    import pytest
    from alembic_workflow.commands.lint import lint_history
    from alembic_workflow.commands.running import run_task
    from alembic_workflow.database.connections import connect
    from alembic_workflow.database.scratch import scratch_database
    from alembic_workflow.environment import Environment
    from alembic_workflow.testing.walk import Walk

    def walk(environment: Environment) -> None:
        logging.disable(logging.INFO)
        with (
            scratch_database(environment.database().scratch_server) as url,
            connect(url, "walk") as walking,
            connect(url, "walk") as looking,
        ):
            Walk(environment, walking, looking, examples).run()

    def lint(environment: Environment) -> None:
        with suppress(SystemExit):
            lint_history(environment, since=since)

    run_task(lint)
    try:
        run_task(walk)
    except pytest.fail.Exception as error:
        print(error)
