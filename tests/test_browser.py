"""The pages of a project, and its errors from the page of another origin, in a browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from baking import Project
from playwright.sync_api import Browser, Page, expect, sync_playwright
from running import serving

pytestmark = pytest.mark.installs
PASSWORD = "correct horse battery staple"
# Not a name of this machine: Swagger UI asks a validator on the internet about all others.
HOST = "api.example.com"
LARGEST_BODY = 2 * 1024 * 1024
ROUTER = """
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/broken")


@router.get("/defect")
def fail() -> None:
    raise RuntimeError("a secret")


@router.get("/unavailable")
def wait() -> None:
    raise HTTPException(503, "Come back.", headers={"Retry-After": "5"})
"""
ASK = """
async ([url, requests]) => {
  const answers = [];
  for (const [path, options] of requests) {
    const response = await fetch(url + path, options);
    const {status, detail, request_id} = await response.json();
    const named = response.headers.get("X-Request-ID") === request_id;
    const retried = response.headers.get("Retry-After") !== null;
    answers.push([response.status, status, typeof detail, named, retried]);
  }
  return answers;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for which no name leads off this machine."""
    if (program := shutil.which("chromium")) is None:
        pytest.skip("chromium is not installed")
    names = f"--host-resolver-rules=MAP {HOST} 127.0.0.1,MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", names])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a site with an empty page."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!DOCTYPE html><title>Elsewhere</title>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_address[1]}"
        site.shutdown()


@pytest.fixture(scope="module")
def server(migrated_blog: Project, origin: str) -> Iterator[httpx.Client]:
    """The blog, with two routes that fail, and with an account."""
    Path(migrated_blog.path, "app/routers/broken.py").write_text(ROUTER)
    command = (".venv/bin/python", "-m", "app", "--port", "PORT")
    with serving(migrated_blog.path, *command, CORS_ORIGINS=origin, LOGIN_ATTEMPTS="3") as client:
        for name in ("ada", "eve"):
            account = {"email": f"{name}@example.com", "password": PASSWORD}
            assert client.post("/users", json=account).status_code == 201
        yield client


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a page, and yield it, the hosts that it asks, and what it complains about."""
    page = browser.new_page(viewport={"width": 1200, "height": 1200})
    hosts: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: hosts.append(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(url)
    yield page, hosts, complaints
    page.close()


def test_the_documentation_authorises_writes_lists_and_logs_out(
    browser: Browser, server: httpx.Client
) -> None:
    own = f"{HOST}:{server.base_url.port}"
    with opened(browser, f"http://{own}/docs") as (page, hosts, complaints):
        page.click(".auth-wrapper .authorize")
        page.fill("#oauth_username", "ada@example.com")
        page.fill("#oauth_password", PASSWORD)
        page.click(".modal-ux .auth-btn-wrapper .authorize")
        page.click(".modal-ux .btn-done")

        execute(page, "posts-createPost", 201)
        execute(page, "posts-listPosts", 200)
        listed = page.locator("#operations-posts-listPosts .live-responses-table")
        expect(listed).to_contain_text("Notes on the Analytical Engine")
        assert complaints == []

        page.click(".auth-wrapper .authorize")
        page.click(".modal-ux button:has-text('Logout')")
        page.click(".modal-ux .btn-done")
        page.click("#operations-posts-createPost .execute")
        status = page.locator("#operations-posts-createPost .live-responses-table tbody td").first
        expect(status).to_contain_text("401")
        expect(page.locator("#operations-posts-createPost .curl")).not_to_contain_text("Bearer")

    assert {host for host in hosts if host} == {own}
    assert all("401 (Unauthorized)" in complaint for complaint in complaints)


def execute(page: Page, operation: str, status: int) -> None:
    """Try an operation out as it is proposed, and see what the answer is."""
    page.click(f"#operations-{operation} .opblock-summary-control")
    page.click(f"#operations-{operation} .try-out__btn")
    page.click(f"#operations-{operation} .execute")
    answer = page.locator(f"#operations-{operation} .live-responses-table tbody td").first
    expect(answer).to_contain_text(str(status))


def test_redoc_loads_nothing_from_elsewhere(browser: Browser, server: httpx.Client) -> None:
    own = f"{HOST}:{server.base_url.port}"
    with opened(browser, f"http://{own}/redoc") as (page, hosts, complaints):
        expect(page.locator("h2:has-text('Create Post')")).to_be_visible()
        expect(page.locator("img[alt='redocly logo']")).to_have_count(1)
        page.wait_for_load_state("networkidle")

    assert {host for host in hosts if host} == {own}
    assert complaints == []


def test_a_page_of_another_origin_reads_every_kind_of_error(
    browser: Browser, server: httpx.Client, origin: str
) -> None:
    token = log_in(server, "ada@example.com").json()["access_token"]
    post = {"title": "Hers", "content": "x"}
    as_eve = {"Authorization": f"Bearer {log_in(server, 'eve@example.com').json()['access_token']}"}
    number = server.post("/posts", json=post, headers=as_eve).json()["id"]
    user = {"Authorization": f"Bearer {token}"}
    as_json = {"Content-Type": "application/json"}
    account = '{"email": "ada@example.com", "password": "correct horse battery staple"}'
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    wrong = {"method": "POST", "headers": form, "body": "username=bob@example.com&password=x"}
    requests: list[tuple[int, str, dict[str, Any]]] = [
        (400, "/token", wrong),
        (401, "/users/me", {"headers": {"Authorization": "Bearer x"}}),
        (403, f"/posts/{number}", {"method": "DELETE", "headers": user}),
        (404, "/nowhere", {}),
        (404, "/posts/999999", {"headers": user}),
        (405, "/posts", {"method": "PUT"}),
        (409, "/users", {"method": "POST", "headers": as_json, "body": account}),
        (413, "/posts", {"method": "POST", "headers": as_json, "body": "x" * (4 * LARGEST_BODY)}),
        (422, "/posts", {"method": "POST", "headers": user | as_json, "body": "{}"}),
        (400, "/token", wrong),
        (400, "/token", wrong),
        (429, "/token", wrong),
        (500, "/broken/defect", {}),
        (503, "/broken/unavailable", {}),
    ]
    with opened(browser, origin) as (page, _, complaints):
        url = str(server.base_url).rstrip("/")
        answers = page.evaluate(ASK, [url, [request[1:] for request in requests]])

    expected = [status for status, *_ in requests]
    assert answers == [[each, each, "string", True, each in (429, 503)] for each in expected]
    assert not [complaint for complaint in complaints if "CORS" in complaint]


def log_in(server: httpx.Client, email: str) -> httpx.Response:
    """Ask for a token."""
    return server.post("/token", data={"username": email, "password": PASSWORD})
