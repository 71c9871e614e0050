"""The source of one class for each table of a catalog."""

from collections.abc import Iterable, Sequence

from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.commands.model_source.head import unsaid
from alembic_workflow.commands.model_source.words.imports import Imports
from alembic_workflow.commands.model_source.words.type_names import OTHER
from alembic_workflow.commands.model_source.writer import Writer


def model_source(
    catalog: Catalog, extras: Sequence[Extra], tables: Iterable[Item], base: str, schema: str
) -> str:
    """Return the source of one class for each table.

    Takes the module that defines `Base`, and the schema of what is named without one.
    """
    tables = list(tables)
    imports = Imports()
    imports.use(base, "Base")
    imports.use("typing", "Any")
    for common in ("Mapped", "mapped_column"):
        imports.use("sqlalchemy.orm", common)
    for common in ("Column", "DDL", "Table", "event", "text"):
        imports.sa(common)
    writer = Writer(catalog, imports, schema)
    for table in tables:
        writer.write(table)
    head = list(unsaid(catalog, extras, tables))
    parts = [
        "\n".join(f"# {line}" for line in head),
        imports.source(),
        OTHER if writer.types.uses_other else "",
        *writer.classes,
        *writer.statements(),
    ]
    return "\n\n\n".join(part for part in parts if part) + "\n"
