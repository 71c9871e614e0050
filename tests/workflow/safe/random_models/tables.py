"""Tables of random models, and their source."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

Enums = Mapping[str, Sequence[str]]
"""The labels of each."""
SCHEMAS = {"level": "", "mood": "other"}


@dataclass(frozen=True)
class Col:
    """A column."""

    kind: str
    required: bool = False
    default: str = ""
    extra: str = ""
    """The rest of its definition, such as a foreign key."""
    comment: str = ""


@dataclass(frozen=True)
class Part:
    """A constraint or an index."""

    source: str
    """As an argument of the table."""
    columns: tuple[str, ...]


@dataclass
class Tab:
    """A table; its first columns are its key, of which nothing else is in `columns`."""

    name: str
    schema: str = ""
    key: tuple[str, ...] = ("    id: Mapped[IdentityKey]",)
    columns: dict[str, Col] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """Its name in SQL."""
        own = self.name if self.name.isidentifier() else f'"{self.name}"'
        return f"{self.schema}.{own}" if self.schema else own

    @property
    def path(self) -> str:
        """Its name as models refer to it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def first(self) -> str:
        """The first column of its key."""
        return self.key[0].split()[0].removesuffix(":")

    @property
    def is_partitioned(self) -> bool:
        """Whether it has partitions."""
        return "postgresql_partition_by" in self.options

    def copy(self) -> "Tab":
        return replace(
            self,
            columns=dict(self.columns),
            parts=dict(self.parts),
            options=dict(self.options),
        )


def source(tables: Sequence[Tab], enums: Enums) -> str:
    """Return the module of the models."""
    lines = [
        f"{name} = sa.Enum(*{list(labels)!r}, name={name!r}, schema={SCHEMAS[name] or None!r})"
        for name, labels in enums.items()
    ]
    for table in tables:
        lines += ["", "", f"class {re.sub(r'[^a-zA-Z0-9]', '', table.name.title())}(Base):"]
        lines.append(f"    __tablename__ = {table.name!r}")
        options = table.options | ({"schema": table.schema} if table.schema else {})
        parts = "".join(f"{part.source}, " for part in table.parts.values())
        lines.append(f"    __table_args__ = ({parts}{options!r})")
        lines += [*table.key, *_columns(table)]
    return "\n".join([*lines, ""])


def _columns(table: Tab) -> Iterator[str]:
    for number, (name, each) in enumerate(table.columns.items()):
        pieces = [repr(name), each.kind]
        pieces += [each.extra] if each.extra else []
        pieces.append(f"nullable={not each.required}")
        pieces += [f"server_default=sa.text({each.default!r})"] if each.default else []
        pieces += [f"comment={each.comment!r}"] if each.comment else []
        yield f"    c{number}: Mapped[Any] = mapped_column({', '.join(pieces)})"
