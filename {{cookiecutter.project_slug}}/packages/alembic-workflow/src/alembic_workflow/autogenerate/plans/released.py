"""The part of the history that databases in use have."""

from pathlib import Path

from alembic import context

from alembic_workflow.catalog.items import Catalog
from alembic_workflow.environment import Environment
from alembic_workflow.replay.history import history_catalog, replayed_history
from alembic_workflow.replay.released import released_files


def released_catalog(environment: Environment, history: Catalog) -> Catalog:
    """Return what the revisions make that the main branch has; all of them if git does not tell.

    Takes what the whole history makes. The first revision counts as released: what it makes may be
    a database that was there before.
    """
    files = released_files(Path(context.script.dir))
    if files is None:
        return history
    revisions = list(context.script.walk_revisions())
    released = {
        each.revision
        for each in revisions
        if Path(each.path).name in files or not each.down_revision
    }
    if len(released) == len(revisions):
        return history
    parents = {
        parent
        for each in revisions
        if each.revision in released
        for parent in each._versioned_down_revisions
    }
    heads = sorted(released - parents)
    if not heads:
        return {}
    with replayed_history(environment, heads) as connection:
        return history_catalog(environment, connection)
