"""Every use of a private name of Alembic; checked with Alembic 1.20.1."""

import traceback
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from alembic.operations.ops import CreateTableOp, DropTableOp
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script
from sqlalchemy import Column
from sqlalchemy.types import TypeEngine


def command_options() -> dict[str, Any]:
    """Return what the command hands to `env.py`, such as the function `fn` that it runs."""
    options: dict[str, Any] = vars(context)["_proxy"].context_opts
    return options


def autogenerates() -> bool:
    """Whether the command that runs compares models and database."""
    revision_context = command_options().get("revision_context")
    return bool(revision_context and revision_context.command_args["autogenerate"])


def only_looks() -> bool:
    """Whether the command changes nothing: `current` says so, `history` has a function to print."""
    options = command_options()
    return bool(options.get("dont_mutate")) or options["fn"].__name__ == "_display_current_history"


def upgrade_steps(target: str, heads: Any) -> Iterable[MigrationStep]:
    """Return the steps from the heads up to the target."""
    steps: Iterable[MigrationStep] = context.script._upgrade_revs(target, heads)
    return steps


def parents(revision: Script) -> tuple[str, ...]:
    """Return the revisions that it comes after."""
    return tuple(revision._versioned_down_revisions)


def parents_and_dependencies(revision: Script) -> tuple[str, ...]:
    """Return the revisions that it comes after, and those that it depends on."""
    return tuple(revision._all_down_revisions)


def file_with_dependencies(error: BaseException) -> str | None:
    """Return the name of the file whose `depends_on` Alembic was reading, if it was."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_add_depends_on":
            return Path(frame.f_locals["revision"].path).name
    return None


def ensure_version_table(migration_context: MigrationContext) -> None:
    """Create the table of versions if there is none."""
    migration_context._ensure_version_table()


def commit_nothing_in_autocommit_blocks(migration_context: MigrationContext) -> None:
    """Let an `autocommit_block` run inside of the transaction that is there."""
    vars(migration_context)["autocommit_block"] = nullcontext


def type_source(kind: TypeEngine[Any], autogen_context: AutogenContext) -> str:
    """Return the source of a type as Alembic writes it, with what it has to import."""
    return _repr_type(kind, autogen_context)


def dropped_columns(operation: DropTableOp) -> list[Column[Any]]:
    """Return the columns that are made when the table comes back."""
    made = operation._reverse.columns if operation._reverse else []
    return [each for each in made if isinstance(each, Column)]


def drop_back(operation: CreateTableOp, options: dict[str, Any]) -> DropTableOp:
    """Return the operation that drops a table, and makes it again in this way."""
    return DropTableOp(
        operation.table_name, schema=operation.schema, table_kw=options, _reverse=operation
    )
