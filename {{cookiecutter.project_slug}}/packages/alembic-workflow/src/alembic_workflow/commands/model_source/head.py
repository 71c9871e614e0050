"""The head of the file: a list of what no model can say."""

from collections.abc import Iterable, Sequence

from alembic_workflow.catalog.creation import table_words
from alembic_workflow.catalog.extras.extra import Extra, labels
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS


def unsaid(catalog: Catalog, extras: Sequence[Extra], tables: Iterable[Item]) -> Iterable[str]:
    """Yield the lines that list what no model can say."""
    own = set(tables)
    found = sorted(
        str(item)
        for item, _ in catalog.items()
        if not KINDS[item.kind].in_models and (item.parent is None or item.parent in own)
    )
    secured = [str(table) for table in own if table_words(catalog[table]).changes]
    found += [f"row level security or replica identity of {table}" for table in sorted(secured)]
    found += labels(each for each in extras if each.statement)
    if found:
        yield "The database also has what no model can say; revisions make it:"
        yield from (f"- {each}" for each in found)
    if unmade := labels(each for each in extras if not each.statement):
        yield "And what nothing here makes; write a revision by hand if another database needs it:"
        yield from (f"- {each}" for each in unmade)
