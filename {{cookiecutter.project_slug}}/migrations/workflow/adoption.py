"""What a database remembers of having been adopted with another schema than the revisions make."""

from alembic import op
from sqlalchemy import Connection

_MARK = "adopted with differences, which a revision removes"


def mark_adopted(connection: Connection, version_table: str) -> None:
    """Remember it, as a comment on the version table."""
    connection.exec_driver_sql(f"COMMENT ON TABLE \"{version_table}\" IS '{_MARK}'")


def is_adopted() -> bool:
    """Return whether the database that a revision changes was adopted; True if SQL is printed."""
    migration = op.get_context()
    if migration.as_sql:
        return True
    query = "SELECT obj_description(to_regclass(%s), 'pg_class')"
    table = f'"{migration.version_table}"'
    return bool(op.get_bind().exec_driver_sql(query, (table,)).scalar() == _MARK)
