"""Changes of columns that get their values from other columns, or count."""

from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.changes.sequences import counting_operations
from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import beside, name


def column_operations(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes how columns get their values, where Alembic cannot."""
    differences = list(differences)
    for difference in differences:
        item, expected, found = difference
        if item.kind != "column" or expected is None:
            continue
        wanted, there = column_text(expected), column_text(found or "")
        if wanted.is_computed or there.is_computed:
            yield from _computed(item, expected, found)
        elif found is None:
            continue
        elif wanted.is_unvalidated and not there.is_required:
            table = f"ALTER TABLE {name(item.schema, item.table)}"
            rule = f"{table} ADD NOT NULL {name(item.name)} NOT VALID"
            yield SQLOperation(rule, f"{table} ALTER COLUMN {name(item.name)} DROP NOT NULL")
        else:
            yield from counting_operations(difference, differences)


def no_longer_generated(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what lets generated columns keep their values as plain ones.

    Comes before a change of what they are made from, which would have to drop them.
    """
    for item, expected, found in differences:
        if item.kind != "column" or expected is None or found is None:
            continue
        if column_text(found).is_computed and not column_text(expected).is_computed:
            yield _plain_to_computed(item, expected, found).reverse()


def _computed(item: Item, expected: str, found: str | None) -> Iterator[SQLOperation]:
    """Yield what makes a generated column, or a plain one of it; its rows can be computed again."""
    if found is None:
        yield made(item, expected)
        return
    wanted, there = column_text(expected), column_text(found)
    if wanted.is_computed and there.is_computed:
        yield made(item, found).reverse()
        yield made(item, expected)
    elif wanted.is_computed:
        yield _plain_to_computed(item, found, expected)
    else:
        yield _plain_to_computed(item, expected, found).reverse()


def _plain_to_computed(item: Item, plain: str, computed: str) -> SQLOperation:
    own, target = name(item.name), name(item.schema, item.table)
    back = f"ALTER TABLE {target} ALTER COLUMN {own} DROP EXPRESSION"
    if not computed.endswith("STORED"):  # PostgreSQL has no values that it could keep
        kept, column = name(beside(item.name, "_kept")), column_text(plain)
        rules = [f"ALTER COLUMN {kept} SET NOT NULL"] if column.is_required else []
        if column.default is not None:
            rules.append(f"ALTER COLUMN {kept} SET DEFAULT {column.default}")
        back = (
            f"ALTER TABLE {target} ADD COLUMN {kept} {column.type}; "
            f"UPDATE {target} SET {kept} = {own}; "
            f"ALTER TABLE {target} {', '.join([f'DROP COLUMN {own}', *rules])}; "
            f"ALTER TABLE {target} RENAME COLUMN {kept} TO {own}"
        )
    again = f"ALTER TABLE {target} DROP COLUMN {own}, ADD COLUMN {own} {computed}"
    return SQLOperation(again, back)
