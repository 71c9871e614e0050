import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, delete, text
from sqlalchemy.orm import Session

from app.models.post import Post
from tests.factories.posts import create_post, create_vote
from tests.factories.users import authorization, create_user
from tests.queries import recorded_queries

SORTS = ["-created_at", "created_at", "-title", "title"]
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
BAD_CURSOR = (
    "The cursor was changed or belongs to another list, search or sort; "
    "leave it out to start at the first page."
)


def pages(client: TestClient, **params: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the items of each page, from the first to the last."""
    for _ in range(50):
        page = client.get("/posts", params=params).json()
        yield page["items"]
        if page["next"] is None:
            return
        params["cursor"] = page["next"]
    pytest.fail("there is always a next page")


def first_cursor(client: TestClient, session: Session, **params: Any) -> str:
    """Return the cursor of the second page, of two."""
    owner = create_user(session)
    for title in ("One", "Another one"):
        create_post(session, owner=owner, title=title)
    cursor = client.get("/posts", params={"limit": 1} | params).json()["next"]
    assert isinstance(cursor, str)
    return cursor


def test_lists_posts_newest_first_page_by_page(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    posts = [
        create_post(session, owner=owner, created_at=NOON + timedelta(hours=hours))
        for hours in (0, 2, 1, 1)
    ]

    first, second = pages(client, limit=3)

    newest_first = [posts[1].id, posts[3].id, posts[2].id, posts[0].id]
    assert [post["id"] for post in first + second] == newest_first
    assert len(first) == 3


@pytest.mark.parametrize("sort", SORTS)
def test_sorts_posts_and_then_by_id(client: TestClient, session: Session, sort: str) -> None:
    owner = create_user(session)
    for title, hours in [("b", 1), ("a", 2), ("b", 0), ("c", 2), ("b", 1)]:
        created_at = NOON + timedelta(hours=hours)
        create_post(session, owner=owner, title=title, created_at=created_at)

    listed = [post for page in pages(client, limit=1, sort=sort) for post in page]

    assert len(listed) == 5
    assert listed == sorted(
        listed,
        key=lambda post: (post[sort.removeprefix("-")], post["id"]),
        reverse=sort.startswith("-"),
    )


def test_the_last_page_has_no_next_one(client: TestClient, session: Session) -> None:
    assert client.get("/posts").json() == {"items": [], "next": None}

    owner = create_user(session)
    for _ in range(4):
        create_post(session, owner=owner)

    assert [len(page) for page in pages(client, limit=2)] == [2, 2]
    assert [len(page) for page in pages(client, limit=3)] == [3, 1]


def test_lists_20_posts_unless_told_otherwise(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    for _ in range(21):
        create_post(session, owner=owner)

    assert [len(page) for page in pages(client)] == [20, 1]


@pytest.mark.parametrize("sort", SORTS)
def test_shows_each_post_once_while_others_come_and_go(
    client: TestClient, session: Session, sort: str
) -> None:
    owner = create_user(session)

    def write(hour: int) -> int:
        title, created_at = f"Title {hour:02}", NOON + timedelta(hours=hour)
        return create_post(session, owner=owner, title=title, created_at=created_at).id

    # Two of each title and time.
    first = [write(10 + number // 2) for number in range(20)]
    in_order = first[::-1] if sort.startswith("-") else first
    to_delete = [first[number] for number in (3, 4, 9, 10, 16)]
    seen: list[int] = []
    unseen: set[int] = set()

    for page in pages(client, limit=3, sort=sort):
        seen += [post["id"] for post in page]
        if to_delete:
            # The second is the row that the cursor was made of.
            gone = {to_delete.pop(), seen[-1]}
            unseen |= gone - set(seen)
            session.execute(delete(Post).where(Post.id.in_(gone)))
            for hour in (5, 12, 17, 25):
                write(hour)

    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in first] == [
        each for each in in_order if each not in unseen
    ]


@pytest.mark.parametrize(
    "title", ["€" * 200, "\U0001f600" * 200, "\x01" * 200, "'; --%s %(x)s :x \\ \" _%", "é"]
)
def test_goes_on_after_any_title(client: TestClient, session: Session, title: str) -> None:
    owner = create_user(session)
    ids = [create_post(session, owner=owner, title=title).id for _ in range(3)]

    listed = [post["id"] for page in pages(client, limit=1, sort="title") for post in page]

    assert listed == ids


def test_a_next_page_shows_drafts_to_their_owner_alone(
    client: TestClient, session: Session
) -> None:
    owner, stranger = create_user(session), create_user(session)
    draft = create_post(session, owner=owner, published=False)
    create_post(session, owner=owner, published=False)
    params = {"limit": 1}
    headers = authorization(owner)
    cursor = client.get("/posts", params=params, headers=headers).json()["next"]
    following = params | {"cursor": cursor}

    def listed(headers: dict[str, str]) -> list[int]:
        page = client.get("/posts", params=following, headers=headers).json()
        return [post["id"] for post in page["items"]]

    assert listed(headers) == [draft.id]
    assert listed(authorization(stranger)) == []
    assert listed({}) == []


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"search": "a\x00b"},
        {"search": "x" * 201},
        {"sort": "votes"},
        {"sort": "id; DROP TABLE posts"},
        {"cursor": "x" * 50_000},
    ],
)
def test_refuses_to_list(client: TestClient, params: dict[str, str | int]) -> None:
    assert client.get("/posts", params=params).status_code == 422


@pytest.mark.parametrize(
    "cursor",
    ["", ".", "..", "garbage", "Z2FyYmFnZQ.", "W10.W10", "\x00", "a.\x00", "é.é", "x" * 4000],
)
def test_refuses_what_is_no_cursor(client: TestClient, cursor: str) -> None:
    assert_refused(client, cursor=cursor)


def test_refuses_what_is_not_even_text(client: TestClient) -> None:
    assert client.get("/posts?cursor=%ff.%ff").status_code == 422


def test_refuses_a_cursor_with_any_character_changed(client: TestClient, session: Session) -> None:
    cursor = first_cursor(client, session)

    for place, character in enumerate(cursor):
        changed = "A" if character != "A" else "B"
        assert_refused(client, cursor=cursor[:place] + changed + cursor[place + 1 :])
        assert_refused(client, cursor=cursor[:place] + cursor[place + 1 :])
    # Base64 ignores the last bits of the last character: the same bytes, but another cursor.
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
        if last != cursor[-1]:
            assert_refused(client, cursor=cursor[:-1] + last)


def test_refuses_a_cursor_of_another_sort_or_search(client: TestClient, session: Session) -> None:
    cursor = first_cursor(client, session, search="one")

    assert client.get("/posts", params={"cursor": cursor, "search": "one"}).status_code == 200
    assert_refused(client, cursor=cursor)
    assert_refused(client, cursor=cursor, search="ONE")
    assert_refused(client, cursor=cursor, search="")
    assert_refused(client, cursor=cursor, search="one", sort="created_at")
    assert_refused(client, cursor=cursor, search="one", sort="title")


def assert_refused(client: TestClient, **params: str) -> None:
    """Assert that the list is refused because of the cursor, in words."""
    response = client.get("/posts", params=params)
    assert response.status_code == 422, params
    assert json.dumps(BAD_CURSOR) in response.text


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("garden", ["In the Garden"]),
        ("GARDEN", ["In the Garden"]),
        ("100%", ["100% wool"]),
        ("_", []),
        ("/", ["and/or"]),
        ("content", []),
    ],
)
def test_finds_a_part_of_the_title(
    client: TestClient, session: Session, search: str, found: list[str]
) -> None:
    for title in ("In the Garden", "100% wool", "100 sheep", "and/or"):
        create_post(session, title=title)

    response = client.get("/posts", params={"search": search})

    assert [post["title"] for post in response.json()["items"]] == found


def test_finds_page_by_page(client: TestClient, session: Session) -> None:
    owner = create_user(session)
    for title in ("One", "Two", "Another one", "Someone"):
        create_post(session, owner=owner, title=title)

    listed = pages(client, search="one", limit=2)

    assert [[post["title"] for post in page] for page in listed] == [
        ["Someone", "Another one"],
        ["One"],
    ]


def test_lists_each_post_with_its_votes(client: TestClient, session: Session) -> None:
    voters = [create_user(session), create_user(session)]
    for post, voters_of_post in [
        (create_post(session), voters),
        (create_post(session), []),
        (create_post(session), voters[:1]),
    ]:
        for voter in voters_of_post:
            create_vote(session, post, voter)

    assert [post["votes"] for post in client.get("/posts").json()["items"]] == [1, 0, 2]


def test_the_number_of_queries_does_not_depend_on_the_number_of_posts(
    client: TestClient, session: Session
) -> None:
    user = create_user(session)
    posts = [create_post(session) for _ in range(3)]
    for post in posts:
        create_vote(session, post, user)

    def queries(path: str, headers: dict[str, str]) -> int:
        with recorded_queries() as executed:
            assert client.get(path, headers=headers).status_code == 200
        return len(executed)

    assert queries("/posts", {}) == 1
    assert queries(f"/posts/{posts[0].id}", {}) == 1
    # One more for the user.
    assert queries("/posts", authorization(user)) == 2
    assert queries(f"/posts/{posts[0].id}", authorization(user)) == 2


@pytest.mark.parametrize("sort", SORTS)
def test_reads_a_page_of_many_posts_from_an_index(
    client: TestClient, session: Session, connection: Connection, sort: str
) -> None:
    user = create_user(session)
    session.execute(
        text(
            "INSERT INTO posts (title, content, owner_id, created_at) "
            "SELECT md5(n::text), 'Some content.', :owner, now() - n * interval '1 minute' "
            "FROM generate_series(1, 10000) AS n"
        ),
        {"owner": user.id},
    )
    session.commit()
    connection.execute(text("ANALYZE posts"))
    cursor = client.get("/posts", params={"sort": sort}).json()["next"]

    for headers in ({}, authorization(user)):
        for params in ({"sort": sort}, {"sort": sort, "cursor": cursor}):
            with recorded_queries() as executed:
                client.get("/posts", params=params, headers=headers)
            # The last query is that of the list; see how PostgreSQL executes it.
            nodes = plan(connection, *executed[-1])
            indexes = {node["Index Name"] for node in nodes if node["Relation Name"] == "posts"}
            assert indexes == {f"ix_posts_{sort.removeprefix('-')}_id"}
            assert not [node for node in nodes if "Sort" in node["Node Type"]]
            [scan] = [node for node in nodes if node["Relation Name"] == "posts"]
            assert scan["Actual Rows"] == 21
            assert ("Index Cond" in scan) == ("cursor" in params)


def plan(connection: Connection, query: str, parameters: Any) -> Sequence[dict[str, Any]]:
    """Return every node of the plan with which PostgreSQL executes the query."""
    explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", parameters)
    waiting = [explained.scalar_one()[0]["Plan"]]
    nodes = []
    while waiting:
        node = waiting.pop()
        nodes.append({"Relation Name": None, "Index Name": None} | node)
        waiting += node.get("Plans", [])
    return nodes
