"""The revisions, and where the database is among them, as a graph."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple

from alembic_workflow.alembic_internals import parents, parents_and_dependencies
from alembic_workflow.commands.diagram.mermaid import block, node, quoted

DRAWN = 100
"""The number of revisions that are drawn; Mermaid refuses a graph of more than 500 lines."""
POSITION = "  database"
"""The beginning of a line that says where the database is, and of no other."""


def history_diagram(script: ScriptDirectory, applied: Sequence[str]) -> str:
    """Return the graph of the newest revisions, oldest on top, the heads rounded.

    Takes the revisions that the database is at.
    """
    revisions = sorted(script.walk_revisions(), key=lambda each: Path(each.path).name)
    if not revisions:
        return "There is no revision yet."
    newest = revisions[-DRAWN:]
    drawn = [each for each in revisions if each in newest or each.is_head]
    nodes = dict.fromkeys([each.revision for each in revisions], "older")
    nodes |= {each.revision: node(each.revision) for each in drawn}
    older = [f'older["{len(revisions) - len(drawn)} older"]'] if revisions != drawn else []
    return block(
        "flowchart TB",
        [
            *older,
            *map(_node, drawn),
            *dict.fromkeys(line for each in drawn for line in _edges(each, nodes)),
            *(_position(each, nodes) for each in sorted(applied)),
        ],
    )


def _node(revision: Script) -> str:
    labels = to_tuple(getattr(revision.module, "branch_labels", None), default=())
    text = quoted(revision.doc, *labels, revision.revision)
    return node(revision.revision) + (f"([{text}])" if revision.is_head else f"[{text}]")


def _edges(revision: Script, nodes: dict[str, str]) -> Iterator[str]:
    own = nodes[revision.revision]
    for each in sorted(parents(revision)):
        yield f"{nodes[each]} --> {own}"
    for each in sorted({*parents_and_dependencies(revision)} - {*parents(revision)}):
        yield f"{nodes[each]} -. needed by .-> {own}"


def _position(revision: str, nodes: dict[str, str]) -> str:
    if revision in nodes:
        return f'database[("database")] --> {nodes[revision]}'
    return f"database[({quoted('database', f'at {revision}, which is not here')})]"
