"""The drawing of tables and revisions."""

import re
from pathlib import Path

from workflow.drawing import diagrams, drawn, mermaid
from workflow.histories import write_revision_after
from workflow.revisions import HISTORY, PUBLISHED, VOTES
from workflow.workbench import Workbench

STALE = "docs/schema.md shows what models and revisions were. make diagram draws it anew."
KEYS = """
class Parent(Base):
    __tablename__ = "parents"
    __table_args__ = (sa.PrimaryKeyConstraint("a", "b"),)
    a: Mapped[int]
    b: Mapped[int]


class Child(Base):
    __tablename__ = "children"
    __table_args__ = (
        sa.ForeignKeyConstraint(["a", "b"], ["parents.a", "parents.b"]),
        sa.Index("some", "one_of_some", unique=True, postgresql_where=sa.text("id > 7")),
    )
    id: Mapped[IdentityKey]
    a: Mapped[int]
    b: Mapped[int]
    one: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), unique=True)
    one_of_some: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    older: Mapped[int | None] = mapped_column(sa.ForeignKey("children.id"))


class Detail(Base):
    __tablename__ = "details"
    id: Mapped[int] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
"""
ODD = """
class Mood(enum.Enum):
    sad = 1
    uk = 2


class Odd(Base):
    __tablename__ = 'order "lines" #1; <b>_x_</b> 100%'
    __table_args__ = {"schema": "other schema"}
    id: Mapped[IdentityKey]
    uk: Mapped[int | None]
    end: Mapped[str] = mapped_column("1. end")
    spaced: Mapped[str] = mapped_column('with "space" and ~tilde~')
    percent: Mapped[int] = mapped_column("a%b")
    happy: Mapped[int] = mapped_column("😀")
    sad: Mapped[int] = mapped_column("😢")
    hidden: Mapped[Mood] = mapped_column("__proto__", sa.Enum(Mood, name="Mood with space"))
    price: Mapped[int] = mapped_column("grüße", sa.Numeric(10, 2))
    styles: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.String(3)))


for number, name in enumerate(("end", "style", "class", "constructor", "erDiagram", "one", "to")):
    sa.Table(
        name,
        Base.metadata,
        sa.Column("PK", sa.Integer, primary_key=True),
        sa.Column(name, sa.ForeignKey(Odd.id)),
        schema="a" if number % 2 else None,
    )
sa.Table("end", Base.metadata, sa.Column("id", sa.Integer, primary_key=True), schema="a")
sa.Table(
    "a%b 😀 'x'",
    Base.metadata,
    sa.Column("odd", sa.ForeignKey(Odd.id), primary_key=True),
    sa.Column("tag", sa.ForeignKey("a.end.id"), primary_key=True),
)
sa.Table("without keys", Base.metadata, sa.Column("text", sa.Text))
"""
MANY = """
for number in range(400):
    key = sa.Column("id", sa.ForeignKey("users.id"), primary_key=True)
    columns = [sa.Column(f"column_{each}", sa.Integer) for each in range(9)]
    sa.Table(f"t_{number}", Base.metadata, key, *columns)
"""


def schema(project: Workbench) -> str:
    """Draw, and return what is in the file."""
    assert project.succeed("diagram") == "Wrote docs/schema.md\n"
    return (project.path / "docs" / "schema.md").read_text(encoding="utf-8")


def test_keys_are_drawn_with_how_many_rows_they_join(project: Workbench) -> None:
    project.model(KEYS)

    tables, _ = diagrams(schema(project))

    assert '  "votes" {\n    bigint post_id PK, FK\n    bigint user_id PK, FK\n' in tables
    assert '    timestamp_with_time_zone deactivated_at "null"\n' in tables
    assert "    bigint one FK, UK\n    bigint one_of_some FK\n" in tables
    assert re.findall(r'^  (".*" : ".*")$', tables, re.MULTILINE) == [
        '"children" |o--o{ "children" : "older"',
        '"parents" ||--o{ "children" : "a, b"',
        '"users" ||--o{ "children" : "one_of_some"',
        '"users" ||--o| "children" : "one"',
        '"children" ||--o| "details" : "id"',
        '"users" ||--o{ "posts" : "owner_id"',
        '"posts" ||--o{ "votes" : "post_id"',
        '"users" ||--o{ "votes" : "user_id"',
    ]


