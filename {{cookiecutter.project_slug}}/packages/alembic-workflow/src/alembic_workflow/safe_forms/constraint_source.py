"""Lines of a revision that add and drop constraints, as operations of Alembic where it has them."""

import re
from collections.abc import Sequence

from alembic_workflow.safe_forms.definitions import (
    enclosed,
    foreign_key_words,
    is_key,
    key_words,
)
from alembic_workflow.safe_forms.source import alter, create_index, keywords, sql, text
from alembic_workflow.safe_forms.table import Part, Table
from alembic_workflow.sql.identifiers import beside, is_left_out, name

Options = dict[str, object]
_NOT_VALID = " NOT VALID"
# The clauses of a foreign key that an operation has an argument for.
_CLAUSES = re.compile(
    r"(?: MATCH (?P<match>FULL))?(?: ON UPDATE (?P<onupdate>[A-Z ]+?))?"
    r"(?: ON DELETE (?P<ondelete>[A-Z ]+?(?: \(.*\))?))?(?P<timing> DEFERRABLE.*)?"
)
_TIMINGS: dict[str, Options] = {
    "": {},
    " DEFERRABLE": {"deferrable": True},
    " DEFERRABLE INITIALLY DEFERRED": {"deferrable": True, "initially": "DEFERRED"},
}


def add_constraint(table: Table, constraint: Part, suffix: str = "") -> str:
    """Return the operation that adds a constraint, with a suffix such as NOT VALID."""
    definition = constraint.definition + suffix
    words = definition.removesuffix(_NOT_VALID)
    unchecked: Options = {"postgresql_not_valid": True} if words != definition else {}
    if words.startswith("CHECK "):
        source = _check(table, constraint.name, words, unchecked)
    elif words.startswith("FOREIGN KEY "):
        source = _foreign_key(table, constraint.name, words, unchecked)
    else:
        source = _key(table, constraint.name, words)
    return source or alter(table, f"ADD CONSTRAINT {name(constraint.name)} {definition}")


def added(table: Table, part: Part) -> str:
    """Return the operation that adds an index or a constraint at once."""
    if part.definition.startswith("CREATE "):
        return create_index(table, part, "op.create_index")
    return add_constraint(table, part)


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


def check_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations after which new rows must have these columns."""
    checks = [not_null_check(table, column) for column in columns]
    return tuple(add_constraint(table, check, " NOT VALID") for check in checks)


def uncheck_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that undo that."""
    return tuple(drop_constraint(table, not_null_check(table, column).name) for column in columns)


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
        f"{sql(constraint.definition)}{table.keyword})"
    )


def _check(table: Table, own: str, words: str, options: Options) -> str:
    condition, rest = enclosed(words.removeprefix("CHECK "))
    if rest:
        return ""
    if condition.startswith("(") and not enclosed(condition)[1]:
        condition = enclosed(condition)[0]
    arguments = f"{_final(own)}, {text(table.name)}, {sql(condition)}"
    return f"op.create_check_constraint({arguments}{table.keyword}{keywords(options)})"


def _foreign_key(table: Table, own: str, words: str, options: Options) -> str:
    key = foreign_key_words(words)
    clauses = _CLAUSES.fullmatch(key.suffix) if key else None
    timing = _TIMINGS.get(clauses["timing"] or "") if clauses else None
    if key is None or clauses is None or timing is None or ", PERIOD " in words:
        return ""
    schemas = {"source_schema": table.schema, "referent_schema": key.schema}
    given = {word: schema for word, schema in schemas.items() if not is_left_out(schema)}
    given |= {word: value for word, value in clauses.groupdict().items() if value}
    given.pop("timing", None)
    arguments = (
        f"{_final(own)}, {text(table.name)}, {text(key.table)}, {_list(key.columns)}, "
        f"{_list(key.referred)}"
    )
    return f"op.create_foreign_key({arguments}{keywords(given | timing | options)})"


def _key(table: Table, own: str, words: str) -> str:
    match = re.fullmatch(r"(UNIQUE|PRIMARY KEY) (\(.*)", words, re.DOTALL)
    suffix = enclosed(match[2])[1] if match and is_key(words) else None
    if match is None or suffix not in _TIMINGS:
        return ""
    call = "create_unique_constraint" if match[1] == "UNIQUE" else "create_primary_key"
    arguments = f"{_final(own)}, {text(table.name)}, {_list(key_words(words).columns)}"
    return f"op.{call}({arguments}{table.keyword}{keywords(_TIMINGS[suffix])})"


def _final(own: str) -> str:
    """Return a name that no naming convention makes longer."""
    return f"op.f({text(own)})"


def _list(columns: tuple[str, ...]) -> str:
    return f"[{', '.join(map(text, columns))}]"
