"""Lines of a revision, as Python."""

from collections.abc import Mapping

from alembic_workflow.safe_forms.change import Column, Part, Table
from alembic_workflow.safe_forms.definitions import index_words, key_words
from alembic_workflow.sql.identifiers import beside, name
from alembic_workflow.sql.text import escape_parameters, without_parameters

OPERATIONS = (
    "add_partition_foreign_keys",
    "add_partition_keys",
    "backfill",
    "backfill_by_block",
    "create_index_concurrently",
    "drop_index_concurrently",
)
"""What a line may call of `alembic_workflow`; each commits what the revision did before."""


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


def execute(sql: str) -> str:
    """Return the operation that executes a statement."""
    return f"op.execute({text(without_parameters(sql))})"


def alone(sql: str) -> str:
    """Return the operation that executes a statement by itself, outside of a transaction."""
    return f"with op.get_context().autocommit_block():\n    {execute(sql)}"


def alter(table: Table, *clauses: str) -> str:
    """Return the operation that changes a table."""
    return execute(f"ALTER TABLE {table.sql} {', '.join(clauses)}")


def alter_column(table: Table, column: str, clause: str) -> str:
    """Return the operation that changes a column."""
    return alter(table, f"ALTER COLUMN {name(column)} {clause}")


def add_constraint(table: Table, constraint: Part, suffix: str = "") -> str:
    """Return the operation that adds a constraint."""
    return alter(table, f"ADD CONSTRAINT {name(constraint.name)} {constraint.definition}{suffix}")


def drop_constraint(table: Table, constraint: str) -> str:
    """Return the operation that drops a constraint."""
    return f"op.drop_constraint({text(constraint)}, {text(table.name)}{table.keyword})"


def validate(table: Table, constraint: str) -> str:
    """Return the operation that checks the rows that were there before a constraint."""
    return alter(table, f"VALIDATE CONSTRAINT {name(constraint)}")


def not_null_check(table: Table, column: str) -> Part:
    """Return the CHECK because of which SET NOT NULL need not read the table."""
    own = beside(f"ck_{table.name}_{column}", "_not_null")
    return Part(own, f"CHECK ({name(column)} IS NOT NULL)")


def backfill(table: Table, column: Column | str, value: str, where: str) -> str:
    """Return the call that fills a column."""
    plain = column if isinstance(column, str) else column.name
    values = "{" + f"{text(plain)}: {text(value)}" + "}"
    function = "backfill" if table.key else "backfill_by_block"
    return f"{function}({text(table.name)}, {values}, where={text(where)}{table.keyword})"


def create_index(
    table: Table, index: Part, call: str = "create_index_concurrently", **options: object
) -> str:
    """Return the call that builds an index, if no other is given, while others write."""
    words = index_words(index.definition)
    columns = ", ".join(
        text(element.column) if element.column else f"sa.text({text(_sql(element.sql))})"
        for element in words.elements
    )
    given = dict(words.options) | options
    keywords = "".join(f", {key}={_value(key, value)}" for key, value in given.items())
    unique = ", unique=True" if words.is_unique else ""
    return (
        f"{call}({text(index.name)}, {text(table.name)}, [{columns}]"
        f"{table.keyword}{unique}{keywords})"
    )


def drop_index(table: Table, index: str, call: str = "drop_index_concurrently") -> str:
    """Return the call that drops an index, if no other is given, while others write."""
    return f"{call}({text(index)}, table_name={text(table.name)}{table.keyword})"


def partition_keys(table: Table, constraint: Part) -> str:
    """Return the call that makes the keys of the partitions while others write."""
    words = key_words(constraint.definition)
    columns = ", ".join(map(text, words.columns))
    primary = ", primary=True" if words.kind == "PRIMARY KEY" else ""
    suffix = f", suffix={text(words.suffix.strip())}" if words.suffix else ""
    return (
        f"add_partition_keys({text(constraint.name)}, {text(table.name)}, [{columns}]"
        f"{table.keyword}{primary}{suffix})"
    )


def partition_foreign_keys(table: Table, constraint: Part) -> str:
    """Return the call that makes the foreign keys of the partitions while others write."""
    return (
        f"add_partition_foreign_keys({text(constraint.name)}, {text(table.name)}, "
        f"{text(constraint.definition)}{table.keyword})"
    )


def _sql(expression: str) -> str:
    return escape_parameters(expression)


def _value(key: str, value: object) -> str:
    if key == "postgresql_where":
        return f"sa.text({text(_sql(str(value)))})"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{text(word)}: {text(each)}" for word, each in value.items())
        return "{" + pairs + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(each) for each in value) + "]"
    return repr(value)
