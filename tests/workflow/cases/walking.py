"""Walks a case: what models or a database say survives every step."""

from alembic_workflow.catalog.extras.extra import extras
from alembic_workflow.catalog.items import read_catalog
from alembic_workflow.catalog.partitions import partitions
from sqlalchemy import URL, create_engine

from workflow.process import check_models
from workflow.workbench import PROCESSES, Workbench

MODELS = ("models", "--base", "app.models.base", "--to", "app/models/existing.py")


def both_ways(project: Workbench) -> str:
    """Write a revision for the models, and require that it says all of it in both directions.

    Leaves the database upgraded, and returns the revision.
    """
    revision = project.revise("change")
    assert "Write by hand" not in revision
    said = [
        project.succeed(*command)
        for command in (
            ("upgrade", "head"),
            ("check",),
            ("drift",),
            ("downgrade", "-1"),
            ("drift",),
            ("upgrade", "head"),
        )
    ]
    assert not any("arning" in output for output in said), said
    assert "no revision was written" in project.succeed("revision", "--autogenerate", "-m", "more")
    return revision


def agrees_at_once(project: Workbench, *sql: str) -> str:
    """Adopt a database of these statements, and require that its models agree with it as it is.

    Returns the models.
    """
    if sql:
        project.sql(*sql)
    before = project.catalog()
    project.succeed(*MODELS)
    import_models(project)
    project.succeed("baseline")
    settled(project)
    assert own(project) == before
    return (project.path / "app/models/existing.py").read_text(encoding="utf-8")


def adopted_by_force(project: Workbench, *sql: str) -> str:
    """Adopt a database as it is, require that it loses nothing, and return what was said."""
    project.sql(*sql)
    before = project.catalog()
    project.succeed(*MODELS)
    import_models(project)
    said = project.succeed("baseline", "--force")
    project.succeed("upgrade", "head")
    settled(project)
    assert own(project) == before
    return said


def everything(url: URL) -> list[object]:
    """Return what a database consists of, without the table of versions."""
    engine = create_engine(url)
    with engine.connect() as connection:
        catalog = read_catalog(connection, without=["alembic_version_my_api"])
        found: list[object] = [
            catalog,
            sorted(partitions(connection)),
            sorted(each for each in extras(connection) if each.statement),
        ]
    engine.dispose()
    return found


def import_models(project: Workbench) -> None:
    """Require that the models import and map without a warning."""
    output = project.path.parent / "output.txt"
    process = PROCESSES.Process(
        target=check_models, args=(project.path, output, project.environment)
    )
    process.start()
    process.join()
    assert process.exitcode == 0, output.read_text(encoding="utf-8")


def settled(project: Workbench) -> None:
    """Require that models, revisions and database agree."""
    for command in ("check", "drift"):
        project.succeed(command)


def own(project: Workbench) -> dict[object, str]:
    """Return the catalog of the database, without the table of versions."""
    return {
        item: text
        for item, text in project.catalog().items()
        if "alembic_version_my_api" not in (item.table, item.name)
    }
