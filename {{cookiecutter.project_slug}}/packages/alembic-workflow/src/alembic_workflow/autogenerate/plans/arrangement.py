"""Arrangements of a plan's entries into revisions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.autogenerate.plans.entry import Entry
from alembic_workflow.safe_forms.source import commits
from alembic_workflow.safe_forms.step import STAGES, Stage, Step, deploy_lines

_VALIDATES = " VALIDATE CONSTRAINT "


@dataclass
class Draft:
    """A revision to be."""

    stage: Stage
    upgrade: list[MigrateOperation] = field(default_factory=list)
    downgrade: list[MigrateOperation] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    ignore: dict[str, str] = field(default_factory=dict)
    """The codes of the linter, each with a reason."""

    @property
    def deploy(self) -> list[str]:
        """The lines that say when it may be deployed."""
        return deploy_lines(self.steps) or ["Deploy before the release that uses what is new."]

    @property
    def transactions(self) -> list[list[MigrateOperation]]:
        """Its operations that commit, as new values of an enum must before their use; the rest."""
        committed = [each for each in self.upgrade if not _rank(each)]
        return [committed, self.upgrade[len(committed) :]]

    def add(self, entry: Entry, step: Step | None) -> None:
        """Add a step of the entry, or its operation; what is added first is undone last."""
        if step is not None:
            self.steps.append(step)
            self.ignore |= step.ignore
            is_swap = step.name == "contract"
            away, back = (entry.away, entry.back) if is_swap else ((), ())
            self.upgrade += [*away, *map(_line, step.upgrade), *back]
            self.downgrade[:0] = [
                *(each.reverse() for each in reversed(back)),
                *map(_line, step.downgrade),
                *(each.reverse() for each in reversed(away)),
            ]
        if entry.operation is not None and entry.stage == self.stage:
            self.upgrade.append(entry.operation)
            self.downgrade.insert(0, entry.operation.reverse())

    def in_order(self) -> None:
        """Put first what commits, so that a revision that fails can be run again.

        Then comes what reads rows, while the locks are those under which others read and write.
        """
        self.upgrade.sort(key=_rank)
        self.downgrade.sort(key=_rank)


def by_stages(entries: Sequence[Entry]) -> list[Draft]:
    """Return a draft for each stage, with the steps of all entries."""
    drafts = []
    for stage in STAGES:
        draft = Draft(stage)
        for entry in entries:
            for step in _steps(entry):
                if (step.name if step else entry.stage) == stage:
                    draft.add(entry, step)
        drafts.append(draft)
    return _finished(drafts)


def one_after_the_other(entries: Sequence[Entry]) -> list[Draft]:
    """Return drafts in which each entry begins when the one before is done."""
    drafts: list[Draft] = []
    for entry in entries:
        for step in _steps(entry):
            stage = step.name if step else entry.stage
            joins = step is None and drafts and drafts[-1].stage == stage
            if not joins:
                drafts.append(Draft(stage))
            drafts[-1].add(entry, step)
    return _finished(drafts)


def _steps(entry: Entry) -> Iterable[Step | None]:
    return entry.steps or (None,)


def _finished(drafts: Iterable[Draft]) -> list[Draft]:
    kept = [each for each in drafts if each.upgrade]
    for draft in kept:
        draft.in_order()
    return kept


def _line(source: str) -> SQLOperation:
    return SQLOperation(source, "", source)


def _rank(operation: MigrateOperation) -> int:
    source = getattr(operation, "source", "")
    return 0 if commits(source) else 1 if _VALIDATES in source else 2
