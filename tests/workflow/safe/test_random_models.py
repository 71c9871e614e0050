"""Random pairs of models go through revision, lint, upgrade with rows, check, drift and back."""

import os
from collections.abc import Iterator

import pytest
from alembic_workflow.catalog.items import Catalog, Difference, read_catalog
from alembic_workflow.catalog.round_trip import differences
from sqlalchemy import URL, create_engine

from workflow.cases.walking import settled
from workflow.safe.random_models.pairs import Maker, Pair
from workflow.safe.services import running_service
from workflow.workbench import Workbench

# PAIRS=100-400 tries others than the suite has time for.
FIRST, _, LAST = os.environ.get("PAIRS", "0-3").partition("-")
SEEDS = range(int(FIRST), int(LAST) + 1)
PAIRS_OF_ONE = 4
"""The number of pairs that begin with the same models."""


class Pairs:
    """Puts the models before into a service."""

    def __init__(self, service: Workbench) -> None:
        """Take a service that has nothing yet."""
        self._service = service
        self._seed = -1
        self._maker = Maker(0)

    def begin(self, seed: int) -> Pair:
        """Return the pair of a seed; the service then has the models before, with rows."""
        if seed // PAIRS_OF_ONE != self._seed:
            self._maker = Maker(seed // PAIRS_OF_ONE)
            self._service.empty()
            self._service.sql("DROP SCHEMA IF EXISTS other CASCADE")
            self._service.model(self._maker.before)
            self._service.revise("before")
            self._service.succeed("upgrade", "head")
            self._service.sql(*self._maker.rows())
            self._service.keep()
            self._seed = seed // PAIRS_OF_ONE
        else:
            self._service.restore()
        return self._maker.pair(seed)


def changes(service: Workbench, before: Catalog) -> list[Difference]:
    """Return how the database differs from what it was, whatever way texts have come."""
    engine = create_engine(service.url)
    with engine.connect() as connection:
        found = differences(connection, before, read_catalog(connection), names_too=True)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def pairs(service: Workbench) -> Pairs:
    """The pairs that the service is walked through."""
    return Pairs(service)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A service that does not stop for upgrades."""
    with running_service(tmp_path_factory.mktemp("service"), server) as bench:
        yield bench


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_pair_of_models(pairs: Pairs, service: Workbench, seed: int) -> None:
    pair = pairs.begin(seed)
    print(*pair.changes, sep="\n")
    before, [first] = service.catalog(), service.versions.glob("*.py")
    service.model(pair.after)

    renames = ["-x", f"rename={','.join(pair.renames)}"] if pair.renames else []
    output = service.succeed(*renames, "revision", "--autogenerate", "-m", "after")
    if "no revision was written" in output:
        return
    written = sorted(set(service.versions.glob("*.py")) - {first})
    text = "\n".join(path.read_text("utf-8") for path in written)
    print(text)

    assert "The safe form cannot be applied" not in output
    assert "Write by hand" not in text
    service.succeed("upgrade", "head")
    settled(service)
    after = service.catalog()
    service.succeed("downgrade", f"-{len(written)}")
    assert changes(service, before) == []
    service.succeed("upgrade", "head")
    assert changes(service, after) == []
    if not pair.renames:  # of which the linter has to warn
        service.succeed("lint", "--since", first.stem.rpartition("-")[2].partition("_")[0])
