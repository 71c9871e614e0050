"""Findings of `lint` in revisions, and its recipes, which run as they are printed and are safe."""

import re
from collections.abc import Iterator

import pytest

from workflow.linting import CHAIN, FURTHER, HOSTILE, INNOCENT, OTHERS, Linter, Revision
from workflow.workbench import Workbench

# Values for rows that the changes accept.
EXAMPLES = {"logs_new": {"at": "2026-05-05"}}


@pytest.fixture(scope="module")
def linter(bench: Workbench) -> Iterator[Linter]:
    """A service whose first revision makes tables."""
    linter = Linter(bench)
    linter.prepare()
    yield linter
    bench.restore()


def found(linter: Linter, revision: Revision) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in linter([revision.source()])]


def require_safe(output: str) -> None:
    *remarks, summary = re.split(r"\n(?=\S)", output.strip())
    assert re.fullmatch(r"\d+ revisions? since tables: nothing locks .*", summary), output
    assert all(re.match(r"\S+\.py:\d+: remark: ", each) for each in remarks if each), output


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_unsafe_is_found_and_its_recipe_is_safe_as_it_is_printed(
    linter: Linter, name: str
) -> None:
    revision = HOSTILE[name]

    findings = linter([revision.source()])

    assert [(each.line, each.code) for each in findings] == revision.expected(), findings
    require_safe(linter.paste([(revision, [each.recipe for each in findings])], EXAMPLES))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_to_be_known_is_found_at_the_operation(linter: Linter, name: str) -> None:
    assert found(linter, OTHERS[name]) == OTHERS[name].expected()


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_safe_is_not_found(linter: Linter, name: str) -> None:
    assert found(linter, INNOCENT[name]) == []


def test_further_kinds_are_found_and_what_is_like_them_is_not(linter: Linter) -> None:
    found = linter.by_revision(list(CHAIN.values()))

    lines = [sorted((each.line, each.code) for each in findings) for findings in found]
    wrong = {
        name: findings
        for (name, revision), findings in zip(CHAIN.items(), lines, strict=True)
        if findings != revision.expected()
    }
    assert wrong == {}


def test_further_recipes_are_safe_as_they_are_printed(linter: Linter) -> None:
    found = linter.by_revision(list(FURTHER.values()))

    recipes = [[each.recipe for each in findings if not each.is_remark] for findings in found]
    assert sum(map(bool, recipes)) == len(FURTHER) - 1  # one is only there for the next
    require_safe(linter.paste(list(zip(FURTHER.values(), recipes, strict=True)), EXAMPLES))
