from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.testclient import TestClient
from pydantic import BaseModel

from app.http.application import Application
from app.http.errors import MEDIA_TYPE, PROBLEM_RESPONSES
from app.main import app


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all operations of an API."""
    return [operation for path in description["paths"].values() for operation in path.values()]


def describe(router: APIRouter) -> dict[str, Any]:
    """Return the description of an application with this router."""
    application = Application(responses=PROBLEM_RESPONSES)
    application.include_router(router, prefix="/v1")
    return application.openapi()


def test_the_author_is_the_contact_if_there_is_one() -> None:
    assert "contact" not in Application().openapi()["info"]

    application = Application()
    application.author = {"name": "Ada", "email": ""}

    assert application.openapi()["info"]["contact"] == {"name": "Ada"}


@pytest.mark.parametrize(
    ("schemes", "security"),
    [
        ([], []),
        ([APIKeyHeader(name="X-Key")], [{"APIKeyHeader": []}]),
        ([APIKeyHeader(name="X-Key", auto_error=False)], [{}, {"APIKeyHeader": []}]),
        (
            [APIKeyHeader(name="X-Key", auto_error=False), HTTPBearer(auto_error=False)],
            [{}, {"APIKeyHeader": []}, {"HTTPBearer": []}],
        ),
        (
            [APIKeyHeader(name="X-Key", auto_error=False), APIKeyHeader(name="X-Key")],
            [{"APIKeyHeader": []}],
        ),
    ],
)
def test_a_token_that_may_be_left_out_is_documented_as_optional(
    schemes: list[Any], security: list[Any]
) -> None:
    router = APIRouter()

    def get_caller(key: Annotated[str | None, Depends(lambda: None)]) -> None:
        raise NotImplementedError

    @router.get("/things", dependencies=[Depends(get_caller), *map(Depends, schemes)])
    def list_things() -> None:
        raise NotImplementedError

    [operation] = operations(describe(router))
    assert operation["security"] == security


def test_a_model_with_the_name_of_a_schema_of_the_errors_keeps_it() -> None:
    class Problem(BaseModel):
        equation: str

    class InvalidField(BaseModel):
        area: float

    router = APIRouter()

    @router.put("/problems")
    def replace_problem(problem: Problem) -> InvalidField:
        raise NotImplementedError

    description = describe(router)

    schemas = description["components"]["schemas"]
    assert schemas["Problem"]["properties"].keys() == {"equation"}
    assert schemas["InvalidField"]["properties"].keys() == {"area"}
    [operation] = operations(description)
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Problem"}
    error = operation["responses"]["4XX"]["content"][MEDIA_TYPE]["schema"]
    assert error == {"$ref": "#/components/schemas/ServiceProblem"}
    [of_errors, _] = schemas["ServiceProblem"]["properties"]["errors"]["anyOf"]
    assert of_errors["items"] == {"$ref": "#/components/schemas/ServiceInvalidField"}
    assert "loc" in schemas["ServiceInvalidField"]["properties"]


def test_the_description_is_completed_once_and_again_for_a_new_route(client: TestClient) -> None:
    application = Application(responses=PROBLEM_RESPONSES)
    application.get("/first")(lambda: None)
    before = application.openapi()
    assert application.openapi() == before

    application.get("/second")(lambda: None)

    assert list(application.openapi()["components"]["schemas"]) == ["InvalidField", "Problem"]
    assert set(application.openapi()["paths"]) == {"/first", "/second"}
    assert client.get("/openapi.json").json() == app.openapi()
