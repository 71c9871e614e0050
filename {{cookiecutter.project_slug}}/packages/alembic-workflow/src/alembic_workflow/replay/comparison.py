"""Comparison of the models, the history and a database that others may share."""

from collections.abc import Sequence

from alembic_workflow.catalog.items import Catalog, Difference, Item, compare, listed, tables_of
from alembic_workflow.command_names import command
from alembic_workflow.environment import Environment


def own_differences(
    environment: Environment, expected: Catalog, found: Catalog
) -> list[Difference]:
    """Return the differences in what is this service's own.

    Its own are the things it expects, those that belong to its tables, and what bears the name
    of a table of its models. All else in a shared database belongs to others.
    """
    own = tables_of(expected) | {
        (table.schema or "public", str(table.name))
        for part in environment.metadata
        for table in part.tables.values()
    }

    def is_own(item: Item) -> bool:
        return item in expected or (item.schema, item.table or item.name) in own

    return [each for each in compare(expected, found) if is_own(each.item)]


def disagreement(differences: Sequence[Difference]) -> str:
    """Return what a person needs to know of differences between models and revisions."""
    return (
        f"The models and the revisions differ (expected: models, found: revisions):\n"
        f"{listed(differences)}\n"
        f"{command('revision')} writes a revision for it; or correct the models."
    )