def test_mermaid_draws_whatever_tables_and_revisions_are_called(
    project: Workbench, tmp_path: Path
) -> None:
    mermaid(tmp_path)
    project.model(ODD)
    write_revision_after(project, "a.b_c%", labels=("end", "graph"))
    path = write_revision_after(project, "subgraph", VOTES, depends_on=PUBLISHED)
    path.write_text(path.read_text().replace("Written by", '1. `Say` \\"x\\" <i>#35; & _so_'))

    tables, history = drawn(tmp_path, schema(project))

    assert 'other schema.order "lines" #1; <b>_x_</b> 100%' in tables
    assert {"a%b 😀 'x'", "without keys", "a%b", "😀", "😢", "odd", "tag"} <= {*tables}
    assert {"end", "a.end", "a.style", "constructor", "erDiagram", "a.one", "to"} <= {*tables}
    assert {"PK_", "uk_", "with_space_and_tilde", "proto", "varchar(3)[]"} <= {*tables}
    assert {"uk; null", "1. end", 'with "space" and ~tilde~'} <= {*tables}
    assert {'__proto__; "Mood with space"; sad, uk', "grüße; numeric(10, 2)"} <= {*tables}
    assert {'1. `Say` "x" <i>#35; & _so_ a test.', "subgraph"} <= {*history}
    assert {"a.b_c%", "database", "needed by"} <= {*history}


def test_heads_branches_and_merges_are_drawn(project: Workbench) -> None:
    write_revision_after(project, "aaa", VOTES, labels="side")
    write_revision_after(project, "bbb", VOTES, depends_on="aaa")
    _, before = diagrams(schema(project))
    write_revision_after(project, "ccc", ("aaa", "bbb"))
    _, after = diagrams(schema(project))

    assert '  raaa(["Written by a test.<br>side<br>aaa"])\n' in before
    assert '  rbbb(["Written by a test.<br>bbb"])\n' in before
    for edge in (f"r{VOTES} --> raaa", f"r{VOTES} --> rbbb", "raaa -. needed by .-> rbbb"):
        assert f"  {edge}\n" in before
    assert '  raaa["Written by a test.<br>side<br>aaa"]\n' in after
    assert '  rccc(["Written by a test.<br>ccc"])\n' in after
    assert "  raaa --> rccc\n  rbbb --> rccc\n" in after


def test_the_graph_says_where_the_database_is(project: Workbench) -> None:
    def position() -> list[str]:
        return re.findall(r"^  (database.*)$", schema(project), re.MULTILINE)

    assert position() == [f'database[("database")] --> r{VOTES}']
    write_revision_after(project, "aaa", PUBLISHED)
    project.succeed("upgrade", "heads")
    assert position() == [
        'database[("database")] --> raaa',
        f'database[("database")] --> r{VOTES}',
    ]
    project.sql("DELETE FROM alembic_version_my_api")
    assert position() == []
    project.sql("INSERT INTO alembic_version_my_api VALUES ('gone')")
    assert position() == ['database[("database<br>at gone, which is not here")]']


def test_a_long_history_and_many_tables_are_drawn_as_far_as_mermaid_takes_them(
    project: Workbench, tmp_path: Path
) -> None:
    before = VOTES
    for number in range(110):
        write_revision_after(project, f"{number:03}", before)
        before = f"{number:03}"
    project.model(MANY)

    text = schema(project)
    tables, history = diagrams(text)

    assert "Only columns of keys are drawn: Mermaid does not take all." in text
    assert len(tables) <= 50_000
    assert '  "t_399" {\n    bigint id PK, FK\n  }\n' in tables
    assert history.startswith('flowchart TB\n  older["18 older"]\n  r010[')
    assert "  older --> r010\n" in history
    assert '  database[("database")] --> older\n' in history


def test_check_tells_when_the_drawing_is_stale(project: Workbench) -> None:
    project.succeed("check")
    schema(project)
    project.succeed("downgrade", "base")
    project.succeed("check")

    path = write_revision_after(project, "aaa", downgrade="op.execute('SELECT 1')")
    assert project.fail("check") == f"{STALE}\n"
    schema(project)
    project.succeed("check")
    path.unlink()
    project.model("class Thing(Base):\n    __tablename__ = 'things'\n    id: Mapped[IdentityKey]\n")
    assert STALE in project.fail("check")


def test_a_new_service_has_nothing_to_draw_yet(project: Workbench) -> None:
    project.empty()

    text = schema(project)

    assert "There is no table yet." in text
    assert "There is no revision yet." in text
    assert diagrams(text) == []
    assert len(HISTORY) == 8
