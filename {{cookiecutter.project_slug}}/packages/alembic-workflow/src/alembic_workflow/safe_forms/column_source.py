"""Lines of a revision that change a column, as operations of Alembic."""

from alembic_workflow.safe_forms.source import alter, sql, text
from alembic_workflow.safe_forms.table import Column, Table
from alembic_workflow.sql.identifiers import unqualified
from alembic_workflow.sql.type_names import sqlalchemy_type


def add_column(table: Table, column: Column) -> str:
    """Return the operation that adds a column with all that it has."""
    if column.generated:
        return alter(table, f"ADD COLUMN {column.sql} {column.definition}")
    pieces = [text(column.name), _type(column.type)]
    if column.default is not None:
        pieces.append(f"server_default=sa.text({sql(column.default)})")
    pieces += ["nullable=False"] if column.is_required else []
    return _operation("add_column", table, f"sa.Column({', '.join(pieces)})")


def add_empty_column(table: Table, column: Column) -> str:
    """Return the operation that adds a column for rows that have no value of it yet."""
    return add_column(table, Column(column.name, column.type))


def drop_column(table: Table, column: str) -> str:
    """Return the operation that drops a column."""
    return _operation("drop_column", table, text(column))


def rename_column(table: Table, column: str, new: str) -> str:
    """Return the operation that gives a column another name."""
    return _operation("alter_column", table, text(column), f"new_column_name={text(new)}")


def set_not_null(table: Table, column: str) -> str:
    """Return the operation that requires a column."""
    return _operation("alter_column", table, text(column), "nullable=False")


def drop_not_null(table: Table, column: str) -> str:
    """Return the operation that undoes that."""
    return _operation("alter_column", table, text(column), "nullable=True")


def set_default(table: Table, column: str, expression: str) -> str:
    """Return the operation that gives a column a default, as PostgreSQL prints it."""
    default = f"server_default=sa.text({sql(expression)})"
    return _operation("alter_column", table, text(column), default)


def drop_default(table: Table, column: str) -> str:
    """Return the operation that takes the default of a column away."""
    return _operation("alter_column", table, text(column), "server_default=None")


def _type(kind: str) -> str:
    known = sqlalchemy_type(kind)
    if known is None:
        return f"PostgreSQLType({text(unqualified(kind))})"
    return f"sa.{known}" if known.endswith(")") else f"sa.{known}()"


def _operation(function: str, table: Table, *arguments: str) -> str:
    return f"op.{function}({text(table.name)}, {', '.join(arguments)}{table.keyword})"
