"""Rules about what only words tell: of statements, and of the types of new columns."""

import re
from collections.abc import Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.danger import Danger, Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import WORSE_TYPES
from alembic_workflow.lint.recipes.of_source import left_out, other_words
from alembic_workflow.lint.rule import NO_OTHER_WAY, Find, Place, Rule, of_statements
from alembic_workflow.lint.rules.losses.loss import last_statement

_SETTING = r"\bALTER (?:DATABASE|ROLE|SYSTEM|USER)\b|\bDROP (?:ROLE|USER)\b"
_SETVAL = r"\bsetval\s*\([^,]*,\s*\d+\s*[,)]"


def _sleeps(revision: Revision) -> Iterator[Danger]:
    for each in revision.effects:
        if each.held_before and "pg_sleep" in f"{each.part.plain} {each.part.body}".lower():
            yield Danger(each.line, "pg_sleep", each.lock, "while it sleeps", each.statement)
    for line in revision.source.calls("sleep"):
        held = [each for each in revision.effects if each.line < line and each.held]
        if held and not held[-1].statement.autocommit:
            yield Danger(line, "sleep", held[-1].lock, "while it sleeps")


def _tablespace(each: Effects) -> Iterator[Place]:
    if each.part.has("SET TABLESPACE") and not each.rewritten:
        locked = (one for one in each.locked if one.is_exclusive)
        yield from ((str(one), one, Wait.WRITTEN) for one in locked)
        if each.part.has("ALL IN TABLESPACE"):
            yield each.part.plain, None, ""


def _says(words: str, *, in_strings: bool = False) -> Find:
    """Return what finds commands with such words, or with strings that have them."""

    def says(each: Effects) -> Iterator[Place]:
        is_command = each.part.begins("ALTER|CALL|DO|DROP|SELECT|SET|WITH")
        text = each.part.text if in_strings else f"{each.part.plain} {each.part.body}"
        if is_command and re.search(words, text, re.IGNORECASE):
            yield each.part.plain, None, ""

    return of_statements(says)


def _new_of_type(pattern: str) -> Find:
    """Return what finds new columns of a type, on new tables too."""

    def find(revision: Revision) -> Iterator[Danger]:
        if revision.source.is_first:
            return  # often made from a database that was there before
        start, end = revision.recording.start, revision.recording.end
        for item, definition in end.items():
            type_ = column_text(definition).type
            if item.kind != "column" or not re.fullmatch(pattern, type_):
                continue
            # Under another name, or in a table of another name, it was there before.
            gone = (each for each in start if each not in end and each.kind == "column")
            was = (start[each] for each in gone if item.name == each.name or each[:3] == item[:3])
            if type_ not in {column_text(text).type for text in (start.get(item, ""), *was)}:
                statement = last_statement(revision, item)
                difference = Difference(item, start.get(item), definition)
                line = statement.line if statement else 1
                yield Danger(line, str(item), statement=statement, difference=difference)

    return find


WORD_RULES = (
    Rule("sleep", "$about lets others wait for nothing.", _sleeps, recipe=left_out),
    Rule(
        "set-tablespace",
        "SET TABLESPACE copies $about.",
        of_statements(_tablespace),
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "triggers-off",
        "session_replication_role switches triggers and foreign keys off: $about.",
        _says("session_replication_role.*(?:replica|local)", in_strings=True),
        recipe=left_out,
    ),
    Rule(
        "advisory-lock",
        "$about waits for whoever has the advisory lock; make upgrade lets one process at a time "
        "in already.",
        _says(r"\bpg_advisory_(?:xact_)?lock"),
        recipe=left_out,
    ),
    Rule(
        "outside-the-schema",
        "$about is for other sessions, or for the whole server; no replay and no downgrade of "
        "another database knows it.",
        _says(_SETTING, in_strings=True),
    ),
    Rule(
        "sequence-restarted",
        "$about sets a number that rows may be beyond; let it come from max() of the column.",
        _says(_SETVAL),
    ),
    Rule(
        "json-column",
        "$about is of type json, which has no equality, so DISTINCT and GROUP BY fail, and no "
        "index; changing it later rewrites the table.",
        _new_of_type(WORSE_TYPES["json-column"]),
        recipe=other_words,
    ),
    Rule(
        "prefer-timestamp-tz",
        "$about is a timestamp without a time zone, which does not say which moment it is; "
        "changing it later rewrites the table.",
        _new_of_type(WORSE_TYPES["prefer-timestamp-tz"]),
        recipe=other_words,
    ),
)
