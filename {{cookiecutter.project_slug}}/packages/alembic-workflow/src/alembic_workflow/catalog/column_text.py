"""The parts of a column's definition in the catalog."""

import re
from typing import NamedTuple

_DEFINITION = re.compile(
    r"""(?P<type>(?:"(?:[^"]|"")*"|[^"])+?(?:\ COLLATE\ (?:[^\s"]|"(?:[^"]|"")*")+)?)
    (?P<required>\ NOT\ NULL)?(?P<unvalidated>\ NOT\ VALID)?
    (?:\ DEFAULT\ (?P<default>.*)|(?P<generated>\ GENERATED\ .*))?""",
    re.DOTALL | re.VERBOSE,
)


class ColumnText(NamedTuple):
    """A column as the catalog has it."""

    type: str
    """With its collation."""
    is_required: bool
    default: str | None
    generated: str
    """The words that make it a generated or an identity column, or nothing."""
    is_unvalidated: bool = False
    """Whether rows that were there before may have NULL, although it is required."""

    @property
    def is_computed(self) -> bool:
        """Whether its value comes from other columns."""
        return self.generated.startswith("GENERATED ALWAYS AS (")

    @property
    def is_identity(self) -> bool:
        """Whether it counts by itself."""
        return " AS IDENTITY" in self.generated and not self.is_computed

    @property
    def is_serial(self) -> bool:
        """Whether its default comes from a sequence."""
        return (self.default or "").startswith("nextval(")


def column_text(definition: str) -> ColumnText:
    """Return the parts of a definition; of no definition, nothing."""
    match = _DEFINITION.fullmatch(definition)
    if match is None:
        return ColumnText("", False, None, "")
    generated = (match["generated"] or "").strip()
    is_required, is_unvalidated = bool(match["required"]), bool(match["unvalidated"])
    return ColumnText(match["type"], is_required, match["default"], generated, is_unvalidated)


def for_new_table(definition: str) -> str:
    """Return a definition as CREATE TABLE takes it, where no row can be in the way."""
    match = _DEFINITION.fullmatch(definition)
    if match is None or not match["unvalidated"]:
        return definition
    return definition[: match.start("required")] + definition[match.end("unvalidated") :]
