import os
import re
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

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
