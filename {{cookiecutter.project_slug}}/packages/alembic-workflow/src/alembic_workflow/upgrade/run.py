"""`alembic upgrade`, `downgrade` and `stamp`, as safe on a live database as they can be."""

import logging
import os
import time

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from alembic_workflow.alembic_internals import command_options, only_looks
from alembic_workflow.database.connections import connect
from alembic_workflow.database.interruption import cancelled_by_signals
from alembic_workflow.environment import Database, Environment
from alembic_workflow.operations.lock_retry import waits_for_a_lock
from alembic_workflow.upgrade.advisory_lock import migration_lock
from alembic_workflow.upgrade.progress import watching
from alembic_workflow.upgrade.steps import RemainingSteps, undoing_merges

logger = logging.getLogger("alembic.workflow")


def run(environment: Environment) -> None:
    """Run the command's revisions on the service's database.

    However many processes do so at once, each revision is applied once. A revision that waits
    too long for a table is rolled back and tried again, for the time that the settings or
    `-x lock_retry_seconds=` give. Revisions before it stay applied. Raises CommandError if time is
    up.
    """
    database = environment.database()
    options = command_options()
    options["fn"] = undoing_merges(options["fn"], options.get("destination_rev"))
    retry_seconds = _retry_seconds(database)
    with connect(database.url, environment.service_name) as connection:
        environment.configure(connection=connection)
        if not context.get_context().purge:
            reject_unknown_revision(environment)
        if not _has_something_to_do(context.get_context()):
            context.run_migrations()
            if not only_looks():
                logger.info("Nothing to do: the database is there already.")
            return
    with migration_lock(environment, retry_seconds) as lock:
        _run_with_retries(environment, lock, retry_seconds)


def reject_unknown_revision(environment: Environment) -> None:
    """Raise CommandError if the database is at a revision that is not among the files."""
    for head in context.get_context().get_current_heads():
        try:
            known = context.script.get_revision(head) is not None
        except CommandError as error:
            if not isinstance(error.__cause__, ResolutionError):
                raise
            known = False
        if not known:
            raise CommandError(
                f"The database is at revision {head}, by {environment.version_table}, and there "
                f"is no such revision in {os.path.relpath(context.script.versions)}: another "
                "branch or a newer version of this service made it. Check that out, and downgrade "
                "with it or merge it."
            )


def _retry_seconds(database: Database) -> float:
    given = context.get_x_argument(as_dictionary=True).get("lock_retry_seconds")
    if given is None:
        return database.lock_retry_seconds
    if not str(given).isdecimal():
        raise CommandError(f"-x lock_retry_seconds={given}: write a number of seconds.")
    return float(given)


def _has_something_to_do(migration: MigrationContext) -> bool:
    """Commands that only look at the database need no lock, nor does an upgrade at its target."""
    if only_looks():
        return False
    heads = migration.get_current_heads()
    # At base, the table of versions may be missing; creating it is something, too.
    return migration.purge or any(True for _ in migration.opts["fn"](heads, migration)) or not heads


def _run_with_retries(environment: Environment, lock: Connection, retry_seconds: float) -> None:
    steps = RemainingSteps(command_options()["fn"], retry_seconds)
    database = environment.database()
    while True:
        _require(lock)
        try:
            with (
                connect(
                    database.url,
                    environment.service_name,
                    lock_timeout_seconds=database.lock_timeout_seconds,
                ) as connection,
                watching(connection, lock, steps) as watch,
                cancelled_by_signals(connection),
            ):
                environment.configure(connection=connection, fn=steps)
                context.run_migrations()
                connection.commit()  # the table of versions, if there was no revision to run
            return
        except DBAPIError as error:
            if not waits_for_a_lock(error):
                raise
            pause = steps.retry.next_pause()
            if pause is None:
                raise CommandError(
                    f"{steps.current} was rolled back: it did not get its lock in time. "
                    f"{watch.blockers or 'What held it is gone.'} Revisions before it stay; end "
                    "that session or wait, and run the command again."
                ) from None
            logger.warning(
                "%s was rolled back: it waits for a lock. %sNext attempt in %.1f s.",
                *(steps.current, f"{watch.blockers} " if watch.blockers else "", pause),
            )
            time.sleep(pause)


def _require(lock: Connection) -> None:
    """Raise CommandError if the connection that holds the lock is lost, and with it the lock."""
    try:
        lock.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        raise CommandError(
            "The connection that held the migration lock was lost. What was not committed is "
            "rolled back; run the command again."
        ) from None
