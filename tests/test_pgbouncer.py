"""The service behind PgBouncer in transaction mode, with the configuration of docs/scaling.md."""

import asyncio
import configparser
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import psycopg2
import pytest
from baking import TEMPLATE, Project
from databases import connect, database_url, rows, values
from running import free_port, python, serving
from sqlalchemy import URL

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = [
    pytest.mark.installs,
    pytest.mark.skipif(
        PGBOUNCER is None, reason="PgBouncer is not installed; on Debian: apt-get install pgbouncer"
    ),
]

SERVER_CONNECTIONS = 3
POOL_SIZE = 10
REQUESTS = 200
# What PgBouncer itself sets on a server connection, to what the client has: its features page.
KEPT_BY_PGBOUNCER = {
    "application_name",
    "client_encoding",
    "DateStyle",
    "IntervalStyle",
    "standard_conforming_strings",
    "TimeZone",
}


@pytest.fixture(scope="module")
def pooled(migrated_blog: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The URL of the blog's database by way of PgBouncer."""
    with pgbouncer(database_url(migrated_blog), tmp_path_factory.mktemp("pgbouncer")) as url:
        yield url


@contextmanager
def pgbouncer(target: URL, folder: Path, **changes: str) -> Iterator[URL]:
    """Run PgBouncer on the server of this URL, with changes of what docs/scaling.md says."""
    server = f"host={target.query['host']} user={target.username}"
    port = free_port()
    config = configparser.ConfigParser()
    config.read_string(documented_configuration())
    config["databases"] = {"*": server}
    del config["pgbouncer"]["auth_file"]
    config["pgbouncer"].update(
        listen_addr="127.0.0.1",
        listen_port=str(port),
        unix_socket_dir="",
        auth_type="any",
        default_pool_size=str(SERVER_CONNECTIONS),
        **changes,
    )
    with (folder / "pgbouncer.ini").open("w") as file:
        config.write(file)
    process = subprocess.Popen(
        [str(PGBOUNCER), *as_owner_of(str(target.query["host"])), file.name],
        stderr=subprocess.PIPE,
        text=True,
    )
    url = target.set(host="127.0.0.1", port=port, query={})
    try:
        wait_until_it_listens(url, process)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


def documented_configuration() -> str:
    """Return the pgbouncer.ini of the documentation."""
    [block] = re.findall(
        r"```ini\n(.*?)```", (TEMPLATE / "docs" / "scaling.md").read_text("utf-8"), re.DOTALL
    )
    return str(block)


def as_owner_of(folder: str) -> list[str]:
    """Return options for the user who may enter the folder; PgBouncer refuses to run as root."""
    return ["-u", Path(folder).owner()] if os.geteuid() == 0 else []


def wait_until_it_listens(url: URL, process: subprocess.Popen[str]) -> None:
    """Return once connections are taken; fail with what PgBouncer said if it ends instead."""
    while process.poll() is None:
        with suppress(ConnectionRefusedError):
            socket.create_connection((str(url.host), int(url.port or 0))).close()
            return
        time.sleep(0.02)
    raise AssertionError(process.communicate()[1])


def settings(direct: URL, pooled: URL) -> dict[str, str]:
    """Return the environment of a service behind a pooler."""
    return {
        "DATABASE_URL": pooled.render_as_string(hide_password=False),
        "MIGRATION_DATABASE_URL": direct.render_as_string(hide_password=False),
        "DATABASE_POOL_SIZE": str(POOL_SIZE),
    }


@contextmanager
def serving_behind(project: Project, pooled: URL) -> Iterator[httpx.Client]:
    """Serve the blog through PgBouncer, and yield a client that is logged in."""
    command = (".venv/bin/python", "-m", "uvicorn", "app.main:app", "--port", "PORT")
    environment = settings(database_url(project), pooled)
    with serving(project.path, *command, **environment) as client:
        account = {"email": f"{uuid4()}@example.com", "password": "correct horse battery"}
        assert client.post("/users", json=account).status_code == 201
        login = {"username": account["email"], "password": account["password"]}
        token = client.post("/token", data=login).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def at_once(client: httpx.Client, requests: list[tuple[str, str, Any]]) -> set[int]:
    """Send all the requests at once and return the status codes of the answers."""

    async def send_all() -> set[int]:
        async with httpx.AsyncClient(
            base_url=client.base_url,
            headers=client.headers,
            timeout=60,
            limits=httpx.Limits(max_connections=None),
        ) as many:
            answers = await asyncio.gather(
                *(many.request(method, path, json=body) for method, path, body in requests)
            )
        return {answer.status_code for answer in answers}

    return asyncio.run(send_all())


def server_connections(pooled: URL, query: str) -> list[Any]:
    """Return the rows that this query finds on every connection that PgBouncer has."""
    with ExitStack() as stack:
        found = []
        for _ in range(SERVER_CONNECTIONS):
            connection = stack.enter_context(closing(connect(pooled)))
            cursor = connection.cursor()
            cursor.execute("BEGIN")  # from here on, no other client gets this one
            stack.callback(cursor.execute, "ROLLBACK")  # or else PgBouncer closes it with ours
            cursor.execute(query)
            found += cursor.fetchall()
        return found


def test_migrations_go_past_it(migrated_blog: Project, pooled: URL) -> None:
    direct = database_url(migrated_blog).set(database="migrated")
    environment = settings(direct, pooled.set(database="migrated"))
    values(database_url(migrated_blog), "CREATE DATABASE migrated")
    try:
        for command in (["upgrade", "head"], ["drift"], ["downgrade", "base"]):
            module = "alembic_workflow" if command == ["drift"] else "alembic"
            result = python(migrated_blog.path, "-m", module, *command, **environment)
            assert result.returncode == 0, result.stderr
    finally:
        values(database_url(migrated_blog), "DROP DATABASE migrated WITH (FORCE)")


def test_many_more_requests_than_connections_are_answered(
    migrated_blog: Project, pooled: URL
) -> None:
    post = {"title": "One", "content": "of many"}
    with serving_behind(migrated_blog, pooled) as client:
        assert at_once(client, [("POST", "/posts", post)] * 50) == {201}
        assert at_once(client, [("GET", "/posts", None)] * REQUESTS) == {200}
        assert client.get("/health/ready").status_code == 200
        [(open_connections, waiting)] = rows(
            database_url(migrated_blog),
            "SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%') "
            "FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )

    assert 0 < open_connections <= SERVER_CONNECTIONS
    assert waiting == 0


def test_no_request_leaves_anything_on_a_connection(migrated_blog: Project, pooled: URL) -> None:
    with serving_behind(migrated_blog, pooled) as client:
        assert at_once(client, [("GET", "/posts", None)] * REQUESTS) == {200}
        before = server_connections(pooled, "SELECT pg_backend_pid()")

    assert len(set(before)) == SERVER_CONNECTIONS
    assert set(server_connections(pooled, "SELECT pg_backend_pid()")) == set(before)
    changed = server_connections(pooled, "SELECT name FROM pg_settings WHERE source = 'session'")
    assert {name for (name,) in changed} <= KEPT_BY_PGBOUNCER
    for leftover in (
        "SELECT 1 FROM pg_prepared_statements",
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
        "SELECT 1 FROM pg_class WHERE relpersistence = 't'",
        "SELECT 1 WHERE current_user <> session_user",
    ):
        assert server_connections(pooled, leftover) == []


def test_a_timeout_comes_from_the_role_since_start_up_options_are_ignored(
    migrated_blog: Project, tmp_path: Path
) -> None:
    direct = database_url(migrated_blog)
    values(direct, "CREATE ROLE limited LOGIN", "ALTER ROLE limited SET statement_timeout = '7s'")
    try:
        with pgbouncer(direct.set(username="limited"), tmp_path) as pooled:
            given = pooled.update_query_dict({"options": "-c statement_timeout=1s"})
            assert values(given, "SHOW statement_timeout") == ["7s"]
    finally:
        values(direct, "DROP ROLE limited")


def test_without_the_documented_setting_it_refuses_start_up_options(
    migrated_blog: Project, tmp_path: Path
) -> None:
    changes = {"ignore_startup_parameters": "extra_float_digits"}
    with pgbouncer(database_url(migrated_blog), tmp_path, **changes) as pooled:
        given = pooled.update_query_dict({"options": "-c statement_timeout=1s"})
        with pytest.raises(psycopg2.OperationalError, match="unsupported startup parameter"):
            connect(given)
