"""The source of one class for each table of a catalog."""

from collections.abc import Iterable, Sequence

from alembic_workflow.autogenerate.comparison.agreement import table_options
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import creation, parents, table_words
from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.commands.model_source.classes import Column, class_source, table_source
from alembic_workflow.commands.model_source.columns import column_arguments
from alembic_workflow.commands.model_source.head import unsaid
from alembic_workflow.commands.model_source.imports import Imports, class_name, table_name
from alembic_workflow.commands.model_source.parsing import key_columns, unquoted
from alembic_workflow.commands.model_source.rules import Rules, statement
from alembic_workflow.commands.model_source.sequences import Sequences
from alembic_workflow.commands.model_source.type_names import OTHER
from alembic_workflow.commands.model_source.types import Types
from alembic_workflow.sql.identifiers import name


def model_source(
    catalog: Catalog, extras: Sequence[Extra], tables: Iterable[Item], base: str, schema: str
) -> str:
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
    head = list(unsaid(catalog, extras, tables))
    parts = [
        "\n".join(f"# {line}" for line in head),
        imports.source(),
        OTHER if writer.types.uses_other else "",
        *writer.classes,
        *writer.statements(),
    ]
    return "\n\n\n".join(part for part in parts if part) + "\n"


class _Writer:
    def __init__(self, catalog: Catalog, imports: Imports, schema: str) -> None:
        self._catalog = catalog
        self._imports = imports
        self._default_schema = schema
        self._rules = Rules(imports, schema)
        self._sequences = Sequences(catalog)
        self._parts: dict[Item | None, list[tuple[Item, str]]] = {}
        for item, text in catalog.items():
            self._parts.setdefault(item.parent, []).append((item, text))
        self._taken: set[str] = set()
        self._targets: dict[tuple[str, str], str] = {}
        self._children: list[tuple[str, list[tuple[str, str]]]] = []
        self._listeners: list[str] = []
        self.types = Types(catalog, imports, schema)
        self.classes: list[str] = []

    def write(self, table: Item) -> None:
        """Add the class of a table, and the statements that it needs."""
        parts = self._parts.get(table, [])
        keys = next(
            (key_columns(t) for i, t in parts if i.kind == "constraint" and "PRIMARY KEY (" in t),
            [],
        )
        rules, statements = self._written_rules(parts)
        is_said = any(rule.startswith("PrimaryKeyConstraint(") for rule in rules)
        comments = {item.name: text for item, text in parts if item.kind == "comment on column"}
        columns: list[Column] = []
        for item, text in parts:
            if item.kind != "column":
                continue
            column = column_text(text)
            counts = is_said and self._sequences.counts(item, column, keys)
            statements += [] if counts else self._sequences.of_column(item, text)
            if column.is_unvalidated:
                of_table = f"ALTER TABLE {name(item.schema, item.table)}"
                statements.append(f"{of_table} ADD NOT NULL {name(item.name)} NOT VALID")
            annotation, arguments = column_arguments(
                column,
                self.types,
                self._imports,
                is_key=is_said and item.name in keys,
                counts=counts,
            )
            if item.name in comments:
                arguments.append(f"comment={unquoted(comments[item.name])!r}")
            columns.append(Column(item.name, annotation, ", ".join(arguments)))
        target = self._add(table, columns, rules, [] if is_said else keys, is_mapped=bool(keys))
        for each in statements:
            # The table to which a foreign key points may be made later.
            is_late = " FOREIGN KEY (" in each or each.startswith("COMMENT ON CONSTRAINT")
            self._listen("Base.metadata" if is_late else target, "after_create", each)

    def _add(
        self,
        table: Item,
        columns: Sequence[Column],
        rules: Sequence[str],
        keys: Sequence[str],
        *,
        is_mapped: bool,
    ) -> str:
        """Add what stands for the table, and return the name that it has in the file."""
        options = self._options(table)
        if is_mapped:
            written = class_name(table.name, self._taken)
            source = class_source(written, table.name, columns, rules, options, keys)
            target = f"{written}.__table__"
        else:
            target = table_name(table.name, self._taken)
            source = table_source(target, table.name, columns, rules, options)
        self.classes.append(source)
        self._targets[table.schema, table.name] = target
        found = parents(self._catalog[table])
        if "postgresql_inherits" in options:
            self._children.append((target, found))
        else:
            for parent in found:
                inherit = f"ALTER TABLE {name(table.schema, table.name)} INHERIT {name(*parent)}"
                self._listen("Base.metadata", "after_create", inherit)
        return target

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

    def _options(self, table: Item) -> dict[str, object]:
        definition = self._catalog[table]
        words = table_words(definition)
        options: dict[str, object] = dict(table_options(definition))
        if table.schema != self._default_schema:
            options["schema"] = table.schema
        if words.prefix:
            options["prefixes"] = [words.prefix.strip()]
        comment = Item("comment on table", table.schema, table.name, "")
        if comment in self._catalog:
            options["comment"] = unquoted(self._catalog[comment])
        return options

    def _listen(self, target: str, when: str, sql: str) -> None:
        made = sql.replace("%", "%%")
        self._listeners.append(f"event.listen({target}, {when!r}, DDL({made!r}))")

    def statements(self) -> list[str]:
        """Return what runs when the tables are created, and what says in which order they are."""
        order = [
            f"{target}.add_is_dependent_on({self._targets[parent]})"
            for target, found in self._children
            for parent in found
            if parent in self._targets
        ]
        late, self._listeners = self._listeners, []
        for each in self._sequences.statements():
            self._listen("Base.metadata", "before_create", each)
        return [*self._listeners, *order, *late]
