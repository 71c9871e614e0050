"""Random pairs of models go through revision, lint, upgrade with rows, check, drift and back."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from workflow.cases.walking import settled
from workflow.safe.random_models import Maker, Pair
from workflow.safe.services import running_service
from workflow.workbench import Workbench

# PAIRS=100-400 tries others than the suite has time for.
FIRST, _, LAST = os.environ.get("PAIRS", "0-1").partition("-")
SEEDS = range(int(FIRST), int(LAST) + 1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A service that does not stop for upgrades, with nothing in it."""
    with running_service(tmp_path_factory.mktemp("service"), server) as bench:
        bench.empty()
        bench.sql("CREATE SCHEMA other")
        bench.keep()
        yield bench


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_pair_of_models(service: Workbench, seed: int) -> None:
    pair = Maker(seed).pair()
    service.restore()
    print(*pair.changes, sep="\n")
    walk(service, pair)


def walk(service: Workbench, pair: Pair) -> None:
    service.model(pair.before)
    service.revise("before")
    service.succeed("upgrade", "head")
    service.sql(*pair.rows)
    before = service.catalog()
    service.model(pair.after)
    files = set(service.versions.glob("*.py"))
    output = service.succeed("revision", "--autogenerate", "-m", "after")
    written = sorted(set(service.versions.glob("*.py")) - files)
    if "no revision was written" in output:
        return
    text = "\n".join(path.read_text("utf-8") for path in written)
    print(text)
    assert "Write by hand" not in text
    service.succeed("upgrade", "head")
    settled(service)
    after = service.catalog()
    for _ in written:
        service.succeed("downgrade", "-1")
    assert service.catalog() == before
    service.succeed("upgrade", "head")
    assert service.catalog() == after
    assert "no revision was written" in service.succeed("revision", "--autogenerate", "-m", "more")
    service.succeed("lint")
