"""Changes of enums and domains, recognised by the catalogs before and after."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.definitions import enclosed, split
from alembic_workflow.safe_forms.recognition.catalogs import Catalogs, column_of
from alembic_workflow.sql.identifiers import mention, plain, qualified


def domain_checks(difference: Difference) -> Iterator[c.AddDomainCheck]:
    """Yield the CHECKs that a domain gets."""
    item, expected, found = difference
    before, after = _checks_of(found or ""), _checks_of(expected or "")
    for name_, definition in after.items():
        if before.get(name_) != definition:
            part = c.Part(name_, definition)
            yield c.AddDomainCheck(item.schema, item.name, part)


def enum_change(difference: Difference, catalogs: Catalogs) -> c.Change:
    """Return the change of an enum that has other values."""
    item, expected, found = difference
    before, after = _labels(found or ""), _labels(expected or "")
    columns = {
        each: column_text(text)
        for each, text in catalogs.before.items()
        if each.kind == "column"
        and column_text(text).type.removesuffix("[]") == qualified(item.schema, item.name)
    }
    if tuple(each for each in after if each in before) == before:
        pairs = tuple(
            (catalogs.table(*each[1:3]), column_of(each, t)) for each, t in columns.items()
        )
        return c.AddEnumValues(item.schema, item.name, before, after, pairs)
    return _replaced(c.RemoveEnumValues(item.schema, item.name, before, after), columns, catalogs)


def _replaced(
    change: c.RemoveEnumValues, columns: Mapping[Item, ColumnText], catalogs: Catalogs
) -> c.RemoveEnumValues:
    own, aside = qualified(change.schema, change.name), qualified(change.schema, change.aside)
    changes: list[c.ChangeType] = []
    defaults: list[tuple[c.Table, c.Column]] = []
    for each, text in columns.items():
        if each not in catalogs.after:
            continue
        table = catalogs.table(each.schema, each.table)
        array = "[]" if text.type.endswith("[]") else ""
        end = column_of(each, column_text(catalogs.after[each]))
        using = f"{end.sql}::text{array}::"
        parts = tuple(
            c.Part(part.name, mention(own).sub(rf"{aside}\1", part.definition))
            for part in catalogs.kept_parts(each)
        )
        # A change of NOT NULL is another one, before it or after it.
        is_required = text.is_required and end.is_required
        old = replace(column_of(each, text), is_required=is_required)
        new = replace(end, type=aside + array, default=None, is_required=is_required)
        changes.append(c.ChangeType(table, old, new, using + new.type, using + own + array, parts))
        if end.default is not None:
            defaults.append((table, end))
    return replace(change, columns=tuple(changes), defaults=tuple(defaults))


def _labels(definition: str) -> tuple[str, ...]:
    inner = enclosed(definition.removeprefix("ENUM "))[0]
    return tuple(each[1:-1].replace("''", "'") for each in split(inner) if each)


def _checks_of(definition: str) -> dict[str, str]:
    """Return the CHECKs of a domain, as the catalog has them one after the other."""
    checks: dict[str, str] = {}
    for piece in re.split(r" CONSTRAINT (?=(?:\"(?:[^\"]|\"\")*\"|\w+) CHECK )", definition)[1:]:
        own, _, check = piece.partition(" CHECK ")
        checks[plain(own)] = f"CHECK {check}"
    return checks
