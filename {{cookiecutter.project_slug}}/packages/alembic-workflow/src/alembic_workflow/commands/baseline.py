"""Adopt a database that has tables and no revision yet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from alembic import command, context
from alembic.util import CommandError, rev_id

from alembic_workflow.alembic_internals import ensure_version_table
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare, listed, tables_of
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.command_names import command as named
from alembic_workflow.commands.first_revision import write_first_revision
from alembic_workflow.commands.running import (
    autogenerate,
    configuration,
    files_of,
    new_files_only_if_all_goes_well,
    run_task,
    scripts,
    silently,
)
from alembic_workflow.database.adoption import mark_adopted
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models, own_differences
from alembic_workflow.replay.heads import reject_several_heads
from alembic_workflow.replay.history import history_and_models, history_catalog
from alembic_workflow.sql.identifiers import mention, qualified


def adopt(*, force: bool) -> None:
    """Stamp a database that has tables, if they are what the revisions make.

    If there are no revisions, a first one is written from the models. With `force`, one that
    differs from them is adopted as it is: the first revision is written from the database, and an
    ordinary second one from the models. Raises CommandError, and changes nothing, if the database
    has a revision, or if it differs and is not forced or the history has revisions already.
    """
    reject_several_heads(scripts())
    run_task(reject_adopted)
    first, second = rev_id(), rev_id()
    with new_files_only_if_all_goes_well(first, second):
        is_new = not scripts().get_heads()
        if is_new:
            found = LiveDatabase()
            run_task(found)
            autogenerate("existing schema", first, adopted=found.catalog)
        if scripts().get_current_head() is None:
            raise CommandError(
                "There are no models and no revisions, so there is nothing to adopt it with. "
                f"{named('models')} writes first models of its tables."
            )
        comparison = Comparison()
        run_task(comparison)
        if comparison.differences and not (force and is_new):
            raise CommandError(comparison.report(can_be_forced=is_new))
        if comparison.differences:
            for path in files_of(first):
                path.unlink()
            run_task(partial(_write_first, live=comparison.live, revision=first))
            for item in comparison.dropped:
                print(f"The second revision drops what the models do not say: {item}")
            autogenerate("change the existing schema to the models", second)
        head = first if is_new else str(scripts().get_current_head())
        run_task(partial(remember, revision=head))
        command.stamp(configuration(), head)
    print(f"The database is adopted, at {head}.")
    if files_of(second):
        print(f"Next: read the newest revision, then {named('upgrade')}.")


@dataclass
class LiveDatabase:
    """A task that reads what the database consists of."""

    catalog: Catalog = field(default_factory=dict)

    def __call__(self, environment: Environment) -> None:
        """Fill in the catalog."""
        with connect(environment.database().url, environment.service_name) as connection:
            self.catalog = history_catalog(environment, connection)


@dataclass
class Comparison:
    """A task that compares a database, which Alembic does not know yet, with the history."""

    differences: list[Difference] = field(default_factory=list)
    live: Catalog = field(default_factory=dict)
    dropped: list[Item] = field(default_factory=list)
    """What the models, as they are, would have dropped."""

    def __call__(self, environment: Environment) -> None:
        """Fill in what is there of the service's own, and how it differs from the history.

        Raises CommandError if the models differ from the history.
        """
        found = LiveDatabase()
        found(environment)
        live = found.catalog
        context.config.attributes["adopted"] = live
        with history_and_models(environment) as (connection, history, models):
            pending = differences_from_models(connection, models, history)
            self.differences = own_differences(environment, connection, history, live)
        if pending:
            raise CommandError(
                "The revisions do not make what the models say (expected: models, found: "
                f"revisions):\n{listed(pending)}\n"
                f"Nothing was changed. First: {named('revision')}, and complete what it "
                "writes."
            )
        self.live = _own_part(self.differences, history, live)
        self.dropped = [
            each.item
            for each in compare(models, self.live)
            if each.expected is None and KINDS[each.item.kind].in_models
        ]

    def report(self, *, can_be_forced: bool) -> str:
        """Return what a person needs to know of the differences."""
        forcing = (
            f"{named('baseline', force='1')} adopts it as it is, and writes a second revision that "
            "makes it what the models say."
            if can_be_forced
            else "If no other database has the revisions that are there, delete them: then a first "
            "one can be written from this database."
        )
        return (
            "The database is not what the revisions make (expected: revisions, found: database):\n"
            f"{listed(self.differences)}\n"
            f"Nothing was changed. Correct the models, or the database; or {forcing}"
        )


def reject_adopted(environment: Environment) -> None:
    """Raise CommandError if the database has a revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        heads = context.get_context().get_current_heads()
    if heads:
        raise CommandError(
            f"This database is at revision {', '.join(heads)} already, so there is nothing to "
            f"adopt. {named('drift')} compares it with that revision."
        )


def remember(environment: Environment, revision: str) -> None:
    """Mark the database, before it is stamped, as adopted at this revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        ensure_version_table(context.get_context())
        mark_adopted(connection, environment.version_table, revision)
        connection.commit()


def _write_first(environment: Environment, live: Catalog, revision: str) -> None:
    left_out: list[object] = []
    silently(lambda: left_out.extend(write_first_revision(environment, live, revision)))
    for item in left_out:
        print(f"Left out of the first revision, since it needs what others own: {item}")


def _own_part(differing: Sequence[Difference], expected: Catalog, live: Catalog) -> Catalog:
    """Return what is the service's own, and what that needs.

    If no table belongs to others, the whole database is its own.
    """
    known = expected.keys() | {each.item for each in differing}
    own = {item: text for item, text in live.items() if item in known or item.parent in known}
    if tables_of(own) == tables_of(live):
        return live
    own |= {item: text for item, text in live.items() if item.kind == "extension"}
    others = {
        item: text
        for item, text in live.items()
        if item not in own and KINDS[item.kind].before_tables
    }
    while True:
        texts = " ".join(own.values())
        needed = {i: text for i, text in others.items() if _named(i).search(texts)}
        if not needed.keys() - own.keys():
            return own
        own |= needed


def _named(item: Item) -> re.Pattern[str]:
    return mention(qualified(item.schema, item.name.partition("(")[0]))
