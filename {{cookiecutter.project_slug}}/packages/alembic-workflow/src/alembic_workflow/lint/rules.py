"""The rules that squawk lacks: about a revision's statements, and about its file."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.statements import Statement
from alembic_workflow.sql.text import Part, parts


class Problem(NamedTuple):
    """Something wrong in a revision."""

    code: str
    line: int
    sql: str = ""
    """The statement that it is about, if it is about one."""
    fragment: str = ""
    """The clause of it."""
    message: str = ""
    """What squawk says, for a rule that this project does not know."""


class Located(NamedTuple):
    """One statement of SQL, and where it stands."""

    statement: Statement
    part: Part
    created: frozenset[str]
    """The tables and materialized views that exist since this revision: nobody uses them."""

    @property
    def is_about_new_tables(self) -> bool:
        """Return whether it is about tables that nobody uses yet, and no others."""
        return bool(self.part.tables) and self.part.tables <= self.created


_DDL = "CREATE|ALTER|DROP|TRUNCATE"
_TEMPORARY = "CREATE (?:(?:GLOBAL|LOCAL) )?TEMP(?:ORARY)?"
_FILLS = r"(?:UPDATE|DELETE FROM|MERGE INTO|INSERT INTO [^()]*(?:\([^()]*\) ?)?[( ]*SELECT)"
_CHANGES_IN_WITH = r"(?<!FOR )(?<!KEY )UPDATE|DELETE FROM|INSERT INTO|MERGE INTO"
# By themselves, and in their own transaction or not.
_STATEMENTS = {
    "vacuum-full": r"VACUUM (?:FULL|\([^)]*\bFULL\b)",
    "cluster": "CLUSTER",
    "refresh-without-concurrently": r"REFRESH MATERIALIZED VIEW(?! CONCURRENTLY)",
    "transaction-control": r"BEGIN|COMMIT|END|ABORT|ROLLBACK(?! TO\b)|START TRANSACTION",
}
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


def statement_problems(statements: Sequence[Statement]) -> Iterator[Problem]:
    """Yield what is wrong with the statements."""
    located = list(locate(statements))
    for each in located:
        for code in _codes(each):
            yield Problem(code, each.statement.line, each.part.text)
    for transaction in _transactions(located):
        yield from _backfills(transaction)


def locate(statements: Sequence[Statement]) -> Iterator[Located]:
    """Yield each statement of SQL in what the operations sent."""
    created: frozenset[str] = frozenset()
    for statement in statements:
        for part in parts(statement.sql):
            if not part.has("IF NOT EXISTS"):
                created |= part.created
            yield Located(statement, part, created)


def constraints(verb: str, sql: str) -> set[str]:
    """Return the simplified names of the constraints that the SQL is to VALIDATE, or to DROP."""
    pattern = rf'\b{verb} CONSTRAINT (?:IF EXISTS )?("\w*"|\w+)'
    return {
        match[1].strip('"')
        for part in parts(sql)
        for match in re.finditer(pattern, part.plain, re.IGNORECASE)
    }


def source_problems(source: Source, application: str) -> Iterator[Problem]:
    """Yield what is wrong with the file, whatever it sends; `application` is a package."""
    for line, text in source.comments:
        if text.startswith("Unconfirmed rename:"):
            yield Problem("unconfirmed-rename", line, fragment=text.partition(":")[2].strip())
        elif text.startswith("Write by hand:"):
            yield Problem("write-by-hand", line, fragment=text.partition(":")[2].strip())
    for line, module in source.imports:
        if module.split(".")[0] == application:
            yield Problem("imports-models", line, fragment=module)
    if not source.is_empty("upgrade") and source.is_empty("downgrade"):
        yield Problem("empty-downgrade", source.line_of("downgrade"))


def _codes(located: Located) -> Iterator[str]:
    part = located.part
    if not located.is_about_new_tables:
        yield from (code for code, pattern in _STATEMENTS.items() if part.begins(pattern))
        # Outside a transaction, the lock goes at once.
        if part.begins("LOCK") and not located.statement.autocommit:
            yield "lock-table"
    if part.begins("CREATE (?:UNLOGGED )?TABLE|ALTER TABLE") and _JSON.search(part.plain):
        yield "json-column"
    if part.begins("DO") and re.search(rf"\b(?:{_HIDDEN})\b", part.body, re.IGNORECASE):
        yield "do-block"


def _transactions(located: Sequence[Located]) -> Iterator[list[Located]]:
    """What comes before a statement that runs by itself is committed."""
    transaction: list[Located] = []
    for each in located:
        if each.statement.autocommit:
            yield transaction
            transaction = []
        else:
            transaction.append(each)
    yield transaction


def _backfills(transaction: Sequence[Located]) -> Iterator[Problem]:
    changes = [
        each for each in transaction if each.part.begins(_DDL) and not each.part.begins(_TEMPORARY)
    ]
    for each in transaction:
        part = each.part
        fills = part.begins(_FILLS) or (part.begins("WITH") and part.has(_CHANGES_IN_WITH))
        if fills and changes and not all(one.is_about_new_tables for one in [each, *changes]):
            yield Problem("backfill-with-ddl", each.statement.line, part.text)
