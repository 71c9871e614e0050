"""The way back of a page: each step undone, from the last to the first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from documents.blocks import DocumentError

from workflow.cookbook.pages import Deployment, Page, Revision, Statements, Step
from workflow.cookbook.service import Service
from workflow.workbench import Workbench


@contextmanager
def located(page: Page, step: Step) -> Iterator[None]:
    """Say in errors at which step of the page they are."""
    try:
        yield
    except DocumentError as error:
        raise DocumentError(f"{page.path.name}:{step.line}: {error}") from error


def go_back(
    project: Workbench, page: Page, service: Service, taken: Sequence[Deployment | Revision]
) -> bool:
    """Undo the steps that were taken; return whether all could be.

    What is to be run by hand before a version comes back is run then. Raises DocumentError if the
    service fails meanwhile, or if no such version comes back.
    """
    _require_that_each_comes_back(page, taken)
    for step in reversed(taken):
        with located(page, step):
            if isinstance(step, Deployment):
                bring_back(project, page, service, step)
            elif step.can_be_undone:
                project.succeed("downgrade", "-1")
                service.without_error(f"{step.slug} is undone")
            else:
                return False
    return True


def bring_back(project: Workbench, page: Page, service: Service, version: Deployment) -> None:
    """Deploy a version that ran before, once what the page has by hand for that is run.

    Raises DocumentError if that or the service fails.
    """
    for each in _by_hand(page):
        if each.before == version.version:
            _run(project, each)
    service.deploy(version.statements)
    service.without_error(f"version {version.version} comes back")


def _run(project: Workbench, statements: Statements) -> None:
    try:
        project.sql(statements.sql)
    except psycopg2.Error as error:
        raise DocumentError(f"before version {statements.before}: {error}") from error


def _by_hand(page: Page) -> list[Statements]:
    return [each for each in page.steps if isinstance(each, Statements) and each.before]


def _require_that_each_comes_back(page: Page, taken: Sequence[Deployment | Revision]) -> None:
    versions = {each.version for each in taken if isinstance(each, Deployment)}
    for each in _by_hand(page):
        if each.before not in versions:
            with located(page, each):
                raise DocumentError(f"version {each.before} does not come back")
