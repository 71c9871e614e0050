"""Clients that are generated from the API's description, and libraries that log in."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from baking import Project, bake
from oauthlib.oauth2 import InvalidGrantError, LegacyApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session as RequestsOAuth2Session
from running import clean_environment, serving, succeed

pytestmark = pytest.mark.installs
CLIENTS = Path(__file__).with_name("clients")
OLDEST_NODE = 20
PASSWORD = "correct horse battery staple"
DESCRIBE = "import json; from app.main import app; print(json.dumps(app.openapi()))"
WRONG = "The e-mail address or the password is wrong."
TRANSCRIPT = """\
sign up NAME@example.com
log in invalid_grant The e-mail address or the password is wrong.
log in bearer 1800
write 401 This needs an access token; get one from /token.
write 422 body.title
page NAME 3,NAME 2
page NAME 1 null
vote 204
change NAME 0 Hello 1
delete 204
get 404 There is no such post.
"""


def run(folder: Path, *command: str | Path) -> str:
    """Run it in the folder, require that it succeeds, and return what it printed."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def server(migrated_blog: Project) -> Iterator[httpx.Client]:
    with serving(migrated_blog.path, ".venv/bin/python", "-m", "app", "--port", "PORT") as client:
        yield client


@pytest.fixture(scope="module")
def folder(migrated_blog: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the description of the blog's API."""
    folder = tmp_path_factory.mktemp("clients")
    succeed(migrated_blog.path, "openapi")
    shutil.move(migrated_blog.path / "openapi.json", folder)
    return folder


@pytest.fixture(scope="module")
def node(folder: Path) -> Path:
    """The folder, with the tools that are written in JavaScript."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not installed")
    version = run(folder, "node", "--version").strip()
    if int(version[1:].partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node is {version}, and the tools need {OLDEST_NODE}")
    shutil.copytree(CLIENTS, folder, dirs_exist_ok=True)
    install = ["npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts"]
    result = subprocess.run(install, cwd=folder, capture_output=True, encoding="utf-8")
    if result.returncode:
        pytest.skip(f"npm cannot install the tools: {result.stderr.splitlines()[:1]}")
    return folder


def test_the_python_client_works(server: httpx.Client, folder: Path) -> None:
    generate = ("openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none")
    run(folder, *generate, "--output-path", "blog_client", "--fail-on-warning")
    shutil.copy(CLIENTS / "python_client.py", folder)

    said = run(folder, sys.executable, "python_client.py", str(server.base_url))

    assert said == TRANSCRIPT.replace("NAME", "python")


def test_the_typescript_clients_work(server: httpx.Client, node: Path) -> None:
    tools = node / "node_modules" / ".bin"
    run(
        node,
        tools / "openapi-ts",
        "-i",
        "openapi.json",
        "-o",
        "hey_api",
        "-c",
        "@hey-api/client-fetch",
    )
    types = ("--default-non-nullable", "false", "--output", "schema.d.ts")
    run(node, tools / "openapi-typescript", "openapi.json", *types)
    run(node, tools / "tsc", "--project", ".")

    for name, script in (("hey", "hey_api.js"), ("fetch", "openapi_fetch.js")):
        said = run(node, "node", f"compiled/{script}", str(server.base_url))
        assert said == TRANSCRIPT.replace("NAME", name)


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
def test_the_linters_find_nothing(
    migrated_blog: Project, node: Path, tmp_path: Path, starter: str
) -> None:
    project = bake(tmp_path, starter=starter, license="Proprietary")
    description = subprocess.run(
        [migrated_blog.path / ".venv/bin/python", "-c", DESCRIBE],
        cwd=project.path,
        env=clean_environment(DATABASE_URL="postgresql://db/blog", SECRET_KEY="0" * 32),
        capture_output=True,
        check=True,
    )
    (node / f"{starter}.json").write_bytes(description.stdout)
    tools = node / "node_modules" / ".bin"

    redocly = (tools / "redocly", "lint", "--config", "redocly.yaml", "--format", "json")
    totals = json.loads(run(node, *redocly, f"{starter}.json"))["totals"]
    assert (totals["errors"], totals["warnings"]) == (0, 0)
    spectral = (tools / "spectral", "lint", "--fail-severity", "hint")
    run(node, *spectral, "--ruleset", "spectral.yaml", f"{starter}.json")


def test_authlib_says_what_is_wrong(server: httpx.Client) -> None:
    url = f"{server.base_url}/token"
    account = sign_up(server, "authlib@example.com")

    with pytest.raises(OAuthError) as error:
        OAuth2Session().fetch_token(url, username=account, password="wrong")
    assert (error.value.error, error.value.description) == ("invalid_grant", WRONG)
    with pytest.raises(OAuthError, match="unsupported_grant_type"):
        OAuth2Session().fetch_token(url, grant_type="client_credentials", client_id="x")

    token = OAuth2Session().fetch_token(url, username=account, password=PASSWORD)
    assert not token.is_expired()
    assert token["expires_in"] == 1800


def test_requests_oauthlib_says_what_is_wrong(
    server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # it is not TLS that is tested
    account = sign_up(server, "requests@example.com")
    session = RequestsOAuth2Session(client=LegacyApplicationClient(client_id="x"))
    url = f"{server.base_url}/token"

    with pytest.raises(InvalidGrantError, match=WRONG):
        session.fetch_token(url, username=account, password="wrong")
    with pytest.raises(OAuth2Error, match="password: Field required"):
        session.fetch_token(url, username=account, password="")

    session.fetch_token(url, username=account, password=PASSWORD)
    assert session.get(f"{server.base_url}/users/me").json()["email"] == account


def sign_up(server: httpx.Client, email: str) -> str:
    """Create an account, and return its address."""
    response = server.post("/users", json={"email": email, "password": PASSWORD})
    assert response.status_code == 201
    return email


@pytest.mark.parametrize(
    ("command", "environment", "last"),
    [
        (".venv/bin/python -m app --port PORT", {}, 429),
        (".venv/bin/uvicorn app.main:app --port PORT", {}, 429),
        (".venv/bin/fastapi run --host 127.0.0.1 --port PORT", {}, 429),
        (".venv/bin/python -m app --port PORT", {"FORWARDED_ALLOW_IPS": "127.0.0.1"}, 400),
    ],
)
def test_nobody_chooses_an_address_who_is_no_proxy(
    migrated_blog: Project, command: str, environment: dict[str, str], last: int
) -> None:
    form = {"username": f"{uuid4().hex}@example.com", "password": "wrong"}

    with serving(migrated_blog.path, *command.split(), LOGIN_ATTEMPTS="2", **environment) as client:
        statuses = [
            client.post(
                "/token", data=form, headers={"X-Forwarded-For": f"192.0.2.{number}"}
            ).status_code
            for number in range(3)
        ]

    assert statuses == [400, 400, last]
