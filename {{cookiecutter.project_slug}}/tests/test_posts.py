import json
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.post import Post
from tests.factories.posts import create_post, create_vote
from tests.factories.users import authorization, create_user

POST = {"title": "A title", "content": "Some content."}
JSON = {"Content-Type": "application/json"}
TOO_LARGE = 2**63

bad_fields = pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": "a\x00b"},
        {"title": "\ud800"},
        {"title": None},
        {"content": ""},
        {"content": "a\x00b"},
        {"content": "\ud800"},
        {"content": "x" * 100_001},
        {"content": None},
        {"published": None},
        {"owner_id": 1},
        {"titel": "A typo"},
    ],
)


def test_writes_a_post(client: TestClient, session: Session) -> None:
    user = create_user(session)

    response = client.post("/posts", json=POST, headers=authorization(user))

    assert response.status_code == 201
    post = session.scalars(select(Post)).one()
    assert response.json() == {
        "id": post.id,
        "title": "A title",
        "content": "Some content.",
        "published": True,
        "owner_id": user.id,
        "created_at": response.json()["created_at"],
        "updated_at": response.json()["created_at"],
        "votes": 0,
    }
    assert client.get(f"/posts/{post.id}").json() == response.json()


def test_times_carry_their_zone(client: TestClient, session: Session) -> None:
    created_at = client.get(f"/posts/{create_post(session).id}").json()["created_at"]

    assert datetime.fromisoformat(created_at).utcoffset() is not None


@bad_fields
def test_refuses_to_write_a_post(
    client: TestClient, session: Session, fields: dict[str, object]
) -> None:
    headers = authorization(create_user(session)) | JSON

    response = client.post("/posts", content=json.dumps(POST | fields), headers=headers)

    assert response.status_code == 422
    assert session.scalars(select(Post)).all() == []


def test_asks_for_a_token_to_write_a_post(client: TestClient, session: Session) -> None:
    response = client.post("/posts", json=POST)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert session.scalars(select(Post)).all() == []


def test_only_the_owner_sees_a_draft(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    draft = create_post(session, published=False, owner=owner)
    stranger = authorization(create_user(session))

    assert client.get("/posts").json()["items"] == []
    assert client.get("/posts", headers=stranger).json()["items"] == []
    assert client.get(f"/posts/{draft.id}").status_code == 404
    assert client.get(f"/posts/{draft.id}", headers=stranger).status_code == 404
    assert client.get(f"/posts/{draft.id}", headers=authorization(owner)).status_code == 200
    assert len(client.get("/posts", headers=authorization(owner)).json()["items"]) == 1


def test_does_not_take_a_bad_token_for_no_token(client: TestClient) -> None:
    assert client.get("/posts", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_returns_404_for_an_unknown_post(client: TestClient, session: Session, method: str) -> None:
    headers = authorization(create_user(session)) | JSON

    response = client.request(method, f"/posts/{TOO_LARGE - 1}", headers=headers, content="{}")

    assert response.status_code == 404


@pytest.mark.parametrize("post_id", ["0", "-1", str(TOO_LARGE), "9" * 5000, "first", "%00"])
def test_refuses_what_cannot_be_the_id_of_a_post(client: TestClient, post_id: str) -> None:
    assert client.get(f"/posts/{post_id}").status_code == 422


def test_changes_only_the_given_fields(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    post = create_post(session, owner=owner)
    create_vote(session, post, owner)
    headers = authorization(owner)
    before = client.get(f"/posts/{post.id}").json()

    response = client.patch(f"/posts/{post.id}", json={"title": "New"}, headers=headers)

    assert response.status_code == 200
    assert response.json() == before | {"title": "New", "updated_at": response.json()["updated_at"]}
    assert client.get(f"/posts/{post.id}").json() == response.json()


def test_changes_nothing_without_fields(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    post = create_post(session, owner=owner)
    before = client.get(f"/posts/{post.id}").json()

    response = client.patch(f"/posts/{post.id}", json={}, headers=authorization(owner))

    assert response.json() == before


def test_a_change_moves_the_time_of_the_update(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    post = create_post(session, owner=owner, created_at=long_ago, updated_at=long_ago)

    response = client.patch(
        f"/posts/{post.id}", json={"published": False}, headers=authorization(owner)
    )

    assert datetime.fromisoformat(response.json()["created_at"]) == long_ago
    assert datetime.fromisoformat(response.json()["updated_at"]) > long_ago


@bad_fields
def test_refuses_to_change_a_post(
    client: TestClient, session: Session, fields: dict[str, object]
) -> None:
    owner = create_user(session)
    post = create_post(session, owner=owner)
    before = client.get(f"/posts/{post.id}").json()

    response = client.patch(
        f"/posts/{post.id}", content=json.dumps(fields), headers=authorization(owner) | JSON
    )

    assert response.status_code == 422
    assert client.get(f"/posts/{post.id}").json() == before


def test_deletes_a_post_and_its_votes(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    post = create_post(session, owner=owner)
    create_vote(session, post, owner)
    path = f"/posts/{post.id}"

    assert client.delete(path, headers=authorization(owner)).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path, headers=authorization(owner)).status_code == 404


@pytest.mark.parametrize(
    ("published", "status"), [pytest.param(True, 403), pytest.param(False, 404)]
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_only_the_owner_changes_a_post(
    client: TestClient, session: Session, method: str, published: bool, status: int
) -> None:
    post = create_post(session, published=published)
    headers = authorization(create_user(session)) | JSON

    response = client.request(
        method, f"/posts/{post.id}", headers=headers, content='{"title": "Mine"}'
    )

    assert response.status_code == status
    session.expire_all()
    assert session.get_one(Post, post.id).title == "A title"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_asks_for_a_token_to_change_a_post(
    client: TestClient, session: Session, method: str
) -> None:
    post = create_post(session)

    response = client.request(method, f"/posts/{post.id}", headers=JSON, content="{}")

    assert response.status_code == 401
