"""Changes of a column's type."""

import pytest

from workflow.workbench import Workbench

MODEL = """
class Thing(Base):
    __tablename__ = "things"

    id: Mapped[IdentityKey]
    value: Mapped[Any] = mapped_column("value: 100%", {0})
"""


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        pytest.param(
            'sa.String(20), server_default="red"',
            'sa.Enum("red", "blue", name="color"), server_default="red"',
            "red",
            id="varchar to enum, with a default",
        ),
        pytest.param('sa.Text, server_default="7"', "sa.Integer", "7", id="a default that goes"),
        pytest.param("sa.Text", "sa.Integer, server_default='1'", "7", id="a default that comes"),
        pytest.param("sa.Text", "postgresql.JSONB", "[7]", id="text to jsonb"),
        pytest.param(
            "sa.ARRAY(sa.Text)", "sa.ARRAY(sa.Integer)", "{7,8}", id="an array's elements"
        ),
    ],
)
def test_a_type_changes_both_ways_with_a_cast_where_postgresql_makes_none(
    project: Workbench, before: str, after: str, value: str
) -> None:
    there, back = 'SELECT "value: 100%"::text FROM things', [(value,)]
    project.model(MODEL.format(before))
    project.change("create things")
    project.sql(f"""INSERT INTO things ("value: 100%") VALUES ('{value}')""")

    project.model(MODEL.format(after))
    project.change("change the type")
    assert project.sql(there) == back

    project.model(MODEL.format(before))
    project.change("change it back")
    assert project.sql(there) == back
