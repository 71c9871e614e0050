"""Renames are asked about or given, never guessed, and keep the rows. On real PostgreSQL."""

import os
import pty
import subprocess
import sys

import pytest
from running import clean_environment

from workflow.workbench import Workbench

MIGRATE = (sys.executable, "-m", "alembic_workflow")
BEFORE = """
class Parent(Base):
    __tablename__ = "parents"
    __table_args__ = (sa.UniqueConstraint("first", "last"),)

    id: Mapped[IdentityKey]
    first: Mapped[str] = mapped_column(sa.String(50))
    last: Mapped[str] = mapped_column(sa.String(50), index=True)
    public: Mapped[bool] = mapped_column(server_default="true")


class Child(Base):
    __tablename__ = "children"
    __table_args__ = (
        sa.CheckConstraint("age > 0", name="age"),
        sa.ForeignKeyConstraint(["one", "two"], ["parents.first", "parents.last"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    age: Mapped[int]
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("parents.id"), index=True)
    one: Mapped[str | None] = mapped_column(sa.String(50))
    two: Mapped[str | None] = mapped_column(sa.String(50))


class Toy(Base):
    __tablename__ = "toys"

    child_id: Mapped[int] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seller: Mapped[str]
    buyer: Mapped[str]
"""
ROWS = (
    "INSERT INTO parents (first, last) VALUES ('Ada', 'Byron')",
    "INSERT INTO children (age, parent_id, one, two) SELECT 7, id, first, last FROM parents",
    "INSERT INTO toys (child_id, number, seller, buyer) SELECT id, 1, 'shop', 'Ada' FROM children",
)


def rename_in_models(project: Workbench, *pairs: tuple[str, str], model: str = BEFORE) -> str:
    """Write the models with other names, and return them."""
    for old, new in pairs:
        assert old in model
        model = model.replace(old, new)
    project.model(model)
    return model


def test_tables_columns_and_what_is_named_after_them_are_renamed_with_their_rows(
    project: Workbench,
) -> None:
    project.model(BEFORE)
    project.change("create parents")
    project.sql(*ROWS)
    rename_in_models(
        project,
        ("class Child", "class Kid"),
        ('"children"', '"kids"'),
        ("children.id", "kids.id"),
        ("child_id", "kid_id"),
        ("parent_id", "elder_id"),
        (
            "first: Mapped[str] = mapped_column(",
            'given: Mapped[str] = mapped_column("Given Name", ',
        ),
        ('"first"', '"Given Name"'),
        ("parents.first", "parents.Given Name"),
        ('("age > 0", name="age")', '(\'"a:ge" > 0\', name="age")'),
        ("age: Mapped[int]", 'age: Mapped[int] = mapped_column("a:ge")'),
        ("seller: Mapped[str]", "vendor: Mapped[str] = mapped_column(server_default='%')"),
        ("    public: Mapped[bool]", "    seen: Mapped[bool]"),
    )
    renames = (
        'kids."age":kids."a:ge", children:kids, kids.parent_id:kids.elder_id,'
        'parents.first:parents."Given Name",toys.child_id:toys.kid_id,'
        "toys.seller:toys.vendor,parents.public:parents.seen"
    )

    revision = project.change("rename almost everything", renames)

    assert "drop_column" not in revision
    assert project.sql('SELECT elder_id = (SELECT id FROM parents), "a:ge", one FROM kids') == [
        (True, 7, "Ada")
    ]
    assert project.sql("SELECT kid_id, vendor FROM toys") == [(1, "shop")]
    names = {name for _, _, _, name in project.catalog()}
    assert names >= {"pk_kids", "ix_kids_elder_id", "fk_kids_elder_id_parents", "ck_kids_age"}
    assert names >= {"kids_id_seq", "fk_toys_kid_id_kids", "uq_parents_Given Name_last"}
    project.succeed("downgrade", "-1")
    assert project.sql("SELECT age, one FROM children") == [(7, "Ada")]
    assert project.sql("SELECT seller FROM toys") == [("shop",)]
    assert project.sql("SELECT public FROM parents") == [(True,)]


def test_two_columns_swap_their_names_and_identities_and_schemas_follow(
    project: Workbench,
) -> None:
    model = """
class Trade(Base):
    __tablename__ = "trades"
    __table_args__ = {"schema": "shop"}

    id: Mapped[IdentityKey]
    seller: Mapped[int] = mapped_column(index=True)
    buyer: Mapped[int | None]
"""
    project.model(model)
    project.change("create trades")
    project.sql("INSERT INTO shop.trades (seller, buyer) VALUES (1, 2)")
    project.model(
        model.replace("seller", "x")
        .replace("buyer", "seller")
        .replace("x:", "buyer:")
        .replace('"trades"', '"Deals"')
    )

    project.change(
        "swap",
        'shop.trades:shop."Deals",shop."Deals".seller:shop."Deals".buyer,'
        'shop."Deals".buyer:shop."Deals".seller',
    )

    assert project.sql('SELECT seller, buyer FROM shop."Deals"') == [(2, 1)]
    names = {name for _, _, _, name in project.catalog()}
    assert names >= {"Deals_id_seq", "ix_Deals_buyer", "pk_Deals"}


