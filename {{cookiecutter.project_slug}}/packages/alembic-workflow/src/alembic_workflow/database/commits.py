"""Commits and rollbacks that a revision must leave to Alembic."""

import sys
from functools import partial
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import Connection, event


def reject_commits_of(folder: str, connection: Connection) -> None:
    """Let a commit or a rollback of the connection raise CommandError if a file there calls for it.

    It would leave half a revision in the database, which Alembic has not recorded. What Alembic
    commits, at the end of a revision or around an autocommit block, goes through.
    """
    versions = Path(folder).resolve()

    def reject(verb: str, connection: Connection) -> None:
        frame = sys._getframe(1)
        while frame.f_back and frame.f_globals.get("__name__", "").startswith("sqlalchemy."):
            frame = frame.f_back
        path = Path(frame.f_code.co_filename).resolve()
        if path.parent == versions:
            raise CommandError(
                f"{path.name}, line {frame.f_lineno}: it {verb}, and Alembic would not know of "
                "what it has done. Take that away; what has to be committed by itself "
                "belongs into `with op.get_context().autocommit_block():`. The revision was rolled "
                "back."
            )

    if not connection.info.get("rejects commits"):
        connection.info["rejects commits"] = True
        event.listen(connection, "commit", partial(reject, "commits"))
        event.listen(connection, "rollback", partial(reject, "rolls back"))
