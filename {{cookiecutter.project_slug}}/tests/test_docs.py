import os
import re
import subprocess
import sys
from importlib.resources import files

import pytest
from fastapi.testclient import TestClient

from app.http.docs import REDOC, REDOC_LOGO
from app.main import app

PATHS = ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
@pytest.mark.parametrize("root_path", ["", "/behind/a/proxy"])
def test_a_page_loads_nothing_from_elsewhere(path: str, root_path: str) -> None:
    client = TestClient(app, root_path=root_path)
    page = client.get(root_path + path).text

    assets = re.findall(r'(?:src|href|spec-url)="([^"]*)"', page)
    assert assets
    for asset in assets:
        assert asset.startswith(root_path + "/")
        assert client.get(asset).status_code == 200


def test_the_pages_can_be_switched_off() -> None:
    program = (
        "from fastapi.testclient import TestClient; from app.main import app; "
        f"print(*[TestClient(app).get(path).status_code for path in {PATHS}])"
    )
    results = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"DOCS_ENABLED": enabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for enabled in ("true", "false")
    ]

    assert results == [["200"] * len(PATHS), ["404"] * len(PATHS)]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_may_load_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_script_of_redoc_names_no_image_of_its_maker(client: TestClient) -> None:
    script = client.get("/docs/assets/redoc.standalone.js")

    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "cdn.redoc.ly" not in script.text
    assert REDOC_LOGO in files("fastapi_offline").joinpath("static", REDOC).read_bytes()
