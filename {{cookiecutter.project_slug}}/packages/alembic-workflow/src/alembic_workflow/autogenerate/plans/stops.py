"""Words for operations that have no safe form which ends in what the models say."""

from collections.abc import Sequence

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference
from alembic_workflow.safe_forms.step import CODES_OF_LOSSES, OTHER_LOSS, Step

_INSTEAD = (
    " It has no other way for a stored column; one that is computed when it is read "
    "(persisted=False, from PostgreSQL 18 on), or that a trigger fills, needs no stop."
)


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
    columns = [each for each in differences if each.item.kind == "column"]
    names = ", ".join(str(each.item) for each in columns)
    is_stored = any(each.found is None and " STORED" in (each.expected or "") for each in columns)
    return Step(
        "expand",
        (),
        (),
        f"Deploy while the service is stopped: for {names or 'this'} PostgreSQL writes the table "
        f"anew, and nobody can use it meanwhile.{_INSTEAD if is_stored else ''}",
        tuple((code, "the service is stopped meanwhile") for code in sorted(_codes(differences))),
    )


def once_unused(differences: Sequence[Difference]) -> Step:
    """Return what is to be said of types and the like that go."""
    names = ", ".join(str(each.item) for each in differences)
    codes = {CODES_OF_LOSSES.get(each.item.kind, OTHER_LOSS) for each in differences}
    return Step(
        "drop",
        (),
        (),
        f"Deploy once nothing that runs uses {names}.",
        tuple((code, "nothing that runs uses it any more") for code in sorted(codes)),
    )


def _codes(differences: Sequence[Difference]) -> set[str]:
    """Return the linter's codes for tables that are written anew."""
    columns = [each for each in differences if each.item.kind == "column"]
    codes = set()
    for _, expected, found in columns:
        if found is None:
            codes.add("adding-field-with-default")
        elif column_text(found).type != column_text(expected or "").type:
            codes.add("changing-column-type")
    return codes or {"table-rewrite"}
