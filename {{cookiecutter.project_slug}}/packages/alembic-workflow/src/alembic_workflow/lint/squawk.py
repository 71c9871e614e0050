"""Asks squawk, a linter of PostgreSQL's SQL, what a revision's statements would lock or break."""

import json
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from alembic.util import CommandError

from alembic_workflow.replay.statements import Statement
from alembic_workflow.sql.text import Part, parts

POSTGRES_VERSION = "15"
# Style; or what the service's own settings see to; or what PostgreSQL itself refuses.
EXCLUDED = (
    "ban-char-field",
    "ban-concurrent-index-creation-in-transaction",
    "ban-create-domain-with-constraint",
    "ban-uncommitted-transaction",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-enum-value-ordering",
    "require-lock-timeout",
    "require-statement-timeout",
    "transaction-nesting",
)
# What these say of a constraint is part of what the others say.
GENERAL = "constraint-missing-not-valid"
SPECIFIC = {
    "adding-foreign-key-constraint",
    "adding-serial-primary-key-field",
    "disallowed-unique-constraint",
}


class Remark(NamedTuple):
    """A remark of squawk on a statement."""

    rule: str
    message: str
    help: str
    statement: Statement
    part: Part
    """The statement within that text."""
    fragment: str
    """The clause that it is about."""


def remarks(revisions: Sequence[Sequence[Statement]]) -> list[list[Remark]]:
    """Return squawk's remarks on each revision, given what each one sends.

    Raises CommandError if squawk is not installed or fails.
    """
    scripts = [_Script(statements) for statements in revisions]
    found: list[list[Remark]] = [[] for _ in scripts]
    if scripts:
        with TemporaryDirectory() as folder:
            for number, script in enumerate(scripts):
                Path(folder, f"{number}.sql").write_bytes(b"\n".join(script.lines))
            for item in _run(folder):
                number = int(Path(item["file"]).stem)
                found[number].extend(scripts[number].remark(item))
    return [list(_without_repetition(each)) for each in found]


def _run(folder: str) -> list[dict[str, Any]]:
    program = Path(sys.executable).with_name("squawk")
    command = [
        *(str(program), "--reporter=json", "--no-assume-in-transaction"),
        *(f"--pg-version={POSTGRES_VERSION}", f"--exclude={','.join(EXCLUDED)}", "*.sql"),
    ]
    try:
        # In that folder, so that it finds no configuration file.
        result = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
        items: list[dict[str, Any]] = json.loads(result.stdout)
    except FileNotFoundError:
        raise CommandError(
            f"There is no {program}. It comes with the extra alembic-workflow[development]."
        ) from None
    except ValueError:
        raise CommandError(f"squawk failed: {result.stderr.strip()}") from None
    return items


class _Script:
    """A revision as a file of SQL, and the way back."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.lines: list[bytes] = []
        self._statements = statements
        self._starts: list[int] = []
        in_transaction = False
        for statement in statements:
            if in_transaction == statement.autocommit:
                in_transaction = not in_transaction
                self.lines.append(b"BEGIN;" if in_transaction else b"COMMIT;")
            self._starts.append(len(self.lines))
            self.lines += [*_bytes(statement).split(b"\n"), b";"]
        if in_transaction:
            self.lines.append(b"COMMIT;")

    def remark(self, item: dict[str, Any]) -> Iterator[Remark]:
        """Yield what squawk's item says, unless it is about a line that no statement has."""
        number = bisect_right(self._starts, item["line"]) - 1
        if number < 0:
            return
        statement = self._statements[number]
        text = _bytes(statement)
        start = self._offset(number, item["line"], item["column"])
        end = self._offset(number, item["line_end"], item["column_end"])
        position = len(text[:start].decode())
        owners = [part for part in parts(statement.sql) if part.start <= position]
        if owners:
            fragment = text[start:end].decode()
            message, advice = item["message"], item["help"] or ""
            yield Remark(item["rule_name"], message, advice, statement, owners[-1], fragment)

    def _offset(self, number: int, line: int, column: int) -> int:
        first = self._starts[number]
        return sum(len(each) + 1 for each in self.lines[first:line]) + int(column)


def _bytes(statement: Statement) -> bytes:
    # A comment could switch rules off without giving a reason.
    return statement.sql.replace("squawk-", "squawk_").encode()


def _without_repetition(found: Sequence[Remark]) -> Iterator[Remark]:
    specific = [each for each in found if each.rule in SPECIFIC]
    for each in found:
        if each.rule == GENERAL and any(
            each.part == other.part and each.fragment.endswith(other.fragment) for other in specific
        ):
            continue
        # Nothing but the catalog knows these names.
        if each.rule == "renaming-object" and each.message.startswith(
            ("Renaming a constraint", "Renaming an index")
        ):
            continue
        yield each
