"""Changes of constraints and indexes, recognised by the catalogs before and after."""

from collections.abc import Collection, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.definitions import foreign_key_words, is_key, key_words
from alembic_workflow.safe_forms.parts import mentions, parts_of, references_to
from alembic_workflow.safe_forms.recognition.catalogs import Catalogs


def constraint_changes(
    difference: Difference, gone: Collection[Item], catalogs: Catalogs
) -> Iterator[c.Change]:
    """Yield the change of a constraint; takes what goes in all."""
    item, expected, found = difference
    table = catalogs.table(item.schema, item.table)
    if expected is None:
        was = c.Part(item.name, found or "")
        columns = _columns_of_key(was.definition)
        goes_too = any(item._replace(kind="column", name=each) in gone for each in columns)
        if columns and not goes_too and not _refers_to(was.definition, gone):
            yield c.DropConstraint(table, was)
        return
    part = c.Part(item.name, expected)
    if found is not None and is_key(found) and is_key(expected):
        columns = key_words(found).columns
        references = references_to(table, columns, catalogs.before)
        yield c.ReplaceKey(table, c.Part(item.name, found), part, (), references)
    elif found is None and is_key(expected):
        yield c.AddKey(table, part, _nullable(item, expected, catalogs))
    elif found is None and expected.startswith("FOREIGN KEY"):
        yield c.AddForeignKey(table, part, _is_of_new(item, expected, catalogs))
    elif found is None and expected.startswith("CHECK"):
        yield c.AddCheck(table, part, _is_of_new(item, expected, catalogs))
    elif found is None:
        yield c.AddExclusion(table, part)


def index_changes(
    difference: Difference, gone: Collection[Item], catalogs: Catalogs
) -> Iterator[c.Change]:
    """Yield the change of an index; takes what goes in all."""
    item, expected, found = difference
    table = catalogs.table(item.schema, item.table)
    if expected is not None and found is not None:
        yield c.ReplaceIndex(table, c.Part(item.name, found), c.Part(item.name, expected))
    elif expected is not None:
        yield c.AddIndex(table, c.Part(item.name, expected))
    elif found is not None:
        part = c.Part(item.name, found)
        columns = (each for each in gone if each.kind == "column")
        if not any(part in parts_of(each, catalogs.before) for each in columns):
            yield c.DropIndex(table, part)


def _is_of_new(item: Item, definition: str, catalogs: Catalogs) -> bool:
    columns = (each for each in catalogs.before if each.kind == "column")
    return not any(
        each.parent == item.parent and mentions(definition, each.name) for each in columns
    )


def _columns_of_key(definition: str) -> tuple[str, ...]:
    """Return the columns of a key or a foreign key, or none."""
    if is_key(definition):
        return key_words(definition).columns
    foreign = foreign_key_words(definition)
    return foreign.columns if foreign else ()


def _refers_to(definition: str, gone: Collection[Item]) -> bool:
    """Return whether it is a foreign key to one of these tables or columns."""
    foreign = foreign_key_words(definition)
    if foreign is None:
        return False
    table = Item("table", foreign.schema or "public", "", foreign.table)
    columns = (Item("column", table.schema, table.name, each) for each in foreign.referred)
    return any(each in gone for each in (table, *columns))


def _nullable(item: Item, definition: str, catalogs: Catalogs) -> tuple[str, ...]:
    words = key_words(definition)
    if words.kind != "PRIMARY KEY":
        return ()
    columns = (item._replace(kind="column", name=each) for each in words.columns)
    return tuple(
        each.name for each in columns if not column_text(catalogs.before.get(each, "")).is_required
    )
