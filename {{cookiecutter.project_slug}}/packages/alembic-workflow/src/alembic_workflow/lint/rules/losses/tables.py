"""Losses of tables: those that go, or get another name."""

from collections.abc import Iterator

from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_renames import renamed
from alembic_workflow.lint.rule import Find, Rule
from alembic_workflow.lint.rules.losses.loss import RELIES, changed_tables


def _named_otherwise(*, is_gone: bool) -> Find:
    """Return what finds the tables that are gone, or have a name that nothing else has got."""

    def find(revision: Revision) -> Iterator[Danger]:
        end = revision.recording.end
        names = {(each.schema, each.name) for each in end if each.kind in ("table", "view")}
        for statement, table, now in changed_tables(revision):
            if (now is None) == is_gone and (is_gone or (table.schema, table.name) not in names):
                item = Item("table", table.schema, "", table.name)
                change = Difference(item, statement.was.get(item, ""), None)
                about = f"table {table}" if now is None else f"table {table}, now {now}"
                yield Danger(statement.line, about, statement=statement, difference=change)

    return find


TABLE_LOSSES = (
    Rule(
        "renaming-table",
        f"The name or schema changes: $about. {RELIES}",
        _named_otherwise(is_gone=False),
        recipe=renamed,
    ),
    Rule(
        "ban-drop-table",
        f"$about goes (is dropped), with its rows. {RELIES}",
        _named_otherwise(is_gone=True),
    ),
)
