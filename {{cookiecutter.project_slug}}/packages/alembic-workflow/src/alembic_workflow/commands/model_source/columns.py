"""Columns as a model writes them."""

import re
from collections.abc import Mapping, Sequence

from alembic_workflow.catalog.column_text import ColumnText
from alembic_workflow.catalog.items import Item
from alembic_workflow.commands.model_source.imports import Imports
from alembic_workflow.commands.model_source.parsing import enclosed
from alembic_workflow.commands.model_source.types import Types
from alembic_workflow.sql.identifiers import literal, qualified
from alembic_workflow.sql.text import without_parameters

_WHOLE = {"integer", "bigint", "smallint"}
_OPTIONS = {
    "START": "start",
    "INCREMENT": "increment",
    "MINVALUE": "minvalue",
    "MAXVALUE": "maxvalue",
    "CACHE": "cache",
}


def column_arguments(
    item: Item,
    column: ColumnText,
    types: Types,
    imports: Imports,
    keys: Sequence[str],
    catalog: Mapping[Item, str],
) -> tuple[str, list[str]]:
    """Return the annotation of a column, and the arguments of `mapped_column`."""
    source, annotation = types.python_type(column.type)
    arguments = [source]
    if column.is_identity:
        arguments.append(_identity(column.generated, imports))
    elif column.is_computed:
        arguments.append(_computed(column.generated, imports))
    is_key = item.name in keys
    if is_key:
        arguments.append("primary_key=True")
    counts = counts_by_itself(item, column, keys, catalog)
    if column.default is not None and not counts:
        arguments.append(f"server_default=text({without_parameters(column.default)!r})")
    elif is_key and column.type in _WHOLE and not (counts or column.is_identity):
        # A key that counts is what SQLAlchemy takes for granted of a whole number.
        arguments.append("autoincrement=False")
    if not is_key:
        arguments.append(f"nullable={not column.is_required}")
    if not column.is_required:
        annotation = f"{annotation} | None"
    return annotation, arguments


def counts_by_itself(
    item: Item, column: ColumnText, keys: Sequence[str], catalog: Mapping[Item, str]
) -> bool:
    """Return whether the column is what SQLAlchemy makes of a key that is a whole number."""
    if not column.is_serial or [item.name] != list(keys) or column.type not in _WHOLE:
        return False
    sequence = Item("sequence", item.schema, "", f"{item.table}_{item.name}_seq")
    default = f"nextval({literal(qualified(sequence.schema, sequence.name))}::regclass)"
    found = catalog.get(sequence, "").partition(" OWNED BY ")
    owner = f"{qualified(item.schema, item.table)}.{item.name}"
    return (
        column.default == default
        and found[0] == f"SEQUENCE AS {column.type}"
        and found[2].replace('"', "") == owner.replace('"', "")
    )


def sequence_of(default: str, catalog: Mapping[Item, str]) -> tuple[Item, str, str] | None:
    """Return the sequence that a default takes from, its options and its owner, if it is there."""
    for item, definition in catalog.items():
        target = literal(qualified(item.schema, item.name))
        if item.kind == "sequence" and f"nextval({target}::" in default:
            options, _, owner = definition.removeprefix("SEQUENCE ").partition(" OWNED BY ")
            return item, options, owner
    return None


def _identity(generated: str, imports: Imports) -> str:
    options = ["always=True"] if " ALWAYS " in generated else []
    for word, option in _OPTIONS.items():
        if match := re.search(rf"{word} (-?\d+)", generated):
            options.append(f"{option}={match[1]}")
    options += ["cycle=True"] if "CYCLE" in generated else []
    return f"{imports.sa('Identity')}({', '.join(options)})"


def _computed(generated: str, imports: Imports) -> str:
    expression, rest = enclosed(generated.removeprefix("GENERATED ALWAYS AS "))
    stored = rest.strip() == "STORED"
    return f"{imports.sa('Computed')}({without_parameters(expression)!r}, persisted={stored})"
