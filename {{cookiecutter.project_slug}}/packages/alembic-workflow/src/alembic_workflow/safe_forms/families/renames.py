"""Another name of a table or a column: both work meanwhile."""

from dataclasses import replace

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import RenameColumn, RenameTable
from alembic_workflow.safe_forms.replacing.copies import Copies
from alembic_workflow.safe_forms.replacing.references import of_references
from alembic_workflow.safe_forms.replacing.replacement import Replacement, replaced
from alembic_workflow.safe_forms.replacing.synchronisation import both_ways
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


def rename_column(change: RenameColumn) -> tuple[Step, ...]:
    """Return the steps that fill a column of the new name, and then drop the old one."""
    table, old = change.table, change.column
    new = replace(old, name=change.new)
    return replaced(
        Replacement(
            *(table, old, new, new, old.sql),
            both_ways(table, old.name, new.name),
            column_source.rename_column(table, new.name, old.name),
            Copies(table, change.parts, old.name, new.name),
            of_references(()),
        ),
        f"Deploy before the release that uses {new.sql}: a trigger keeps both columns alike.",
        f"Deploy once nothing that runs uses {table.sql}.{old.sql}.",
    )
