"""Rules about the file of a revision, whatever it sends."""

from collections.abc import Callable, Iterator

from alembic_workflow.lint.rule import Place, Revision, Rule


def _comments(beginning: str) -> Callable[[Revision], Iterator[Place]]:
    """Return what finds the comments that begin so."""

    def find(revision: Revision) -> Iterator[Place]:
        for line, text in revision.source.comments:
            if text.startswith(beginning):
                yield Place(line, fragment=text.removeprefix(beginning).strip())

    return find


def _imports_of_the_application(revision: Revision) -> Iterator[Place]:
    for line, module in revision.source.imports:
        if module.split(".")[0] == revision.application:
            yield Place(line, fragment=module)


def _empty_downgrade(revision: Revision) -> Iterator[Place]:
    source = revision.source
    is_undone = source.only_fills("upgrade") or not source.is_empty("downgrade")
    if not source.is_empty("upgrade") and not is_undone:
        yield Place(source.line_of("downgrade"))


FILE_RULES = (
    Rule(
        "unconfirmed-rename",
        find=_comments("Unconfirmed rename:"),
        reason="$fragment: if it is a rename, drop and add lose the rows.",
        recipe="# If it is one, delete this file and run: $revision\n# If not, delete the comment.",
    ),
    Rule(
        "write-by-hand",
        find=_comments("Write by hand:"),
        reason="Not written yet: $fragment",
        recipe="# Write it, then delete the comment.",
    ),
    Rule(
        "empty-downgrade",
        find=_empty_downgrade,
        reason="upgrade() does something and downgrade() does not undo it.",
        recipe=(
            "# Undo it in reverse order; or, if that is impossible, say so:\n"
            'raise NotImplementedError("The rows are gone; restore a backup.")'
        ),
    ),
    Rule(
        "imports-models",
        find=_imports_of_the_application,
        reason="It imports $fragment, which will change; what this revision does must not.",
        recipe=(
            "# Describe in the revision what it needs, as it is now:\n"
            'posts = sa.table("posts", sa.column("id"), sa.column("title"))'
        ),
    ),
    Rule(
        "ignore-without-reason",
        reason="lint_ignore needs a code and a reason for each thing to ignore, written out.",
        recipe='# Say why it is safe here:\nlint_ignore = {"ban-drop-column": "nothing reads it"}',
    ),
    Rule(
        "unused-ignore",
        reason="Nothing in this revision has the code $fragment.",
        recipe="# Delete it from lint_ignore.",
    ),
)
