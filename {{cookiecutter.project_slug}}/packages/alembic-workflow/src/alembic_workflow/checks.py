"""`check` and `drift`: what differs, and what to do about it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from alembic_workflow.adoption import adopted_databases
from alembic_workflow.catalog import Catalog, Difference, Item, compare, listed, tables_of
from alembic_workflow.complements import is_wanted_by_models
from alembic_workflow.connections import connect
from alembic_workflow.environment import Environment
from alembic_workflow.lint import format_findings, lint
from alembic_workflow.replay import (
    history_and_models,
    history_catalog,
    replay,
    replayed_history,
)
from alembic_workflow.revision_source import Source
from alembic_workflow.scratch import scratch_database
from alembic_workflow.statements import Statement, recorded_statements
from alembic_workflow.upgrades import reject_unknown_revision


def check(environment: Environment) -> None:
    """Compare the models with the history, and look at each revision.

    Raises CommandError if they differ, if there are two heads, or if a downgrade is empty.
    """
    heads = list(heads_findings(context.script))
    findings = [*heads, *downgrade_findings()]
    if not heads:  # which may not even go together
        with history_and_models(environment) as (_, history, models):
            differences = [each for each in compare(models, history) if is_wanted_by_models(each)]
        if differences:
            findings.append(disagreement(differences))
    if findings:
        raise CommandError("\n".join(findings))
    print("Models and revisions agree; one head; every revision has its downgrade.")


def drift(environment: Environment) -> None:
    """Compare the database with what the revision that it is at should have produced.

    Raises CommandError if something of this service's own differs.
    """
    with connect(environment.urls().database, environment.service_name) as connection:
        environment.configure(connection=connection)
        reject_unknown_revision(environment)
        heads = context.get_context().get_current_heads()
        live = history_catalog(environment, connection)
    with replayed_history(environment, heads) as connection:
        expected = history_catalog(environment, connection)
    differences = own_differences(environment, expected, live)
    at = ", ".join(heads) or "base"
    if differences:
        raise CommandError(
            f"The database is at {at}, and it differs from what that should have produced:\n"
            f"{listed(differences)}\n"
            "Someone changed it by hand, or stamped it, or edited a revision that it has. Write "
            "the change into a revision, or undo it."
        )
    print(f"The database is at {at}, and it is what that should have produced.")


def own_differences(
    environment: Environment, expected: Catalog, found: Catalog
) -> list[Difference]:
    """Return the differences in what is this service's own.

    Its own are the things it expects, those that belong to its tables, and what bears the name
    of a table of its models. All else in a shared database belongs to others.
    """
    own = tables_of(expected) | {
        (table.schema or "public", str(table.name))
        for part in environment.metadata
        for table in part.tables.values()
    }

    def is_own(item: Item) -> bool:
        return item in expected or (item.schema, item.table or item.name) in own

    return [each for each in compare(expected, found) if is_own(each.item)]


def disagreement(differences: Sequence[Difference]) -> str:
    """Return what a person needs to know of differences between models and revisions."""
    return (
        f"The models and the revisions differ (expected: models, found: revisions):\n"
        f"{listed(differences)}\n"
        'make revision m="..." writes a revision for it; or correct the models.'
    )


def heads_findings(script: ScriptDirectory) -> Iterator[str]:
    """Yield what to do about several heads."""
    heads = script.get_heads()
    if len(heads) > 1:
        yield (
            f"History has {len(heads)} heads: {', '.join(heads)}. Put your revision after the "
            'other (make rebase), or join them (make merge m="...").'
        )


def reject_several_heads(script: ScriptDirectory) -> None:
    """Raise CommandError if there are several heads."""
    for finding in heads_findings(script):
        raise CommandError(finding)


def downgrade_findings() -> Iterator[str]:
    """Yield the revisions whose downgrade does nothing although the upgrade does something."""
    for revision in context.script.walk_revisions():
        source = Source(Path(revision.path))
        excused = any(
            code == "empty-downgrade" and isinstance(reason, str) and reason.strip()
            for _, code, reason in source.dictionary("lint_ignore")
        )
        if not excused and not source.is_empty("upgrade") and source.is_empty("downgrade"):
            yield (
                f"{Path(revision.path).name}: downgrade() is empty. Write it, or say in the file "
                'why there is nothing to undo: lint_ignore = {"empty-downgrade": "..."}'
            )


def lint_history(environment: Environment) -> None:
    """Look for what would lock or break a live service, in what each revision sends.

    Raises CommandError with what was found.
    """
    recorded: dict[Path, list[Statement]] = {}

    @contextmanager
    def record(step: MigrationStep) -> Iterator[None]:
        assert isinstance(step, RevisionStep)
        path = Path(step.revision.path)
        with recorded_statements(connection, path) as recorded[path]:
            yield
        if "is_adopted" in path.read_text("utf-8"):  # and so has done nothing in this database
            with recorded_statements(connection, path, run=False) as more, adopted_databases():
                step.revision.module.upgrade()
            connection.rollback()
            recorded[path] += more

    urls = environment.urls()
    with (
        scratch_database(urls.database, urls.scratch) as url,
        connect(url, environment.service_name) as connection,
    ):
        replay(environment, connection, observe=record)
    findings = lint(recorded, environment.application)
    if findings:
        raise CommandError(f"{format_findings(findings)}\n\n{len(findings)} found.")
    print(f"{len(recorded)} revisions: nothing locks or breaks a live service.")
