"""Columns as a model writes them."""

import re

from alembic_workflow.catalog.column_text import ColumnText
from alembic_workflow.commands.model_source.imports import Imports
from alembic_workflow.commands.model_source.parsing import enclosed
from alembic_workflow.commands.model_source.sequences import WHOLE
from alembic_workflow.commands.model_source.types import Types
from alembic_workflow.sql.text import without_parameters

_OPTIONS = {
    "START": "start",
    "INCREMENT": "increment",
    "MINVALUE": "minvalue",
    "MAXVALUE": "maxvalue",
    "CACHE": "cache",
}


def column_arguments(
    column: ColumnText,
    types: Types,
    imports: Imports,
    *,
    is_key: bool,
    counts: bool,
) -> tuple[str, list[str]]:
    """Return the annotation of a column, and the arguments of `mapped_column`.

    Takes whether it is in the primary key, and whether it counts without being told to.
    """
    source, annotation = types.python_type(column.type)
    arguments = [source]
    if column.is_identity:
        arguments.append(_identity(column.generated, imports))
    elif column.is_computed:
        arguments.append(_computed(column.generated, imports))
    if is_key:
        arguments.append("primary_key=True")
    if column.default is not None and not counts:
        arguments.append(f"server_default=text({without_parameters(column.default)!r})")
    elif is_key and column.type in WHOLE and not (counts or column.is_identity):
        # A key that counts is what SQLAlchemy takes for granted of a whole number.
        arguments.append("autoincrement=False")
    # Of a rule for new rows alone, a statement has to tell.
    is_required = column.is_required and not column.is_unvalidated
    if not is_key:
        arguments.append(f"nullable={not is_required}")
    if not is_required:
        annotation = f"{annotation} | None"
    return annotation, arguments


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
