"""Targets of upgrades and downgrades: revisions, steps and dates."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.alembic_internals import parents, parents_and_dependencies

_STEPS = re.compile(r"(?P<start>\w*)(?P<steps>[+-]\d+)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_IN_FILE_NAME = re.compile(r"(\d{4})_(\d{2})_(\d{2})_(\d{2})(\d{2})-")
_DATE_IN_DOCSTRING = re.compile(r"^Create(?:d| Date): ([\d :.+T-]+)$", re.MULTILINE)


def resolved(script: ScriptDirectory, target: str, *, is_range: bool = False) -> str:
    """Return the target with a revision in place of each date; it may be two, `from:to`.

    A date stands for the state at its end, UTC: the newest revision of that day or before.
    Raises CommandError if there was none, or if history had several heads then; and for a range
    where there may be none.
    """
    first, colon, last = target.partition(":")
    if not colon:
        return _resolved(script, target)
    if not is_range:
        raise CommandError(
            f"{target} is a range, which only printing SQL takes. Name the revision to go to."
        )
    return f"{fixed(script, first)}:{_resolved(script, last)}"


def fixed(script: ScriptDirectory, target: str) -> str:
    """Return the revision of a target that no database is asked for, such as head-1 or a date.

    Raises CommandError if there is none, or if it is not clear which one.
    """
    match = _STEPS.fullmatch(target)
    if match is None:
        return _resolved(script, target)
    if not match["start"]:
        raise CommandError(
            f"{target} counts from where the database is, and this does not look there. Name a "
            f"revision, or count from the end of history: head-1."
        )
    revision, steps = match["start"], int(match["steps"])
    for _ in range(abs(steps)):
        found = script.get_revision(revision) if revision != "base" else None
        if steps < 0:
            near = parents(found) if found else ()
        else:
            near = tuple(found.nextrev) if found else tuple(script.get_bases())
        if len(near) != 1 and not (steps < 0 and found and not near):
            known = f"{', '.join(near)} are there" if near else "history does not go on there"
            raise CommandError(f"{target} is no revision: {known}. Name one.")
        [revision] = near or ["base"]
    return revision


def is_date(target: str) -> bool:
    """Return whether it is written as a date."""
    return _DATE.fullmatch(target) is not None


def _resolved(script: ScriptDirectory, target: str) -> str:
    if not target:
        raise CommandError("No revision is named. Write one, head, base, or a date.")
    if not is_date(target):
        return target
    try:
        end = datetime.combine(date.fromisoformat(target), time.max, UTC)
    except ValueError:
        raise CommandError(f"{target} is no date; write it as 2026-11-21.") from None
    revisions = list(script.walk_revisions())
    late = {each.revision for each in revisions if created(each) > end}
    # What builds on a later revision was not there either, whatever its own date.
    for each in reversed(revisions):
        if late.intersection(parents_and_dependencies(each)):
            late.add(each.revision)
    then = [each for each in revisions if each.revision not in late]
    below = {name for each in then for name in parents(each)}
    heads = [each.revision for each in then if each.revision not in below]
    if not heads:
        first = min(created(each) for each in revisions).date() if revisions else None
        history = f"the first revision is of {first}" if first else "there are no revisions"
        raise CommandError(
            f"{target} is before the history: {history}. For an empty schema: to=base"
        )
    if len(heads) > 1:
        raise CommandError(f"History had several heads on {target}: {', '.join(heads)}. Name one.")
    return heads[0]


def created(revision: Script) -> datetime:
    """Return when the revision was written, by the name of its file or else its docstring."""
    if match := _DATE_IN_FILE_NAME.match(Path(revision.path).name):
        year, month, day, hour, minute = map(int, match.groups())
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    if match := _DATE_IN_DOCSTRING.search(revision.module.__doc__ or ""):
        moment = datetime.fromisoformat(match[1].strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise CommandError(
        f"{Path(revision.path).name}: its name does not begin with a date (2026_11_21_0900-), and "
        "its docstring has no line 'Create Date: ...'."
    )
