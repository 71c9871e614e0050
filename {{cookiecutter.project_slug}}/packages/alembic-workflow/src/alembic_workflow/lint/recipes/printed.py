"""A safe form as a person pastes it."""

import re
from collections.abc import Sequence

import alembic_workflow
from alembic_workflow.replay.revision_source import Source
from alembic_workflow.safe_forms.step import Step


def printed(steps: Sequence[Step], source: Source) -> str:
    """Return the source of the revisions, with what they need of the file; of none, nothing."""
    return "\n".join(
        _printed(f"{place} of {len(steps)}", step, source) for place, step in enumerate(steps, 1)
    )


def _printed(place: str, step: Step, source: Source) -> str:
    lines = [f"# {place}, {step.name}: {step.deploy}"]
    text = "\n".join((*step.upgrade, *step.downgrade))
    names = [each for each in alembic_workflow.__all__ if re.search(rf"\b{each}\(", text)]
    lines += [f"from alembic_workflow import {', '.join(names)}"] if names else []
    lines += _definitions(source, text)
    if step.ignore:
        pairs = ", ".join(f'"{code}": "{reason}"' for code, reason in step.ignore)
        lines += ["lint_ignore = {" + pairs + "}"]
    for name, body in (("upgrade", step.upgrade), ("downgrade", step.downgrade)):
        lines += [f"def {name}() -> None:", *map(_indented, body or ("pass",))]
    return "\n".join(lines)


def _indented(line: str) -> str:
    # What a string of several lines says must stay.
    return "    " + (line if '"""' in line else line.replace("\n", "\n    "))


def _definitions(source: Source, text: str) -> list[str]:
    """Return what the file imports or defines that the text needs, and that has no other line."""
    found: list[str] = []
    for names, definition in reversed(list(source.definitions)):
        is_used = any(re.search(rf"(?<![.\w]){name}\b", text) for name in names - {"op", "sa"})
        if is_used and not definition.startswith("from alembic_workflow import"):
            found.insert(0, definition)
            text += definition
    return found
