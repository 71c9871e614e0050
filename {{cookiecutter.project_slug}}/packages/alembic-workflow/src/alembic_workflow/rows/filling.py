"""Insert rows into the tables that have none."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import psycopg2
import sqlalchemy as sa
from psycopg2 import sql

from alembic_workflow.catalog.items import Catalog
from alembic_workflow.rows.choices import DEFAULT, MOST_ROWS, choices_for
from alembic_workflow.rows.tables import Table, empty_tables

Examples = Mapping[str, Mapping[str, object]]
MOST_ATTEMPTS = 100


class RowRejectedError(Exception):
    """No row could be made for a table; says what to do about it."""


def fill(
    connection: sa.Connection, catalog: Catalog, examples: Examples, *, where_possible: bool = False
) -> None:
    """Insert rows into the tables that have none: two, or one for each label of an enum.

    Takes values given by hand, by table and column. Raises RowRejectedError if a table takes none,
    unless rows are to be made only where that is possible.
    """
    with connection.begin():
        pending = empty_tables(connection, catalog)
        while pending:
            free = (
                name
                for required in (False, True)
                for name, table in pending.items()
                if not table.parents(required=required) & pending.keys()
            )
            table = pending.pop(next(free, next(iter(pending))))
            try:
                _insert(connection, table, 1, examples)
            except RowRejectedError:
                if not where_possible:
                    raise
                continue
            labels = [len(getattr(each["type"], "enums", ())) for each in table.columns.values()]
            with suppress(RowRejectedError):  # a table may be made for one row
                for number in range(2, min(max([2, *labels]), MOST_ROWS) + 1):
                    _insert(connection, table, number, examples)


def _insert(connection: sa.Connection, table: Table, number: int, examples: Examples) -> None:
    """Insert a row; what a rule rejects, vary in the columns of that rule."""
    schema, name = table.name
    label = name if schema == "public" else f"{schema}.{name}"
    choices = choices_for(connection, table, number, examples.get(label, {}))
    rejections: Counter[str] = Counter()
    errors: list[psycopg2.Error] = []
    rule = ""
    for _ in range(MOST_ATTEMPTS):
        try:
            _insert_values(connection, table, _combination(table, choices, rejections))
        except psycopg2.Error as error:
            errors.append(error)
            rule = error.diag.constraint_name or rule
            rejections[rule] += 1
        else:
            return
    messages = [str(error).splitlines()[0] for error in errors]
    [(message, _)] = Counter(messages).most_common(1)
    cause = errors[messages.index(message)].diag
    columns = table.rules.get(cause.constraint_name or "", [cause.column_name or "column"])
    example = str({label: dict.fromkeys(columns, ...)}).replace("Ellipsis", "...")
    raise RowRejectedError(
        f"no row could be made for {label} ({message}). Give values that it "
        f"accepts in tests/test_migrations.py: examples = {example}"
    )


def _combination(
    table: Table, choices: dict[str, list[object]], rejections: Counter[str]
) -> dict[str, object]:
    """Return a value per column; the more often a rule rejected its columns, the later ones."""
    positions: Counter[str] = Counter()
    for rule, count in rejections.items():
        for column in table.rules.get(rule, list(choices)):
            if column in choices:
                count, step = divmod(count, len(choices[column]))
                positions[column] += step
    return {name: each[positions[name] % len(each)] for name, each in choices.items()}


def _insert_values(connection: sa.Connection, table: Table, row: dict[str, object]) -> None:
    statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        sql.Identifier(*table.name),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(
            value if value is DEFAULT else sql.Literal(value) for value in row.values()
        ),
    )
    # In one message: there may be thousands of tables.
    tried = sql.SQL("SAVEPOINT tried; {}; RELEASE SAVEPOINT tried").format(statement)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(tried)
    except psycopg2.Error:
        cursor.execute("ROLLBACK TO SAVEPOINT tried")
        raise
