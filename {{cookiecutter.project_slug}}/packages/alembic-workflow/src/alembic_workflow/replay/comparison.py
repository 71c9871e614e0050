"""Comparison of the models, the history and a database that others may share."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from alembic_workflow.catalog.items import (
    Catalog,
    Difference,
    Item,
    is_wanted_by_models,
    listed,
    tables_of,
    unused_types,
)
from alembic_workflow.catalog.round_trip import differences
from alembic_workflow.command_names import command
from alembic_workflow.environment import Environment


def differences_from_models(
    connection: Connection,
    models: Catalog,
    found: Catalog,
    *,
    names_too: bool = False,
    kept: Collection[Item] | None = None,
) -> list[Difference]:
    """Return how the models differ from what is in the scratch database of the connection.

    Takes the types that stay although no model has them, if not those that no column has.
    """
    compared = differences(connection, models, found, names_too=names_too)
    kept = unused_types(found) if kept is None else kept
    return [
        each
        for each in compared
        if is_wanted_by_models(each) and (each.expected is not None or each.item not in kept)
    ]


def own_differences(
    environment: Environment, connection: Connection, expected: Catalog, found: Catalog
) -> list[Difference]:
    """Return the differences in what is this service's own.

    Takes a connection to the scratch database that is as expected.
    Its own are the things it expects, those that belong to its tables, and what bears the name
    of a table of its models. All else in a shared database belongs to others.
    """
    own = tables_of(expected) | {
        (table.schema or connection.dialect.default_schema_name or "", str(table.name))
        for part in environment.metadata
        for table in part.tables.values()
    }

    def is_own(item: Item) -> bool:
        return item in expected or (item.schema, item.table or item.name) in own

    compared = differences(connection, expected, found)
    return [each for each in compared if is_own(each.item)]


def disagreement(compared: Sequence[Difference]) -> str:
    """Return what a person needs to know of differences between models and revisions."""
    return (
        f"The models and the revisions differ (expected: models, found: revisions):\n"
        f"{listed(compared)}\n"
        f"{command('revision')} writes a revision for it; or correct the models."
    )
