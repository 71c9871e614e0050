"""Losses of what watches over rows: triggers, rules, row level security, and rights."""

import re

from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.danger import Revision
from alembic_workflow.lint.rules.losses.loss import loss_rule

_OF_ROWS = re.compile("FORCED|ROW LEVEL SECURITY")
_SWITCHED_OFF = ("(DISABLED)", "(REPLICA)")


def _trigger_gone(revision: Revision, difference: Difference) -> str:
    # It goes with the columns that it kept alike.
    start, end = revision.recording.start, revision.recording.end
    columns = (each for each in start if each.kind == "column")
    of_table = (each for each in columns if each.parent == difference.item.parent)
    return "" if any(end.get(each) != start[each] for each in of_table) else str(difference.item)


def _switched_off(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    was, now = ((text or "").endswith(_SWITCHED_OFF) for text in (before, after))
    return str(item) if now and not was else ""


def _row_security(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind == "table":
        was, now = (_OF_ROWS.findall(text or "") for text in (before, after))
        return str(item) if was != now else ""
    # A new policy of a table that has none in force changes nothing.
    in_force = _OF_ROWS.search(revision.recording.end.get(item.parent or item, ""))
    return str(item) if before is not None or in_force else ""


def _right(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    gone = ", ".join(sorted({*(before or "").splitlines()} - {*(after or "").splitlines()}))
    return f"{item.table or item.name} ({gone})" if gone else ""


ACCESS_LOSSES = (
    loss_rule("trigger-off", "gone", "trigger", "The $about is dropped.", _trigger_gone),
    loss_rule(
        "trigger-off",
        *("changed", "trigger, constraint", "The $about is switched off (DISABLE TRIGGER)."),
        _switched_off,
    ),
    loss_rule(
        *("row-security", "new, gone or changed", "policy, table"),
        "Row level security ($about) changes: who sees which rows.",
        _row_security,
    ),
    loss_rule("rewrite-rule", "new", "rule", "The new $about changes what statements do."),
    loss_rule("revoke", "changed", "right", "A right (privilege) goes (REVOKE) on $about.", _right),
)
