"""A guard around the databases of a test run."""

from typing import Any

from sqlalchemy import URL, Engine, event

from alembic_workflow.database.scratch import name_prefix


def refuse_other_databases(url: URL) -> None:
    """Make every connection of SQLAlchemy fail that does not go to this database.

    Its scratch databases are let through. From then on, whatever tries another one gets a
    RuntimeError.
    """
    scratch = name_prefix(url)

    @event.listens_for(Engine, "do_connect")
    def refuse(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        name = str(parameters.get("dbname", parameters.get("database", "")))
        if name != url.database and not name.startswith(scratch):
            raise RuntimeError(f"a test tried to connect to the database {name!r}")
