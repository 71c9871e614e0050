"""Lines of a revision, as Python."""

from collections.abc import Mapping

from alembic_workflow.safe_forms.index_definitions import index_words
from alembic_workflow.safe_forms.table import Column, Part, Table
from alembic_workflow.sql.identifiers import name, unqualified
from alembic_workflow.sql.text import without_parameters

OPERATIONS = (
    "add_partition_foreign_keys",
    "add_partition_keys",
    "backfill",
    "backfill_by_block",
    "create_index_concurrently",
    "drop_index_concurrently",
)
"""Functions of `alembic_workflow` in lines; each commits what the revision did before."""


def imported(source: str) -> list[str]:
    """Return the names of `alembic_workflow` that a line needs."""
    names = [each for each in OPERATIONS if source.startswith(f"{each}(")]
    return [*names, "PostgreSQLType"] if ", PostgreSQLType(" in source else names


def commits(source: str) -> bool:
    """Return whether a line commits what the revision did before it."""
    first = source.partition("(")[0]
    return first in OPERATIONS or source.startswith("with op.get_context().autocommit_block():")


def text(value: str) -> str:
    """Return the source of a string, in the quotes that formatters prefer."""
    if "\n" in value and "\\" not in value and '"""' not in value and not value.endswith('"'):
        return f'"""{value}"""'
    return repr(value) if '"' in value or "\\" in value or "\n" in value else f'"{value}"'


def sql(words: str) -> str:
    """Return the source of SQL as PostgreSQL prints it, for what takes :name for a parameter."""
    return text(without_parameters(unqualified(words)))


def keywords(options: Mapping[str, object]) -> str:
    """Return the source of keyword arguments that follow others."""
    return "".join(f", {key}={_value(key, value)}" for key, value in options.items())


def execute(statement: str) -> str:
    """Return the operation that executes a statement."""
    return f"op.execute({sql(statement)})"


def alone(statement: str) -> str:
    """Return the operation that executes a statement by itself, outside of a transaction."""
    return f"with op.get_context().autocommit_block():\n    {execute(statement)}"


def alter(table: Table, *clauses: str) -> str:
    """Return the operation that changes a table."""
    return execute(f"ALTER TABLE {table.sql} {', '.join(clauses)}")


def alter_column(table: Table, column: str, clause: str) -> str:
    """Return the operation that changes a column."""
    return alter(table, f"ALTER COLUMN {name(column)} {clause}")


def backfill(table: Table, column: Column | str, value: str, where: str) -> str:
    """Return the call that fills a column."""
    plain = column if isinstance(column, str) else column.name
    values = "{" + f"{text(plain)}: {text(unqualified(value))}" + "}"
    function = "backfill" if table.key else "backfill_by_block"
    return f"{function}({text(table.name)}, {values}, where={text(where)}{table.keyword})"


def create_index(
    table: Table, index: Part, call: str = "create_index_concurrently", **options: object
) -> str:
    """Return the call that builds an index, if no other is given, while others write."""
    words = index_words(index.definition)
    columns = ", ".join(
        text(element.column) if element.column else f"sa.text({sql(element.sql)})"
        for element in words.elements
    )
    given = keywords(dict(words.options) | options)
    unique = ", unique=True" if words.is_unique else ""
    return (
        f"{call}({text(index.name)}, {text(table.name)}, [{columns}]{table.keyword}{unique}{given})"
    )


def drop_index(table: Table, index: str, call: str = "drop_index_concurrently") -> str:
    """Return the call that drops an index, if no other is given, while others write."""
    return f"{call}({text(index)}, table_name={text(table.name)}{table.keyword})"


def _value(key: str, value: object) -> str:
    if key == "postgresql_where":
        return f"sa.text({sql(str(value))})"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{text(word)}: {text(each)}" for word, each in value.items())
        return "{" + pairs + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(each) for each in value) + "]"
    return repr(value)
