"""`rebase`: one's own revisions after those of others."""

import re
from pathlib import Path

from alembic import context
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.command_names import command
from alembic_workflow.database.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.replay.released import files_at, main_branch


def rebase(environment: Environment, mine: str | None) -> None:
    """Put my revisions after the other head, so that history is one line again.

    Takes the head that is mine, or None for the one that git does not have on the main branch.
    Changes the file of my first revision. Raises CommandError if there are not two heads, if there
    is no telling which is mine, or if the developer's database has mine applied.
    """
    script = context.script
    heads = script.get_heads()
    if len(heads) != 2:
        raise CommandError(
            f"rebase needs two heads, and history has {len(heads)}; see {command('heads')}."
        )
    head = _named_head(script, mine) if mine else _unmerged_head(script, heads)
    [other] = [each for each in heads if each != head]
    others = {each.revision for each in script.iterate_revisions(other, "base")}
    own = [each for each in script.iterate_revisions(head, "base") if each.revision not in others]
    with connect(environment.database().url, environment.service_name) as connection:
        environment.configure(connection=connection)
        applied = context.get_context().get_current_heads()
    if any(each.revision in applied for each in own):
        raise CommandError(
            f"Your database has {head} applied, which would now come after {other}. "
            f"Undo it first: {command('downgrade', to=str(own[-1].down_revision or 'base'))}"
        )
    _change_parent(own[-1], other)
    print(f"{Path(own[-1].path).name} now comes after {other}.")


def _named_head(script: ScriptDirectory, name: str) -> str:
    heads = script.get_heads()
    found = script.get_revision(name)
    if found is None or found.revision not in heads:
        raise CommandError(f"{name} is no head; the heads are {' and '.join(heads)}.")
    return found.revision


def _unmerged_head(script: ScriptDirectory, heads: list[str]) -> str:
    folder = Path(script.dir)
    branch = main_branch(folder)
    known = files_at(folder, branch) if branch else set()
    unmerged = [head for head in heads if Path(script.get_revision(head).path).name not in known]
    if len(unmerged) != 1:
        raise CommandError(
            f"git does not tell which of {' and '.join(heads)} is yours; name it: "
            f"{command('rebase', mine=heads[0])}"
        )
    return unmerged[0]


def _change_parent(revision: Script, parent: str) -> None:
    path = Path(revision.path)
    text = path.read_text(encoding="utf-8")
    before = revision.down_revision
    changed, count = re.subn(
        r"^(down_revision\b[^=\n]*= *)(?:None|\"[^\"\n]*\"|'[^'\n]*')",
        rf'\g<1>"{parent}"',
        text,
        flags=re.MULTILINE,
    )
    if count != 1:
        raise CommandError(f"{path.name}: change its down_revision from {before!r} by hand.")
    path.write_text(
        re.sub(r"^(Revises: ).*$", rf"\g<1>{parent}", changed, count=1, flags=re.MULTILINE),
        encoding="utf-8",
    )
