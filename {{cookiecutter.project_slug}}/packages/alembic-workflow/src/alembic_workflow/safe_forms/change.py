"""Changes of a table that is in use, with all that the catalog knows and their safe form needs."""

from dataclasses import dataclass

from alembic_workflow.sql.identifiers import beside, is_left_out, name


@dataclass(frozen=True)
class Table:
    """A table by its plain names."""

    schema: str
    name: str
    is_partitioned: bool = False
    key: tuple[str, ...] = ()
    """The columns of its primary key."""

    @property
    def sql(self) -> str:
        """Its name as SQL has it."""
        return name(self.schema, self.name)

    @property
    def keyword(self) -> str:
        """The argument that names its schema in a call of Python, if one has to."""
        return "" if is_left_out(self.schema) else f", schema={self.schema!r}"


@dataclass(frozen=True)
class Part:
    """A constraint or an index of a table, by its plain name, as PostgreSQL prints it."""

    name: str
    definition: str


@dataclass(frozen=True)
class Column:
    """A column by its plain name; all texts are as PostgreSQL prints them."""

    name: str
    type: str
    """With its collation."""
    is_required: bool = False
    default: str | None = None
    generated: str = ""
    """The words that make it a generated or an identity column, or nothing."""

    @property
    def sql(self) -> str:
        """Its name as SQL has it."""
        return name(self.name)

    @property
    def definition(self) -> str:
        """The words after its name in ADD COLUMN."""
        parts = [self.type]
        parts += ["NOT NULL"] if self.is_required else []
        parts += [f"DEFAULT {self.default}"] if self.default is not None else []
        parts += [self.generated] if self.generated else []
        return " ".join(parts)


@dataclass(frozen=True)
class AddIndex:
    """An index is new."""

    table: Table
    index: Part


@dataclass(frozen=True)
class DropIndex:
    """An index goes."""

    table: Table
    index: Part


@dataclass(frozen=True)
class ReplaceIndex:
    """An index gets another definition and keeps its name."""

    table: Table
    before: Part
    after: Part


@dataclass(frozen=True)
class AddKey:
    """A UNIQUE constraint or a PRIMARY KEY is new."""

    table: Table
    constraint: Part
    nullable: tuple[str, ...] = ()
    """The columns of a primary key that can be NULL so far."""


@dataclass(frozen=True)
class ReplaceKey:
    """A UNIQUE constraint or a PRIMARY KEY takes the place of another one."""

    table: Table
    before: Part
    after: Part
    nullable: tuple[str, ...] = ()
    """The columns of a primary key that can be NULL so far."""
    references: tuple[tuple[Table, Part], ...] = ()
    """The foreign keys that need the old one, with their tables; they are made again."""


@dataclass(frozen=True)
class DropConstraint:
    """A constraint goes."""

    table: Table
    constraint: Part


@dataclass(frozen=True)
class AddForeignKey:
    """A foreign key is new."""

    table: Table
    constraint: Part


@dataclass(frozen=True)
class AddCheck:
    """A CHECK is new."""

    table: Table
    constraint: Part


@dataclass(frozen=True)
class AddExclusion:
    """An EXCLUDE constraint is new, or a UNIQUE one WITHOUT OVERLAPS."""

    table: Table
    constraint: Part


@dataclass(frozen=True)
class AddDomainCheck:
    """A CHECK of a domain is new."""

    schema: str
    domain: str
    constraint: Part


@dataclass(frozen=True)
class AddColumn:
    """A column is new."""

    table: Table
    column: Column
    rewrites: bool = False
    """Whether PostgreSQL writes the table anew for it, as for a default that is volatile."""
    fill: str = "NULL"
    """The expression for the rows that exist, if the column has no default."""


@dataclass(frozen=True)
class SetNotNull:
    """A column must not be NULL any more."""

    table: Table
    column: Column
    fill: str = "NULL"
    """The expression for the rows that have NULL."""
    check: str = ""
    """The name of a CHECK that says so, and stays, if there is one."""


@dataclass(frozen=True)
class DropDefault:
    """A required column loses its default."""

    table: Table
    column: Column
    """As it was, with the default."""


@dataclass(frozen=True)
class ChangeType:
    """A column gets another type, for which PostgreSQL writes the table anew."""

    table: Table
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


@dataclass(frozen=True)
class RenameColumn:
    """A column gets another name."""

    table: Table
    column: Column
    """Under its old name."""
    new: str
    parts: tuple[Part, ...] = ()
    """The indexes and constraints of the column, as they are under the old name."""


@dataclass(frozen=True)
class RenameTable:
    """A table gets another name."""

    table: Table
    """Under its old name."""
    new: str


@dataclass(frozen=True)
class DropColumn:
    """A column goes."""

    table: Table
    column: Column
    fill: str = "NULL"
    """The expression for the rows that exist, if the column comes back and must not be NULL."""
    parts: tuple[Part, ...] = ()
    """The indexes and constraints that go with it."""


@dataclass(frozen=True)
class DropTable:
    """A table goes."""

    table: Table
    restore: tuple[str, ...] = ()
    """The lines that make it again, without its rows."""


@dataclass(frozen=True)
class AddEnumValues:
    """An enum gets new values."""

    schema: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    columns: tuple[tuple[Table, Column], ...] = ()
    """The columns of the type, or of arrays of it."""


@dataclass(frozen=True)
class RemoveEnumValues:
    """An enum loses values, or gets them in another order."""

    schema: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    columns: tuple[ChangeType, ...] = ()
    """The changes of its columns to a type with the new values, of the name `aside`."""
    defaults: tuple[tuple[Table, Column], ...] = ()
    """The columns of it that have a default in the end."""

    @property
    def aside(self) -> str:
        """The name of the type with the new values while the other one is there."""
        return beside(self.name, "_new")


Change = (
    AddIndex
    | DropIndex
    | ReplaceIndex
    | AddKey
    | ReplaceKey
    | DropConstraint
    | AddForeignKey
    | AddCheck
    | AddExclusion
    | AddDomainCheck
    | AddColumn
    | SetNotNull
    | DropDefault
    | ChangeType
    | RenameColumn
    | RenameTable
    | DropColumn
    | DropTable
    | AddEnumValues
    | RemoveEnumValues
)
