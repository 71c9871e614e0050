"""The database that is to be adopted, compared with what models and revisions make."""

from dataclasses import dataclass, field

from alembic import context
from alembic.util import CommandError

from alembic_workflow.catalog.extras.extra import Extra, extras, labels
from alembic_workflow.catalog.items import (
    Catalog,
    Difference,
    Item,
    compare,
    is_wanted_by_models,
    listed,
    unused_types,
)
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.catalog.partitions import Partition, partitions
from alembic_workflow.command_names import command as named
from alembic_workflow.commands.adoption.own_part import own_extras, own_part
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models, own_differences
from alembic_workflow.replay.history import history_and_models, history_catalog


@dataclass
class LiveDatabase:
    """A task that reads what the database consists of."""

    catalog: Catalog = field(default_factory=dict)
    partitions: list[Partition] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)

    def __call__(self, environment: Environment) -> None:
        """Fill in the catalog, and partitions and extras, which are in none."""
        with connect(environment.database().url, environment.service_name) as connection:
            self.catalog = history_catalog(environment, connection)
            self.partitions = partitions(connection)
            self.extras = extras(connection)


@dataclass
class Comparison:
    """A task that compares a database, which Alembic does not know yet, with the history."""

    differences: list[Difference] = field(default_factory=list)
    live: Catalog = field(default_factory=dict)
    partitions: list[Partition] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    """The service's own things that the history does not make and no model says."""
    pending: list[Difference] = field(default_factory=list)
    """The differences of the models from the history."""
    dropped: list[Item] = field(default_factory=list)
    """The things that the models, as they are, would have dropped."""

    def __call__(self, environment: Environment) -> None:
        """Fill in what is there of the service's own, and how it differs from the history."""
        found = LiveDatabase()
        found(environment)
        live, self.partitions = found.catalog, found.partitions
        context.config.attributes["adopted"] = live
        with history_and_models(environment) as (connection, history, models):
            made = set(extras(connection))
            self.pending = differences_from_models(connection, models, history)
            self.differences = own_differences(environment, connection, history, live)
        self.live = own_part(self.differences, history, live)
        self.extras = own_extras(found.extras, self.live, live)
        kept = unused_types(self.live)
        whole = [str(each) for each in self.live if each not in history and _is_whole(each)]
        self.unmade = whole + labels(e for e in self.extras if e.statement and e not in made)
        self.dropped = [
            each.item
            for each in compare(models, self.live)
            if each.expected is None and is_wanted_by_models(each) and each.item not in kept
        ]

    def reject_pending(self) -> None:
        """Raise CommandError if the models differ from the history."""
        if self.pending:
            raise CommandError(
                "The revisions do not make what the models say (expected: models, found: "
                f"revisions):\n{listed(self.pending)}\n"
                f"Nothing was changed. First: {named('revision')}, and complete what it "
                "writes."
            )

    def report(self, *, can_be_forced: bool) -> str:
        """Return what a person needs to know of the differences."""
        forcing = (
            f"{named('baseline', force='1')} adopts it as it is, and writes a second revision that "
            "makes it what the models say."
            if can_be_forced
            else "if no other database has the revisions that are there, delete them: then a first "
            "one can be written from this database."
        )
        return (
            "The database is not what the revisions make (expected: revisions, found: database):\n"
            f"{listed(self.differences)}\n"
            f"Nothing was changed. Correct the models, or the database; or {forcing}"
        )


def _is_whole(item: Item) -> bool:
    """Return whether it is a thing by itself, and not what is said of another one."""
    kind = KINDS[item.kind]
    return kind.order is not None and kind.is_one_statement and not item.kind.startswith("comment")
