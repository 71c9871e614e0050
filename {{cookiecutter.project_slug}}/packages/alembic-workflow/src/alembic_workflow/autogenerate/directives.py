"""Operations that Alembic has not, or cannot undo or write into a file."""

from collections.abc import Sequence
from typing import Self

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.wrapping import wrapped
from alembic_workflow.catalog.items import Item
from alembic_workflow.safe_forms.source import imported
from alembic_workflow.sql.identifiers import name
from alembic_workflow.sql.text import without_parameters


class SQLOperation(MigrateOperation):
    """A statement and the one that undoes it, written into the revision as `op.execute`."""

    replaces: Item | None = None
    """The enum in whose place this and others put another type."""
    is_rename = False
    """Whether it changes a name and nothing else."""

    def __init__(self, statement: str, undo: str, source: str = "", undo_source: str = "") -> None:
        """Take both statements, and their source in the revision if it is not `op.execute`."""
        self.statement = statement
        self.undo = undo
        self.source = source or _op_execute(statement)
        self.undo_source = undo_source or _op_execute(undo)

    @classmethod
    def of_several(cls, statements: Sequence[str], undo: Sequence[str]) -> Self:
        """Return the operation of several statements, which go together or not at all."""
        sources = ("\n".join(map(_op_execute, each)) for each in (statements, undo))
        return cls(";\n".join(statements), ";\n".join(undo), *sources)

    def reverse(self) -> Self:
        """Return the operation that undoes this one."""
        return type(self)(self.undo, self.statement, self.undo_source, self.source)

    def to_diff_tuple(self) -> tuple[str, str]:
        """Return how Alembic lists it."""
        return ("execute", self.statement)


class NoteOperation(MigrateOperation):
    """A comment in the revision, which the linter reports until it is settled."""

    def __init__(self, text: str) -> None:
        """Take what the comment says."""
        self.text = text

    def reverse(self) -> Self:
        """Return the same comment: what upgrade() lacks, downgrade() lacks."""
        return self

    def to_diff_tuple(self) -> tuple[str, str]:
        """Return how Alembic lists it."""
        return ("note", self.text)


class PassOperation(NoteOperation):
    """A `pass`, for a function that would consist of comments alone."""

    def __init__(self) -> None:
        """Take nothing."""
        super().__init__("")


def rename(statement: str, undo: str, source: str = "", undo_source: str = "") -> SQLOperation:
    """Return the operation that changes a name; takes what `SQLOperation` takes."""
    operation = SQLOperation(statement, undo, source, undo_source)
    operation.is_rename = True
    return operation


def rename_column(schema: str, table: str, old: str, new: str) -> SQLOperation:
    """Return the operation that renames a column."""

    def statement(old: str, new: str) -> str:
        return f"ALTER TABLE {name(schema, table)} RENAME COLUMN {name(old)} TO {name(new)}"

    def source(old: str, new: str) -> str:
        return f"op.alter_column({table!r}, {old!r}, new_column_name={new!r}{_keyword(schema)})"

    return rename(statement(old, new), statement(new, old), source(old, new), source(new, old))


def rename_table(schema: str, old: str, new: str) -> SQLOperation:
    """Return the operation that renames a table."""

    def statement(old: str, new: str) -> str:
        return f"ALTER TABLE {name(schema, old)} RENAME TO {name(new)}"

    def source(old: str, new: str) -> str:
        return f"op.rename_table({old!r}, {new!r}{_keyword(schema)})"

    return rename(statement(old, new), statement(new, old), source(old, new), source(new, old))


def autocommit(statement: str) -> SQLOperation:
    """Return the operation that commits a statement by itself, and that nothing here undoes."""
    source = f"with op.get_context().autocommit_block():\n    {_op_execute(statement)}"
    return SQLOperation(statement, "", source)


def _keyword(schema: str) -> str:
    return "" if schema == "public" else f", schema={schema!r}"


def _op_execute(statement: str) -> str:
    return f"op.execute({without_parameters(statement)!r})"


@renderers.dispatch_for(SQLOperation)
def _render_sql(autogen_context: AutogenContext, operation: SQLOperation) -> str:
    for each in imported(operation.source):
        autogen_context.imports.add(f"from alembic_workflow import {each}")
    return wrapped(operation.source)


@renderers.dispatch_for(PassOperation)
def _render_pass(autogen_context: AutogenContext, operation: PassOperation) -> str:
    return "pass"


@renderers.dispatch_for(NoteOperation)
def _render_note(autogen_context: AutogenContext, operation: NoteOperation) -> str:
    return "\n".join(f"# {line}" for line in operation.text.splitlines())
