"""`drift`: the live database against what its revision should have produced."""

from alembic import context
from alembic.util import CommandError

from alembic_workflow.catalog.items import listed
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import own_differences
from alembic_workflow.replay.history import history_catalog, replayed_history
from alembic_workflow.replay.schemas import empty_schemas, left_schemas, schemas_of
from alembic_workflow.upgrade.run import reject_unknown_revision


def drift(environment: Environment) -> None:
    """Compare the database with what the revision that it is at should have produced.

    Raises CommandError if something of this service's own differs.
    """
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        reject_unknown_revision(environment)
        heads = context.get_context().get_current_heads()
        live = history_catalog(environment, connection) | schemas_of(connection)
        empty = empty_schemas(connection)
    with replayed_history(environment, heads) as connection:
        expected = history_catalog(environment, connection) | schemas_of(connection)
        differences = own_differences(environment, connection, expected, live)
    if set(heads) != set(context.script.get_heads()):
        differences += left_schemas(empty, expected, context.script.walk_revisions())
    at = ", ".join(heads) or "base"
    if differences:
        raise CommandError(
            f"The database is at {at}, and it differs from what that should have produced:\n"
            f"{listed(differences)}\n"
            "Someone changed it by hand, or stamped it, or edited a revision that it has. Write "
            "the change into a revision, or undo it."
        )
    print(f"The database is at {at}, and it is what that should have produced.")
