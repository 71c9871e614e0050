"""A part of a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from alembic.operations.ops import MigrateOperation

from alembic_workflow.safe_forms.replacing.replacement import GONE
from alembic_workflow.safe_forms.step import Stage, Step


@dataclass(frozen=True)
class Entry:
    """A part of a plan: the steps of a safe form, or an operation that is safe as it is."""

    steps: tuple[Step, ...] = ()
    operation: MigrateOperation | None = None
    stage: Stage = "expand"
    """When the operation is run."""
    is_last: bool = False
    """Whether it may need what all others do."""
    away: Sequence[MigrateOperation] = ()
    """Lines that drop views and the like before a column takes another one's place."""
    back: Sequence[MigrateOperation] = ()
    """Lines that make them again after it."""

    @property
    def is_plain(self) -> bool:
        """Whether the safe form is the operation itself."""
        [first, *others] = self.steps
        return not others and first.name == "expand" and not first.ignore

    @property
    def replaces_a_column(self) -> bool:
        """Whether a column takes the place of another one."""
        return any(step.ignore[:1] == GONE for step in self.steps)

    def doing(self, operation: MigrateOperation) -> Self:
        """Return the entry with an operation in the place of its only step's lines."""
        [step] = self.steps
        return replace(
            self,
            steps=(replace(step, upgrade=(), downgrade=()),),
            operation=operation,
            stage=step.name,
        )
