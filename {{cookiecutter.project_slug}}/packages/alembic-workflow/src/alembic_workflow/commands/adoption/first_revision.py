"""The first revision of an adopted database, written from its catalog."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.catalog.partitions import Partition
from alembic_workflow.commands.adoption.steps import Step, steps_of
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.sql.text import as_driver_sql, without_parameters


class LeftOut(NamedTuple):
    """A thing that a first revision does not make, and PostgreSQL's reason."""

    item: Item | Extra
    reason: str


def write_first_revision(
    environment: Environment,
    live: Catalog,
    partitions: Sequence[Partition],
    extras: Sequence[Extra],
    revision: str,
) -> list[LeftOut]:
    """Write a revision of this id that makes what the catalog describes, and what is in none.

    It is tried in a scratch database. Returns what it leaves out, because that needs what is not
    the service's own: foreign keys to tables of others, functions, views. Raises CommandError if
    anything else cannot be made.
    """
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect(url, environment.service_name) as connection,
    ):
        made, left_out = _tried(connection, steps_of(live, partitions, extras))
    context.script.generate_revision(
        revision,
        "existing schema",
        refresh=True,
        upgrades=_body(step.statement for step in made),
        downgrades=_body(step.undo for step in reversed(made)),
    )
    return left_out


def _tried(connection: Connection, all_steps: Iterable[Step]) -> tuple[list[Step], list[LeftOut]]:
    """Return the steps that work, in an order in which they do, and what the others are of."""
    made: list[Step] = []
    pending = list(all_steps)
    while pending:
        refused: list[tuple[Step, DBAPIError]] = []
        for _, alike in groupby(pending, key=_kind):
            steps = list(alike)
            # Usually all of a kind can be made, which is faster at once.
            if len(steps) > 1 and _refusal(connection, steps) is None:
                made += steps
                continue
            for step in steps:
                if (error := _refusal(connection, [step])) is None:
                    made.append(step)
                else:
                    refused.append((step, error))
        if len(refused) == len(pending):
            break
        pending = [step for step, _ in refused]
    else:
        refused = []
    for step, refusal in refused:
        is_model = isinstance(step.item, Item) and KINDS[step.item.kind].in_models
        if is_model and "FOREIGN KEY" not in step.statement:
            raise CommandError(
                f"The {step.item} of the database cannot be made in a scratch database: "
                f"{_reason(refusal)}. Write the revision by hand, and "
                "stamp the database with it."
            ) from None
    return made, [LeftOut(step.item, _reason(refusal)) for step, refusal in refused]


def _kind(step: Step) -> str:
    return step.item.kind if isinstance(step.item, Item) else step.item.label


def _refusal(connection: Connection, steps: Sequence[Step]) -> DBAPIError | None:
    """Run the statements, or none of them and return why."""
    statements = ";\n".join(step.statement for step in steps)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(as_driver_sql(statements))
    except DBAPIError as error:
        return error
    return None


def _reason(refusal: DBAPIError) -> str:
    return str(refusal.orig).strip().splitlines()[0]


def _body(statements: Iterable[str]) -> str:
    operations: Sequence[str] = [f"op.execute({_source(each)})" for each in statements if each]
    return "\n".join(operations).replace("\n", "\n    ")


def _source(statement: str) -> str:
    """Return a literal of Python for each line: those of a function's body have to stay."""
    return "\n".join(map(repr, without_parameters(statement).splitlines(keepends=True)))
