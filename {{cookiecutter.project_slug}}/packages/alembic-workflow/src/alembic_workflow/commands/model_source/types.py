"""Types as a model writes them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from alembic_workflow.autogenerate.changes.enums import values
from alembic_workflow.catalog.items import Item
from alembic_workflow.commands.model_source.imports import Imports
from alembic_workflow.commands.model_source.parsing import enclosed
from alembic_workflow.sql.identifiers import dotted, plain
from alembic_workflow.sql.text import without_parameters

OTHER = '''class OtherType(UserDefinedType[Any]):
    """A type of PostgreSQL that SQLAlchemy does not know, by the name that it has there."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return what SQLAlchemy writes into a statement."""
        return self.name
'''
_SIMPLE = {
    "bigint": ("BigInteger", "int"),
    "boolean": ("Boolean", "bool"),
    "bytea": ("LargeBinary", "bytes"),
    "date": ("Date", "date"),
    "double precision": ("Double", "float"),
    "integer": ("Integer", "int"),
    "interval": ("Interval", "timedelta"),
    "real": ("REAL", "float"),
    "smallint": ("SmallInteger", "int"),
    "text": ("Text", "str"),
    "uuid": ("Uuid", "UUID"),
    "timestamp with time zone": ("DateTime(timezone=True)", "datetime"),
    "timestamp without time zone": ("DateTime", "datetime"),
    "time without time zone": ("Time", "time"),
    "numeric": ("Numeric", "Decimal"),
    "character varying": ("String", "str"),
}
_DIALECT = {
    name.lower(): name
    for name in (
        *("JSON", "JSONB", "INET", "CIDR", "MACADDR", "MACADDR8", "MONEY", "OID", "TSVECTOR"),
        *("INT4RANGE", "INT8RANGE", "NUMRANGE", "DATERANGE", "TSRANGE", "TSTZRANGE"),
        *("INT4MULTIRANGE", "INT8MULTIRANGE", "NUMMULTIRANGE", "DATEMULTIRANGE", "TSMULTIRANGE"),
        *("TSTZMULTIRANGE",),
    )
}
_WITH_ARGUMENTS = {
    "character varying": ("String", "str"),
    "character": ("CHAR", "str"),
    "numeric": ("Numeric", "Decimal"),
}
_MODULES = {
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
    "Decimal": "decimal",
    "UUID": "uuid",
    "Any": "typing",
}
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
        module = _MODULES.get(found.annotation)
        if module is not None:
            self._imports.use(module, found.annotation)
        return found

    def _of(self, text: str, collation: str) -> PythonType:
        if text.endswith("[]"):
            element = self._of(text.removesuffix("[]"), collation)
            if element.annotation != "Any":
                self._imports.use(_MODULES.get(element.annotation, ""), element.annotation)
            self._imports.modules.pop("", None)
            return PythonType(
                f"{self._imports.pg('ARRAY')}({element.source})", f"list[{element.annotation}]"
            )
        match = re.fullmatch(r"([a-z ]+)\((\d+(?:,\d+)?)\)", text)
        name, arguments = (match[1], match[2].replace(",", ", ")) if match else (text, "")
        simple = _WITH_ARGUMENTS.get(name) if arguments else _SIMPLE.get(name)
        if collation:
            parts = dotted(collation)
            is_found = parts[0] in ("pg_catalog", self._default_schema) or len(parts) == 1
            if simple is None or simple[1] != "str" or not is_found:
                return self._other(f"{text} COLLATE {collation}")
            arguments = ", ".join(filter(None, (arguments, f"collation={parts[-1]!r}")))
        if simple is not None:
            source, annotation = simple
            self._imports.sa(source.partition("(")[0])
            return PythonType(source + (f"({arguments})" if arguments else ""), annotation)
        if text in _DIALECT:
            return PythonType(self._imports.pg(_DIALECT[text]), "Any")
        parts = dotted(text)
        item, definition = self._named.get((parts[0], parts[-1]), (None, ""))
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
