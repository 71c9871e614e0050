"""Ordinary FastAPI with the service's session, beside the same with FastAPI's own idiom."""

import json
import re

import pytest
from baking import ROOT, Project
from databases import database_url, rows
from running import python

pytestmark = pytest.mark.installs
FOLDER = ROOT / "tests" / "patterns"
SOURCES = "".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("patterns_*.py")))
NAMES = re.findall(r"^@pattern\ndef (\w+)\(", SOURCES, re.MULTILINE)

ENDED = "RuntimeError: The session of the request has ended, before its response was sent"
SCOPE = 'has a scope of "request", it cannot depend on dependencies with scope "function"'
# Where the early end of the session, or its being the only one of the request, has to be told.
REFUSED = {
    "a_background_task_that_commits": ENDED,
    "a_background_task_that_uses_the_session": ENDED,
    "a_generator_endpoint_that_uses_the_session": ENDED,
    "an_async_generator_endpoint_that_uses_the_session": ENDED,
    "server_sent_events_that_use_the_session": ENDED,
    "a_streaming_response_that_uses_the_session": ENDED,
    "a_unit_of_work_that_commits_after_the_response": SCOPE,
    "an_async_generator_on_the_session": SCOPE,
    "nested_generators_on_the_session": SCOPE,
    "a_second_session_without_the_cache": "RuntimeError: A request has one session",
    "an_async_endpoint_that_runs_in_a_second_session": (
        "RuntimeError: This request has a session already"
    ),
}
Answers = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def answers(migrated_blog: Project) -> Answers:
    """The answers of every pattern in each of the variants."""
    insert = "INSERT INTO users (email, hashed_password) VALUES ('a@b.example', 'x')"
    rows(database_url(migrated_blog), "DELETE FROM users", insert)
    return {
        variant: run_patterns(migrated_blog, variant) for variant in ("plain", "session", "service")
    }


def run_patterns(project: Project, variant: str) -> dict[str, str]:
    """Return what the patterns return in this variant."""
    result = python(
        project.path, "-B", str(FOLDER / "run.py"), variant, PYTHONPATH=str(project.path)
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, str] = json.loads(result.stdout)
    assert set(found) == set(NAMES)
    return found


@pytest.mark.parametrize("variant", ["session", "service"])
@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_is_answered_as_in_plain_fastapi_or_refused_with_a_reason(
    answers: Answers, variant: str, name: str
) -> None:
    plain, ours = answers["plain"][name], answers[variant][name]

    if name in REFUSED:
        assert ours != plain
        assert REFUSED[name] in ours
    else:
        assert ours == plain


def test_plain_fastapi_answers_the_patterns_but_for_two(answers: Answers) -> None:
    raised = {name for name, answer in answers["plain"].items() if re.match(r"\w+Error: ", answer)}

    assert raised == {"a_value_that_does_not_fit", "a_generator_that_swallows_an_error"}


def test_the_patterns_are_many_and_none_is_there_twice() -> None:
    assert len(NAMES) == len(set(NAMES)) > 87
    assert REFUSED.keys() <= set(NAMES)
