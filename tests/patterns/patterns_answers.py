"""Answers and parameters: what FastAPI makes of what a route takes and returns."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from app.models.post import Post
from app.models.user import User
from fastapi import Body, Cookie, File, Form, Header, Path, Query, Response, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from pydantic import (
    AfterValidator,
    Base64Str,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)
from sqlalchemy import select, text
from typing_extensions import TypedDict
from variants import HEADERS, ONE, APIRouter, CurrentUser, SessionDep, ask, new_app, pattern

Euro = Annotated[float, AfterValidator(lambda cents: cents / 100)]
PAIR = text("SELECT 1 AS a, 2 AS b")


class Pair(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    a: int
    b: int | None = None


class UserPublic(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int


class Doubled(BaseModel):
    a: int

    @field_validator("a")
    @classmethod
    def double(cls, value: int) -> int:
        return value * 2


class Counted(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")

    a: int

    @model_validator(mode="after")
    def count(self) -> "Counted":
        self.a += 1
        return self


class Total(BaseModel):
    a: int

    @computed_field
    @property
    def total(self) -> int:
        return self.a * 10


class Aliased(BaseModel):
    some_id: int = Field(serialization_alias="someId")


class Doubles(RootModel[list[int]]):
    @field_validator("root", mode="before")
    @classmethod
    def double(cls, value: list[int]) -> list[int]:
        return [each * 2 for each in value]


class Typed(TypedDict):
    price: Euro


class Named(NamedTuple):
    a: int
    b: str


@dataclass
class Plain:
    a: int
    b: str = "x"


def answer(value: Any, type_: Any = None, **options: Any) -> str:
    """Return what a client gets of a function that returns this value."""
    r = APIRouter()

    @r.get("/x", response_model=type_, **options)
    def x(session: SessionDep) -> Any:
        session.execute(ONE)
        return value

    return ask(r)


@pattern
def a_validated_number() -> str:
    return answer([1250], list[Euro])


@pattern
def a_validated_model() -> str:
    return answer({"a": 1}, Annotated[Pair, AfterValidator(lambda p: Pair(a=p.a + 1))])


@pattern
def a_list_of_validated_models() -> str:
    return answer([{"a": 1}], list[Annotated[Pair, AfterValidator(lambda p: Pair(a=p.a + 1))]])


@pattern
def a_value_that_is_changed_before_it_is_validated() -> str:
    return answer("1", Annotated[int, BeforeValidator(lambda value: int(value) + 1)])


@pattern
def a_model_that_changes_its_fields() -> str:
    return answer({"a": 1}, Doubled)


@pattern
def a_model_that_is_validated_again() -> str:
    return answer(Counted(a=1), Counted)


@pattern
def a_typed_dict() -> str:
    return answer({"price": 1250}, Typed)


@pattern
def a_base64_string() -> str:
    return answer({"a": "YUdrPQ=="}, dict[str, Base64Str])


@pattern
def a_root_model() -> str:
    return answer([1], Doubles)


@pattern
def a_computed_field() -> str:
    return answer(Total(a=1), Total)


@pattern
def a_serialization_alias() -> str:
    return answer([{"some_id": 1}], list[Aliased])


@pattern
def without_unset_fields() -> str:
    return answer([{"a": 1}, Pair(a=2)], list[Pair], response_model_exclude_unset=True)


@pattern
def without_none() -> str:
    return answer(Pair(a=1), Pair, response_model_exclude_none=True)


@pattern
def some_fields_only() -> str:
    return answer(Pair(a=1, b=2), Pair, response_model_include={"b"})


@pattern
def a_dictionary_of_models_with_secrets() -> str:
    return answer({"k": {"a": 1, "hash": "SECRET"}}, dict[str, Pair])


@pattern
def a_union() -> str:
    return answer([{"a": 1}, {"some_id": 2}], list[Pair | Aliased])


@pattern
def a_dataclass() -> str:
    return answer(Plain(1), Plain)


@pattern
def a_named_tuple() -> str:
    return answer(Named(1, "x"), Named)


@pattern
def a_value_without_a_type() -> str:
    return answer({"a": Pair(a=1), "b": {1}})


@pattern
def the_documentation_of_answers() -> str:
    app, r = new_app(), APIRouter(prefix="/r")

    @app.get("/x")
    @r.get("/x")
    def x(session: SessionDep) -> list[Pair]:
        """Pairs."""
        return []

    @r.get("/y", response_model=Aliased, responses={404: {"model": Total}})
    def y(user: CurrentUser) -> Any:
        return {}

    app.include_router(r)
    described = app.openapi()
    described["components"]["schemas"].pop("Problem", None)
    described["components"]["schemas"].pop("InvalidField", None)
    for operations in described["paths"].values():
        if operations["get"].get("security") == []:  # "none", which FastAPI leaves out
            del operations["get"]["security"]
    return json.dumps([described["paths"], described["components"]], sort_keys=True)


@pattern
def nothing() -> str:
    return answer(None, status_code=204)


@pattern
def a_value_that_does_not_fit() -> str:
    return answer({"a": "no"}, Pair)[:60]


@pattern
def a_status_and_a_response_class() -> str:
    return answer("<p>", None, status_code=201, response_class=HTMLResponse)


@pattern
def a_row_of_the_database() -> str:
    r = APIRouter()

    @r.get("/x", response_model=list[Pair])
    def x(session: SessionDep) -> Any:
        return session.execute(PAIR).all()

    return ask(r)


@pattern
def an_object_whose_columns_are_loaded_for_the_answer() -> str:
    r = APIRouter()

    @r.get("/x", response_model=UserPublic)
    def x(session: SessionDep) -> Any:
        user = session.scalars(select(User)).one()
        session.commit()
        return user

    return ask(r)


@pattern
def a_relationship_that_is_loaded_for_the_answer() -> str:
    class PostPublic(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        title: str
        owner: UserPublic

    r = APIRouter()

    @r.get("/x", response_model=PostPublic)
    def x(session: SessionDep) -> Any:
        session.add(Post(title="t", content="c", owner=session.scalars(select(User)).one()))
        session.flush()
        session.expire_all()
        return session.scalars(select(Post)).one()

    return ask(r)


@pattern
def a_column_that_is_loaded_while_the_answer_is_written() -> str:
    class Wrapped(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        user: User

        @field_serializer("user")
        def name(self, user: User) -> str:
            return user.email

    r = APIRouter()

    @r.get("/x", response_model=Wrapped)
    def x(session: SessionDep) -> Any:
        user = session.scalars(select(User)).one()
        session.commit()
        return {"user": user}

    return ask(r)


@pattern
def the_current_user_as_the_answer() -> str:
    r = APIRouter()

    @r.get("/x", response_model=UserPublic)
    def x(user: CurrentUser) -> Any:
        return user

    return ask(r)


@pattern
def an_expired_object_from_an_async_endpoint() -> str:
    r = APIRouter()

    @r.get("/x", response_model=UserPublic)
    async def x(user: CurrentUser, session: SessionDep) -> Any:
        session.commit()
        return user

    return ask(r)


@pattern
def a_response_of_ones_own() -> str:
    r = APIRouter()

    @r.get("/x", response_model=Pair)
    def x(session: SessionDep) -> Response:
        return PlainTextResponse(str(session.execute(ONE).scalar()), 202)

    return ask(r)


@pattern
def a_redirect() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> RedirectResponse:
        return RedirectResponse("/y", 307)

    return ask(r)


@pattern
def a_header_and_a_cookie_that_are_set() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(response: Response, session: SessionDep) -> int:
        response.headers["x-a"] = "1"
        response.set_cookie("c", "v")
        return 1

    return ask(r)


@pattern
def parameters_of_every_kind() -> str:
    class Filters(BaseModel):
        a: int = 1
        b: list[str] = []

    r = APIRouter()

    @r.get("/x/{n}")
    def x(
        n: Annotated[int, Path(ge=1)],
        filters: Annotated[Filters, Query()],
        session: SessionDep,
        h: Annotated[str, Header()] = "-",
        c: Annotated[str, Cookie()] = "-",
    ) -> list[Any]:
        return [n, filters.a, filters.b, h, c]

    headers = HEADERS | {"h": "hh", "cookie": "c=cc"}
    return f"{ask(r, '/x/3?a=2&b=x&b=y', headers=headers)} {ask(r, '/x/0')}"


@pattern
def two_bodies() -> str:
    r = APIRouter()

    @r.post("/x")
    def x(a: Pair, b: Pair, session: SessionDep, n: Annotated[int, Body()] = 1) -> list[int]:
        return [a.a, b.a, n]

    return ask(r, method="post", json={"a": {"a": 1}, "b": {"a": 2}, "n": 3})


@pattern
def an_uploaded_file_and_a_form() -> str:
    r = APIRouter()

    @r.post("/x")
    def x(file: UploadFile, session: SessionDep, note: Annotated[str, Form()] = "") -> list[Any]:
        return [len(file.file.read()), note]

    return ask(r, method="post", files={"file": ("a", b"12345")}, data={"note": "n"})


@pattern
def an_uploaded_file_as_bytes() -> str:
    r = APIRouter()

    @r.post("/x")
    def x(file: Annotated[bytes, File()], session: SessionDep) -> int:
        return len(file)

    return ask(r, method="post", files={"file": ("a", b"12345")})
