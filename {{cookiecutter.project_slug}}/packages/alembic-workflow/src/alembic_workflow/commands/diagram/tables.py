"""The tables of the models, with their keys, as an entity relationship diagram."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Column, Enum, ForeignKeyConstraint, MetaData, Table, UniqueConstraint

from alembic_workflow.commands.diagram.mermaid import LARGEST, block, quoted, word
from alembic_workflow.sql.identifiers import DIALECT


def tables_diagram(metadata: Sequence[MetaData]) -> str:
    """Return the diagram: with all columns, or if Mermaid does not draw so much, with fewer."""
    tables = [table for part in metadata for _, table in sorted(part.tables.items())]
    if not tables:
        return "There is no table yet."
    whole = block("erDiagram", _lines(tables, {True, False}))
    if len(whole) <= LARGEST:
        return whole
    keys = block("erDiagram", _lines(tables, {True}))
    if len(keys) <= LARGEST:
        return f"Only columns of keys are drawn: Mermaid does not take all.\n\n{keys}"
    names = block("erDiagram", _lines(tables, set()))
    return f"Only names of tables are drawn: Mermaid does not take all columns.\n\n{names}"


def _lines(tables: Sequence[Table], drawn: set[bool]) -> Iterator[str]:
    """Yield the tables, with columns that are part of a key, or not, or both; then the keys."""
    for table in tables:
        yield f"{quoted(table.fullname)} " + "{"
        for column in table.columns:
            keys = _keys(column)
            if bool(keys) in drawn:
                yield f"  {_attribute(column, keys)}"
        yield "}"
    for table in tables:
        yield from sorted(_relation(table, each) for each in table.foreign_key_constraints)


def _attribute(column: Column[object], keys: Sequence[str]) -> str:
    kind = column.type.compile(DIALECT)
    kind = kind.lower() if kind.isupper() else kind
    written, name = word(kind), word(column.name)
    notes = [
        *([column.name] if name != column.name else []),
        *([kind] if written.replace("_", " ") not in (kind, kind.replace("_", " ")) else []),
        *(["null"] if column.nullable else []),
        *([", ".join(column.type.enums)] if isinstance(column.type, Enum) else []),
    ]
    note = [quoted("; ".join(notes))] if notes else []
    return " ".join([written, name, *([", ".join(keys)] if keys else []), *note])


def _keys(column: Column[object]) -> list[str]:
    is_key = {
        "PK": column.primary_key,
        "FK": bool(column.foreign_keys),
        "UK": any(column.name in key for key in _unique_keys(column.table)),
    }
    return [key for key, value in is_key.items() if value]


def _unique_keys(table: Table) -> Iterator[set[str]]:
    """Yield the columns of each unique constraint, and of each unique index of all rows."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield {column.name for column in constraint.columns}
    for index in table.indexes:
        of_all_rows = index.dialect_options["postgresql"]["where"] is None
        columns = [each.name for each in index.expressions if isinstance(each, Column)]
        if index.unique and of_all_rows and len(columns) == len(index.expressions):
            yield set(columns)


def _relation(table: Table, key: ForeignKeyConstraint) -> str:
    """Return the line from the referred table: to one row, or none, there is one here, or many."""
    columns = {column.name for column in key.columns}
    unique = [{column.name for column in table.primary_key}, *_unique_keys(table)]
    here = "o|" if any(each and each <= columns for each in unique) else "o{"
    there = "|o" if any(column.nullable for column in key.columns) else "||"
    referred, _, _ = key.elements[0].target_fullname.rpartition(".")
    ends = f"{quoted(referred)} {there}--{here} {quoted(table.fullname)}"
    return f"{ends} : {quoted(', '.join(column.name for column in key.columns))}"
