"""Parser of the argument `rename=`: `posts.title:posts.headline,children:kids`."""

import re
from collections.abc import Iterator, Sequence

from alembic.util import CommandError

from alembic_workflow.autogenerate.renames.candidates import Rename
from alembic_workflow.catalog.items import Catalog, Item

_PART = r'"(?:[^"]|"")+"|[^".:,\s]+'
_NAME = rf"(?:{_PART})(?:\.(?:{_PART}))*"


def parse(text: str, models: Catalog, history: Catalog) -> list[Rename]:
    """Return the renames that the text gives, such as `posts.title:posts.headline,children:kids`.

    A name may have a schema, and double quotes around a part. Raises CommandError if one names
    nothing that is there before, or after.
    """
    renames: list[Rename] = []
    # A table first: a column's table is named as it will be.
    for part in sorted(re.findall(rf"(?:{_PART}|[.:])+|[^,]+", text), key=_depth):
        match = re.fullmatch(rf"\s*({_NAME}):({_NAME})\s*", part)
        if match is None:
            raise CommandError(
                f"rename={part}: write table.old:table.new, or old:new for a table; "
                "several are separated by commas."
            )
        renames.append(
            _understood(part, _split(match[1]), _split(match[2]), models, history, renames)
        )
    _reject_names_in_use(renames, models, history)
    return renames


def _depth(part: str) -> int:
    return len(_split(part))


def _reject_names_in_use(renames: Sequence[Rename], models: Catalog, history: Catalog) -> None:
    """Raise CommandError if an old name stays in use, or if a new one is in use already."""
    before, after = [each.before for each in renames], [each.after for each in renames]
    tables = {(each.schema, each.new): each.old for each in renames if each.is_table}
    for rename in renames:
        (old, new), kind = rename.names, "table" if rename.is_table else "column"
        earlier = tables.get((rename.schema, rename.table), rename.table)
        problem = ""
        if before.count(rename.before) > 1 or after.count(rename.after) > 1:
            problem = "one of the names is in two renames"
        elif Item(kind, *rename.before) in models and rename.before not in after:
            problem = f"the models still have {old}"
        elif Item(kind, rename.schema, earlier, rename.new) in history and (
            rename.after not in before
        ):
            problem = f"the revisions have {new} already"
        if problem:
            raise CommandError(f"rename={rename}: {problem}. Nothing was written.")


def _split(text: str) -> list[str]:
    parts = re.findall(_PART, text)
    return [part[1:-1].replace('""', '"') if part[0] == '"' else part for part in parts]


def _understood(
    text: str,
    old: list[str],
    new: list[str],
    models: Catalog,
    history: Catalog,
    before: Sequence[Rename],
) -> Rename:
    for schema, table, old_name, new_name in _all_readings(old, new, before):
        kind = "column" if table else "table"
        # In the history, the table may still have its old name.
        earlier = [r.old for r in before if r.is_table and (r.schema, r.new) == (schema, table)]
        there = Item(kind, schema, earlier[0] if earlier else table, old_name)
        if there in history and Item(kind, schema, table, new_name) in models:
            return Rename(schema, table, old_name, new_name)
    raise CommandError(
        f"rename={text}: the revisions have no {'.'.join(old)}, or the models no {'.'.join(new)}. "
        "Rename it in the models first, and write the names as the database has them."
    )


def _all_readings(
    old: list[str], new: list[str], before: Sequence[Rename]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the readings; a column's table may also have the name from before its own rename."""
    yield from _readings(old, new)
    for rename in before:
        if rename.is_table and rename.old in old[-2:-1]:
            table = [*old[:-2], rename.new]
            yield from _readings([*table, old[-1]], [*table, new[-1]])


def _readings(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield schema, table, old and new name, for each way in which the names can be read."""
    match old, new:
        case [old_name], [new_name]:
            yield "public", "", old_name, new_name
        case [first, old_name], [again, new_name] if first == again:
            yield "public", first, old_name, new_name
            yield first, "", old_name, new_name
        case [schema, table, old_name], [schema_again, table_again, new_name] if (
            schema == schema_again and table == table_again
        ):
            yield schema, table, old_name, new_name
