"""Changes of a schema that is in use, with all that the catalog knows and their safe form needs."""

from dataclasses import dataclass

from alembic_workflow.safe_forms.table import Column, Part, Table
from alembic_workflow.sql.identifiers import beside

__all__ = ["Change", "Column", "Part", "Table"]


class Change:
    """Whatever has a safe form."""


@dataclass(frozen=True)
class OfTable(Change):
    """A change of a table, which it has under its old name."""

    table: Table


@dataclass(frozen=True)
class OfIndex(OfTable):
    """A change of an index."""

    index: Part


class AddIndex(OfIndex):
    """An index is new."""


class DropIndex(OfIndex):
    """An index goes."""


@dataclass(frozen=True)
class ReplaceIndex(OfTable):
    """An index gets another definition and keeps its name."""

    before: Part
    after: Part


@dataclass(frozen=True)
class OfConstraint(OfTable):
    """A change of a constraint."""

    constraint: Part


class DropConstraint(OfConstraint):
    """A constraint goes."""


class AddExclusion(OfConstraint):
    """An EXCLUDE constraint is new, or a UNIQUE one WITHOUT OVERLAPS."""


@dataclass(frozen=True)
class AddKey(OfConstraint):
    """A UNIQUE constraint or a PRIMARY KEY is new."""

    nullable: tuple[str, ...] = ()
    """The columns of a primary key that can be NULL so far."""


@dataclass(frozen=True)
class ReplaceKey(OfTable):
    """A UNIQUE constraint or a PRIMARY KEY takes the place of another one."""

    before: Part
    after: Part
    nullable: tuple[str, ...] = ()
    """The columns of a primary key that can be NULL so far."""
    references: tuple[tuple[Table, Part], ...] = ()
    """The foreign keys that need the old one, with their tables; they are made again."""


@dataclass(frozen=True)
class AddChecked(OfConstraint):
    """A constraint is new that can be NOT VALID."""

    is_of_new: bool = False
    """Whether none of its columns was there before."""


class AddForeignKey(AddChecked):
    """A foreign key is new."""


class AddCheck(AddChecked):
    """A CHECK is new."""


@dataclass(frozen=True)
class AddDomainCheck(Change):
    """A CHECK of a domain is new."""

    schema: str
    domain: str
    constraint: Part


@dataclass(frozen=True)
class AddColumn(OfTable):
    """A column is new."""

    column: Column
    rewrites: bool = False
    """Whether PostgreSQL writes the table anew for it, as for a default that is volatile."""
    fill: str = "NULL"
    """The expression for the rows that exist, if the column has no default."""


@dataclass(frozen=True)
class SetNotNull(OfTable):
    """A column must not be NULL any more."""

    column: Column
    fill: str = "NULL"
    """The expression for the rows that have NULL."""
    check: str = ""
    """The name of a CHECK that says so, and stays, if there is one."""


@dataclass(frozen=True)
class DropDefault(OfTable):
    """A required column loses its default."""

    column: Column
    """As it was, with the default."""


@dataclass(frozen=True)
class ChangeType(OfTable):
    """A column gets another type, for which PostgreSQL writes the table anew."""

    before: Column
    after: Column
    using: str
    """The expression that makes the new value of the old one."""
    back: str
    """The expression that makes the old value of the new one, whose name is the same."""
    parts: tuple[Part, ...] = ()
    """The indexes and constraints of the column, as they are to be afterwards."""
    references: tuple[tuple[Table, Part], ...] = ()
    """The foreign keys to it, with their tables; they are made again."""
    sequence: str = ""
    """The name, in SQL, of the sequence that it owns and goes on counting with, if there is one."""


@dataclass(frozen=True)
class RenameColumn(OfTable):
    """A column gets another name."""

    column: Column
    """Under its old name."""
    new: str
    parts: tuple[Part, ...] = ()
    """The indexes and constraints of the column, as they are under the old name."""


@dataclass(frozen=True)
class RenameTable(OfTable):
    """A table gets another name."""

    new: str


@dataclass(frozen=True)
class DropColumn(OfTable):
    """A column goes."""

    column: Column
    fill: str = "NULL"
    """The expression for the rows that exist, if the column comes back and must not be NULL."""
    parts: tuple[Part, ...] = ()
    """The indexes and constraints that go with it."""


@dataclass(frozen=True)
class DropTable(OfTable):
    """A table goes."""

    restore: tuple[str, ...] = ()
    """The lines that make it again, without its rows."""


@dataclass(frozen=True)
class OfEnum(Change):
    """A change of the values of an enum."""

    schema: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class AddEnumValues(OfEnum):
    """An enum gets new values."""

    columns: tuple[tuple[Table, Column], ...] = ()
    """The columns of the type, or of arrays of it."""


@dataclass(frozen=True)
class RemoveEnumValues(OfEnum):
    """An enum loses values, or gets them in another order."""

    columns: tuple[ChangeType, ...] = ()
    """The changes of its columns to a type with the new values, of the name `aside`."""
    defaults: tuple[tuple[Table, Column], ...] = ()
    """The columns of it that have a default in the end."""

    @property
    def aside(self) -> str:
        """The name of the type with the new values while the other one is there."""
        return beside(self.name, "_new")
