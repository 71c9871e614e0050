"""The source of a class, or of a table that cannot be mapped."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from alembic_workflow.commands.model_source.imports import attribute


class Column(NamedTuple):
    """A column of a class."""

    name: str
    annotation: str
    source: str
    """The arguments of `mapped_column`."""


def class_source(
    target: str,
    table: str,
    columns: Iterable[Column],
    rules: Iterable[str],
    options: Mapping[str, object],
    keys: Sequence[str],
) -> str:
    """Return the source of a class with this name.

    Takes the columns that identify a row, if no rule of the class says it.
    """
    taken: set[str] = set()
    arguments = [f"        {rule}," for rule in rules]
    if options:
        arguments.append(f"        {dict(options)!r},")
    lines = [f"class {target}(Base):", f"    __tablename__ = {table!r}"]
    lines += ["    __table_args__ = (", *arguments, "    )"] if arguments else []
    attributes = {column.name: attribute(column.name, taken) for column in columns}
    if keys:
        mapper = {"primary_key": [attributes[key] for key in keys]}
        lines.append(f"    __mapper_args__ = {mapper!r}")
    lines.append("")
    for name, annotation, source in columns:
        own = attributes[name]
        first = "" if own == name else f"{name!r}, "
        lines.append(f"    {own}: Mapped[{annotation}] = mapped_column({first}{source})")
    return "\n".join(lines)


def table_source(
    target: str,
    table: str,
    columns: Iterable[Column],
    rules: Iterable[str],
    options: Mapping[str, object],
) -> str:
    """Return the source of a table without a key, which cannot be mapped."""
    lines = [f"{target} = Table(", f"    {table!r},", "    Base.metadata,"]
    lines += [f"    Column({column.name!r}, {column.source})," for column in columns]
    lines += [f"    {rule}," for rule in rules]
    lines += [f"    {key}={value!r}," for key, value in options.items()]
    return "\n".join([*lines, ")"])
