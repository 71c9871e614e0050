"""Words for operations that have no safe form which ends in what the models say."""

from collections.abc import Sequence

from alembic_workflow.catalog.items import Difference
from alembic_workflow.safe_forms.step import Step

REWRITE = "adding-field-with-default"


def under_new_name(old: str) -> Step:
    """Return what is to be said of a rename; takes what has had the old name."""
    return Step(
        "expand",
        (),
        (),
        f"Deploy while the service is stopped: what runs uses the name of {old}. The linter prints "
        "the way in steps.",
    )


def while_stopped(differences: Sequence[Difference]) -> Step:
    """Return what is to be said of an operation for which a table is written anew."""
    names = ", ".join(str(each.item) for each in differences if each.item.kind == "column")
    return Step(
        "expand",
        (),
        (),
        f"Deploy while the service is stopped: for {names or 'this'} PostgreSQL writes the table "
        "anew, and nobody can use it meanwhile.",
        ((REWRITE, "the service is stopped meanwhile"),),
    )
