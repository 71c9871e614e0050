"""`history`, and putting one's own revision after those of others."""

from alembic import context
from sqlalchemy.exc import OperationalError

from alembic_workflow.alembic_internals import parents
from alembic_workflow.commands.targets import created
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment


def show_history(environment: Environment) -> None:
    """Print each revision, newest first: date, revision, message; mark where the database is."""
    try:
        with connect(environment.database().url, environment.service_name) as connection:
            environment.configure(connection=connection)
            current = set(context.get_context().get_current_heads())
    except OperationalError:
        current = set()
        print("(The database does not answer, so the current revision is not marked.)")
    heads = context.script.get_heads()
    for revision in context.script.walk_revisions():
        marks = [
            "<- current" if revision.revision in current else "",
            f"({', '.join(revision.branch_labels)})" if revision.branch_labels else "",
            "head" if len(heads) > 1 and revision.revision in heads else "",
            f"joins {', '.join(parents(revision))}" if revision.is_merge_point else "",
        ]
        line = f"{created(revision):%Y-%m-%d %H:%M}  {revision.revision}  {revision.doc}"
        print("  ".join([line, *filter(None, marks)]))
    for unknown in current - {each.revision for each in context.script.walk_revisions()}:
        print(f"The database is at {unknown}, which is not in migrations/versions.")
