"""Models of every kind, made by a revision and taken back by its downgrade."""

import pytest

from workflow.cases.walking import both_ways
from workflow.workbench import Workbench

TABLE = """
class Thing(Base):
    __tablename__ = "things"
    __table_args__ = ({rules})

    id: Mapped[int] = mapped_column(primary_key=True)
    {columns}
"""

DOMAINS = "n: Mapped[Any] = mapped_column(postgresql.ARRAY(postgresql.DOMAIN('n', {})))"
DOMAIN = "word: Mapped[Any] = mapped_column(postgresql.DOMAIN('word', {}))"


def model(columns: str, *rules: str) -> str:
    """Return a model with these columns and table arguments."""
    return TABLE.format(columns="\n    ".join(columns.split("\n")), rules="".join(rules))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            model(
                "kind: Mapped[str] = mapped_column(sa.String(9))",
                "sa.CheckConstraint(\"kind NOT IN ('x', 'y')\", name='kind'), ",
                "sa.Index('ix_kind', 'id', postgresql_where=sa.text(\"kind IN ('a', 'b')\")),",
            ),
            model(
                "kind: Mapped[str] = mapped_column(sa.String(9))",
                "sa.CheckConstraint(\"kind NOT IN ('x', 'z')\", name='kind'), ",
                "sa.Index('ix_kind', 'id', postgresql_where=sa.text(\"kind IN ('a', 'c')\")),",
            ),
            id="lists of values on a varchar",
        ),
        pytest.param(
            model(
                "rest: Mapped[int] = mapped_column(sa.Computed('id % 3', persisted=True))",
                "sa.CheckConstraint('id % 2 = 0', name='even'), ",
                "sa.Index('ix_rest', sa.text('(id % 5)')),",
            ),
            model(
                "rest: Mapped[int] = mapped_column(sa.Computed('id % 4', persisted=True))",
                "sa.CheckConstraint('id % 6 = 0', name='even'), ",
                "sa.Index('ix_rest', sa.text('(id % 7)')),",
            ),
            id="percent signs",
        ),
        pytest.param(
            model(
                "span: Mapped[Any] = mapped_column(postgresql.INT4RANGE)",
                "postgresql.ExcludeConstraint(('span', '&&'), using='gist', "
                "ops={'span': 'range_ops'}, name='once'),",
            ),
            model("span: Mapped[Any] = mapped_column(postgresql.INT4RANGE)"),
            id="an exclusion with an operator class",
        ),
        pytest.param(
            "class Log(Base):\n    __tablename__ = 'logs'\n    __table_args__ = {"
            "'postgresql_partition_by': 'HASH (id)'}\n"
            "    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)\n"
            "    word: Mapped[str] = mapped_column(index=True)\n",
            "",
            id="a partitioned table that goes",
        ),
        pytest.param(
            model(
                "level: Mapped[str] = mapped_column(sa.Enum('low', 'high', name='level', "
                "native_enum=False, create_constraint=True))"
            ),
            model(
                "level: Mapped[str] = mapped_column(sa.Enum('low', 'top', name='level', "
                "native_enum=False, create_constraint=True))\n"
                "new: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=True, name='new'))"
            ),
            id="checks that types make",
        ),
        pytest.param(
            model(
                "size: Mapped[int]\n"
                "double: Mapped[int] = mapped_column(sa.Computed('size * 2', persisted=True))"
            ),
            model(
                "size: Mapped[int] = mapped_column(sa.BigInteger)\n"
                "double: Mapped[int] = mapped_column("
                "sa.Computed('size * 2', persisted=True), index=True)"
            ),
            id="a type below a generated column",
        ),
        pytest.param(
            model("number: Mapped[int] = mapped_column(sa.Integer)"),
            model("number: Mapped[int] = mapped_column(sa.Computed('id + 1', persisted=True))"),
            id="a plain column becomes a generated one",
        ),
        pytest.param(
            "class A(Base):\n    __tablename__ = 'a'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    b_id: Mapped[int | None] = mapped_column(sa.ForeignKey('b.id'))\n"
            "class B(Base):\n    __tablename__ = 'b'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    c_id: Mapped[int | None] = mapped_column(sa.ForeignKey('c.id', use_alter=True))\n"
            "class C(Base):\n    __tablename__ = 'c'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    a_id: Mapped[int | None] = mapped_column(sa.ForeignKey('a.id'))\n",
            "",
            id="a circle of three tables",
        ),
        pytest.param(
            model(
                "word: Mapped[Any] = mapped_column(postgresql.DOMAIN('word', sa.String(9), "
                "check=\"VALUE LIKE 'a%'\"))"
            ),
            model("word: Mapped[str]"),
            id="a domain that goes",
        ),
        pytest.param(
            model(
                "mood: Mapped[str] = mapped_column(sa.Enum('a b', 'c', name='mood'))\n"
                "moods: Mapped[Any] = mapped_column(postgresql.ARRAY(sa.Enum('a b', 'c', "
                "name='mood')), server_default='{\"a b\",c}')",
                "sa.Index('ix_mood', 'id', postgresql_where=sa.text(\"mood = 'a b'\")),",
            ),
            model(
                "mood: Mapped[str] = mapped_column(sa.Enum('c', 'd', 'e', name='mood'))\n"
                "moods: Mapped[Any] = mapped_column(postgresql.ARRAY(sa.Enum('c', 'd', 'e', "
                "name='mood')), server_default='{c}')",
                "sa.Index('ix_mood', 'id', postgresql_where=sa.text(\"mood = 'd'\")),",
            ),
            id="a value of an enum that an index and a default mention",
        ),
        pytest.param(
            "class A(Base):\n    __tablename__ = 'a'\n"
            "    __table_args__ = (sa.UniqueConstraint('code'), {'schema': 'public'})\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n    code: Mapped[int]\n"
            "class B(Base):\n    __tablename__ = 'b'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    code: Mapped[int] = mapped_column(sa.ForeignKey('public.a.code'))\n",
            "class A(Base):\n    __tablename__ = 'a'\n    __table_args__ = (sa.UniqueConstraint("
            "'code', postgresql_include=['id']), {'schema': 'public'})\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n    code: Mapped[int]\n"
            "class B(Base):\n    __tablename__ = 'b'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    code: Mapped[int] = mapped_column(sa.ForeignKey('public.a.code'))\n",
            id="a key to which another one points",
        ),
        pytest.param(
            model(DOMAIN.format("sa.String(9), check=\"VALUE LIKE 'a%'\", constraint_name='a'")),
            model(DOMAIN.format("sa.String(9), not_null=True, default='x'")),
            id="a domain that changes in place",
        ),
        pytest.param(
            model(DOMAINS.format("sa.Integer")),
            model(DOMAINS.format("sa.BigInteger")),
            id="a domain of which columns have arrays",
        ),
        pytest.param(
            model("word: Mapped[str]", "{'postgresql_with': {'fillfactor': 70}},"),
            model(
                "word: Mapped[str]",
                "{'prefixes': ['UNLOGGED'], 'postgresql_with': {'parallel_workers': 2}},",
            ),
            id="storage options",
        ),
    ],
)
def test_a_change_is_written_both_ways(project: Workbench, before: str, after: str) -> None:
    project.model(before)
    both_ways(project)

    project.model(after)
    both_ways(project)


