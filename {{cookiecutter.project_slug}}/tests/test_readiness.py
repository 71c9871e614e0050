import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, event, text

from app import VERSION_TABLE
from app.config import settings
from app.health import readiness, revisions
from app.health.readiness import DOES_NOT_ANSWER, Readiness

REVISION = """
revision = {name!r}
down_revision = {after!r}
depends_on = {needs!r}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of migrations: first, then second."""
    (tmp_path / "versions").mkdir()
    write_revision(tmp_path, "first")
    write_revision(tmp_path, "second", after="first")
    return tmp_path


def write_revision(
    folder: Path, name: str, after: str | None = None, needs: str | None = None
) -> None:
    path = folder / "versions" / f"{name}.py"
    path.write_text(REVISION.format(name=name, after=after, needs=needs))


@pytest.fixture
def database(migrated_database: URL) -> Iterator[Connection]:
    """A connection to a database of the test's own, in autocommit."""
    engine = create_engine(migrated_database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
        yield connection


def record(database: Connection, *applied: str) -> None:
    """Make the version table say that these revisions are applied."""
    database.execute(text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num text)"))
    database.execute(text(f"DELETE FROM {VERSION_TABLE}"))
    for name in applied:
        database.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:name)"), {"name": name})


def with_options(url: URL, options: str) -> URL:
    """Return the URL with start-up options of the session."""
    return url.update_query_dict({"options": options})


def problem(
    database: Connection, folder: Path, *, accept_unknown: bool = False, questions: int = 1
) -> str | None:
    """Return what all of so many questions at once are answered."""

    async def ask() -> str | None:
        tasks = [asyncio.create_task(probe.problem()) for _ in range(questions)]
        [answer] = {await task for task in tasks}
        return answer

    probe = Readiness(database.engine.url, folder, accept_unknown=accept_unknown)
    try:
        return asyncio.run(ask())
    finally:
        probe.close()


def test_is_ready_at_the_head(database: Connection, folder: Path) -> None:
    record(database, "second")

    assert problem(database, folder) is None


def test_says_that_the_database_was_never_migrated(database: Connection, folder: Path) -> None:
    answer = str(problem(database, folder))

    assert "no version table" in answer
    assert "run 'alembic upgrade head'" in answer


def test_code_without_a_revision_needs_no_version_table(database: Connection, folder: Path) -> None:
    for path in (folder / "versions").iterdir():
        path.unlink()

    assert problem(database, folder) is None


@pytest.mark.parametrize("applied", [(), ("first",)])
def test_says_which_revision_the_database_lacks(
    database: Connection, folder: Path, applied: tuple[str, ...]
) -> None:
    record(database, *applied)

    answer = str(problem(database, folder))

    assert "behind" in answer
    assert "lacks revision second" in answer
    assert "run 'alembic upgrade head'" in answer


def test_says_which_revision_of_the_database_the_code_does_not_know(
    database: Connection, folder: Path
) -> None:
    record(database, "third")

    answer = str(problem(database, folder))

    assert "ahead" in answer
    assert "revision third" in answer
    assert "deploy the code that does" in answer
    assert "upgrade" not in answer


def test_an_unknown_revision_will_do_if_the_settings_say_so(
    database: Connection, folder: Path
) -> None:
    record(database, "third")
    assert problem(database, folder, accept_unknown=True) is None

    record(database, "first")
    assert "behind" in str(problem(database, folder, accept_unknown=True))


def test_every_head_has_to_be_applied(database: Connection, folder: Path) -> None:
    write_revision(folder, "other", after="first")
    record(database, "second")

    answer = str(problem(database, folder))

    assert "lacks revision other" in answer
    assert "run 'alembic upgrade heads'" in answer

    record(database, "second", "other")
    assert problem(database, folder) is None


def test_a_head_that_another_depends_on_is_not_in_the_version_table(
    database: Connection, folder: Path
) -> None:
    write_revision(folder, "other", needs="second")
    record(database, "other")

    assert problem(database, folder) is None


