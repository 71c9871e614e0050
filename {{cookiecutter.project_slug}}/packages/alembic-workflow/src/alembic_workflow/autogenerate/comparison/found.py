"""The operations that autogenerate finds, before it works out what undoes them.

That is found by trying, in `convergence.py`; Alembic describes each new table twice more for it.
"""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

PLUGIN = "workflow.found"


def take_found(
    autogen_context: AutogenContext, upgrade_ops: UpgradeOps, schemas: set[Any]
) -> PriorityDispatchResult:
    """Move what was found into the option `found`.

    Takes and returns what Alembic defines for a comparator of schemas; it is the last one.
    """
    autogen_context.opts["found"][:] = upgrade_ops.ops
    upgrade_ops.ops.clear()
    return PriorityDispatchResult.CONTINUE


Plugin(PLUGIN).add_autogenerate_comparator(
    take_found, "schema", "found", priority=DispatchPriority.LAST
)
