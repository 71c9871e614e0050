import logging
import re
from collections.abc import Iterator, Sequence

import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from app.config import settings
from app.http.application import Application
from app.http.logging import add_request_id

router = APIRouter(prefix="/things")


@router.get("/{thing_id}")
def get_thing(thing_id: int) -> int:
    logging.getLogger("app.things").info("seen")
    return thing_id


@router.get("/{thing_id}/framed")
def get_framed_thing() -> None:
    raise RuntimeError


@router.get("/{thing_id}/parts")
def stream_parts() -> StreamingResponse:
    def parts() -> Iterator[str]:
        yield "one"
        yield "two"

    return StreamingResponse(parts(), media_type="text/plain", headers={"X-Parts": "2"})


@router.head("/{thing_id}/own")
def head_of_its_own() -> Response:
    return Response(headers={"X-Own": "yes"})


@router.get("/{thing_id}/own")
def get_beside_a_head() -> int:
    return 1


@router.put("/{thing_id}/votes")
def put_only() -> None:
    raise NotImplementedError


def make_client(*cors_origins: str, headers: Sequence[str] = settings.cors_headers) -> TestClient:
    """Return a client of an application with these origins, which may send these headers."""
    app = Application()
    app.cors_origins = cors_origins
    app.cors_headers = headers
    app.include_router(router, prefix="/v1")
    return TestClient(app, raise_server_exceptions=False)


client = make_client()


@pytest.fixture
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(add_request_id)


@pytest.mark.parametrize("given", ["abc-1", "Root=1-67891233-abcdef012345678912345678", "a" * 128])
def test_takes_the_request_id_of_the_client(given: str) -> None:
    response = client.get("/v1/things/7", headers={"X-Request-ID": given})

    assert response.headers.get_list("X-Request-ID") == [given]


@pytest.mark.parametrize("given", ["", "two words", "a\tb", 'a"b', "a" * 129, "\u00e4"])
def test_makes_a_request_id_when_the_given_one_is_unfit(given: str) -> None:
    headers = {b"X-Request-ID": given.encode()}
    made = {client.get("/v1/things/7", headers=headers).headers["X-Request-ID"] for _ in range(2)}

    assert len(made) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", identifier) for identifier in made)


@pytest.mark.usefixtures("_info")
def test_logs_one_line_for_a_request_without_what_the_client_wrote(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = client.get("/v1/things/777?token=a-secret")

    [record] = [record for record in caplog.records if record.name == "app.access"]
    fields = vars(record)
    assert (fields["method"], fields["route"], fields["status"]) == (
        "GET",
        "/v1/things/{thing_id}",
        200,
    )
    assert fields["duration_ms"] > 0
    assert fields["request_id"] == response.headers["X-Request-ID"]
    assert "777" not in record.getMessage()
    assert "a-secret" not in str(fields)


@pytest.mark.usefixtures("_info")
@pytest.mark.parametrize(
    ("path", "route", "status"),
    [("/unknown/a-secret", "-", 404), ("/v1/things/7/framed", "/v1/things/{thing_id}/framed", 500)],
)
def test_logs_what_failed_too(
    caplog: pytest.LogCaptureFixture, path: str, route: str, status: int
) -> None:
    client.get(path)

    [record] = [record for record in caplog.records if record.name == "app.access"]
    assert (vars(record)["route"], vars(record)["status"]) == (route, status)


@pytest.mark.usefixtures("_info")
def test_what_a_route_logs_bears_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    client.get("/v1/things/7", headers={"X-Request-ID": "abc-1"})

    [record] = [record for record in caplog.records if record.name == "app.things"]
    assert vars(record)["request_id"] == "abc-1"


@pytest.mark.parametrize("path", ["/v1/things/7", "/unknown", "/v1/things/7/framed"])
def test_every_response_has_the_security_headers(path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_no_other_origin_may_read_a_response_by_default() -> None:
    response = client.get("/v1/things/7", headers={"Origin": "https://app.example.com"})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/v1/things/7", "/unknown", "/v1/things/7/framed"])
def test_an_origin_of_the_settings_may_read_every_response(path: str) -> None:
    client = make_client("https://app.example.com")

    allowed = client.get(path, headers={"Origin": "https://app.example.com"}).headers
    other = client.get(path, headers={"Origin": "https://other.example.com"}).headers

    assert allowed["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Origin" not in other


def test_a_browser_may_send_a_token_from_an_origin_of_the_settings() -> None:
    asked = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    response = make_client("https://app.example.com").options("/v1/things/7", headers=asked)

    assert response.status_code == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(("headers", "status"), [(("X-Trace",), 200), (("*",), 200), ((), 400)])
def test_the_headers_that_a_page_may_send_are_a_setting(
    headers: tuple[str, ...], status: int
) -> None:
    asked = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-trace",
    }

    client = make_client("https://app.example.com", headers=headers)

    assert client.options("/v1/things/7", headers=asked).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/v1/things/7",
        "/v1/things/7/parts",
        "/v1/things/x",
        "/v1/things/7/framed",
        "/v1/unknown",
        "/openapi.json",
        "/sub/things/7",
    ],
)
def test_head_answers_as_get_does_without_the_body(path: str) -> None:
    client = make_client()
    other = FastAPI()
    other.include_router(router)
    client.app.mount("/sub", other)  # type: ignore[attr-defined]  # typed as any ASGI app
    common = {"X-Request-ID": "the-id"}

    got, headed = client.get(path, headers=common), client.head(path, headers=common)

    assert headed.status_code == got.status_code
    assert headed.headers == got.headers
    assert got.content
    assert not headed.content


def test_a_route_of_its_own_answers_head() -> None:
    assert client.head("/v1/things/7/own").headers["X-Own"] == "yes"


@pytest.mark.usefixtures("_info")
def test_the_log_says_head(caplog: pytest.LogCaptureFixture) -> None:
    client.head("/v1/things/7")

    [record] = [record for record in caplog.records if record.name == "app.access"]
    assert vars(record)["method"] == "HEAD"
    assert vars(record)["route"] == "/v1/things/{thing_id}"


def test_what_has_no_get_has_no_head() -> None:
    assert client.head("/v1/things/7/votes").status_code == 405
