"""Objects that no model can say: `drift` sees them, and nothing else touches them."""

import pytest

from workflow.workbench import Workbench

OBJECTS = {
    "collation": ("CREATE COLLATION plain (provider = libc, locale = 'C')", "DROP COLLATION plain"),
    "aggregate": (
        "CREATE AGGREGATE product (int) (SFUNC = int4mul, STYPE = int, INITCOND = '1')",
        "DROP AGGREGATE product (int)",
    ),
    "text search dictionary": (
        "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple)",
        "DROP TEXT SEARCH DICTIONARY words",
    ),
    "text search configuration": (
        "CREATE TEXT SEARCH CONFIGURATION plain (COPY = english)",
        "DROP TEXT SEARCH CONFIGURATION plain",
    ),
    "publication": ("CREATE PUBLICATION news", "DROP PUBLICATION news"),
    "server": ("CREATE SERVER far FOREIGN DATA WRAPPER away", "DROP SERVER far"),
    "trigger": (
        "CREATE TRIGGER stays INSTEAD OF DELETE ON two FOR EACH ROW EXECUTE FUNCTION ignore()",
        "DROP TRIGGER stays ON two",
    ),
    "rule": ("CREATE RULE quiet AS ON INSERT TO two DO INSTEAD NOTHING", "DROP RULE quiet ON two"),
    "event trigger": (
        "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watched()",
        "DROP EVENT TRIGGER watch",
    ),
    "sequence": ("CREATE SEQUENCE tickets START 5", "DROP SEQUENCE tickets"),
}
NEEDED = (
    "CREATE FOREIGN DATA WRAPPER away; CREATE VIEW two AS SELECT 1 AS n UNION SELECT 2; "
    "CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
    "CREATE FUNCTION watched() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
)
FOREIGN = (
    "CREATE SERVER near FOREIGN DATA WRAPPER away; CREATE FOREIGN TABLE t (id int) SERVER near"
)
MODEL = """
class Thing(Base):
    __tablename__ = "things"

    id: Mapped[IdentityKey]
"""


@pytest.fixture
def made(project: Workbench) -> Workbench:
    """A service whose history has one object of each kind."""
    statements = "; ".join([NEEDED, *(create for create, _ in OBJECTS.values()), FOREIGN])
    project.by_hand(f"op.execute({statements!r})")
    project.succeed("upgrade", "head")
    return project


def test_drift_names_what_is_missing(made: Workbench) -> None:
    made.succeed("drift")
    for _, drop in OBJECTS.values():
        made.sql(drop)

    says = made.fail("drift")

    assert [kind for kind in OBJECTS if f"{kind} " not in says] == []


def test_a_revision_leaves_alone_what_no_model_says(made: Workbench) -> None:
    made.succeed("check")
    made.model(MODEL)

    revision = made.change("add things")

    assert "Write by hand" not in revision
    assert "op.execute" not in revision


def test_what_is_left_to_write_by_hand_fails_the_check(project: Workbench) -> None:
    path = project.by_hand(
        "op.execute('CREATE VIEW one AS SELECT 1')",
        "op.execute('DROP VIEW one')\n    # Write by hand: a second view",
    )

    assert f"{path.name}: left to write by hand: a second view" in project.fail("check")


def test_a_revision_that_is_only_a_note_is_not_applied(project: Workbench) -> None:
    path = project.by_hand("# Write by hand: a view\n    pass", "pass")

    says = project.fail("upgrade", "head")

    assert f"{path.name} is still to be written by hand: a view" in says


def test_models_that_cannot_be_mapped_fail_the_check(project: Workbench) -> None:
    project.model(
        'class Thing(Base):\n    __tablename__ = "things"\n    id: Mapped[IdentityKey]\n'
        '    other: Mapped["Missing"] = sa.orm.relationship()\n'
    )

    for command in (("check",), ("revision", "--autogenerate", "-m", "x")):
        assert "app/models/things.py: The models cannot be mapped: " in project.fail(*command)


def test_drift_names_what_was_changed_in_place(made: Workbench) -> None:
    changed = {
        "publication news": "ALTER PUBLICATION news ADD TABLES IN SCHEMA public",
        "event trigger watch": "ALTER EVENT TRIGGER watch DISABLE",
        "rule two.quiet": "CREATE OR REPLACE RULE quiet AS ON INSERT TO two DO INSTEAD SELECT 1",
        "aggregate product(integer)": "CREATE OR REPLACE AGGREGATE product (int) "
        "(SFUNC = int4mul, STYPE = int, INITCOND = '1', PARALLEL = SAFE)",
    }
    made.sql(*changed.values())

    says = made.fail("drift")

    assert [item for item in changed if f"{item}\n" not in says] == []
    assert says.count("\n  expected ") == len(changed)
