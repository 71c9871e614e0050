"""Rules about new constraints that lock."""

import re

from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.danger import Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.rule import Find, Rule, of_differences

NOT_VALID = " NOT VALID"
ANOTHER = """\
# Add the new one under another name and NOT VALID, validate it in a revision of its own, and only
# then drop the old one and give its name to the new one."""
_MARKS = re.compile(r"( \((INVALID|DISABLED)\))+$")


def _new_key(kind: str) -> Find:
    def test(each: Effects, difference: Difference) -> str:
        before, after = (_MARKS.sub("", text or "") for text in difference[1:])
        if before == after or not after.startswith(kind) or each.table(difference) is None:
            return ""
        reads = Wait.READ if kind == "PRIMARY KEY" and each.scanned else ""
        return Wait.BUILT if each.built else reads

    return of_differences("constraint", test)


def _validated(kind: str) -> Find:
    """Return what finds constraints that are checked against the rows that exist."""

    def test(each: Effects, difference: Difference) -> str:
        before, after = (_MARKS.sub("", text or "") for text in difference[1:])
        # Nothing else gives it the other words that it has now, such as a column's new name.
        is_other = before != after and {one.item.kind for one in each.differences} == {"constraint"}
        is_new = before in ("", after + NOT_VALID) or is_other
        if not is_new or not after.startswith(kind) or after.endswith(NOT_VALID):
            return ""
        is_free = each.is_renamed(difference) or each.table(difference) is None
        return "" if is_free or each.lock is None else Wait.READ

    return of_differences("constraint", test)


def _domain(each: Effects, difference: Difference) -> str:
    return Wait.READ if each.scanned and each.lock else ""


CONSTRAINT_RULES = (
    Rule(
        "disallowed-unique-constraint",
        "The unique $about builds its index under a lock.",
        _new_key("UNIQUE"),
    ),
    Rule(
        "adding-primary-key",
        "The primary key $about builds its index, or looks for NULL, under a lock.",
        _new_key("PRIMARY KEY"),
    ),
    Rule(
        "constraint-missing-not-valid",
        "The exclusion $about builds its index under a lock; PostgreSQL cannot build it before.",
        _new_key("EXCLUDE"),
    ),
    Rule(
        "adding-foreign-key-constraint",
        "The foreign key $about checks every row that exists at once.",
        _validated("FOREIGN KEY"),
        advice=ANOTHER,
    ),
    Rule(
        "constraint-missing-not-valid",
        "The check $about checks every row that exists at once, or in the transaction that adds "
        "it.",
        _validated("CHECK"),
        advice=ANOTHER,
    ),
    Rule(
        "domain-constraint",
        "The constraint of $about checks every row of every table that uses it.",
        of_differences("domain", _domain),
    ),
)
