"""`check`: the models against the history, and each revision's downgrade."""

from collections.abc import Iterator
from pathlib import Path

from alembic import context
from alembic.util import CommandError

from alembic_workflow.catalog.items import (
    compare,
    is_wanted_by_models,
)
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import disagreement
from alembic_workflow.replay.heads import heads_findings
from alembic_workflow.replay.history import (
    history_and_models,
)
from alembic_workflow.replay.revision_source import Source


def check(environment: Environment) -> None:
    """Compare the models with the history, and look at each revision.

    Raises CommandError if they differ, if there are two heads, or if a downgrade is empty.
    """
    heads = list(heads_findings(context.script))
    findings = [*heads, *downgrade_findings()]
    if not heads:  # which may not even go together
        with history_and_models(environment) as (_, history, models):
            differences = [each for each in compare(models, history) if is_wanted_by_models(each)]
        if differences:
            findings.append(disagreement(differences))
    if findings:
        raise CommandError("\n".join(findings))
    print("Models and revisions agree; one head; every revision has its downgrade.")


def downgrade_findings() -> Iterator[str]:
    """Yield the revisions whose downgrade does nothing although the upgrade does something."""
    for revision in context.script.walk_revisions():
        source = Source(Path(revision.path))
        excused = any(
            code == "empty-downgrade" and isinstance(reason, str) and reason.strip()
            for _, code, reason in source.dictionary("lint_ignore")
        )
        if not excused and not source.is_empty("upgrade") and source.is_empty("downgrade"):
            yield (
                f"{Path(revision.path).name}: downgrade() is empty. Write it, or say in the file "
                'why there is nothing to undo: lint_ignore = {"empty-downgrade": "..."}'
            )
