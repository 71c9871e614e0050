"""`lint`: what would lock or break a live service, in what each revision sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.util import CommandError

from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.lint.run import format_findings, lint
from alembic_workflow.replay.history import replay
from alembic_workflow.replay.statements import Statement, recorded_statements


def lint_history(environment: Environment) -> None:
    """Look for what would lock or break a live service, in what each revision sends.

    Raises CommandError with what was found.
    """
    recorded: dict[Path, list[Statement]] = {}

    @contextmanager
    def record(step: MigrationStep) -> Iterator[None]:
        assert isinstance(step, RevisionStep)
        path = Path(step.revision.path)
        with recorded_statements(connection, path) as recorded[path]:
            yield

    with (
        scratch_database(environment.database().scratch_server) as url,
        connect(url, environment.service_name) as connection,
    ):
        replay(environment, connection, observe=record)
    findings = lint(recorded, environment.application)
    if findings:
        raise CommandError(f"{format_findings(findings)}\n\n{len(findings)} found.")
    print(f"{len(recorded)} revisions: nothing locks or breaks a live service.")
