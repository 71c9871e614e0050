import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import __title__, __version__, routers

COMMENTS = """
from fastapi import APIRouter

router = APIRouter(prefix="/dropped_in_by_a_test")

@router.get("")
def list_dropped_in_by_a_test() -> list[str]:
    return ["first"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules belong to the package of routers during the test."""
    monkeypatch.setattr(routers, "__path__", [*routers.__path__, str(tmp_path)])
    for name in ("dropped_in_by_a_test", "unfinished_by_a_test"):
        monkeypatch.delitem(sys.modules, f"{routers.__name__}.{name}", raising=False)
    return tmp_path


def test_serves_a_router_that_was_dropped_into_the_package(folder: Path) -> None:
    (folder / "dropped_in_by_a_test.py").write_text(COMMENTS)

    app = FastAPI()
    for router in routers.find_routers():
        app.include_router(router)

    assert TestClient(app).get("/dropped_in_by_a_test").json() == ["first"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("unfinished_by_a_test.py", ""),
        ("unfinished_by_a_test.py", "router = 7"),
        ("unfinished_by_a_test/__init__.py", ""),
    ],
)
def test_refuses_a_module_without_a_router(folder: Path, file: str, text: str) -> None:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text)

    with pytest.raises(routers.MissingRouterError) as error:
        routers.find_routers()

    assert str(error.value).startswith(f"app/routers/{file} has no `router`; write `router = ")


def test_the_documentation_names_the_service(client: TestClient) -> None:
    info = client.get("/openapi.json").json()["info"]

    assert (info["title"], info["version"]) == (__title__, __version__)
    assert client.get("/docs").status_code == 200
