"""Another type of a column: one of the new type beside it takes its place in the end."""

from dataclasses import replace

from alembic_workflow.safe_forms.change import ChangeType
from alembic_workflow.safe_forms.replacing.copies import Copies
from alembic_workflow.safe_forms.replacing.references import of_references
from alembic_workflow.safe_forms.replacing.replacement import Replacement, replaced
from alembic_workflow.safe_forms.replacing.synchronisation import casting
from alembic_workflow.safe_forms.source import alter_column
from alembic_workflow.safe_forms.step import Step
from alembic_workflow.sql.identifiers import beside


def change_type(change: ChangeType) -> tuple[Step, ...]:
    """Return the steps that fill a column of the new type, and then give it the name."""
    table, before, after = change.table, change.before, change.after
    new = replace(after, name=beside(after.name, "_new"))
    own = f"{table.sql}.{before.sql}"
    return replaced(
        Replacement(
            *(table, before, new, after, change.using),
            casting(table, before.name, new.name, change.using),
            alter_column(table, after.name, f"TYPE {before.type} USING {change.back}"),
            Copies(table, change.parts, after.name, new.name),
            of_references(change.references),
            change.sequence,
        ),
        f"Deploy at any time: a trigger writes {new.sql} wherever {own} is written.",
        f"Deploy once everything that runs can read and write {own} in both types.",
    )
