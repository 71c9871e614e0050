"""`check`: the models against the history, and each revision's downgrade."""

from collections.abc import Iterator
from pathlib import Path

from alembic import context
from alembic.util import CommandError

from alembic_workflow.commands.diagram.document import diagram_findings
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models, disagreement
from alembic_workflow.replay.heads import heads_findings
from alembic_workflow.replay.history import history_and_models
from alembic_workflow.replay.mapping import mapper_findings
from alembic_workflow.replay.revision_source import Source


def check(environment: Environment) -> None:
    """Compare the models with the history, and look at each revision.

    Raises CommandError if they differ, if there are two heads, if a downgrade is empty, if
    something is left to write by hand, if the models cannot be mapped, or if a diagram is stale.
    """
    heads = list(heads_findings(context.script))
    findings = [*heads, *mapper_findings(environment), *revision_findings()]
    if not heads:  # which may not even go together
        with history_and_models(environment) as (connection, history, models):
            differences = differences_from_models(connection, models, history)
        if differences:
            findings.append(disagreement(differences))
        findings += diagram_findings(environment)
    if findings:
        raise CommandError("\n".join(findings))
    print("Models and revisions agree; one head; every revision has its downgrade.")


def revision_findings() -> Iterator[str]:
    """Yield what is left to write, and the downgrades that do nothing although upgrades do."""
    for revision in context.script.walk_revisions():
        source = Source(Path(revision.path))
        for text in source.unwritten:
            yield f"{Path(revision.path).name}: left to write by hand: {text}"
        excused = any(
            code == "empty-downgrade" and isinstance(reason, str) and reason.strip()
            for _, code, reason in source.dictionary("lint_ignore")
        )
        if not excused and not source.is_empty("upgrade") and source.is_empty("downgrade"):
            yield (
                f"{Path(revision.path).name}: downgrade() is empty. Write it, or say in the file "
                'why there is nothing to undo: lint_ignore = {"empty-downgrade": "..."}'
            )
