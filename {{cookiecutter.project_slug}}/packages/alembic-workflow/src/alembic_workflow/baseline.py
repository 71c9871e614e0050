"""Adopt a database that has tables and no revision yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.adoption import mark_adopted
from alembic_workflow.catalog import Catalog, Difference, Item, compare, listed
from alembic_workflow.checks import own_differences
from alembic_workflow.complements import creation, is_wanted_by_models
from alembic_workflow.connections import connect
from alembic_workflow.environment import Environment, command_options
from alembic_workflow.operations import mention, name, qualified
from alembic_workflow.replay import history_and_models, history_catalog
from alembic_workflow.scratch import quoted


@dataclass
class Comparison:
    """A task that compares a database, which Alembic does not know yet, with the history."""

    differences: list[Difference] = field(default_factory=list)
    live: Catalog = field(default_factory=dict)

    def __call__(self, environment: Environment) -> None:
        """Fill in what is there of the service's own, and how it differs from the history.

        Raises CommandError if the models differ from the history.
        """
        with connect(environment.urls().database, environment.service_name) as connection:
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
    with connect(environment.urls().database, environment.service_name) as connection:
        environment.configure(connection=connection)
        heads = context.get_context().get_current_heads()
    if heads:
        raise CommandError(
            f"This database is at revision {', '.join(heads)} already, so there is nothing to "
            "adopt. make drift compares it with that revision."
        )


def remember(environment: Environment, revision: str, *, differs: bool) -> None:
    """Mark the database, before it is stamped, as adopted at this revision."""
    with connect(environment.urls().database, environment.service_name) as connection:
        environment.configure(connection=connection)
        context.get_context()._ensure_version_table()
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


def rebuild(connection: Connection, catalog: Catalog) -> None:
    """Make in an empty scratch database what the catalog describes, as far as it stands alone.

    What may need the tables of another service is left out if it does: functions, views, foreign
    keys. Raises CommandError if anything else cannot be made.
    """
    for schema in sorted({item.schema for item in catalog} - {"", "public"}):
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted(schema)}")
    for item, statement in _statements(catalog):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        except DBAPIError as error:
            if item.kind not in ("function", "view") and "FOREIGN KEY" not in catalog[item]:
                raise CommandError(
                    f"The {item} of the database cannot be made in a scratch database: "
                    f"{str(error.orig).strip().splitlines()[0]}. Write the revision by hand, and "
                    "make stamp."
                ) from None
    connection.commit()


def _statements(catalog: Catalog) -> Iterator[tuple[Item, str]]:
    for kind in ("extension", "enum", "domain", "sequence", "function", "table"):
        for item, definition in _of_kind(catalog, kind):
            if kind == "table":
                columns = ", ".join(
                    f"{name(column.name)} {text}"
                    for column, text in _of_kind(catalog, "column")
                    if column.parent == item
                )
                yield item, f"CREATE TABLE {name(item.schema, item.name)} ({columns})"
            else:
                yield item, creation(item, definition)
    constraints = sorted(
        _of_kind(catalog, "constraint"), key=lambda pair: pair[1].startswith("FOREIGN KEY")
    )
    indexes, views = _of_kind(catalog, "index"), _of_kind(catalog, "view")
    comments = [each for each in catalog.items() if each[0].kind.startswith("comment on ")]
    for item, definition in [*constraints, *indexes, *views, *comments]:
        yield item, creation(item, definition)
    for item, definition in _of_kind(catalog, "sequence"):
        if " OWNED BY " in definition:
            owner = definition.rpartition(" OWNED BY ")[2]
            yield item, f"ALTER SEQUENCE {name(item.schema, item.name)} OWNED BY {owner}"


def _of_kind(catalog: Catalog, kind: str) -> list[tuple[Item, str]]:
    return [(item, text) for item, text in catalog.items() if item.kind == kind]


def stamp_scratch(environment: Environment, connection: Connection) -> None:
    """Record all revisions as applied to the scratch database."""
    options = command_options()
    command = options["fn"]
    environment.configure(
        connection=connection,
        fn=lambda heads, _: context.script._stamp_revs(("heads",), heads),
        dont_mutate=False,
    )
    context.run_migrations()
    connection.commit()
    options["fn"] = command
