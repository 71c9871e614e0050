"""Foreign keys, CHECKs and exclusion constraints."""

from alembic_workflow.safe_forms.change import (
    AddCheck,
    AddDomainCheck,
    AddExclusion,
    AddForeignKey,
    DropConstraint,
)
from alembic_workflow.safe_forms.constraint_source import (
    add_constraint,
    drop_constraint,
    partition_foreign_keys,
    validate,
)
from alembic_workflow.safe_forms.definitions import is_key
from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.step import AFTER, ANY_TIME, OF_PARTITIONS, Stage, Step
from alembic_workflow.sql.identifiers import name

_UNCHECKED = (" NOT VALID", " NOT ENFORCED")


def add_checked(change: AddForeignKey | AddCheck) -> tuple[Step, ...]:
    """Return the steps that check new rows first, and those that exist in another transaction.

    What is about new columns can be there before anything writes them.
    """
    table, constraint = change.table, change.constraint
    drop = drop_constraint(table, constraint.name)
    first: Stage = "expand" if change.is_of_new else "contract"
    second: Stage = "contract" if change.is_of_new else "validate"
    deploy = f"{ANY_TIME}: nothing that runs writes the new column."
    if not change.is_of_new:
        deploy = f"Deploy once nothing that runs writes rows that violate {constraint.name}."
    is_unchecked = constraint.definition.endswith(_UNCHECKED)
    if table.is_partitioned and isinstance(change, AddForeignKey) and not is_unchecked:
        own = (partition_foreign_keys(table, constraint), add_constraint(table, constraint))
        return (Step("validate", own, (drop,), deploy, OF_PARTITIONS, constraint.name),)
    add = add_constraint(table, constraint, "" if is_unchecked else " NOT VALID")
    check = Step(first, (add,), (drop,), deploy, (), constraint.name)
    if is_unchecked:
        return (check,)
    return (
        check,
        Step(second, (validate(table, constraint.name),), (drop, add), AFTER),
    )


def add_domain_check(change: AddDomainCheck) -> tuple[Step, ...]:
    """Return the steps that do the same for a domain."""
    domain, constraint = name(change.schema, change.domain), change.constraint
    own = name(constraint.name)
    add = execute(f"ALTER DOMAIN {domain} ADD CONSTRAINT {own} {constraint.definition} NOT VALID")
    drop = execute(f"ALTER DOMAIN {domain} DROP CONSTRAINT {own}")
    check = execute(f"ALTER DOMAIN {domain} VALIDATE CONSTRAINT {own}")
    return (
        Step(
            "contract",
            (add,),
            (drop,),
            f"Deploy once nothing writes a {domain} that violates {own}.",
        ),
        Step(
            "validate",
            (check,),
            (drop, add),
            "Deploy while the tables that use it are small or the service stopped: nobody can "
            "write to them while their rows are read, and PostgreSQL has no other way.",
            (("domain-constraint", "the tables are small, or the service stopped"),),
        ),
    )


def add_exclusion(change: AddExclusion) -> tuple[Step, ...]:
    """Return the only way: PostgreSQL builds its index under the lock."""
    table, constraint = change.table, change.constraint
    return (
        Step(
            "contract",
            (add_constraint(table, constraint),),
            (drop_constraint(table, constraint.name),),
            f"Deploy while {table.sql} is small or the service stopped: others wait until the "
            "index is built, and PostgreSQL has no other way.",
            (("constraint-missing-not-valid", "the table is small, or the service stopped"),),
        ),
    )


def drop(change: DropConstraint) -> tuple[Step, ...]:
    """Return the step that drops a constraint."""
    table, constraint = change.table, change.constraint
    use = ", as ON CONFLICT does" if is_key(constraint.definition) else ""
    return (
        Step(
            "drop",
            (drop_constraint(table, constraint.name),),
            (add_constraint(table, constraint),),
            f"Deploy once nothing that runs relies on {constraint.name}{use}.",
            (("ban-drop-constraint", "nothing that runs relies on it any more"),),
        ),
    )
