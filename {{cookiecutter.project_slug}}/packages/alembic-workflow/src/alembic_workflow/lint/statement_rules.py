"""Rules about the statements that a revision sends."""

import re
from collections.abc import Callable, Iterator, Sequence

from alembic_workflow.lint.rule import Located, Place, Revision, Rule

_DDL = "CREATE|ALTER|DROP|TRUNCATE"
_TEMPORARY = "CREATE (?:(?:GLOBAL|LOCAL) )?TEMP(?:ORARY)?"
_FILLS = r"(?:UPDATE|DELETE FROM|MERGE INTO|INSERT INTO [^()]*(?:\([^()]*\) ?)?[( ]*SELECT)"
_CHANGES_IN_WITH = r"(?<!FOR )(?<!KEY )UPDATE|DELETE FROM|INSERT INTO|MERGE INTO"
_HIDDEN = (
    r"UPDATE|DELETE FROM|INSERT INTO|MERGE INTO|ALTER (?:TABLE|TYPE|DOMAIN)|DROP|TRUNCATE|LOCK"
    r"|CREATE (?:UNIQUE )?INDEX|EXECUTE"
)
# As a type: not the name of a column, which a type follows, or of something else.
_JSON = re.compile(
    r"(?:(?<!\bADD)(?<!\bCOLUMN)(?<!\bALTER)(?<!\bDROP)(?<!\bRENAME)(?<!\bTO)(?<!\bEXISTS)"
    r"(?<!\bTABLE)(?<!\bONLY)(?<!\bCONSTRAINT)(?<!\bREFERENCES)(?<!\bSCHEMA)(?<!\bAS)"
    r"(?<=[\w\"])) json\b(?= ?(?:$|[,)\[]|NOT\b|NULL\b|DEFAULT\b|CHECK\b|USING\b|COLLATE\b"
    r"|CONSTRAINT\b|UNIQUE\b|GENERATED\b|STORAGE\b|COMPRESSION\b))",
    re.IGNORECASE,
)


def _each(test: Callable[[Located], object]) -> Callable[[Revision], Iterator[Place]]:
    """Return what finds the statements that the test is true of."""

    def find(revision: Revision) -> Iterator[Place]:
        for each in revision.statements:
            if test(each):
                yield Place(each.statement.line, each.part.text)

    return find


def _begins(pattern: str) -> Callable[[Revision], Iterator[Place]]:
    """Return what finds the statements that begin so, unless they are about new tables."""
    return _each(lambda each: not each.is_about_new_tables and each.part.begins(pattern))


def _locks(each: Located) -> bool:
    """Outside a transaction, the lock goes at once."""
    locks = each.part.begins("LOCK") and not each.is_about_new_tables
    return locks and not each.statement.autocommit


def _has_json(each: Located) -> object:
    is_table = each.part.begins("CREATE (?:UNLOGGED )?TABLE|ALTER TABLE")
    return is_table and _JSON.search(each.part.plain)


def _hides_statements(each: Located) -> object:
    return each.part.begins("DO") and re.search(rf"\b(?:{_HIDDEN})\b", each.part.body, re.I)


def _backfills(revision: Revision) -> Iterator[Place]:
    for transaction in _transactions(revision.statements):
        changes = [
            each
            for each in transaction
            if each.part.begins(_DDL) and not each.part.begins(_TEMPORARY)
        ]
        for each in transaction:
            part = each.part
            fills = part.begins(_FILLS) or (part.begins("WITH") and part.has(_CHANGES_IN_WITH))
            if fills and changes and not all(one.is_about_new_tables for one in [each, *changes]):
                yield Place(each.statement.line, part.text)


def _transactions(located: Sequence[Located]) -> Iterator[list[Located]]:
    """Yield the statements of each transaction; one that runs by itself ends the one before it."""
    transaction: list[Located] = []
    for each in located:
        if each.statement.autocommit:
            yield transaction
            transaction = []
        else:
            transaction.append(each)
    yield transaction


STATEMENT_RULES = (
    Rule(
        "vacuum-full",
        find=_begins(r"VACUUM (?:FULL|\([^)]*\bFULL\b)"),
        reason="It rewrites the table; nobody can use it meanwhile.",
        recipe=(
            "# In a revision of its own. It makes the space usable again without giving it back:\n"
            'with op.get_context().autocommit_block():\n    op.execute("VACUUM $table_sql")'
        ),
    ),
    Rule(
        "cluster",
        find=_begins("CLUSTER"),
        reason="It rewrites the table; nobody can use it meanwhile.",
        recipe="# Leave it out, or run pg_repack outside the migrations.",
    ),
    Rule(
        "refresh-without-concurrently",
        find=_begins("REFRESH MATERIALIZED VIEW(?! CONCURRENTLY)"),
        reason="Nobody can read the view while it is computed.",
        recipe="# In a revision of its own; the view needs a unique index:\n$concurrently",
    ),
    Rule(
        "transaction-control",
        find=_begins(r"BEGIN|COMMIT|END|ABORT|ROLLBACK(?! TO\b)|START TRANSACTION"),
        reason="Alembic begins and commits each revision's transaction.",
        recipe=(
            "# Leave it out. What must run by itself goes into\n"
            "# `with op.get_context().autocommit_block():`."
        ),
    ),
    Rule(
        "lock-table",
        find=_each(_locks),
        reason="The lock is held until the revision ends, and everybody waits for it.",
        recipe="# Leave it out: each statement takes the lock that it needs.",
    ),
    Rule(
        "json-column",
        find=_each(_has_json),
        reason=(
            "json has no equality, so DISTINCT and GROUP BY fail, and no index; changing it later "
            "rewrites the table."
        ),
        recipe="# Instead of sa.JSON():\nfrom sqlalchemy.dialects import postgresql\n$jsonb",
    ),
    Rule(
        "do-block",
        find=_each(_hides_statements),
        reason="What a DO block runs is not checked.",
        recipe=(
            "# Write its statements as operations; or, if you have checked them, add:\n"
            'lint_ignore = {"do-block": "checked: it locks nothing for long"}'
        ),
    ),
    Rule(
        "backfill-with-ddl",
        find=_backfills,
        reason="The locks of the revision's other statements are held until all rows are done.",
        recipe="# In a later revision of its own, in batches of one transaction each:\n$backfill",
    ),
    Rule(
        "syntax-error",
        reason="squawk cannot read the statement, so it is not checked.",
        recipe='# If you have checked it, add:\nlint_ignore = {"syntax-error": "checked by hand"}',
    ),
)
