"""The recipe for a resource in a project's README, followed word by word."""

import re
import shlex
import textwrap
from collections.abc import Iterator

import pytest
from baking import Project, bake
from running import make, stop_postgres

pytestmark = pytest.mark.installs
STEP = re.compile(
    r"^\d\. `(?P<name>[^`]+\.py)`.*?```python\n(?P<code>.*?)```", re.DOTALL | re.MULTILINE
)
# Their other tests are run elsewhere.
ONLY_OF_COMMENTS = "-k comment"


@pytest.fixture(scope="module", params=["blank", "users", "blog"])
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp(request.param), starter=request.param)
    yield project
    stop_postgres(project)


def test_the_recipe_for_a_resource_gives_clean_code_and_green_tests(project: Project) -> None:
    readme = project.text("README.md")
    recipe = readme[readme.index("## Add a resource") : readme.index("## Change the schema")]
    files = {step["name"]: textwrap.dedent(step["code"]) for step in STEP.finditer(recipe)}
    commands = re.findall(r"`(make [^`]+)`", recipe)
    whole = not project.has_file("app/routers/users.py")

    assert [name.split("/")[-2] for name in files] == ["models", "schemas", "routers", "tests"]
    assert len(commands) == 2
    for name, code in files.items():
        (project.path / name).write_text(code, encoding="utf-8")
    for command in commands:
        _, *arguments = shlex.split(command)
        result = make(project.path, *arguments, PYTEST_ADDOPTS="" if whole else ONLY_OF_COMMENTS)
        assert result.returncode == 0, result.stdout + result.stderr

    assert re.search(r"[1-9]\d* passed", result.stdout)
    assert "Imports point one way KEPT" in result.stdout
    assert make(project.path, "check").returncode == 0