DECORATED = """
import uuid

from sqlalchemy.types import TypeDecorator, UserDefinedType


class Key(TypeDecorator[uuid.UUID]):
    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(postgresql.UUID())


class Document(TypeDecorator[Any]):
    impl = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    cache_ok = True


class Circle(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "CIRCLE"


class Short(sa.String):
    cache_ok = True


class Size(str, enum.Enum):
    small = "small"


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True)
    document: Mapped[Any] = mapped_column(Document)
    circle: Mapped[Any] = mapped_column(Circle)
    circles: Mapped[Any] = mapped_column(postgresql.ARRAY(Circle))
    short: Mapped[str] = mapped_column(Short(7))
    period: Mapped[Any] = mapped_column(sa.Interval)
    size: Mapped[str] = mapped_column(server_default=Size.small)
"""


def test_a_revision_names_types_as_the_database_has_them(project: Workbench) -> None:
    project.model(DECORATED)

    revision = both_ways(project)

    assert "import app" not in revision
    assert "from app" not in revision
    columns = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attnum > 0"
    assert dict(project.sql(f"{columns} AND attrelid = 'things'::regclass")) == {
        "id": "uuid",
        "document": "jsonb",
        "circle": "circle",
        "circles": "circle[]",
        "short": "character varying(7)",
        "period": "interval",
        "size": "character varying",
    }
    project.model(DECORATED.replace("circle: Mapped[Any] = mapped_column(Circle)", ""))
    both_ways(project)


