"""First models for a database that has none, written by sqlacodegen in the project's style."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic.util import CommandError
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Constraint,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    TextClause,
)
from sqlalchemy.dialects.postgresql.base import PGDialect

from alembic_workflow.catalog.items import read_catalog, tables_of
from alembic_workflow.command_names import command
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.sql.text import without_parameters

_LARGEST = {2**15 - 1, 2**31 - 1, 2**63 - 1}
_STRING = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
# What the database calls a column may break a rule; ruff removes the exceptions that are not used.
_HEADER = "# ruff: noqa: A003, E501, N815\n"


def write_models(environment: Environment, path: Path, base: str, tables: Sequence[str]) -> None:
    """Write the models of these tables, or of all, into a new file.

    Takes the module that defines `Base`, and names such as `posts` and `billing.invoices`. Raises
    CommandError if the file exists, if one of the tables does not, or if there are none.
    """
    if path.exists():
        raise CommandError(f"{path} exists; move it away first.")
    with connect(environment.database().url, environment.service_name) as connection:
        metadata = _reflected(connection, tables)
        text = _HEADER + _generated(connection, metadata, base)
    path.write_text(text, encoding="utf-8")
    print(
        f"{len(metadata.tables)} models are in {path}. Next: read them, then {command('baseline')}."
    )


def _reflected(connection: Connection, tables: Sequence[str]) -> MetaData:
    default = connection.dialect.default_schema_name
    found = {
        (name if schema == default else f"{schema}.{name}"): (schema, name)
        for schema, name in tables_of(read_catalog(connection))
        if not name.startswith("alembic_version")
    }
    if unknown := sorted(set(tables) - found.keys()):
        raise CommandError(f"The database has no table {', '.join(unknown)}.")
    wanted = [found[each] for each in tables or sorted(found)]
    if not wanted:
        raise CommandError("The database has no tables to write models for.")
    metadata = MetaData()
    for schema in sorted({schema for schema, _ in wanted}):
        names = [name for other, name in wanted if other == schema]
        elsewhere = None if schema == default else schema
        metadata.reflect(connection, elsewhere, only=names, resolve_fks=False)
    for table in metadata.tables.values():
        targets = {key.target_fullname.rpartition(".")[0] for key in table.foreign_keys}
        if missing := sorted(targets - metadata.tables.keys()):
            raise CommandError(
                f"{table.fullname} has a foreign key to {' and '.join(missing)}, so name that too: "
                + command("models", tables=",".join([*tables, *missing]))
            )
        for column in table.columns:
            if column.identity is not None:
                _leave_out_defaults(column.identity)
    return metadata


def _leave_out_defaults(identity: Identity) -> None:
    """Leave out what an identity column has anyway, and PostgreSQL spells out."""
    for option in ("start", "increment", "minvalue", "cache"):
        if getattr(identity, option) == 1:
            setattr(identity, option, None)
    if identity.maxvalue in _LARGEST:
        identity.maxvalue = None
    identity.cycle = identity.cycle or None


def _generated(connection: Connection, metadata: MetaData, base: str) -> str:
    # A development package, which a deployed service lacks.
    from sqlacodegen.generators import Base, DeclarativeGenerator, LiteralImport
    from sqlacodegen.models import ColumnAttribute
    from sqlacodegen.utils import render_callable

    class Generator(DeclarativeGenerator):
        """Renders what sqlacodegen leaves out or gets wrong."""

        def generate_base(self) -> None:
            self.base = Base(
                literal_imports=[LiteralImport(base, "Base")],
                declarations=[],
                metadata_ref="Base.metadata",
            )

        def add_literal_import(self, pkgname: str, name: str) -> None:
            is_array = name == "ARRAY"  # of which there are two
            super().add_literal_import(
                "sqlalchemy.dialects.postgresql" if is_array else pkgname, name
            )

        def generate_column_attr_name(
            self, attribute: ColumnAttribute, global_names: set[str], local_names: set[str]
        ) -> None:
            super().generate_column_attr_name(attribute, global_names, local_names)
            if attribute.name == "registry":  # an attribute of Base
                attribute.name += "_"

        def _enum_name_to_class_name(self, enum_name: str) -> str:
            return super()._enum_name_to_class_name(re.sub(r"\W", "_", enum_name))

        def fix_column_types(self, table: Table) -> None:
            """Keep what a sequence gives, unless it is what a serial key has by itself."""
            given = {
                column: column.server_default
                for column in table.columns
                if "nextval(" in str(getattr(column.server_default, "arg", ""))
            }
            super().fix_column_types(table)
            for column, default in given.items():
                if column.default is None and not column.primary_key:
                    name = f"{table.name}_{column.name}_seq"
                    column.default = sqlalchemy.Sequence(name, schema=table.schema)
                if column.default is not None:
                    column.server_default = default
                    column.autoincrement = False

        def render_column(
            self, column: Column[Any], show_name: bool, is_table: bool = False
        ) -> str:
            rendered = super().render_column(column, show_name, is_table)
            # A key that counts is what SQLAlchemy takes for granted of a whole number.
            counts = column.autoincrement is not False or column.server_default is not None
            if [*column.table.primary_key] != [column] or counts or column.foreign_keys:
                return rendered
            return f"{rendered[:-1]}, autoincrement=False)"

        def render_constraint(self, constraint: Constraint | ForeignKey) -> str:
            if isinstance(constraint, CheckConstraint):
                # The naming convention would change a name that is not marked as final.
                self.add_literal_import("sqlalchemy.schema", "conv")
                text = str(getattr(constraint.sqltext, "text", constraint.sqltext))
                name = f"conv({constraint.name!r})"
                return render_callable("CheckConstraint", repr(text), kwargs={"name": name})
            rendered = super().render_constraint(constraint)
            if constraint.dialect_kwargs.get("postgresql_nulls_not_distinct"):
                return f"{rendered[:-1]}, postgresql_nulls_not_distinct=True)"
            return rendered

        def render_index(self, index: Index) -> str:
            self.add_literal_import("sqlalchemy", "text")
            options = {
                key: f"text({value!r})" if key == "postgresql_where" else repr(value)
                for key, value in sorted(index.kwargs.items())
                if value not in ([], {}, None)
            }
            if index.unique:
                options["unique"] = "True"
            elements = map(_index_element, index.expressions)
            return render_callable("Index", repr(index.name), *elements, kwargs=options)

    source = Generator(metadata, connection, []).generate()
    # The metadata of Base is the one that counts.
    return _without_parameters(source.replace(", metadata=MetaData()", ""))


def _index_element(element: object) -> str:
    if isinstance(element, Column):
        return repr(element.name)
    if isinstance(element, TextClause):
        return f"text({element.text!r})"
    dialect = PGDialect()  # type: ignore[no-untyped-call]
    compiler: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
    return f"text({compiler.sql_compiler.process(element, include_table=False)!r})"


def _without_parameters(source: str) -> str:
    """Return the source of the models with each :name in SQL marked as no parameter."""

    def marked(match: re.Match[str]) -> str:
        return f"{match[1]}({without_parameters(ast.literal_eval(match[2]))!r}"

    return re.sub(rf"\b(text|Computed|CheckConstraint)\(({_STRING})", marked, source)
