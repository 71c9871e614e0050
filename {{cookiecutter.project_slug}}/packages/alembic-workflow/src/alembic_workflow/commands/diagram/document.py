"""`diagram`: the schema and the history, drawn in a file that GitHub and GitLab show."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic import context

from alembic_workflow.command_names import command
from alembic_workflow.commands.diagram.history import POSITION, history_diagram
from alembic_workflow.commands.diagram.tables import tables_diagram
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment

DOCUMENT = """\
# Schema of {service}

Drawn by `{command}`. Do not edit it.

## Tables

{tables}

## Revisions

The newest are below, and heads are rounded. The database is the one of whoever drew this.

{history}
"""


def diagram(environment: Environment) -> None:
    """Draw tables, history and the position of the database in the file of the configuration."""
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        applied = context.get_context().get_current_heads()
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_document(environment, applied), encoding="utf-8")
    print(f"Wrote {os.path.relpath(path)}")


def diagram_findings(environment: Environment) -> Iterator[str]:
    """Yield what to do about a drawing that is stale; of one that nobody made, say nothing.

    Where the database is differs from one to another, and does not count.
    """
    path = _path()
    if not path.is_file():
        return
    found, expected = path.read_text(encoding="utf-8"), _document(environment, ())
    if _without_position(found) != _without_position(expected):
        yield f"{path} shows what models and revisions were. {command('diagram')} draws it anew."


def _path() -> Path:
    return Path(context.config.get_main_option("diagram", "docs/schema.md"))


def _document(environment: Environment, applied: Sequence[str]) -> str:
    return DOCUMENT.format(
        service=environment.service_name,
        command=command("diagram"),
        tables=tables_diagram(environment.metadata),
        history=history_diagram(context.script, applied),
    )


def _without_position(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(POSITION)]
