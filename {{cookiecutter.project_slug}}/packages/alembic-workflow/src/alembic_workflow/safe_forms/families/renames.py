"""Another name of a table: a view has the old one meanwhile."""

from alembic_workflow.safe_forms.change import RenameTable
from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.step import Step
from alembic_workflow.sql.identifiers import name


def rename_table(change: RenameTable) -> tuple[Step, ...]:
    """Return the steps that let both names work, and then drop the view."""
    table = change.table
    after = name(table.schema, change.new)
    view = execute(f"CREATE VIEW {table.sql} AS SELECT * FROM {after}")
    drop = execute(f"DROP VIEW {table.sql}")
    return (
        Step(
            "expand",
            (execute(f"ALTER TABLE {table.sql} RENAME TO {name(change.new)}"), view),
            (drop, execute(f"ALTER TABLE {after} RENAME TO {name(table.name)}")),
            f"Deploy before the release that uses {after}: a view has the old name, and rows can "
            "be written through it.",
        ),
        Step(
            "drop",
            (drop,),
            (view,),
            f"Deploy once nothing that runs uses {table.sql}.",
            (("ban-drop-view", "nothing that runs uses the old name"),),
        ),
    )
