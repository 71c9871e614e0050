"""The files that other services read: continuous integration, Docker and compose."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from baking import ROOT, Bakery, Project
from dockerfile import instructions


@pytest.mark.parametrize(
    ("schema", "name", "answers"),
    [
        ("dependabot", ".github/dependabot.yml", {}),
        ("dependabot", ".github/dependabot.yml", {"docker": "no"}),
        ("github-workflows", ".github/workflows/ci.yml", {}),
        ("github-workflows", ".github/workflows/image.yml", {}),
        ("github-workflows", ".github/workflows/template.yml", {}),
        ("gitlab-ci", ".gitlab-ci.yml", {"ci": "gitlab"}),
        ("gitlab-ci", ".gitlab-ci.yml", {"ci": "gitlab", "docker": "no"}),
        ("renovate", "renovate.json", {"ci": "gitlab"}),
        ("compose-spec", "compose.yaml", {}),
        ("compose-spec", "compose.yaml", {"starter": "blank"}),
    ],
)
def test_the_services_that_read_a_file_accept_it(
    baked: Bakery, schema: str, name: str, answers: dict[str, str]
) -> None:
    result = check_schema(baked(**answers), schema, name)

    assert result == "ok -- validation done"


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_github_accepts_the_workflows_of_the_template_itself(name: str) -> None:
    result = check_schema(Project(ROOT), "github-workflows", f".github/workflows/{name}")

    assert result == "ok -- validation done"


def test_compose_accepts_the_documented_secrets_of_the_build(baked: Bakery, tmp_path: Path) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", baked().text("docs/image.md"), re.DOTALL)
    (tmp_path / "compose.yaml").write_text(block)
    mounted = set(re.findall(r"--mount=type=secret,id=(\w+)", baked().text("Dockerfile")))

    assert check_schema(Project(tmp_path), "compose-spec", "compose.yaml").startswith("ok")
    assert set(yaml.safe_load(block)["secrets"]) == mounted


def check_schema(project: Project, schema: str, name: str) -> str:
    """Return what check-jsonschema says about the file."""
    result = project.run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", name)
    )
    return (result.stdout + result.stderr).strip()


def test_zizmor_finds_nothing_that_an_attacker_could_use_in_a_workflow(baked: Bakery) -> None:
    for project in (Project(ROOT), baked()):
        result = project.run(
            *(str(Path(sys.executable).with_name("zizmor")), "--offline", "--persona", "pedantic"),
            *("--no-progress", ".github"),
        )

        assert result.returncode == 0, result.stdout


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


def test_compose_runs_our_containers_without_a_right_that_they_do_not_need(baked: Bakery) -> None:
    services = yaml.safe_load(baked().text("compose.yaml"))["services"]

    for name in ("migrate", "api"):
        assert services[name]["read_only"] is True
        assert services[name]["tmpfs"] == ["/tmp"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_compose_serves_only_once_the_migration_has_succeeded(baked: Bakery) -> None:
    services = yaml.safe_load(baked().text("compose.yaml"))["services"]

    assert services["migrate"]["command"] == "alembic upgrade head"
    assert services["api"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }


def test_the_image_runs_as_a_user_without_rights_and_takes_signals_itself(baked: Bakery) -> None:
    *_, (_, last_stage) = stages(baked())

    names = [name for name, _ in last_stage]
    arguments = dict(last_stage)
    assert int(arguments["USER"]) > 0
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
    # A shell would not pass SIGTERM on.
    assert json.loads(arguments["CMD"])[:3] == ["python", "-m", "app"]


def test_requests_that_are_being_answered_end_before_docker_kills_the_container(
    baked: Bakery,
) -> None:
    *_, (_, last_stage) = stages(baked())
    command = json.loads(dict(last_stage)["CMD"])

    assert int(command[command.index("--timeout-graceful-shutdown") + 1]) < 10


def test_the_healthcheck_of_the_image_is_a_probe_that_the_access_log_leaves_out(
    baked: Bakery,
) -> None:
    project = baked()
    *_, (_, last_stage) = stages(project)

    [path] = re.findall(r"http://127\.0\.0\.1:8000(/[a-z/]+)", dict(last_stage)["HEALTHCHECK"])
    [probes] = re.findall(r"PROBES = frozenset\((.*)\)", project.text("app/http/middleware.py"))
    assert path in ast.literal_eval(probes)


def test_the_image_holds_no_secret_and_no_tool_that_only_builds_it(baked: Bakery) -> None:
    project = baked()
    *_, (_, last_stage) = stages(project)
    lines = [f"{name} {argument}" for name, argument in instructions(project.text("Dockerfile"))]

    assert not [line for line in lines if re.search(r"SECRET|PASSWORD|\.env\b|_URL", line)]
    assert not [line for line in lines if line.startswith(("ARG", "ADD", "COPY . "))]
    assert not [
        line for name, line in last_stage if name == "RUN" and re.search(r"\b(pip|uv|apt)", line)
    ]


def test_the_documented_deployment_fits_the_image(baked: Bakery) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", baked().text("docs/scaling.md"), re.DOTALL)
    job, deployment = yaml.safe_load_all(block)
    *_, (_, last_stage) = stages(baked())
    command = json.loads(dict(last_stage)["CMD"])
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [migration] = job["spec"]["template"]["spec"]["containers"]

    assert migration["image"] == container["image"]
    probes = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")}
    assert probes == {"/health/live", "/health/ready"}
    assert container["ports"] == [{"containerPort": int(command[command.index("--port") + 1])}]
    before = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    shutdown = int(command[command.index("--timeout-graceful-shutdown") + 1])
    assert pod["terminationGracePeriodSeconds"] > before + shutdown


def stages(project: Project) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the image of each stage of the Dockerfile, and its other instructions."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for name, argument in instructions(project.text("Dockerfile")):
        if name == "FROM":
            found.append((argument, []))
        else:
            found[-1][1].append((name, argument))
    return found
