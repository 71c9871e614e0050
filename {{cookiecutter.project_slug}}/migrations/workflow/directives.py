"""What happens to a revision between autogenerate and its file."""

import logging
from typing import Any

from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext

logger = logging.getLogger("alembic.workflow")


def skip_empty_revision(
    context: MigrationContext, revision: Any, directives: list[MigrationScript]
) -> None:
    """Write no file when `revision --autogenerate` found nothing to do.

    Takes what Alembic hands to `process_revision_directives` and empties `directives` in place.
    """
    config = context.config
    if config is None or not getattr(config.cmd_opts, "autogenerate", False):
        return
    if all(
        operations.is_empty()
        for script in directives
        for operations in (*script.upgrade_ops_list, *script.downgrade_ops_list)
    ):
        directives.clear()
        logger.info("Models and database agree: no revision was written.")
