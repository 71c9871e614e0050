"""Parser of `rename=`, such as `posts.title:posts.headline,children:kids,mood.ok:mood.fine`."""

import re
from collections.abc import Iterator, Sequence

from alembic.util import CommandError

from alembic_workflow.autogenerate.renames.candidates import with_values
from alembic_workflow.autogenerate.renames.rename import OWNERS, Rename
from alembic_workflow.catalog.items import Catalog

_PART = r'"(?:[^"]|"")+"|[^".:,\s]+'
_NAME = rf"(?:{_PART})(?:\.(?:{_PART}))*"


def parse(text: str, models: Catalog, history: Catalog, default_schema: str) -> list[Rename]:
    """Return the renames that the text gives, such as `posts.title:posts.headline,children:kids`.

    A name is that of a table, a column, an enum or one of its values; it may have a schema, and
    double quotes around a part. Takes the schema of what is named without one. Raises CommandError
    if one names nothing that is there before, or after.
    """
    models, history = with_values(models), with_values(history)
    renames: list[Rename] = []
    # A table first: a column's table is named as it will be.
    for part in sorted(re.findall(rf"(?:{_PART}|[.:])+|[^,]+", text), key=_depth):
        match = re.fullmatch(rf"\s*({_NAME}):({_NAME})\s*", part)
        if match is None:
            raise CommandError(
                f"rename={part}: write table.old:table.new, or old:new for a table; "
                "several are separated by commas."
            )
        readings = _all_readings(_split(match[1]), _split(match[2]), renames, default_schema)
        understood = next((r for r in readings if _is_there(r, models, history, renames)), None)
        if understood is None:
            raise CommandError(
                f"rename={part}: the revisions have no {match[1]}, or the models no {match[2]}. "
                "Rename it in the models first, and write the names as the database has them."
            )
        renames.append(understood)
    _reject_names_in_use(renames, models, history)
    return renames


def _depth(part: str) -> int:
    return len(_split(part))


def _reject_names_in_use(renames: Sequence[Rename], models: Catalog, history: Catalog) -> None:
    """Raise CommandError if an old name stays in use, or if a new one is in use already."""
    before, after = [each.before for each in renames], [each.after for each in renames]
    for rename in renames:
        old, new = rename.names
        problem = ""
        if before.count(rename.before) > 1 or after.count(rename.after) > 1:
            problem = "one of the names is in two renames"
        elif rename.before in models and rename.before not in after:
            problem = f"the models still have {old}"
        elif rename.after not in before and (
            rename.after._replace(table=_earlier(rename, renames)) in history
        ):
            problem = f"the revisions have {new} already"
        if problem:
            raise CommandError(f"rename={rename}: {problem}. Nothing was written.")


def _earlier(rename: Rename, renames: Sequence[Rename]) -> str:
    """Return the name that the history has for the table of the column, or the enum."""
    owner = (rename.schema, rename.table)
    earlier = [r.old for r in renames if r.kind in OWNERS and (r.schema, r.new) == owner]
    return earlier[0] if earlier else rename.table


def _split(text: str) -> list[str]:
    parts = re.findall(_PART, text)
    return [part[1:-1].replace('""', '"') if part[0] == '"' else part for part in parts]


def _is_there(rename: Rename, models: Catalog, history: Catalog, renames: Sequence[Rename]) -> bool:
    there = rename.before._replace(table=_earlier(rename, renames))
    return there in history and rename.after in models


def _all_readings(
    old: list[str], new: list[str], before: Sequence[Rename], default_schema: str
) -> Iterator[Rename]:
    """Yield the readings; a column's table may also have the name from before its own rename."""
    yield from _readings(old, new, default_schema)
    for rename in before:
        if rename.kind in OWNERS and rename.old in old[-2:-1]:
            table = [*old[:-2], rename.new]
            yield from _readings([*table, old[-1]], [*table, new[-1]], default_schema)


def _readings(old: list[str], new: list[str], default_schema: str) -> Iterator[Rename]:
    """Yield each way in which the names can be read."""
    for part, owner in (("column", "table"), ("value", "enum")):
        match old, new:
            case [old_name], [new_name]:
                yield Rename(owner, default_schema, "", old_name, new_name)
            case [first, old_name], [again, new_name] if first == again:
                yield Rename(part, default_schema, first, old_name, new_name)
                yield Rename(owner, first, "", old_name, new_name)
            case [schema, table, old_name], [schema_again, table_again, new_name] if (
                schema == schema_again and table == table_again
            ):
                yield Rename(part, schema, table, old_name, new_name)
