"""Values of enums: new ones are committed before they are used; others need another type."""

from collections.abc import Iterator

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import AddEnumValues, RemoveEnumValues
from alembic_workflow.safe_forms.families.type_changes import change_type
from alembic_workflow.safe_forms.replacing.replacement import GONE
from alembic_workflow.safe_forms.source import alone, alter, execute
from alembic_workflow.safe_forms.step import FILLED, Step
from alembic_workflow.sql.identifiers import beside, literal, name

_VALUE_GONE = (("enum-value-gone", "no row has it, and nothing that runs writes it"),)


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
    """Return the steps that give each column another type, which then gets the name of the old."""
    target, aside = name(change.schema, change.name), name(change.schema, change.aside)
    gone = ", ".join(literal(each) for each in change.before if each not in change.after)
    parts = [change_type(each) for each in change.columns]
    stages = {step.name: step for part in parts for step in part}
    up = {stage: [line for part in parts for line in _of(part, stage).upgrade] for stage in stages}
    down = {
        stage: [line for part in reversed(parts) for line in _of(part, stage).downgrade]
        for stage in stages
    }
    swapped = (
        execute(f"DROP TYPE {target}"),
        execute(f"ALTER TYPE {aside} RENAME TO {name(change.name)}"),
    )
    before = (
        execute(f"ALTER TYPE {target} RENAME TO {name(change.aside)}"),
        execute(f"CREATE TYPE {target} AS ENUM ({', '.join(map(literal, change.before))})"),
    )
    sets = tuple(
        column_source.set_default(table, each.name, str(each.default))
        for table, each in change.defaults
    )
    drops = tuple(column_source.drop_default(table, each.name) for table, each in change.defaults)
    made = execute(f"CREATE TYPE {aside} AS ENUM ({', '.join(map(literal, change.after))})")
    deploy = (
        f"Deploy once no row has {gone} and nothing that runs writes it."
        if gone
        else f"Deploy at any time: columns of {target} are filled beside the old ones."
    )
    return (
        Step(
            "expand",
            (made, *up.get("expand", ())),
            (*down.get("expand", ()), execute(f"DROP TYPE {aside}")),
            deploy,
        ),
        *(
            Step("backfill", tuple(up["backfill"]), tuple(down["backfill"]), FILLED)
            for _ in parts[:1]
        ),
        Step(
            "contract",
            (*up.get("contract", ()), *swapped, *sets),
            (*drops, *before, *down.get("contract", ())),
            f"Deploy at any time after the one before; what runs may keep its values of {target}.",
            (*(GONE if parts else ()), *(_VALUE_GONE if gone else ())),
        ),
    )


def _of(steps: tuple[Step, ...], stage: str) -> Step:
    return next(step for step in steps if step.name == stage)


def _additions(change: AddEnumValues) -> Iterator[str]:
    for position, value in enumerate(change.after):
        if value not in change.before:
            following = [each for each in change.after[position:] if each in change.before]
            place = f" BEFORE {literal(following[0])}" if following else ""
            target = name(change.schema, change.name)
            yield f"ALTER TYPE {target} ADD VALUE IF NOT EXISTS {literal(value)}{place}"


def _replacement(change: AddEnumValues, values: tuple[str, ...]) -> Iterator[str]:
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