def test_a_key_that_counts_goes_on_counting(project: Workbench) -> None:
    project.model(model("word: Mapped[str]"))
    both_ways(project)
    project.sql("INSERT INTO things (word) VALUES ('a'), ('b')")

    project.model(model("word: Mapped[str]").replace("primary_key", "sa.Identity(), primary_key"))
    both_ways(project)
    project.sql("INSERT INTO things (word) VALUES ('c')")

    assert project.sql("SELECT max(id) FROM things") == [(3,)]
    project.model(model("word: Mapped[str]"))
    both_ways(project)
    project.sql("INSERT INTO things (word) VALUES ('d')")
    assert project.sql("SELECT max(id) FROM things") == [(4,)]


def test_models_get_the_functions_and_collations_of_the_history(project: Workbench) -> None:
    project.by_hand(
        'op.execute("CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS '
        "'SELECT n * 2'; CREATE COLLATION plain (provider = libc, locale = 'C')\")",
        'op.execute("DROP FUNCTION twice; DROP COLLATION plain")',
    )
    project.succeed("upgrade", "head")
    project.model(
        model(
            "high: Mapped[int] = mapped_column(sa.Computed('twice(id)', persisted=True))\n"
            "low: Mapped[int] = mapped_column(server_default=sa.text('twice(2)'))\n"
            "word: Mapped[str] = mapped_column(sa.Text(collation='plain'))",
            "sa.CheckConstraint('twice(id) > 2', name='much'),",
        )
    )

    both_ways(project)


def test_what_is_refused_is_named_and_the_rest_is_written(project: Workbench) -> None:
    columns = "data: Mapped[Any] = mapped_column({})\nsize: Mapped[int]"
    project.model(model(columns.format("sa.Date"), "sa.CheckConstraint('size > 1', name='size'),"))
    both_ways(project)

    project.model(
        model(columns.format("sa.Integer"), "sa.CheckConstraint('size > 2', name='size'),")
    )
    revision = project.revise("change")

    assert "cannot be cast automatically to type integer" in revision
    assert "HINT: " in revision
    assert "# op.alter_column(" in revision
    assert 'op.create_check_constraint(op.f("ck_things_size"), "things", "size > 2")' in revision


STATE = "state: Mapped[str] = mapped_column(sa.Enum('{}', 'live', name='{}'), server_default='{}')"


def test_a_value_that_may_have_been_renamed_is_asked_about(project: Workbench) -> None:
    project.model(model(STATE.format("draft", "state", "live")))
    both_ways(project)

    project.model(model(STATE.format("a sketch", "state", "live")))
    revision = project.revise("change")

    assert '# Unconfirmed rename: state.draft -> state."a sketch"' in revision
    assert "rename='state.draft:state.\"a sketch\"'" in revision
    assert "unconfirmed-rename" in project.fail("lint")


def test_an_enum_and_its_value_are_renamed_with_the_rows(project: Workbench) -> None:
    project.model(model(STATE.format("draft", "state", "draft")))
    both_ways(project)
    project.sql("INSERT INTO things DEFAULT VALUES")
    refused = project.fail("-x", "rename=state.draft:state.x", "revision", "--autogenerate")
    assert "the models no state.x" in refused

    project.model(model(STATE.format("a sketch", "Phase", "a sketch")))
    revision = project.change("change", 'state:"Phase",state.draft:state."a sketch"')

    assert "CREATE TYPE" not in revision
    assert project.sql("SELECT state FROM things") == [("a sketch",)]


def test_what_is_made_from_a_column_is_made_again_around_a_change_of_its_type(
    project: Workbench,
) -> None:
    project.model(model("word: Mapped[str] = mapped_column(sa.String(9))"))
    both_ways(project)
    project.by_hand(
        'op.execute("CREATE VIEW one AS SELECT word FROM things; '
        "CREATE MATERIALIZED VIEW two AS SELECT word FROM one; CREATE INDEX ix_two ON two (word); "
        'CREATE POLICY own ON things USING (word = current_user)")',
        'op.execute("DROP POLICY own ON things; DROP MATERIALIZED VIEW two; DROP VIEW one")',
    )
    project.succeed("upgrade", "head")

    project.model(model("word: Mapped[str] = mapped_column(sa.Text)"))
    revision = both_ways(project)

    assert "# The view one is made again; what a database has granted on it" in revision
