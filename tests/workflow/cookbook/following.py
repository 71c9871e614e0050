"""Pages of the cookbook, followed step by step, and back again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from documents.blocks import Command, DocumentError, Edit, ShownFile
from documents.edits import apply, find

from workflow.cookbook import revisions, shortcut
from workflow.cookbook.commands import run, target
from workflow.cookbook.findings import Findings
from workflow.cookbook.measures import Measure
from workflow.cookbook.pages import Deployment, Otherwise, Page, Revision, Statements, Step
from workflow.cookbook.service import Service
from workflow.cookbook.way_back import bring_back, go_back, located
from workflow.workbench import Result, Workbench


@dataclass
class Following:
    """A page that is followed in a service whose tables have rows."""

    project: Workbench
    page: Page
    rows: int
    """The number of rows that the page's own tables get."""
    is_collecting: bool = False
    """Whether differences are collected instead of being refused."""
    measures: list[Measure] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing done."""
        self._linted = ""
        self._deployed: list[Deployment] = []
        self._back: list[Deployment | Revision] = []
        self.findings = Findings(self.project.path.parent, self.is_collecting)

    def follow(self) -> list[str]:
        """Follow the page, go back, try the short way; return what the service waited for.

        Raises DocumentError if a step fails, if the service fails meanwhile, or if the page shows
        something else than there is.
        """
        steps = self.page.steps
        self._service = Service(self.project.url)
        try:
            for step in steps:
                self._take(step)
            self._require_that_it_is_right(steps)
            self._go_back(steps)
        finally:
            self._service.end()
        for step in steps:
            if isinstance(step, Otherwise):
                watch = shortcut.take(self.project, self._deployed[0].statements, step.sql)
                self.measures.append(Measure("otherwise", watch))
        return [str(each) for each in self.measures]

    def _take(self, step: Step) -> None:
        with located(self.page, step):
            if isinstance(step, Statements) and not step.before:
                self.project.sql(step.sql.replace(":rows", str(self.rows)))
            elif isinstance(step, Deployment):
                self._deploy(step)
            elif isinstance(step, Revision):
                self._upgrade(step)
            elif isinstance(step, Command):
                self._run(step)
            elif isinstance(step, Edit):
                apply(step, self.project.path, step.text)
            elif isinstance(step, ShownFile):
                text = find(self.project.path, step.path).read_text(encoding="utf-8")
                self.findings.compare(step.shown, text.splitlines())

    def _deploy(self, step: Deployment) -> None:
        if not self._deployed:
            self._begin = self.project.catalog()
            shortcut.copy(self.project)
        else:
            self._back.append(self._deployed[-1])
        if step.version in {each.version for each in self._deployed}:
            bring_back(self.project, self.page, self._service, step)
        else:
            self._service.deploy(step.statements)
            self._service.without_error(f"version {step.version} is deployed")
        self._deployed.append(step)

    def _upgrade(self, step: Revision) -> None:
        path = revisions.written(self.project, step)
        if path is None:
            self._require_that_it_is_printed(step)
            revisions.write(self.project, self.page, step)
        else:
            self.findings.compare_revision(step, path.read_text(encoding="utf-8"))
        self.project.succeed("upgrade", "+1")
        if self._deployed:
            self._back.append(step)
            watch = self._service.without_error(f"{step.slug} is applied")
            self.measures.append(Measure(step.slug.replace("_", " "), watch))

    def _require_that_it_is_printed(self, step: Revision) -> None:
        printed = list(revisions.printed(self._linted))
        same = (revisions.does_the_same(step.source, each) for each in printed)
        if step.is_printed and not any(same):
            raise DocumentError("make lint-migrations prints:\n" + "\n\n".join(printed))

    def _run(self, step: Command) -> None:
        status, output = run(self.project, self.findings.actual(step.text))
        if (status != 0) != (step.status != 0):
            raise DocumentError(f"{step.text} ended with status {status}:\n{output}")
        name = target(step.text)
        if self._deployed:
            self._service.without_error(f"{step.text} is run")
        if name in ("downgrade", "stamp"):  # the page itself goes back
            self._back.clear()
        if name == "lint-migrations":
            self._linted = output
        self.findings.compare(step.shown, output.splitlines())

    def _require_that_it_is_right(self, steps: Sequence[Step]) -> None:
        changes_models = any(
            isinstance(step, Edit) and step.path.startswith("app/models/") for step in steps
        )
        if changes_models:
            self._require("check", self.project.run("check"))
        self._require("lint", self.project.run("lint"))

    def _require(self, command: str, result: Result) -> None:
        if result.status:
            raise DocumentError(f"{self.page.path.name}: {command}: {result.output}")

    def _go_back(self, steps: Sequence[Step]) -> None:
        if go_back(self.project, self.page, self._service, self._back) and self._deployed:
            leaves = any(isinstance(each, Revision) and each.leaves_something for each in steps)
            if not leaves and self.project.catalog() != self._begin:
                raise DocumentError(f"{self.page.path.name}: going back leaves another schema")
