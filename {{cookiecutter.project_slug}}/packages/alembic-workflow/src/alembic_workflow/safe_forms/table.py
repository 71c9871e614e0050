"""Tables, and what they have, by plain names and in PostgreSQL's words."""

from dataclasses import dataclass

from alembic_workflow.sql.identifiers import is_left_out, name

TableName = tuple[str, str]
"""Schema and name."""


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
