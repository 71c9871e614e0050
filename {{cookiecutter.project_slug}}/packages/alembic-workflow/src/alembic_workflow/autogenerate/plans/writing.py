"""The drafts of a plan as scripts that Alembic writes."""

import logging
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

from alembic import context
from alembic.operations.ops import DowngradeOps, MigrationScript, UpgradeOps

from alembic_workflow.autogenerate.notes import with_body
from alembic_workflow.autogenerate.plans.arrangement import Draft
from alembic_workflow.replay.revision_ids import numbered

_WIDTH = 88
"""Of the lines in a revision's docstring."""
logger = logging.getLogger("alembic.workflow")


class About(NamedTuple):
    """The words that the template of revisions writes beside the operations."""

    deploy: str
    ignore: dict[str, str]


def write(directives: list[MigrationScript], drafts: Sequence[Draft]) -> None:
    """Make the only script into one for each draft, and tell the plan.

    Their ids ascend, so that the files of a minute sort in their order.
    """
    [script] = directives
    message = script.message or ""
    first = str(script.rev_id)
    steps: dict[str, About] = context.config.attributes.setdefault("steps", {})
    for number, draft in enumerate(drafts, 1):
        title = (
            message if len(drafts) == 1 else f"{message} {number} of {len(drafts)}: {draft.stage}"
        )
        upgrade, downgrade = with_body(draft.upgrade), with_body(draft.downgrade)
        if number == 1:
            assert script.upgrade_ops is not None
            assert script.downgrade_ops is not None
            script.upgrade_ops.ops[:], script.downgrade_ops.ops[:] = upgrade, downgrade
            script.message = title
            script.rev_id = first if len(drafts) == 1 else numbered(first, number)
        else:
            directives.append(
                MigrationScript(
                    numbered(first, number),
                    UpgradeOps(upgrade),
                    DowngradeOps(downgrade),
                    message=title,
                    head=str(directives[-1].rev_id),
                    version_path=script.version_path,
                )
            )
        lines = "\n".join(textwrap.fill(line, _WIDTH) for line in draft.deploy)
        steps[str(directives[-1].rev_id)] = About(lines, dict(draft.ignore))
    _tell(drafts)


def _tell(drafts: Sequence[Draft]) -> None:
    lines: list[Any] = []
    for number, draft in enumerate(drafts, 1):
        place = f"{number} of {len(drafts)}" if len(drafts) > 1 else "One revision"
        lines += [f"  {place}: {draft.stage}", *(f"    {line}" for line in draft.deploy)]
    logger.info("The plan:\n%s", "\n".join(lines))
