"""The files that other services read: continuous integration, Docker and compose."""

import re
import sys

import pytest
import yaml
from baking import ROOT, Bakery, Project


@pytest.mark.parametrize(
    ("schema", "name", "answers"),
    [
        ("github-workflows", ".github/workflows/ci.yml", {}),
        ("gitlab-ci", ".gitlab-ci.yml", {"ci": "gitlab"}),
        ("compose-spec", "compose.yaml", {}),
        ("compose-spec", "compose.yaml", {"starter": "blank"}),
    ],
)
def test_the_services_that_read_a_file_accept_it(
    baked: Bakery, schema: str, name: str, answers: dict[str, str]
) -> None:
    result = check_schema(baked(**answers), schema, name)

    assert result == "ok -- validation done"


def test_github_accepts_the_workflow_of_the_template_itself() -> None:
    result = check_schema(Project(ROOT), "github-workflows", ".github/workflows/ci.yml")

    assert result == "ok -- validation done"


def check_schema(project: Project, schema: str, name: str) -> str:
    """Return what check-jsonschema says about the file."""
    result = project.run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", name)
    )
    return (result.stdout + result.stderr).strip()


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
def test_compose_sets_a_secret_key_only_where_logins_are_signed(
    baked: Bakery, starter: str
) -> None:
    services = yaml.safe_load(baked(starter=starter).text("compose.yaml"))["services"]

    assert "DATABASE_PASSWORD" in services["api"]["environment"]
    assert ("SECRET_KEY" in services["api"]["environment"]) == (starter != "blank")


def test_compose_publishes_nothing_beyond_this_machine(baked: Bakery) -> None:
    services = yaml.safe_load(baked().text("compose.yaml"))["services"]

    assert {name: service.get("ports", []) for name, service in services.items()} == {
        "db": [],
        "migrate": [],
        "api": ["127.0.0.1:8000:8000"],
    }


def test_only_what_the_image_needs_is_sent_to_docker(baked: Bakery) -> None:
    project = baked()
    allowed = {
        line.removeprefix("!")
        for line in project.text(".dockerignore").splitlines()
        if line.startswith("!")
    }
    copied = {
        source.removesuffix("*")
        for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", project.text("Dockerfile"), re.M)
        for source in sources.split()
    }

    assert allowed == copied
