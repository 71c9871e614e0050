"""Revisions that a test writes, and what these call, called without them."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import rev_id
from alembic_workflow.database.connections import connect
from sqlalchemy import Connection

from workflow.workbench import Workbench

USERS, ATTEMPTS, POSTS, OWNER, FILLED, REQUIRED, PUBLISHED, VOTES = HISTORY = (
    *("5a1c0e7d4b21", "7e90b1d4c2a8", "8d3f2b6a9c04", "b2e94c7f1d58"),
    *("4f7a19c2d8e3", "d06b5e83a1f7", "c6071ad85e39", "e95d30f8b7a6"),
)
IMPORTS = """\
from alembic_workflow import backfill, create_index_concurrently, drop_index_concurrently"""


def write_revision(project: Workbench, upgrade: str, downgrade: str = "pass") -> str:
    """Write a revision after the head, with these bodies of one line each; return its id."""
    # Without the formatters of alembic.ini, which take longer than most of the tests.
    scripts = ScriptDirectory(str(project.path / "migrations"))
    written = scripts.generate_revision(
        rev_id(), "by hand", upgrades=upgrade, downgrades=downgrade, imports=IMPORTS
    )
    assert written is not None
    return written.revision


def write_sql(project: Workbench, sql: str) -> str:
    """Write a revision after the head, which executes this; return its id."""
    return write_revision(project, f"op.execute({sql!r})")


@contextmanager
def operations(project: Workbench, options: str = "") -> Iterator[Connection]:
    """Let `alembic.op` work on the database, as it does in a revision.

    Takes options of the connection, and yields that.
    """
    url = project.url.update_query_dict({"options": options})
    with connect(url, "test") as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            yield connection


def current(project: Workbench) -> str | None:
    """Return the revision that the database is at, and that its tables are those of it."""
    tables = project.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    [found] = project.sql("SELECT version_num FROM alembic_version_my_api") or [(None,)]
    revision: str | None = found[0]
    assert (("votes",) in tables) == (revision not in {None, *HISTORY[:-1]})
    return revision
