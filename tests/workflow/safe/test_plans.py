"""`revision` writes the safe form of a change, in several revisions where that takes several."""

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from running import clean_environment
from sqlalchemy import URL

from workflow.safe.services import running_service, written
from workflow.workbench import MAY_STOP, RUNS_ON, Workbench

BEFORE = """
class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (sa.CheckConstraint("size > 2", name="size"),)

    id: Mapped[IdentityKey]
    title: Mapped[str | None]
    size: Mapped[int]
    state: Mapped[str | None] = mapped_column(sa.Enum("new", "old", name="state"))
"""
TITLE, SIZE = "title: Mapped[str | None]", "size: Mapped[int]"
CHECK = '    __table_args__ = (sa.CheckConstraint("size > 2", name="size"),)\n'
# What is replaced, by what, and the stages of the plan; none for one revision as it always was.
CHANGES = {
    "a required column": (SIZE, f"{SIZE}\n    owner: Mapped[int]", "expand backfill contract"),
    "a column": (SIZE, f"{SIZE}\n    owner: Mapped[int | None]", ""),
    "a constant default": (
        SIZE,
        f'{SIZE}\n    owner: Mapped[int] = mapped_column(server_default="1")',
        "",
    ),
    "a volatile default": (
        SIZE,
        f'{SIZE}\n    at: Mapped[Any] = mapped_column(sa.Text, server_default=sa.text("random()"))',
        "expand backfill contract",
    ),
    "an identity column": (
        SIZE,
        f"{SIZE}\n    number: Mapped[int] = mapped_column(sa.Identity())",
        "expand backfill contract",
    ),
    "an index": (TITLE, f"{TITLE} = mapped_column(index=True)", "index"),
    "a unique constraint": (TITLE, f"{TITLE} = mapped_column(unique=True)", "index"),
    "a foreign key": (
        SIZE,
        f'{SIZE}\n    up: Mapped[int | None] = mapped_column(sa.ForeignKey("notes.id"))',
        "expand contract",
    ),
    "a CHECK": ("size > 2", "size > 1", "contract validate"),
    "NOT NULL": (TITLE, "title: Mapped[str]", "backfill contract"),
    "a type that is written anew": (
        SIZE,
        f"{SIZE} = mapped_column(sa.BigInteger)",
        "expand backfill contract",
    ),
    "a type with a comment": (
        SIZE,
        f'{SIZE} = mapped_column(sa.BigInteger, comment="50% of it")',
        "expand backfill contract",
    ),
    "a unique constraint that includes a column": (
        'name="size"),',
        'name="size"), sa.UniqueConstraint("title", name="t", postgresql_include=["id"]),',
        "index",
    ),
    "a type that is not": (TITLE, f"{TITLE} = mapped_column(sa.Text)", ""),
    "a value of an enum": ('"new", "old"', '"new", "mid", "old"', ""),
    "a value of an enum that is used at once": (
        'sa.Enum("new", "old", name="state"))',
        'sa.Enum("new", "mid", "old", name="state"), server_default="mid")\n    '
        "up: Mapped[int | None] = mapped_column(index=True)",
        "expand index",
    ),
    "a value of an enum that goes": ('"new", "old"', '"new"', "expand backfill contract"),
    "a column that goes": (f"    {TITLE}\n", "", "drop"),
    "a required column that goes": (f"    {SIZE}\n", "", "expand drop"),
    "a table that goes": (BEFORE, "", "drop"),
    "a table": (BEFORE, f"{BEFORE}\n\n{BEFORE.replace('ote', 'ode')}", ""),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A service with a table that has rows."""
    with running_service(tmp_path_factory.mktemp("service"), server) as bench:
        bench.model(BEFORE)
        bench.revise("create notes")
        bench.succeed("upgrade", "head")
        bench.sql("INSERT INTO notes (title, size) SELECT 'n' || i, i FROM generate_series(3, 9) i")
        bench.keep()
        yield bench


def stages(files: list[Path]) -> str:
    """Return the stages that the revisions are named for, each after the one before."""
    texts = [path.read_text(encoding="utf-8") for path in files]
    titles = [text.partition("\n")[0].strip('"') for text in texts]
    if len(files) > 1:
        numbers = [f"change notes {n} of {len(files)}" for n, _ in enumerate(files, 1)]
        assert [title.rpartition(": ")[0] for title in titles] == numbers
        for text, following in pairwise(texts):
            revision = text.partition("\nrevision: str = ")[2].partition("\n")[0]
            assert f"down_revision: str | Sequence[str] | None = {revision}\n" in following
    return " ".join(title.rpartition(": ")[2] for title in titles)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_table_in_use_is_written_in_its_safe_form(
    service: Workbench, name: str
) -> None:
    old, new, plan = CHANGES[name]
    model = BEFORE.replace(old, new)
    service.model(model.replace(CHECK, "") if SIZE not in model else model)

    files = written(service, "change notes")

    if len(plan.split()) > 1:
        assert stages(files) == plan
    else:
        assert len(files) == 1
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert ("\nDeploy " in text) == bool(plan), text
    if plan:
        service.succeed("lint")


def test_the_plan_is_printed_and_says_what_to_look_at(service: Workbench) -> None:
    service.model(BEFORE.replace(SIZE, f"{SIZE}\n    owner: Mapped[int]"))

    output = service.succeed("revision", "--autogenerate", "-m", "add owner to notes")

    for line in (
        "  1 of 3: expand\n    Deploy before the release that writes notes.owner.",
        "  2 of 3: backfill\n    Deploy once everything that runs writes notes.owner. "
        "Rows that exist get 0: is that right?",
        "  3 of 3: contract\n    Deploy at any time after the one before",
    ):
        assert line in output
    assert [line.rpartition("-")[2][12:] for line in output.splitlines() if "Wrote" in line] == [
        f"_add_owner_to_notes_{step}.py"
        for step in ("1_of_3_expand", "2_of_3_backfill", "3_of_3_contract")
    ]


def test_rows_get_a_value_that_constraints_accept(service: Workbench) -> None:
    service.model(
        BEFORE.replace(
            'name="size"),',
            'name="size"), sa.CheckConstraint("level > 5", name="level"), '
            "sa.CheckConstraint(\"word IN ('a%', 'b')\", name=\"word\"),",
        ).replace(
            SIZE,
            f"{SIZE}\n    level: Mapped[int]\n    word: Mapped[str]\n    code: Mapped[int] = "
            "mapped_column(unique=True)\n    up: Mapped[int] = "
            'mapped_column(sa.ForeignKey("notes.id"))'
            '\n    mood: Mapped[str] = mapped_column(sa.Enum("calm", "busy", name="mood"))',
        )
    )
    written(service, "change notes")

    service.succeed("upgrade", "head")
    service.succeed("check")

    assert service.sql("SELECT DISTINCT level, word, code = id, up, mood FROM notes") == [
        (6, "a%", True, 1, "calm")
    ]


@pytest.mark.parametrize("option", ["safe=0", "service_may_stop"])
def test_a_service_that_may_stop_gets_one_revision_in_alembics_own_form(
    service: Workbench, option: str
) -> None:
    service.model(BEFORE.replace(TITLE, "title: Mapped[str] = mapped_column(index=True)"))
    options = ["-x", option] if option == "safe=0" else []
    if not options:
        path = service.path / "alembic.ini"
        settings = path.read_text(encoding="utf-8")
        path.write_text(settings.replace(RUNS_ON, MAY_STOP), encoding="utf-8")

    [file] = written(service, "change notes", *options)

    text = file.read_text(encoding="utf-8")
    assert "op.create_index(op.f(" in text
    assert "nullable=False" in text


def test_what_the_main_branch_does_not_have_yet_takes_the_short_form(service: Workbench) -> None:
    git(service, "init", "--initial-branch=main")
    git(service, "add", "--all")
    git(service, "commit", "--message=first")
    git(service, "checkout", "-b", "topic")
    service.model(BEFORE.replace("ote", "ode"), name="nodes")
    written(service, "create nodes")
    git(service, "add", "--all")
    git(service, "commit", "--message=nodes")
    added = BEFORE.replace(SIZE, f"{SIZE}\n    owner: Mapped[int]")
    service.model(added.replace("ote", "ode"), name="nodes")

    [second] = written(service, "change nodes")
    service.model(added)
    files = written(service, "change notes")

    assert "nullable=False" in second.read_text(encoding="utf-8")
    assert stages(files) == "expand backfill contract"


def git(service: Workbench, *arguments: str) -> None:
    """Run git in the service's folder, as nobody in particular."""
    name = (
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "init.defaultBranch=x",
    )
    subprocess.run(
        ["git", *name, *arguments],
        cwd=service.path,
        env=clean_environment(),
        check=True,
        capture_output=True,
    )


def test_a_rename_keeps_its_rows_and_says_that_what_runs_uses_the_old_name(
    service: Workbench,
) -> None:
    model = BEFORE.replace('"notes"', '"papers"').replace("title:", "headline:")
    service.model(model.replace("headline: Mapped[str | None]", "headline: Mapped[str]"))

    files = written(
        service, "change notes", "-x", "rename=notes:papers,notes.title:papers.headline"
    )
    before = service.catalog()
    service.succeed("upgrade", "head")
    service.succeed("check")

    text = files[0].read_text(encoding="utf-8")
    assert stages(files) == "expand backfill contract"
    assert "Deploy while the service is stopped: what runs uses the name of table notes." in text
    assert service.sql("SELECT count(*) FROM papers WHERE headline LIKE 'n%'") == [(7,)]
    for _ in files:
        service.succeed("downgrade", "-1")
    assert service.catalog() == before


def test_a_stored_generated_column_says_that_the_service_has_to_stop(service: Workbench) -> None:
    computed = "sa.Computed('size * 2', persisted=True)"
    service.model(
        BEFORE.replace(SIZE, f"{SIZE}\n    twice: Mapped[int] = mapped_column({computed})").replace(
            TITLE, f"{TITLE} = mapped_column(index=True)"
        )
    )

    files = written(service, "change notes")
    service.succeed("upgrade", "head")
    service.succeed("check")

    service.succeed("lint")
    assert stages(files) == "expand index"
    text = " ".join(files[0].read_text().split())
    assert "Deploy while the service is stopped: for column notes.twice" in text
    assert "persisted=False" in text


def test_a_view_is_away_only_while_a_column_takes_the_place_of_another(service: Workbench) -> None:
    view = 'sa.CreateView(sa.select(Note.id, Note.size), "sizes", metadata=Base.metadata)\n'
    service.model(BEFORE + view)
    written(service, "show sizes")
    service.succeed("upgrade", "head")
    before = service.catalog()
    service.model(BEFORE.replace(SIZE, f"{SIZE} = mapped_column(sa.BigInteger)") + view)

    files = written(service, "change notes")
    service.succeed("upgrade", "head")
    service.succeed("check")
    service.succeed("lint")
    service.succeed("downgrade", "-3")

    assert stages(files) == "expand backfill contract"
    assert [path.read_text().count("DROP VIEW") for path in files] == [0, 0, 2]
    assert service.catalog() == before


def test_a_view_comes_back_at_once_if_its_column_changes_in_several_ways(
    service: Workbench,
) -> None:
    view = 'sa.CreateView(sa.select(Note.id, Note.size), "sizes", metadata=Base.metadata)\n'
    optional = BEFORE.replace(SIZE, "size: Mapped[int | None] = mapped_column(sa.Integer)")
    service.model(optional + view)
    written(service, "show sizes")
    service.succeed("upgrade", "head")
    service.model(BEFORE.replace(SIZE, f"{SIZE} = mapped_column(sa.BigInteger)") + view)

    files = written(service, "change notes")
    service.succeed("upgrade", "head")
    service.succeed("check")

    views = [
        (each.read_text().count("DROP V"), each.read_text().count("CREATE V")) for each in files
    ]
    assert [each for each in views if each != (0, 0)] == [(2, 2)]


def test_what_is_left_to_write_by_hand_is_in_the_plan(service: Workbench) -> None:
    service.sql("CREATE VIEW all_notes AS SELECT * FROM notes")
    service.by_hand('op.execute("CREATE VIEW all_notes AS SELECT * FROM notes")')
    service.succeed("stamp", "head")
    service.model("")

    [file] = written(service, "drop notes")

    assert "# Write by hand: " in file.read_text(encoding="utf-8")
    assert "view all_notes depends on table notes" in file.read_text(encoding="utf-8")


def test_an_index_that_is_built_anew_by_another_type_takes_the_place_of_the_old_one(
    service: Workbench,
) -> None:
    named = BEFORE.replace(
        CHECK, '    __table_args__ = (sa.Index("low", sa.text("lower(title)")),)\n'
    )
    service.model(named)
    written(service, "index notes")
    service.model(named.replace(TITLE, f"{TITLE} = mapped_column(sa.Text)"))

    assert stages(written(service, "change notes")) == "expand backfill contract"


def test_no_line_is_too_long_and_public_is_left_out(service: Workbench) -> None:
    values = ", ".join(f"'{number * 'x'} 50%:y'" for number in range(9))
    service.model(
        BEFORE.replace(
            'name="size"),',
            f'name="size"), sa.CheckConstraint("title IN ({values})", name="title"),',
        ).replace(
            SIZE,
            f"{SIZE}\n    up: Mapped[int] = mapped_column("
            'sa.ForeignKey("notes.id", ondelete="CASCADE", deferrable=True), unique=True)',
        )
    )

    texts = [file.read_text(encoding="utf-8") for file in written(service, "change notes")]
    service.succeed("check")

    lines = [line for text in texts for line in text.splitlines()]
    assert max(map(len, lines)) <= 100
    assert not any(
        "public." in line or "ADD CONSTRAINT" in line for line in lines if "USING INDEX" not in line
    )
    assert "op.create_foreign_key(" in texts[0]
    assert "op.create_check_constraint(" in "".join(texts)


def test_a_foreign_key_comes_after_the_change_of_what_it_points_to(service: Workbench) -> None:
    unique, up = "mapped_column(unique=True)", "mapped_column(sa.BigInteger)"
    before = BEFORE.replace(SIZE, f"{SIZE} = {unique}\n    up: Mapped[int | None] = {up}")
    service.model(before)
    written(service, "point up")
    service.succeed("upgrade", "head")
    longer = unique.replace("unique", "sa.BigInteger, unique")
    service.model(
        before.replace(up, up.replace("ger)", 'ger, sa.ForeignKey("notes.size"))')).replace(
            unique, longer
        )
    )

    files = written(service, "change notes")
    service.succeed("upgrade", "head")
    service.succeed("check")

    assert stages(files) == "expand backfill contract validate"


def test_a_foreign_key_that_goes_says_what_must_not_rely_on_it(service: Workbench) -> None:
    up = "    up: Mapped[int | None] = mapped_column(sa.BigInteger)\n"
    pointing = up.replace("ger)", 'ger, sa.ForeignKey("notes.id"))')
    service.model(BEFORE + pointing)
    written(service, "point up")
    service.succeed("upgrade", "head")
    service.model(BEFORE + up)

    [file] = written(service, "change notes")

    text = file.read_text(encoding="utf-8")
    assert "\nDeploy once nothing that runs relies on fk_notes_up_notes.\n" in text
    service.succeed("lint")
