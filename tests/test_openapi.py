"""Each starter against its own OpenAPI schema, with the requests that schemathesis makes up."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from baking import Project, bake
from running import serving, stop_postgres, succeed

pytestmark = pytest.mark.installs
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 30
# They would end the account whose token is used.
OF_THE_ACCOUNT = "/users/me(/password)?$"
VERB = re.compile(
    "(add|change|check|create|deactivate|delete|get|list|remove|replace|update)[A-Z][A-Za-z]*"
)
# Those for which no value would be typical.
NEED_NO_EXAMPLE = {"data", "errors", "next", "error_description"}


@pytest.fixture(scope="module", params=("blank", "users", "blog"))
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp(request.param), starter=request.param)
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def description(project: Project) -> Any:
    """The API's description."""
    with serving(project.path) as client:
        return client.get("/openapi.json").json()


def test_operations_are_named_and_described_for_people(description: Any) -> None:
    operations = [each for path in description["paths"].values() for each in path.values()]
    names = [operation["operationId"] for operation in operations]
    tags = {tag["name"]: tag["description"] for tag in description["tags"]}

    assert [name for name in names if not VERB.fullmatch(name)] == []
    assert len(set(names)) == len(names)
    assert all(operation["description"] for operation in operations)
    assert all(tags[tag] for operation in operations for tag in operation["tags"])


def test_each_field_has_an_example_or_one_value(description: Any) -> None:
    bare = {
        field
        for model in description["components"]["schemas"].values()
        for field, schema in model.get("properties", {}).items()
        if not {"examples", "const", "enum", "default", "$ref", "items"} & set(schema)
    }

    assert bare <= NEED_NO_EXAMPLE


def test_what_a_change_may_leave_out_it_may_not_send_as_null(description: Any) -> None:
    for name, schema in description["components"]["schemas"].items():
        if name.endswith("Update"):
            for field in schema["properties"].values():
                assert "null" not in str(field)
                assert "default" not in field


def require_no_violation(url: str, folder: Path, *options: str) -> None:
    """Fail with what schemathesis found."""
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)]
    command = [
        *(*program, "run", f"{url}/openapi.json"),
        *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color"),
        *("--phases", "examples,coverage,fuzzing"),
    ]
    result = subprocess.run([*command, *options], cwd=folder, capture_output=True, encoding="utf-8")
    assert re.search(r"Test cases:|Operations:", result.stdout), result.stdout + result.stderr
    if result.returncode:
        pytest.fail(result.stdout, pytrace=False)


def test_no_request_of_a_stranger_gets_what_the_schema_does_not_say(
    project: Project, tmp_path: Path
) -> None:
    with serving(project.path) as client:
        require_no_violation(str(client.base_url), tmp_path)


def test_no_request_of_a_user_gets_what_the_schema_does_not_say(
    project: Project, tmp_path: Path
) -> None:
    if not project.has_file("app/routers/users.py"):
        return
    with serving(project.path) as client:
        account = {"email": "user@example.com", "password": "correct horse battery"}
        assert client.post("/users", json=account).status_code == 201
        form = {"username": account["email"], "password": account["password"]}
        token = client.post("/token", data=form).json()["access_token"]
        options = ["-H", f"Authorization: Bearer {token}"]
        options += ["--exclude-path-regex", OF_THE_ACCOUNT]
        require_no_violation(str(client.base_url), tmp_path, *options)
