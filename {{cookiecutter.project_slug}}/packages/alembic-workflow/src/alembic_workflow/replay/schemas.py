"""Schemas, and those that a history uses and does not create: others have made them."""

import re
from collections.abc import Iterable
from pathlib import Path

from alembic.script import Script
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.extras.tables import EMPTY_SCHEMAS
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.catalog.kind import SCHEMAS, is_own
from alembic_workflow.sql.identifiers import quoted

_CREATED = re.compile(r"""\bCREATE\s+SCHEMA\s+(?!IF\s)(\\?"[^"\\]+\\?"|\w+)""", re.IGNORECASE)
UNDEFINED_SCHEMA = "3F000"


def missing_schema(error: DBAPIError) -> str | None:
    """Return the name of the schema for want of which a statement failed; else None."""
    if getattr(error.orig, "pgcode", None) != UNDEFINED_SCHEMA:
        return None
    found = re.search(r'"(.+)"', str(error.orig).partition("\n")[0])
    return found[1] if found else None


def left_schemas(
    empty: Catalog, expected: Catalog, revisions: Iterable[Script]
) -> list[Difference]:
    """Return those of the empty schemas that are not expected, and that these revisions make.

    One that a revision makes IF NOT EXISTS may be another service's, and stays.
    """
    left = [item for item in empty if item not in expected]
    if not left:
        return []
    sources = (Path(each.path).read_text(encoding="utf-8") for each in revisions)
    made = {name.strip('\\"') for source in sources for name in _CREATED.findall(source)}
    return [Difference(item, None, "SCHEMA, empty") for item in left if item.name in made]


def empty_schemas(connection: Connection) -> Catalog:
    """Return the schemas that have nothing in them."""
    found = {schema for schema, *_ in connection.exec_driver_sql(EMPTY_SCHEMAS)}
    return {item: text for item, text in schemas_of(connection).items() if item.name in found}


def schemas_of(connection: Connection) -> Catalog:
    """Return the schemas but `public`; services share them, so that only a missing one counts."""
    query = (
        f"SELECT n.nspname FROM pg_namespace n WHERE {SCHEMAS} AND n.nspname <> 'public' "
        f"AND {is_own('pg_namespace', 'n.oid')}"
    )
    names = connection.exec_driver_sql(query).scalars()
    return {Item("schema", "", "", name): "SCHEMA" for name in names}


def create_schema(connection: Connection, name: str) -> None:
    """Create the schema, and commit."""
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(name)}")
    connection.commit()


def create_default_schema(connection: Connection) -> None:
    """Create the first schema of the search path if none of it is there."""
    query = "SELECT current_schemas(false), current_setting('search_path')"
    current, search_path = connection.exec_driver_sql(query).one()
    if not current:
        create_schema(connection, search_path.split(",")[0].strip().strip('"'))
    connection.commit()
