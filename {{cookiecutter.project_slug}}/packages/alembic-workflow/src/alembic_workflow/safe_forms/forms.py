"""The safe form of any change."""

from collections.abc import Callable
from typing import Any

from alembic_workflow.safe_forms import change as changes
from alembic_workflow.safe_forms.families import (
    columns,
    constraints,
    enums,
    indexes,
    keys,
    removals,
    renames,
    required,
    type_changes,
)
from alembic_workflow.safe_forms.step import Step

_FORMS: dict[type, Callable[[Any], tuple[Step, ...]]] = {
    changes.AddIndex: indexes.add_index,
    changes.DropIndex: indexes.drop,
    changes.ReplaceIndex: indexes.replace,
    changes.AddKey: keys.add_key,
    changes.ReplaceKey: keys.replace_key,
    changes.DropConstraint: constraints.drop,
    changes.AddForeignKey: constraints.add_checked,
    changes.AddCheck: constraints.add_checked,
    changes.AddExclusion: constraints.add_exclusion,
    changes.AddDomainCheck: constraints.add_domain_check,
    changes.AddColumn: columns.add_column,
    changes.SetNotNull: required.set_not_null,
    changes.DropDefault: required.drop_default,
    changes.ChangeType: type_changes.change_type,
    changes.RenameColumn: renames.rename_column,
    changes.RenameTable: renames.rename_table,
    changes.DropColumn: removals.drop_column,
    changes.DropTable: removals.drop_table,
    changes.AddEnumValues: enums.add_values,
    changes.RemoveEnumValues: enums.remove_values,
}


def steps(change: changes.Change) -> tuple[Step, ...]:
    """Return the revisions that make a change while the service runs, in their order.

    Each step says when it may be deployed. Where PostgreSQL has no way but under a lock, or where
    what runs has to be stopped, the step says so, and `ignore` has the linter's code.
    """
    return _FORMS[type(change)](change)
