"""Operations that undo what statements have changed in the catalog."""

from collections.abc import Iterator, Sequence

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import creation, rank, removal
from alembic_workflow.catalog.items import Difference, compare
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.lint.danger import Line
from alembic_workflow.safe_forms.change import Table
from alembic_workflow.safe_forms.source import alter_column, execute


def undoing(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the operations that undo what the lines of a revision have done to the schema."""
    sent = [each.statement for line in lines for each in line.sent if each.differences]
    if not sent:
        return ()
    changed = [each for each in compare(sent[0].was, sent[-1].now) if each.item.kind in KINDS]
    changed.sort(key=lambda each: rank(each.item, each.found or each.expected or ""), reverse=True)
    return tuple(operation for each in changed for operation in _undone(each))


def _undone(difference: Difference) -> Iterator[str]:
    item, before, after = difference
    if item.kind == "column" and before is not None and after is not None:
        was, now, table = column_text(before), column_text(after), Table(item.schema, item.table)
        if was.type != now.type:
            yield alter_column(table, item.name, f"TYPE {was.type}")
        if was.default != now.default:
            clause = f"SET DEFAULT {was.default}" if was.default else "DROP DEFAULT"
            yield alter_column(table, item.name, clause)
        if was.is_required != now.is_required:
            yield alter_column(table, item.name, f"{'SET' if was.is_required else 'DROP'} NOT NULL")
    elif item.kind == "table":
        if before is None:
            yield execute(f"DROP TABLE {Table(item.schema, item.name).sql}")
    else:
        if after is not None and KINDS[item.kind].drop:
            yield execute(removal(item, after))
        if before is not None and KINDS[item.kind].create:
            yield execute(creation(item, before))
