"""Types as a model writes them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from alembic_workflow.autogenerate.changes.enums import values
from alembic_workflow.catalog.items import Item
from alembic_workflow.commands.model_source.words.imports import Imports
from alembic_workflow.commands.model_source.words.parsing import enclosed
from alembic_workflow.commands.model_source.words.type_names import (
    ANNOTATIONS,
    MODULES,
    POSTGRESQL_TYPES,
)
from alembic_workflow.sql.identifiers import dotted, is_of_server, plain
from alembic_workflow.sql.text import without_parameters
from alembic_workflow.sql.type_names import sqlalchemy_type

_DOMAIN = re.compile(
    r"(?P<base>[^\"']+?)(?P<required> NOT NULL)?"
    r"(?: CONSTRAINT (?P<name>\"(?:[^\"]|\"\")+\"|\w+) CHECK (?P<check>\(.*\)))?",
    re.DOTALL,
)


class PythonType(NamedTuple):
    """A type in a model."""

    source: str
    annotation: str


class Types:
    """Writes types, and remembers what the file needs for them."""

    def __init__(self, catalog: Mapping[Item, str], imports: Imports, schema: str) -> None:
        """Take the catalog, which has the enums and domains, and the default schema."""
        self._default_schema = schema
        self._imports = imports
        self._named = {
            (item.schema, item.name): (item, text)
            for item, text in catalog.items()
            if item.kind in ("enum", "domain")
        }
        self.uses_other = False

    def python_type(self, text: str) -> PythonType:
        """Return a type as a model writes it; takes it as the catalog has it."""
        base, _, collation = text.partition(" COLLATE ")
        found = self._of(base, collation)
        module = MODULES.get(found.annotation)
        if module is not None:
            self._imports.use(module, found.annotation)
        return found

    def _of(self, text: str, collation: str) -> PythonType:
        if text.endswith("[]"):
            element = self._of(text.removesuffix("[]"), collation)
            if element.annotation != "Any":
                self._imports.use(MODULES.get(element.annotation, ""), element.annotation)
            self._imports.modules.pop("", None)
            return PythonType(
                f"{self._imports.pg('ARRAY')}({element.source})", f"list[{element.annotation}]"
            )
        source = sqlalchemy_type(text) or ""
        name, _, arguments = source.removesuffix(")").partition("(")
        annotation = ANNOTATIONS.get(name)
        if collation:
            parts = dotted(collation)
            is_found = parts[0] in ("pg_catalog", self._default_schema) or len(parts) == 1
            if annotation != "str" or not is_found:
                return self._other(f"{text} COLLATE {collation}")
            arguments = ", ".join(filter(None, (arguments, f"collation={parts[-1]!r}")))
        if annotation is not None:
            self._imports.sa(name)
            return PythonType(name + (f"({arguments})" if arguments else ""), annotation)
        if text in POSTGRESQL_TYPES:
            return PythonType(self._imports.pg(POSTGRESQL_TYPES[text]), "Any")
        parts = dotted(text)
        item, definition = self._named.get((parts[0], parts[-1]), (None, ""))
        if item is not None and not self._schema(item) and is_of_server(item.name):
            return self._other(text)  # SQLAlchemy would take it for the one of the server
        if item is not None and item.kind == "enum":
            return self._enum(item, definition)
        if item is not None:
            return self._domain(item, definition) or self._other(text)
        return self._other(text)

    def _enum(self, item: Item, definition: str) -> PythonType:
        labels = [repr(value) for value in values(definition)]
        options = [f"name={item.name!r}", *self._schema(item)]
        return PythonType(f"{self._imports.sa('Enum')}({', '.join(labels + options)})", "str")

    def _domain(self, item: Item, definition: str) -> PythonType | None:
        match = _DOMAIN.fullmatch(definition)
        if match is None or " CONSTRAINT " in (match["base"]) or " DEFAULT " in match["base"]:
            return None
        base = self._of(match["base"], "")
        options = [repr(item.name), base.source, *self._schema(item)]
        if match["required"] and match["check"]:
            return None  # SQLAlchemy gives the name of the second to the first
        if match["required"]:
            options.append("not_null=True")
        if match["check"]:
            check, rest = enclosed(match["check"])
            if rest:
                return None
            options.append(f"check={without_parameters(check)!r}")
            options.append(f"constraint_name={plain(match['name'])!r}")
        return PythonType(f"{self._imports.pg('DOMAIN')}({', '.join(options)})", base.annotation)

    def _other(self, text: str) -> PythonType:
        self.uses_other = True
        self._imports.use("typing", "Any")
        self._imports.use("sqlalchemy.types", "UserDefinedType")
        return PythonType(f"OtherType({text!r})", "Any")

    def _schema(self, item: Item) -> list[str]:
        return [] if item.schema == self._default_schema else [f"schema={item.schema!r}"]
