"""The imports of the file, and the names that its classes must leave alone."""

import keyword
import re
from dataclasses import dataclass, field

import sqlalchemy
from sqlalchemy.dialects import postgresql

_BUILTINS = {"bool", "bytes", "float", "int", "list", "str", "object", "type"}
_OF_BASE = {"metadata", "registry", "type_annotation_map"}
_PYTHON = {"Any", "Decimal", "UUID", "date", "datetime", "time", "timedelta"}
_OF_FILE = {"Base", "Mapped", "OtherType", "conv", "event", "mapped_column", "text"}
_OF_SQLALCHEMY = {each for each in (*dir(sqlalchemy), *dir(postgresql)) if each[0].isupper()}
# A class may have a column that is called like what a later line means.
_RESERVED = _BUILTINS | _OF_BASE | _PYTHON | _OF_FILE | _OF_SQLALCHEMY | {"UserDefinedType"}


@dataclass
class Imports:
    """Collects what the file imports."""

    modules: dict[str, set[str]] = field(default_factory=dict)

    def use(self, module: str, name: str) -> str:
        """Import the name, and return it."""
        self.modules.setdefault(module, set()).add(name)
        return name

    def sa(self, name: str) -> str:
        """Import a name of SQLAlchemy."""
        return self.use("sqlalchemy", name)

    def pg(self, name: str) -> str:
        """Import a name of SQLAlchemy's dialect."""
        return self.use("sqlalchemy.dialects.postgresql", name)

    def source(self) -> str:
        """Return the statements."""
        return "\n".join(
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self.modules.items())
        )


def attribute(name: str, taken: set[str]) -> str:
    """Return a name for a column's attribute that hides nothing that the file means.

    Takes the names that the class has already, and adds this one.
    """
    found = re.sub(r"\W", "_", name)
    if not found.isascii() or not found.isidentifier() or found.startswith("__"):
        found = "_" + re.sub(r"[^a-zA-Z0-9_]", "_", found).lstrip("_")
    if not found.strip("_"):
        found = "column"
    if found.startswith("_sa_"):
        found = f"c{found}"  # the mapper's own
    return _free(found, taken)


def class_name(name: str, taken: set[str]) -> str:
    """Return a name for a table's class, and add it to those that are taken."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    found = "".join(word[0].upper() + word[1:] for word in words) or "Table"
    return _free(found if found[0].isalpha() else f"T{found}", taken)


def table_name(name: str, taken: set[str]) -> str:
    """Return a name for a table that has no class, and add it to those that are taken."""
    return _free("t_" + re.sub(r"[^a-z0-9]+", "_", name.lower()), taken)


def _free(found: str, taken: set[str]) -> str:
    while found in taken or found in _RESERVED or keyword.iskeyword(found):
        found += "_"
    taken.add(found)
    return found
