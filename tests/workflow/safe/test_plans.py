"""`revision` writes the safe form of a change, in several revisions where that takes several."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from workflow.cases.walking import settled
from workflow.workbench import MAY_STOP, RUNS_ON, Workbench, workbench

BEFORE = """
class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)

    id: Mapped[IdentityKey]
    title: Mapped[str | None]
    size: Mapped[int]
    state: Mapped[str | None] = mapped_column(sa.Enum("new", "old", name="state"))
"""
ROWS = (
    "INSERT INTO notes (title, size, state) SELECT 'n' || i, i, 'new' FROM generate_series(1, 50) i"
)


@pytest.fixture(scope="module")
def running_bench(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A service that does not stop for upgrades, with a table that has rows."""
    with workbench(tmp_path_factory.mktemp("service"), server) as bench:
        path = bench.path / "alembic.ini"
        path.write_text(path.read_text("utf-8").replace(MAY_STOP, RUNS_ON), "utf-8")
        bench.model(BEFORE)
        bench.revise("create notes")
        bench.succeed("upgrade", "head")
        bench.sql(ROWS)
        bench.keep()
        yield bench


@pytest.fixture
def service(running_bench: Workbench) -> Iterator[Workbench]:
    """The service, put back as it was afterwards."""
    yield running_bench
    running_bench.restore()


def written(service: Workbench, message: str = "change notes", *options: str) -> list[str]:
    """Write a revision, or several, and return what is in the files, in their order."""
    before = set(service.versions.glob("*.py"))
    output = service.succeed(*options, "revision", "--autogenerate", "-m", message)
    files = sorted(set(service.versions.glob("*.py")) - before)
    assert files, output
    return [path.read_text(encoding="utf-8") for path in files]


def both_ways(service: Workbench, revisions: int) -> None:
    """Require that the revisions go up and down with rows, and leave models and history agreed."""
    before = service.catalog()
    service.succeed("upgrade", "head")
    settled(service)
    after = service.catalog()
    for _ in range(revisions):
        service.succeed("downgrade", "-1")
        service.succeed("drift")
    assert service.catalog() == before
    service.succeed("upgrade", "head")
    assert service.catalog() == after
    assert "no revision was written" in service.succeed("revision", "--autogenerate", "-m", "more")


CHANGES = {
    "a required column": ("size: Mapped[int]", "size: Mapped[int]\n    owner: Mapped[int]"),
    "an index": (
        "title: Mapped[str | None]",
        "title: Mapped[str | None] = mapped_column(index=True)",
    ),
    "NOT NULL": ("title: Mapped[str | None]", "title: Mapped[str]"),
    "a type": ("size: Mapped[int]", "size: Mapped[int] = mapped_column(sa.BigInteger)"),
    "unique": (
        "title: Mapped[str | None]",
        "title: Mapped[str | None] = mapped_column(unique=True)",
    ),
    "a dropped column": ("    size: Mapped[int]\n", ""),
    "a foreign key": (
        "size: Mapped[int]",
        "size: Mapped[int]\n    up: Mapped[int | None] = mapped_column(sa.ForeignKey('notes.id'))",
    ),
    "a volatile default": (
        "size: Mapped[int]",
        "size: Mapped[int]\n    key: Mapped[str] = mapped_column(server_default=sa.text('gen_random_uuid()'))",
    ),
    "an enum's value": ('"new", "old"', '"new", "mid", "old"'),
    "an enum's value that goes": ('"new", "old"', '"new"'),
    "a CHECK": ("size > 0", "size > 0 AND size < 1000"),
    "a table": (BEFORE, ""),
}


@pytest.mark.parametrize("name", CHANGES)
def test_plan(service: Workbench, name: str) -> None:
    old, new = CHANGES[name]
    assert old in BEFORE
    model = BEFORE.replace(old, new)
    if name == "a dropped column":
        model = model.replace(
            '    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)\n', ""
        )
    service.model(model)
    files = written(service)
    print("\n=========\n".join(files))
    both_ways(service, len(files))
    print(service.run("lint"))
    assert 0
