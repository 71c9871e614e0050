"""Adopt a database that has tables and no revision yet."""

from dataclasses import dataclass, field

from alembic import context
from alembic.util import CommandError

from alembic_workflow.alembic_internals import ensure_version_table
from alembic_workflow.catalog.items import Catalog, Difference, compare, is_wanted_by_models, listed
from alembic_workflow.database.adoption import mark_adopted
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import own_differences
from alembic_workflow.replay.history import history_and_models, history_catalog
from alembic_workflow.sql.identifiers import mention, qualified


@dataclass
class Comparison:
    """A task that compares a database, which Alembic does not know yet, with the history."""

    differences: list[Difference] = field(default_factory=list)
    live: Catalog = field(default_factory=dict)

    def __call__(self, environment: Environment) -> None:
        """Fill in what is there of the service's own, and how it differs from the history.

        Raises CommandError if the models differ from the history.
        """
        with connect(environment.database().url, environment.service_name) as connection:
            live = history_catalog(environment, connection)
        with history_and_models(environment) as (_, history, models):
            pending = [each for each in compare(models, history) if is_wanted_by_models(each)]
        if pending:
            raise CommandError(
                "The revisions do not make what the models say (expected: models, found: "
                f"revisions):\n{listed(pending)}\n"
                'Nothing was changed. First: make revision m="...", and complete what it writes.'
            )
        self.differences = own_differences(environment, history, live)
        self.live = _own_part(environment, history, live)

    def report(self) -> str:
        """Return what a person needs to know of the differences."""
        return (
            "The database is not what the revisions make (expected: revisions, found: database):\n"
            f"{listed(self.differences)}\n"
            "Nothing was changed. Correct the models, or the database; or make baseline force=1 "
            "adopts it as it is, and writes a second revision that makes up for the rest."
        )


def reject_adopted(environment: Environment) -> None:
    """Raise CommandError if the database has a revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        heads = context.get_context().get_current_heads()
    if heads:
        raise CommandError(
            f"This database is at revision {', '.join(heads)} already, so there is nothing to "
            "adopt. make drift compares it with that revision."
        )


def remember(environment: Environment, revision: str, *, differs: bool) -> None:
    """Mark the database, before it is stamped, as adopted at this revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        ensure_version_table(context.get_context())
        mark_adopted(connection, environment.version_table, revision, differs=differs)
        connection.commit()


def _own_part(environment: Environment, expected: Catalog, live: Catalog) -> Catalog:
    """Return what is the service's own, and the types and sequences that its columns use."""
    foreign = {each.item for each in compare(expected, live)} - {
        each.item for each in own_differences(environment, expected, live)
    }
    own = {item: text for item, text in live.items() if item not in foreign}
    own = {item: text for item, text in own.items() if item.parent is None or item.parent in own}
    columns = " ".join(text for item, text in own.items() if item.kind == "column")
    used = {
        item: text
        for item, text in live.items()
        if item.kind in ("enum", "domain", "sequence")
        and mention(qualified(item.schema, item.name)).search(columns)
    }
    return own | used
