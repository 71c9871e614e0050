"""`lint`: what would lock or break a live service, in what each new revision does."""

import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from alembic import context
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.environment import Environment
from alembic_workflow.lint.formats import FORMATS
from alembic_workflow.lint.history import History
from alembic_workflow.lint.run import Judgement
from alembic_workflow.replay.released import released_files
from alembic_workflow.upgrade.targets import created, is_date

VERSION_OPTION = "production_postgresql"


class New(NamedTuple):
    """The revisions to look at."""

    ids: Collection[str]
    since: str
    """The words for where they begin."""
    unreleased: bool
    """Whether nothing of them is in use yet."""


def lint_history(
    environment: Environment, *, since: str = "", form: str = "text", downgrades: bool = False
) -> None:
    """Look for what would lock or break a live service, in what each new revision does.

    Takes a revision after which they are new, or a date from which on, or "base" for all; otherwise
    those are new that the main branch does not have. Prints the findings in the given format.
    Raises SystemExit with status 1 if there is more than remarks, and CommandError if the revisions
    cannot be found or run.
    """
    new = new_revisions(context.script, since)
    history = History(environment, new.ids, unreleased=new.unreleased, downgrades=downgrades)
    judgement = Judgement(environment.application)
    if new.ids:
        history.record(judgement.judge)
    findings = judgement.findings
    faults = sum(not each.is_remark for each in findings)
    if findings or form != "text":
        print(FORMATS[form](findings))
    if form == "text":
        print(f"{'' if not findings else chr(10)}{_summary(len(new.ids), new.since, faults)}")
    if note := _other_version(history.server_version):
        print(note, file=sys.stderr)
    if faults:
        sys.exit(1)


def new_revisions(script: ScriptDirectory, since: str) -> New:
    """Return the revisions that are new; see `lint_history`."""
    revisions = list(script.walk_revisions())
    if since == "base":
        return New({each.revision for each in revisions}, "in all", False)
    if is_date(since):
        start = datetime.fromisoformat(since).replace(tzinfo=UTC)
        late = {each.revision for each in revisions if created(each) >= start}
        return New(late, f"since {since}", False)
    if since:
        first = script.get_revision(since)
        if first is None:
            raise CommandError(f"No revision is called {since!r} or begins so.")
        old = {each.revision for each in script.iterate_revisions(first.revision, "base")}
        late = {each.revision for each in revisions} - old
        return New(late, f"since {since}", False)
    released = released_files(Path(script.dir))
    if released is None:
        return New({each.revision for each in revisions}, "in all", False)
    late = {each.revision for each in revisions if Path(each.path).name not in released}
    return New(late, "that the main branch does not have", True)


def _summary(count: int, since: str, faults: int) -> str:
    revisions = f"{count} revision{'' if count == 1 else 's'} {since}"
    if faults:
        return f"{revisions}: {faults} found."
    return f"{revisions}: nothing locks or breaks a live service."


def _other_version(server: int) -> str:
    """Return a sentence if production runs another version than what the revisions ran on."""
    production = context.config.get_main_option(VERSION_OPTION, "")
    if not production or not server or production.partition(".")[0] == str(server):
        return ""
    return (
        f"Production runs PostgreSQL {production} ({VERSION_OPTION} in alembic.ini), and this ran "
        f"on {server}, where a statement may take another lock. SCRATCH_DATABASE_URL can name a "
        "server of that version."
    )
