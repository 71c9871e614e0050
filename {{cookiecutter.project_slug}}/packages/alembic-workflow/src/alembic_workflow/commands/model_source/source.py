"""The source of one class for each table of a catalog."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alembic_workflow.autogenerate.comparison.agreement import table_options
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import creation, table_words
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.commands.model_source.columns import (
    column_arguments,
    counts_by_itself,
    sequence_of,
)
from alembic_workflow.commands.model_source.head import unsaid
from alembic_workflow.commands.model_source.imports import Imports, attribute, class_name
from alembic_workflow.commands.model_source.parsing import enclosed, names, unquoted
from alembic_workflow.commands.model_source.rules import Rules, statement
from alembic_workflow.commands.model_source.type_names import OTHER
from alembic_workflow.commands.model_source.types import Types
from alembic_workflow.sql.identifiers import dotted, name


@dataclass
class File:
    """The parts of the file."""

    classes: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    """A statement that runs when the tables are created, for what no class can say."""
    sequences: set[Item] = field(default_factory=set)


def model_source(catalog: Catalog, tables: Iterable[Item], base: str, schema: str) -> str:
    """Return the source of one class for each table.

    Takes the module that defines `Base`, and the schema of what is named without one.
    """
    tables = list(tables)
    imports = Imports()
    imports.use(base, "Base")
    imports.use("typing", "Any")
    for common in ("Mapped", "mapped_column"):
        imports.use("sqlalchemy.orm", common)
    for common in ("Column", "DDL", "Table", "event", "text"):
        imports.sa(common)
    writer = _Writer(catalog, imports, schema)
    for table in tables:
        writer.write(table)
    head = list(unsaid(catalog, tables))
    parts = [
        "\n".join(f"# {line}" for line in head),
        imports.source(),
        OTHER if writer.types.uses_other else "",
        *writer.file.classes,
        *writer.file.statements,
    ]
    return "\n\n\n".join(part for part in parts if part) + "\n"


class _Writer:
    def __init__(self, catalog: Catalog, imports: Imports, schema: str) -> None:
        self._catalog = catalog
        self._imports = imports
        self._default_schema = schema
        self._rules = Rules(imports, schema)
        self._parts: dict[Item | None, list[tuple[Item, str]]] = {}
        for item, text in catalog.items():
            self._parts.setdefault(item.parent, []).append((item, text))
        self._class_names: set[str] = set()
        self.types = Types(catalog, imports, schema)
        self.file = File()

    def write(self, table: Item) -> None:
        """Add the class of a table, and the statements that it needs."""
        parts = self._parts.get(table, [])
        key = next((t for i, t in parts if i.kind == "constraint" and "PRIMARY KEY (" in t), "")
        keys = names(enclosed(key.removeprefix("PRIMARY KEY "))[0]) if key else []
        rules, statements = self._written_rules(parts)
        options = self._options(table, parts)
        comments = {item.name: text for item, text in parts if item.kind == "comment on column"}
        columns: list[tuple[str, str, str]] = []
        for item, text in parts:
            if item.kind != "column":
                continue
            statements += self._sequence(item, text, keys)
            annotation, arguments = column_arguments(
                item, column_text(text), self.types, self._imports, keys, self._catalog
            )
            if item.name in comments:
                arguments.append(f"comment={unquoted(comments[item.name])!r}")
            columns.append((item.name, annotation, ", ".join(arguments)))
        if keys:
            target = self._class(table, columns, rules, options)
        else:
            target = self._table(table, columns, rules, options)
        for each in statements:
            # The table to which a foreign key points may be made later.
            is_late = " FOREIGN KEY (" in each or each.startswith("COMMENT ON CONSTRAINT")
            when = "Base.metadata" if is_late else target
            self.file.statements.append(
                f'event.listen({when}, "after_create", DDL({each.replace("%", "%%")!r}))'
            )

    def _written_rules(self, parts: Iterable[tuple[Item, str]]) -> tuple[list[str], list[str]]:
        rules, statements = [], []
        for item, text in parts:
            if item.kind in ("constraint", "index"):
                written = self._rules.source(item, text)
                if written is None:
                    statements.append(statement(item, text))
                else:
                    rules.append(written)
        comments = [(i, t) for i, t in parts if i.kind == "comment on constraint"]
        return rules, [*statements, *(creation(item, text) for item, text in comments)]

    def _options(self, table: Item, parts: Iterable[tuple[Item, str]]) -> dict[str, object]:
        definition = self._catalog[table]
        words = table_words(definition)
        options: dict[str, object] = dict(table_options(definition))
        if table.schema != self._default_schema:
            options["schema"] = table.schema
        if words.prefix:
            options["prefixes"] = [words.prefix.strip()]
        comment = [text for item, text in parts if item.kind == "comment on table"]
        if comment:
            options["comment"] = unquoted(comment[0])
        return options

    def _sequence(self, column: Item, text: str, keys: list[str]) -> list[str]:
        """Have the sequence made that a default needs, unless it is a serial key's own."""
        default = column_text(text)
        if not default.is_serial or counts_by_itself(column, default, keys, self._catalog):
            return []
        found = sequence_of(default.default or "", self._catalog)
        if found is None:
            return []
        item, options, owner = found
        target = name(item.schema, item.name)
        if item not in self.file.sequences:
            self.file.sequences.add(item)
            made = f"CREATE SEQUENCE IF NOT EXISTS {target} {options}".replace("%", "%%")
            self.file.statements.insert(
                0, f'event.listen(Base.metadata, "before_create", DDL({made!r}))'
            )
        if dotted(owner) == [column.schema, column.table, column.name]:
            return [f"ALTER SEQUENCE {target} OWNED BY {owner}"]
        return []

    def _class(
        self,
        table: Item,
        columns: Iterable[tuple[str, str, str]],
        rules: Iterable[str],
        options: Mapping[str, object],
    ) -> str:
        taken: set[str] = set()
        target = class_name(table.name, self._class_names)
        arguments = [f"        {rule}," for rule in rules]
        if options:
            arguments.append(f"        {dict(options)!r},")
        lines = [f"class {target}(Base):", f"    __tablename__ = {table.name!r}"]
        lines += ["    __table_args__ = (", *arguments, "    )", ""] if arguments else [""]
        for column, annotation, source in columns:
            own = attribute(column, taken)
            first = "" if own == column else f"{column!r}, "
            lines.append(f"    {own}: Mapped[{annotation}] = mapped_column({first}{source})")
        self.file.classes.append("\n".join(lines))
        return f"{target}.__table__"

    def _table(
        self,
        table: Item,
        columns: Iterable[tuple[str, str, str]],
        rules: Iterable[str],
        options: Mapping[str, object],
    ) -> str:
        """A table without a key cannot be mapped."""
        target = "t_" + "_".join(class_name(table.name, self._class_names).split()).lower()
        lines = [f"{target} = Table(", f"    {table.name!r},", "    Base.metadata,"]
        lines += [f"    Column({column!r}, {source})," for column, _, source in columns]
        lines += [f"    {rule}," for rule in rules]
        lines += [f"    {key}={value!r}," for key, value in options.items()]
        self.file.classes.append("\n".join([*lines, ")"]))
        return target
