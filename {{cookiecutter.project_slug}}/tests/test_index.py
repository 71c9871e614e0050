from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from app.http.index import add_index

router = APIRouter()


@router.get("/")
def answer_myself() -> str:
    return "mine"


def test_the_index_names_the_service_and_its_documentation() -> None:
    app = FastAPI(title="Comments", version="1.2.3")
    add_index(app)
    client = TestClient(app)

    assert client.get("/").json() == {"name": "Comments", "version": "1.2.3", "docs": "/docs"}
    assert client.head("/").status_code == 200
    assert "/" not in client.get("/openapi.json").json()["paths"]


def test_the_index_behind_a_proxy_names_the_path_that_a_client_asks_for() -> None:
    app = FastAPI()
    add_index(app)

    answer = TestClient(app, root_path="/behind/a/proxy").get("/behind/a/proxy/").json()

    assert answer["docs"] == "/behind/a/proxy/docs"


def test_the_index_does_not_name_documentation_that_is_switched_off() -> None:
    app = FastAPI(title="Comments", version="1.2.3", openapi_url=None)
    add_index(app)

    assert TestClient(app).get("/").json() == {"name": "Comments", "version": "1.2.3"}


def test_a_route_of_a_router_takes_the_place_of_the_index() -> None:
    app = FastAPI()
    app.include_router(router)
    add_index(app)
    client = TestClient(app)

    assert client.get("/").json() == "mine"
    assert client.head("/").status_code == 405
