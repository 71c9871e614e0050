"""Rules about constraints: new ones that lock, and those that the running service loses."""

import re

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import no_steps
from alembic_workflow.lint.rule import Find, Rule, of_differences
from alembic_workflow.lint.rules.loss import last_statement, loss_rule

NOT_VALID = " NOT VALID"
ANOTHER = """\
# Add the new one under another name and NOT VALID, validate it in a revision of its own, and only
# then drop the old one and give its name to the new one."""
_MARKS = re.compile(r"( \((INVALID|DISABLED)\))+$")
_KEY = re.compile("UNIQUE|PRIMARY KEY|EXCLUDE")
_OF_INDEX = re.compile(r"^CREATE UNIQUE INDEX .*? USING \w+ ", re.DOTALL)
_OF_KEY = re.compile(r" ON (?:DELETE|UPDATE) .*| DEFERRABLE.*| NOT VALID$")


def _new_key(kind: str) -> Find:
    def test(each: Effects, difference: Difference) -> str:
        is_key = difference.expected is None and (difference.found or "").startswith(kind)
        if not is_key or each.table(difference) is None:
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


def _constraint(revision: Revision, difference: Difference) -> str:
    """Return a key, or what ON CONFLICT can name, that goes and has no like that stays."""
    item, before = difference.item, difference.expected or ""
    is_index = item.kind == "index"
    if before.startswith("CHECK") or _goes_with_column(revision, difference):
        return ""
    if is_index and (not _OF_INDEX.match(before) or _is_kept(revision, item)):
        return ""
    if _KEY.match(before):
        return f"{item} ({before})"
    words = _as_key(_OF_KEY.sub("", before))
    for each, definition in revision.recording.end.items():
        is_alike = each.kind in ("constraint", "index") and each.parent == item.parent
        if is_alike and _as_key(definition).startswith(words):
            return ""
    return f"unique {item}" if is_index else f"{item} ({before})"


def _is_foreign(difference: Difference) -> bool:
    return (difference.expected or "").startswith("FOREIGN KEY")


def _as_key(definition: str) -> str:
    return _OF_INDEX.sub("UNIQUE ", definition).replace("PRIMARY KEY", "UNIQUE")


def _is_kept(revision: Revision, index: Item) -> bool:
    """Return whether the index is there under another name, as that of a constraint."""
    first, last = revision.recording.statements[0].before, revision.recording.statements[-1].after
    names = (index.schema, index.name)
    files = {each.file for each in first.relations.values() if (each.schema, each.name) == names}
    return any(each.file in files for each in last.relations.values())


def _goes_with_column(revision: Revision, difference: Difference) -> bool:
    """Return whether it goes since its column does, becomes a key, or only gets another name."""
    item = difference.item
    statement = last_statement(revision, item)
    if statement is None:
        return False
    was = statement.was.get(item, "")
    is_key = item.kind == "constraint" and _KEY.match(was)
    return any(
        (each.item.kind, each.item.parent, each.found) == ("column", item.parent, None)
        or (each.expected is None and _takes_place(item, each.item))
        or (
            (each.item.kind, each.expected) == (item.kind, None)
            and _words(each.found or "") == ("" if is_key else _words(was))
        )
        for each in Effects(revision.recording.used, statement).differences
    )


def _takes_place(index: Item, key: Item) -> bool:
    return (index.kind, key.kind, key.parent) == ("index", "constraint", index.parent)


def _words(definition: str) -> str:
    """Return a definition without the name of an index."""
    return definition.partition(" USING ")[2] if definition.startswith("CREATE ") else definition


def _check(revision: Revision, difference: Difference) -> str:
    before = difference.expected or ""
    if not before.startswith("CHECK") or _goes_with_column(revision, difference):
        return ""
    # A check that only served to set NOT NULL.
    match = re.fullmatch(r"CHECK \(\((.+) IS NOT NULL\)\)(?: NOT VALID)?", before)
    name = match[1].strip('"').replace('""', '"') if match else ""
    column = difference.item._replace(kind="column", name=name)
    definition = revision.recording.end.get(column, "")
    is_said = match and (not definition or column_text(definition).is_required)
    return "" if is_said else str(difference.item)


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
    loss_rule(
        "ban-drop-constraint",
        *("gone", "constraint, index", "$about goes (a drop); ON CONFLICT may name it."),
        lambda revision, gone: "" if _is_foreign(gone) else _constraint(revision, gone),
    ),
    loss_rule(
        "ban-drop-constraint",
        *("gone", "constraint", "$about goes (a drop): nothing keeps rows without a partner out."),
        lambda revision, gone: _constraint(revision, gone) if _is_foreign(gone) else "",
    ),
    loss_rule(
        *("drop-check", "gone", "constraint", "$about goes: rows are only freer.", _check),
        recipe=no_steps,
        is_remark=True,
    ),
)