def test_says_that_the_role_may_not_read_the_version_table(
    database: Connection, folder: Path
) -> None:
    record(database, "second")
    database.execute(text(f"REVOKE ALL ON {VERSION_TABLE} FROM CURRENT_USER"))
    superuser = database.scalar(text("SHOW is_superuser")) == "on"
    role = "pg_monitor" if superuser else database.scalar(text("SELECT current_user"))
    probe = Readiness(with_options(database.engine.url, f"-c role={role}"), folder)

    assert "grant it SELECT" in str(asyncio.run(probe.problem()))

    probe.close()


def test_a_storm_of_questions_is_one_look_through_one_connection(
    database: Connection, folder: Path
) -> None:
    record(database, "second")
    probe = Readiness(database.engine.url, folder)
    statements: list[str] = []
    connections: list[object] = []
    event.listen(probe._engine, "connect", lambda *details: connections.append(details))
    event.listen(
        probe._engine, "before_cursor_execute", lambda *details: statements.append(details[2])
    )

    async def storm() -> list[str | None]:
        first = await asyncio.gather(*(probe.problem() for _ in range(200)))
        record(database, "first")
        return [*first, *await asyncio.gather(*(probe.problem() for _ in range(200)))]

    answers = asyncio.run(storm())
    probe.close()

    assert answers == [None] * 400
    assert len(statements) == 1
    assert len(connections) == 1


def test_an_answer_is_forgotten(
    database: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "SECONDS_TO_KEEP_AN_ANSWER", 0)
    probe = Readiness(database.engine.url, folder)

    async def ask() -> list[str | None]:
        record(database, "second")
        before = await probe.problem()
        record(database, "first")
        return [before, await probe.problem()]

    before, after = asyncio.run(ask())
    probe.close()

    assert before is None
    assert "behind" in str(after)


def test_a_connection_that_was_lost_is_opened_again(
    database: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "SECONDS_TO_KEEP_AN_ANSWER", 0)
    record(database, "second")
    probe = Readiness(database.engine.url, folder)
    others = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )

    async def ask() -> list[str | None]:
        before = await probe.problem()
        database.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))
        return [before, await probe.problem()]

    answers = asyncio.run(ask())
    probe.close()

    assert answers == [None, None]


def test_a_look_that_waits_for_a_lock_gives_up(
    database: Connection,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(readiness, "SECONDS_TO_ANSWER", 0.05)
    record(database, "second")
    blocker = create_engine(database.engine.url, poolclass=NullPool)
    with blocker.begin() as connection:
        connection.execute(text(f"LOCK TABLE {VERSION_TABLE}"))

        assert problem(database, folder) == DOES_NOT_ANSWER

    assert "statement timeout" in caplog.text


def test_a_server_that_says_nothing_keeps_nobody_waiting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "SECONDS_TO_WAIT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        probe = Readiness(settings.database_url.set(host="127.0.0.1", port=port, query={}), folder)

        async def ask() -> tuple[str | None, str | None]:
            answers = await probe.problem(), await probe.problem()
            assert probe._look is not None
            assert not probe._look.done()
            silent.close()
            await probe._look
            return answers

        answers = asyncio.run(ask())

    assert answers == (DOES_NOT_ANSWER, DOES_NOT_ANSWER)


def test_keeps_the_search_path_of_the_url(database: Connection, folder: Path) -> None:
    database.execute(text("CREATE SCHEMA elsewhere"))
    database.execute(text("SET search_path = elsewhere"))
    record(database, "second")
    url = with_options(database.engine.url, "-c search_path=elsewhere")
    probe = Readiness(url, folder)

    assert asyncio.run(probe.problem()) is None

    probe.close()


def test_the_revisions_of_this_project_are_read_from_its_folder() -> None:
    code = revisions.CodeRevisions.read()

    files = list((revisions.MIGRATIONS / "versions").glob("*.py"))
    assert len(code.every) == len(files)
    assert code.heads <= code.every
