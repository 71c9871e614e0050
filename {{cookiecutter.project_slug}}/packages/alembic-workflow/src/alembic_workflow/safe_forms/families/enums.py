"""Values of enums: new ones are committed before they are used; others need another type."""

from collections.abc import Iterator

from alembic_workflow.safe_forms.change import AddEnumValues, RemoveEnumValues
from alembic_workflow.safe_forms.source import alone, alter, execute
from alembic_workflow.safe_forms.step import Step
from alembic_workflow.sql.identifiers import beside, literal, name


def add_values(change: AddEnumValues) -> tuple[Step, ...]:
    """Return the step that adds the values; it commits, so that the next one can use them."""
    return (
        Step(
            "expand",
            tuple(alone(statement) for statement in _additions(change)),
            tuple(_replacement(change, change.before)),
            f"Deploy before the release that writes a new value of "
            f"{name(change.schema, change.name)}.",
        ),
    )


def remove_values(change: RemoveEnumValues) -> tuple[Step, ...]:
    """Return the step that puts another type in the place; PostgreSQL writes the tables anew."""
    gone = ", ".join(literal(each) for each in change.before if each not in change.after)
    return (
        Step(
            "contract",
            tuple(_replacement(change, change.after)),
            tuple(_replacement(change, change.before)),
            f"Deploy while the service is stopped, once no row has {gone or 'the old order'}: the "
            "tables are written anew. Or leave the value, and forbid it by a CHECK.",
            (
                ("changing-column-type", "the service is stopped"),
                ("enum-value-gone", "no row has it"),
            ),
        ),
    )


def _additions(change: AddEnumValues) -> Iterator[str]:
    for position, value in enumerate(change.after):
        if value not in change.before:
            following = [each for each in change.after[position:] if each in change.before]
            place = f" BEFORE {literal(following[0])}" if following else ""
            target = name(change.schema, change.name)
            yield f"ALTER TYPE {target} ADD VALUE IF NOT EXISTS {literal(value)}{place}"


def _replacement(
    change: AddEnumValues | RemoveEnumValues, values: tuple[str, ...]
) -> Iterator[str]:
    target, aside = name(change.schema, change.name), beside(change.name, "_before")
    yield execute(f"ALTER TYPE {target} RENAME TO {name(aside)}")
    yield execute(f"CREATE TYPE {target} AS ENUM ({', '.join(map(literal, values))})")
    for table, column in change.columns:
        array = "[]" if column.type.endswith("[]") else ""
        clauses = [
            f"ALTER COLUMN {column.sql} TYPE {target}{array} "
            f"USING {column.sql}::text{array}::{target}{array}"
        ]
        if column.default is not None:
            clauses = [
                f"ALTER COLUMN {column.sql} DROP DEFAULT",
                *clauses,
                f"ALTER COLUMN {column.sql} SET DEFAULT {column.default}",
            ]
        yield alter(table, *clauses)
    yield execute(f"DROP TYPE {name(change.schema, aside)}")
