"""First models for a database that has none, written from its catalog."""

from collections.abc import Sequence
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import Connection

from alembic_workflow.catalog.extras.extra import extras
from alembic_workflow.catalog.foreign_keys import target_of
from alembic_workflow.catalog.items import Catalog, Item, read_catalog, tables_of
from alembic_workflow.command_names import command
from alembic_workflow.commands.model_source.source import model_source
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment

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
        catalog = read_catalog(connection)
        beside = extras(connection)
        wanted = _wanted(connection, catalog, tables)
        schema = connection.dialect.default_schema_name or ""
    source = _HEADER + model_source(catalog, beside, wanted, base, schema)
    path.write_text(source, encoding="utf-8")
    said = "1 model is" if len(wanted) == 1 else f"{len(wanted)} models are"
    print(f"{said} in {path}. Next: read that, then {command('baseline')}.")


def _wanted(connection: Connection, catalog: Catalog, tables: Sequence[str]) -> list[Item]:
    default = connection.dialect.default_schema_name
    found = {
        (name if schema == default else f"{schema}.{name}"): Item("table", schema, "", name)
        for schema, name in tables_of(catalog)
        if not name.startswith("alembic_version")
        and "FOREIGN TABLE" not in catalog[Item("table", schema, "", name)]
    }
    if unknown := sorted(set(tables) - found.keys()):
        raise CommandError(f"The database has no table {', '.join(unknown)}.")
    wanted = [found[each] for each in tables or sorted(found)]
    if not wanted:
        raise CommandError("The database has no tables to write models for.")
    chosen = set(wanted)
    names = {item: name for name, item in found.items()}
    targets: dict[Item, set[str]] = {}
    for item, text in catalog.items():
        target = target_of(item, text)
        if target is not None and item.parent is not None and target not in chosen:
            targets.setdefault(item.parent, set()).add(names.get(target, target.name))
    for table in wanted:
        if missing := sorted(targets.get(table, ())):
            raise CommandError(
                f"{names[table]} has a foreign key to {' and '.join(missing)}, so name that too: "
                + command("models", tables=",".join([*tables, *missing]))
            )
    return wanted
