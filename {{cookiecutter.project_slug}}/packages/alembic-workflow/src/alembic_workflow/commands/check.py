"""`check`: the models against the history, and each revision's downgrade."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.util import CommandError

from alembic_workflow.catalog.items import Catalog, is_same_schema
from alembic_workflow.commands.diagram.document import diagram_findings
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models, disagreement
from alembic_workflow.replay.heads import heads_findings
from alembic_workflow.replay.history import (
    history_and_models,
    history_catalog,
    replayed_history,
)
from alembic_workflow.replay.mapping import mapper_findings
from alembic_workflow.replay.revision_source import Source


def check(environment: Environment) -> None:
    """Compare the models with the history, and look at each revision.

    Raises CommandError if they differ, if there are two heads, if a downgrade is empty, if
    something is left to write by hand, if the models cannot be mapped, or if a diagram is stale.
    """
    heads = list(heads_findings(context.script))
    findings = [*heads, *mapper_findings(environment), *notes()]
    downgrades = Downgrades(environment)
    if heads:  # which may not even go together
        for head in context.script.get_heads():
            with replayed_history(environment, [head], downgrades.observe):
                pass
    else:
        with history_and_models(environment, downgrades.observe) as (connection, history, models):
            differences = differences_from_models(connection, models, history)
        if differences:
            findings.append(disagreement(differences))
        findings += diagram_findings(environment)
    findings += downgrades.findings
    if findings:
        raise CommandError("\n".join(findings))
    print("Models and revisions agree; one head; every revision has its downgrade.")


def notes() -> Iterator[str]:
    """Yield what is left to write."""
    for revision in context.script.walk_revisions():
        for text in Source(Path(revision.path)).unwritten:
            yield f"{Path(revision.path).name}: left to write by hand: {text}"


class Downgrades:
    """The revisions that change the schema, and whose downgrade does not undo that."""

    def __init__(self, environment: Environment) -> None:
        """Take the service."""
        self._environment = environment
        self.findings: dict[str, None] = {}

    @contextmanager
    def observe(self, step: MigrationStep) -> Iterator[None]:
        """Look at the schema before and after a revision whose downgrade is empty."""
        assert isinstance(step, RevisionStep)
        path = Path(step.revision.path)
        if not _has_no_downgrade(Source(path)):
            yield
            return
        before = self._catalog()
        yield
        if not is_same_schema(before, self._catalog()):
            said = (
                f"{path.name}: downgrade() is empty. Write it, or say in the file why there is "
                'nothing to undo: lint_ignore = {"empty-downgrade": "..."}'
            )
            self.findings[said] = None

    def _catalog(self) -> Catalog:
        connection = context.get_bind()
        catalog = history_catalog(self._environment, connection)
        connection.commit()  # Alembic may have made its table
        return catalog


def _has_no_downgrade(source: Source) -> bool:
    excused = any(
        code == "empty-downgrade" and isinstance(reason, str) and reason.strip()
        for _, code, reason in source.dictionary("lint_ignore")
    )
    return not excused and not source.is_empty("upgrade") and source.is_empty("downgrade")