@pytest.mark.parametrize(
    ("rename", "reason"),
    [
        ("posts.tilte:posts.headline", "no posts.tilte"),
        ("posts.title:posts.haedline", "no posts.haedline"),
        ("posts.title", "write table.old:table.new"),
        ("posts.title:headline", "no posts.title"),
        ("posts.title:users.email", "no posts.title"),
        ("posts.title:posts.content", "posts.content already"),
        ("posts.content:posts.headline", "still have posts.content"),
        ("posts.title:posts.headline,posts.title:posts.summary", "two renames"),
    ],
)
def test_a_rename_that_cannot_be_is_refused_in_one_line(
    project: Workbench, rename: str, reason: str
) -> None:
    post = project.path / "app/models/post.py"
    post.write_text(
        post.read_text()
        .replace(
            "title: Mapped[str] = mapped_column(String(200))",
            "headline: Mapped[str] = mapped_column(String(200))\n"
            "    summary: Mapped[str | None] = mapped_column(String(200))",
        )
        .replace('"title"', '"headline"')
    )
    before = set(project.versions.glob("*.py"))

    output = project.fail("-x", f"rename={rename}", "revision", "--autogenerate", "-m", "x")

    [line] = output.strip().splitlines()
    assert reason in line
    assert set(project.versions.glob("*.py")) == before


def ask(project: Workbench, answers: str) -> str:
    """Run `make revision` on a terminal, type the answers, and return what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MIGRATE, "revision", "--autogenerate", "-m", "asked"],
        cwd=project.path,
        env=clean_environment(**project.environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode()


SHOPS = """
class Shop(Base):
    __tablename__ = "shops"

    id: Mapped[IdentityKey]
    title: Mapped[str] = mapped_column(unique=True)


class Market(Base):
    __tablename__ = "markets"

    id: Mapped[IdentityKey]
    street: Mapped[str] = mapped_column(index=True)
    opens: Mapped[int]
"""


def test_two_tables_swap_their_names(project: Workbench) -> None:
    project.model(SHOPS)
    project.change("create shops")
    project.sql("INSERT INTO shops (title) VALUES ('kept')")
    swapped = SHOPS.replace('"shops"', '"x"').replace('"markets"', '"shops"')
    project.model(swapped.replace('"x"', '"markets"'))

    revision = project.change("swap", "shops:markets,markets:shops")

    assert "create_table" not in revision
    assert "# Write by hand: " not in revision
    assert project.sql("SELECT title FROM markets") == [("kept",)]
    assert "pk_markets" in {name for _, _, table, name in project.catalog() if table == "markets"}


@pytest.mark.parametrize("column", ["stores.title:stores.name", "shops.title:shops.name"])
def test_a_table_and_its_column_are_renamed_at_once(project: Workbench, column: str) -> None:
    project.model(SHOPS)
    project.change("create shops")
    project.sql("INSERT INTO shops (title) VALUES ('kept')")
    project.model(SHOPS.replace('"shops"', '"stores"').replace("title:", "name:"))

    assert "rename=shops:stores" in project.revise("unsaid")
    next(project.versions.glob("*unsaid*")).unlink()
    project.change("rename", f"shops:stores,{column}")

    assert project.sql("SELECT name FROM stores") == [("kept",)]


def test_a_table_that_changes_its_schema_is_not_dropped_without_a_word(project: Workbench) -> None:
    model = SHOPS.replace(
        '    __tablename__ = "shops"\n',
        """    __tablename__ = "shops"
    __table_args__ = {"schema": "one"}
""",
    )
    project.model(model)
    project.change("create shops")
    project.model(model.replace('"one"', '"two"'))

    revision = project.revise("move")

    assert "# Unconfirmed rename: one.shops -> two.shops" in revision
    assert 'op.execute("ALTER TABLE one.shops SET SCHEMA two")' in revision
    assert "unconfirmed-rename" in project.fail("lint")


def test_the_developer_is_asked_on_a_terminal(project: Workbench) -> None:
    post = project.path / "app/models/post.py"
    renamed = post.read_text().replace("title:", "headline:").replace('"title"', '"headline"')
    post.write_text(renamed)
    question = "Did you rename posts.title to posts.headline? [y/N]"

    assert question in ask(project, "n\n")
    [refused] = project.versions.glob("*_asked.py")
    assert 'op.drop_column("posts", "title")' in refused.read_text()
    assert "Unconfirmed" not in refused.read_text().partition("def upgrade")[2]
    refused.unlink()

    assert question in ask(project, "y\n")
    [confirmed] = project.versions.glob("*_asked.py")
    assert 'op.alter_column("posts", "title", new_column_name="headline")' in confirmed.read_text()
    project.succeed("upgrade", "head")
    project.succeed("check")


def test_off_a_terminal_a_possible_rename_is_named_and_the_linter_reports_it(
    project: Workbench,
) -> None:
    post = project.path / "app/models/post.py"
    post.write_text(
        post.read_text().replace("title:", "headline:").replace('"title"', '"headline"')
    )

    revision = project.revise("unconfirmed")

    assert "# Unconfirmed rename: posts.title -> posts.headline" in revision
    assert "rename=posts.title:posts.headline" in revision
    assert "unconfirmed-rename" in project.fail("lint")
