"""Steps through a history, up and down."""

import ast
import inspect
import textwrap
from pathlib import Path

from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory


def up(script: ScriptDirectory, revision: Script) -> RevisionStep:
    """Return the step that applies the revision."""
    return MigrationStep.upgrade_from_script(script.revision_map, revision)


def down(script: ScriptDirectory, revision: Script) -> RevisionStep:
    """Return the step that undoes the revision."""
    return MigrationStep.downgrade_from_script(script.revision_map, revision)


def name_of(step: RevisionStep) -> str:
    """Return the name of the revision's file."""
    return Path(step.revision.path).name


def undoable(revisions: list[Script]) -> list[Script]:
    """Return the revisions, newest first, down to one that cannot be undone."""
    newest_first = revisions[::-1]
    irreversible = [n for n, each in enumerate(newest_first) if is_irreversible(each)]
    return newest_first[: irreversible[0]] if irreversible else newest_first


def is_irreversible(revision: Script) -> bool:
    """Return whether its downgrade only says that there is none: `raise NotImplementedError`."""
    source = textwrap.dedent(inspect.getsource(revision.module.downgrade))
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return any(
        isinstance(each, ast.Raise) and "NotImplementedError" in ast.unparse(each)
        for each in function.body
    )
