import re

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.config import settings


def test_the_settings_name_a_database_of_this_run(session: Session) -> None:
    name = session.scalar(text("SELECT current_database()"))

    assert name == settings.database_url.database
    assert re.fullmatch(r".+_test_[0-9a-f]{8}", str(name))


def test_a_connection_to_another_database_is_refused() -> None:
    development, _, _ = str(settings.database_url.database).rpartition("_test_")
    for database in (development, "postgres", f"{development}_test_00000000_main"):
        engine = create_engine(settings.database_url.set(database=database))

        with pytest.raises(RuntimeError, match="tried to connect"):
            engine.connect()


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_commits_is_gone_in_the_next(session: Session, time: str) -> None:
    session.execute(text("CREATE TABLE left_behind (id int)"))
    session.commit()
