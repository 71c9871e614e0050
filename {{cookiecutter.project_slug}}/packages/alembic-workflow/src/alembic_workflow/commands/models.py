"""First models for a database that has none, written by sqlacodegen in the project's style."""

from collections.abc import Sequence
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import Connection, Identity, MetaData

from alembic_workflow.catalog.items import read_catalog, tables_of
from alembic_workflow.command_names import command
from alembic_workflow.commands.model_source import model_source
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment

_LARGEST = {2**15 - 1, 2**31 - 1, 2**63 - 1}
# What the database calls a column may break a rule; ruff removes the exceptions that are not used.
_HEADER = "# ruff: noqa: A003, E501, N815\n"


def write_models(environment: Environment, path: Path, base: str, tables: Sequence[str]) -> None:
    """Write the models of these tables, or of all, into a new file.

    Takes the module that defines `Base`, and names such as `posts` and `billing.invoices`. Raises
    CommandError if the file exists, if one of the tables does not, or if there are none.
    """
    if path.exists():
        raise CommandError(f"{path} exists; move it away first.")
    with connect(environment.database().url, environment.service_name) as connection:
        metadata = _reflected(connection, tables)
        text = _HEADER + model_source(connection, metadata, base)
    path.write_text(text, encoding="utf-8")
    print(
        f"{len(metadata.tables)} models are in {path}. Next: read them, then {command('baseline')}."
    )


def _reflected(connection: Connection, tables: Sequence[str]) -> MetaData:
    default = connection.dialect.default_schema_name
    found = {
        (name if schema == default else f"{schema}.{name}"): (schema, name)
        for schema, name in tables_of(read_catalog(connection))
        if not name.startswith("alembic_version")
    }
    if unknown := sorted(set(tables) - found.keys()):
        raise CommandError(f"The database has no table {', '.join(unknown)}.")
    wanted = [found[each] for each in tables or sorted(found)]
    if not wanted:
        raise CommandError("The database has no tables to write models for.")
    metadata = MetaData()
    for schema in sorted({schema for schema, _ in wanted}):
        names = [name for other, name in wanted if other == schema]
        elsewhere = None if schema == default else schema
        metadata.reflect(connection, elsewhere, only=names, resolve_fks=False)
    for table in metadata.tables.values():
        targets = {key.target_fullname.rpartition(".")[0] for key in table.foreign_keys}
        if missing := sorted(targets - metadata.tables.keys()):
            raise CommandError(
                f"{table.fullname} has a foreign key to {' and '.join(missing)}, so name that too: "
                + command("models", tables=",".join([*tables, *missing]))
            )
        for column in table.columns:
            if column.identity is not None:
                _leave_out_defaults(column.identity)
    return metadata


def _leave_out_defaults(identity: Identity) -> None:
    """Leave out what an identity column has anyway, and PostgreSQL spells out."""
    for option in ("start", "increment", "minvalue", "cache"):
        if getattr(identity, option) == 1:
            setattr(identity, option, None)
    if identity.maxvalue in _LARGEST:
        identity.maxvalue = None
    identity.cycle = identity.cycle or None
