import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.models.post import Post
from app.queries.posts import read_post
from app.routers.votes import add_vote
from tests.factories.posts import create_post, create_vote
from tests.factories.users import authorization, create_user


def count_votes(client: TestClient, post: Post) -> object:
    return client.get(f"/posts/{post.id}").json()["votes"]


def test_a_post_starts_without_votes(client: TestClient, session: Session) -> None:
    assert count_votes(client, create_post(session)) == 0


def test_voting_twice_counts_once(client: TestClient, session: Session) -> None:
    post = create_post(session)
    headers = authorization(create_user(session))

    for _ in range(2):
        response = client.put(f"/posts/{post.id}/vote", headers=headers)
        assert response.status_code == 204
        assert count_votes(client, post) == 1


def test_counts_the_votes_of_all_users(client: TestClient, session: Session) -> None:
    post = create_post(session)
    create_vote(session, create_post(session), create_user(session))

    for _ in range(3):
        client.put(f"/posts/{post.id}/vote", headers=authorization(create_user(session)))

    assert count_votes(client, post) == 3


def test_takes_back_only_the_vote_of_the_user(client: TestClient, session: Session) -> None:
    post = create_post(session)
    user = create_user(session)
    create_vote(session, post, user)
    create_vote(session, post, create_user(session))

    for _ in range(2):
        response = client.delete(f"/posts/{post.id}/vote", headers=authorization(user))
        assert response.status_code == 204
        assert count_votes(client, post) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_asks_for_a_token_to_vote(client: TestClient, session: Session, method: str) -> None:
    post = create_post(session)

    assert client.request(method, f"/posts/{post.id}/vote").status_code == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_returns_404_for_a_vote_on_an_unknown_post(
    client: TestClient, session: Session, method: str
) -> None:
    headers = authorization(create_user(session))

    response = client.request(method, f"/posts/{2**63 - 1}/vote", headers=headers)

    assert response.status_code == 404


def test_returns_404_for_a_vote_on_the_draft_of_another(
    client: TestClient, session: Session
) -> None:
    post = create_post(session, published=False)
    headers = authorization(create_user(session))

    assert client.put(f"/posts/{post.id}/vote", headers=headers).status_code == 404


def test_returns_404_when_the_post_is_deleted_during_the_request(session: Session) -> None:
    user = create_user(session)
    post = create_post(session)
    visible = read_post(session, post.id, user)
    session.delete(post)
    session.commit()

    with pytest.raises(HTTPException) as caught:
        add_vote(user, visible, session)
    assert caught.value.status_code == 404
