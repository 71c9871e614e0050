"""Lines of a revision that change a column, as operations of Alembic."""

from alembic_workflow.safe_forms.source import alter_column, text
from alembic_workflow.safe_forms.table import Table
from alembic_workflow.sql.type_names import sqlalchemy_type


def add_column(table: Table, column: str, kind: str) -> str:
    """Return the operation that adds a column; its type is as PostgreSQL prints it."""
    known = sqlalchemy_type(kind)
    source = f"PostgreSQLType({text(kind)})" if known is None else f"sa.{_called(known)}"
    return _operation("add_column", table, f"sa.Column({text(column)}, {source})")


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
    return alter_column(table, column, f"SET DEFAULT {expression}")


def drop_default(table: Table, column: str) -> str:
    """Return the operation that takes the default of a column away."""
    return _operation("alter_column", table, text(column), "server_default=None")


def _called(source: str) -> str:
    return source if source.endswith(")") else f"{source}()"


def _operation(function: str, table: Table, *arguments: str) -> str:
    return f"op.{function}({text(table.name)}, {', '.join(arguments)}{table.keyword})"
