"""Adopt a database that has tables and no revision yet."""

from collections.abc import Sequence
from functools import partial

from alembic import command, context
from alembic.util import CommandError, rev_id

from alembic_workflow.alembic_internals import ensure_version_table
from alembic_workflow.catalog.extras.extra import labels
from alembic_workflow.catalog.items import Catalog
from alembic_workflow.command_names import command as named
from alembic_workflow.commands.first_revision import LeftOut, write_first_revision
from alembic_workflow.commands.live_database import Comparison, LiveDatabase
from alembic_workflow.commands.running import (
    autogenerate,
    configuration,
    files_of,
    new_files_only_if_all_goes_well,
    run_task,
    scripts,
    silently,
)
from alembic_workflow.database.adoption import mark_adopted
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import dropped_together
from alembic_workflow.environment import Environment
from alembic_workflow.replay.heads import reject_several_heads


def adopt(*, force: bool) -> None:
    """Stamp a database that has tables, if they are what the revisions make.

    If there are no revisions, a first one is written from the models. With `force`, one that
    differs from them is adopted as it is: the first revision is written from the database, and an
    ordinary second one from the models. Raises CommandError, and changes nothing, if the database
    has a revision, or if it differs and is not forced or the history has revisions already.
    """
    reject_several_heads(scripts())
    run_task(reject_adopted)
    first, second = rev_id(), rev_id()
    models: dict[object, Catalog] = {}  # made once for all that follows
    with dropped_together(), new_files_only_if_all_goes_well(first, second):
        is_new = not scripts().get_heads()
        if is_new:
            found = LiveDatabase()
            run_task(found)
            autogenerate("existing schema", first, adopted=found.catalog, models=models)
        if scripts().get_current_head() is None:
            raise CommandError(
                "There are no models and no revisions, so there is nothing to adopt it with. "
                f"{named('models')} writes first models of its tables."
            )
        comparison = Comparison()
        run_task(comparison, models=models)
        if not (force and is_new):
            comparison.reject_pending()
            if comparison.differences:
                raise CommandError(comparison.report(can_be_forced=is_new))
        differs = comparison.pending or comparison.differences or comparison.unmade
        is_rewritten = force and is_new and differs
        if is_rewritten:
            for path in files_of(first):
                path.unlink()
            run_task(partial(_write_first, found=comparison, revision=first))
            for item in comparison.dropped:
                print(f"The second revision drops what the models do not say: {item}")
            # As Alembic writes it: that service ran without what is missing.
            message = "change the existing schema to the models"
            autogenerate(message, second, adopted={}, models=models)
        head = first if is_new else str(scripts().get_current_head())
        run_task(partial(remember, revision=head))
        command.stamp(configuration(), head)
    print(f"The database is adopted, at {head}.")
    if comparison.unmade and not is_rewritten:
        print(_advice(comparison.unmade, head if is_new else ""))
    if files_of(second):
        print(f"Next: read the newest revision, then {named('upgrade')}.")


def reject_adopted(environment: Environment) -> None:
    """Raise CommandError if the database has a revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        heads = context.get_context().get_current_heads()
    if heads:
        raise CommandError(
            f"This database is at revision {', '.join(heads)} already, so there is nothing to "
            f"adopt. {named('drift')} compares it with that revision."
        )


def remember(environment: Environment, revision: str) -> None:
    """Mark the database, before it is stamped, as adopted at this revision."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        ensure_version_table(context.get_context())
        mark_adopted(connection, environment.version_table, revision)
        connection.commit()


def _advice(unmade: Sequence[str], first: str) -> str:
    """Return what to do about things that no model says; takes the revision that was written."""
    listed = ", ".join(unmade)
    forcing = (
        f" Or delete {first}, {named('stamp', to='base')}, and {named('baseline', force='1')} "
        "writes one that makes them."
    )
    return (
        f"The revisions do not make what no model says: {listed}. If another database needs them, "
        f"write a revision that creates them unless they are there.{forcing if first else ''}"
    )


def _write_first(environment: Environment, found: Comparison, revision: str) -> None:
    left_out: list[LeftOut] = []
    write = partial(
        write_first_revision, environment, found.live, found.partitions, found.extras, revision
    )
    silently(lambda: left_out.extend(write()))
    for item, reason in left_out:
        print(
            f"Left out of the first revision, since PostgreSQL refuses it there: {item}: {reason}"
        )
    for label in labels(each for each in found.extras if not each.statement):
        print(f"Left out of the first revision, which cannot make it: {label}. Write a revision.")
