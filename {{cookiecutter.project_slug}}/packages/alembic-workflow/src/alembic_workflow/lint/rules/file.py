"""Rules about the file of a revision, whatever it sends."""

from collections.abc import Callable, Iterator

from alembic_workflow.catalog.items import is_same_schema
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_rows import as_it_sends
from alembic_workflow.lint.rule import Rule


def _comments(beginning: str) -> Callable[[Revision], Iterator[Danger]]:
    """Return what finds the comments that begin so."""

    def find(revision: Revision) -> Iterator[Danger]:
        for line, text in revision.source.comments:
            if text.startswith(beginning):
                yield Danger(line, text.removeprefix(beginning).strip())

    return find


def _imports_of_the_application(revision: Revision) -> Iterator[Danger]:
    for line, module in revision.source.imports:
        if module.split(".")[0] == revision.application:
            yield Danger(line, module)


def _empty_downgrade(revision: Revision) -> Iterator[Danger]:
    source, recording = revision.source, revision.recording
    is_done = recording.failure is None and is_same_schema(recording.start, recording.end)
    if not source.is_empty("upgrade") and source.is_empty("downgrade") and not is_done:
        yield Danger(source.line_of("downgrade"))


def _ignores_without_reason(revision: Revision) -> Iterator[Danger]:
    for line, code, reason in revision.source.dictionary("lint_ignore"):
        if not (isinstance(code, str) and isinstance(reason, str) and reason.strip()):
            yield Danger(line, str(code))


FILE_RULES = (
    Rule(
        "unconfirmed-rename",
        find=_comments("Unconfirmed rename:"),
        reason="$about: if it is a rename, drop and add lose the rows.",
        advice="# If it is one, delete this file and run: $revision\n# If not, delete the comment.",
    ),
    Rule(
        "write-by-hand",
        find=_comments("Write by hand:"),
        reason="Not written yet: $about",
        advice="# Write it, then delete the comment.",
    ),
    Rule(
        "empty-downgrade",
        find=_empty_downgrade,
        reason="upgrade() does something and downgrade() does not undo it.",
        advice=(
            "# Undo it in reverse order; or, if that is impossible, say so:\n"
            'raise NotImplementedError("The rows are gone; restore a backup.")'
        ),
    ),
    Rule(
        "imports-models",
        find=_imports_of_the_application,
        reason="It imports $about, which will change; what this revision does must not.",
        recipe=as_it_sends,
        advice='# Describe the tables as they are now: sa.table("...", sa.column("id"), ...)',
    ),
    Rule(
        "ignore-without-reason",
        find=_ignores_without_reason,
        reason="lint_ignore needs a code and a reason for each thing to ignore, written out.",
        advice='# Say why it is safe here:\nlint_ignore = {"ban-drop-column": "nothing reads it"}',
    ),
)
UNUSED_IGNORE = Rule(
    "unused-ignore",
    find=lambda revision: iter(()),  # known once all others have looked
    reason="Nothing in this revision has the code $about.",
    advice="# Delete it from lint_ignore.",
    is_remark=True,
)
