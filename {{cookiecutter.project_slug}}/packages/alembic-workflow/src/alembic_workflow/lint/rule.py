"""A rule of the linter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import Recipe, of_changes
from alembic_workflow.lint.state import Relation

KEEP = """\
# Deploy a release that does without it. Then keep what you wrote, and add:
lint_ignore = {"$code": "nothing that runs relies on it any more"}"""
NO_OTHER_WAY = """\
# PostgreSQL has no way without the lock. If it is held for a moment only, or while the service is
# stopped, add:
lint_ignore = {"$code": "the table is small"}"""


Find = Callable[[Revision], Iterator[Danger]]
"""Yields the places where a revision breaks a rule."""


@dataclass(frozen=True)
class Rule:
    """Something that a revision should not do; to add one, add it to a module of `rules/`."""

    code: str
    """The name that `lint_ignore` uses."""
    reason: str
    """The harm, with $about for what it is about."""
    find: Find
    recipe: Recipe = of_changes
    """Returns the steps of the safe form; by itself, those for what changes in the catalog."""
    advice: str = KEEP
    """The safe form in words, where there are no steps."""
    is_remark: bool = False
    """Whether it is only to be known: the command does not fail for it."""


Place = tuple[str, Relation | None, str] | tuple[str, Relation | None, str, Difference | None]
"""The thing it is about, the locked table, for how long others wait, and the difference."""


def of_statements(test: Callable[[Effects], Iterator[Place]]) -> Find:
    """Return what finds the places that the test yields for a statement by itself."""

    def find(revision: Revision) -> Iterator[Danger]:
        for each in revision.effects:
            for about, table, wait, *difference in test(each):
                yield Danger(each.line, about, table, wait, each.statement, *difference)

    return find


def of_differences(kind: str, test: Callable[[Effects, Difference], str]) -> Find:
    """Return what finds the changes of a kind of thing for which others wait.

    Takes what tells for how long, of a statement and a difference: "" if they do not.
    """

    def changed(each: Effects) -> Iterator[Place]:
        for difference in each.differences:
            wait = test(each, difference) if difference.item.kind == kind else ""
            table = each.table(difference) or each.lock
            if wait and table is not None:
                yield str(difference.item), table, wait, difference

    return of_statements(changed)
