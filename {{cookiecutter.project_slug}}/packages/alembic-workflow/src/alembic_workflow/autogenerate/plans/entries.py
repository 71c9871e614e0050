"""The safe form of each operation, or the operation itself if it is one."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from alembic.operations.ops import DropTableOp, MigrateOperation

from alembic_workflow.autogenerate.plans.recording import Recorded
from alembic_workflow.autogenerate.plans.stops import once_unused, under_new_name, while_stopped
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.parts import parts_of
from alembic_workflow.safe_forms.recognition import Recognition
from alembic_workflow.safe_forms.step import Stage, Step

_AROUND = {"view", "trigger", "policy", "rule", "function", "statistics"}
_BEFORE_TABLES = {"enum", "domain", "type", "sequence", "function", "extension", "collation"}


@dataclass(frozen=True)
class Entry:
    """A part of a plan: the steps of a safe form, or an operation that is safe as it is."""

    steps: tuple[Step, ...] = ()
    operation: MigrateOperation | None = None
    stage: Stage = "expand"
    """When the operation is run."""


class Entries:
    """The parts of a plan for what operations did."""

    def __init__(
        self, recorded: Sequence[Recorded], released: Catalog, is_true: Callable[[str], bool]
    ) -> None:
        """Take what each operation did, what databases in use have, and what tells whether an
        expression of SQL is true.
        """
        self._recorded = recorded
        self._released = released
        self._is_true = is_true
        self._before, self._after = _with_new_names(recorded), recorded[-1].after
        self._whole = compare(self._after, self._before)
        self._done_otherwise = set(self._covered())

    def all(self) -> list[Entry]:
        """Return the entries, in the order of their operations."""
        entries: list[Entry] = []
        swapped: set[Item] = set()
        away: set[Item] = set()
        for recorded in self._recorded:
            away |= self._put_aside(recorded)
            if away:
                entries.append(self._as_it_is(recorded))
                away -= {each.item for each in recorded.differences if each.found is None}
                continue
            items = {each.item for each in recorded.differences}
            enum = getattr(recorded.operation, "replaces", None)
            if getattr(recorded.operation, "is_rename", False):
                entries.append(self._renamed(recorded))
            elif enum is not None and enum in self._released:
                if enum not in swapped:
                    swapped.add(enum)
                    whole = [each for each in self._whole if each.item == enum]
                    entries += self._forms(recorded, whole)
            elif items and items <= self._done_otherwise:
                for difference in self._replaced(items - swapped, recorded):
                    swapped.add(difference.item)
                    entries += self._forms(recorded, [difference])
            else:
                entries += self._entries(recorded)
        return entries

    def _put_aside(self, recorded: Recorded) -> set[Item]:
        """Return the views, triggers and the like that go and come back around a change."""
        return {
            each.item
            for each in recorded.differences
            if each.expected is None and each.item.kind in _AROUND and each.item in self._after
        }

    def _as_it_is(self, recorded: Recorded) -> Entry:
        own = [each for each in recorded.differences if self._is_released(each.item)]
        is_anew = self._is_written_anew(recorded, ())
        return Entry((while_stopped(own),) if is_anew else (), recorded.operation)

    def _replaced(self, items: Collection[Item], recorded: Recorded) -> Iterator[Difference]:
        """Yield what has got another definition, once it has all of it."""
        for each in self._whole:
            is_made = recorded.after.get(each.item) == each.expected is not None
            if each.item in items and each.found is not None and is_made:
                yield each

    def _covered(self) -> Iterator[Item]:
        """Yield what goes with a column, and the keys and indexes that get another definition."""
        for item, expected, found in self._whole:
            if not self._is_released(item):
                continue
            if item.kind == "column" and expected is None:
                for part in parts_of(item, self._before):
                    for kind in ("constraint", "index"):
                        gone = item._replace(kind=kind, name=part.name)
                        if gone in self._before and gone not in self._after:
                            yield gone
            both = None not in (expected, found)
            if both and item.kind == "index":
                yield item
            if both and (found or "").startswith(("UNIQUE", "PRIMARY KEY")):
                yield item
                yield from self._made_again()

    def _made_again(self) -> Iterator[Item]:
        """Yield the foreign keys that go and come back as they were."""
        for recorded in self._recorded:
            for item, expected, found in recorded.differences:
                is_key = (found or "").startswith("FOREIGN KEY") and expected is None
                if is_key and self._after.get(item) == found:
                    yield item

    def _entries(self, recorded: Recorded) -> list[Entry]:
        own = [each for each in recorded.differences if self._is_released(each.item)]
        forms = self._forms(recorded, own)
        if isinstance(recorded.operation, DropTableOp) and forms:
            # Its reverse knows the table better than a catalog does.
            return [replace_operation(forms[0], recorded.operation)]
        if self._is_written_anew(recorded, forms):
            return [Entry((while_stopped(own),), recorded.operation)]
        if forms and not all(_is_plain(each) for each in forms):
            return forms
        only_drops = all(each.expected is None for each in recorded.differences)
        kinds = {each.item.kind for each in recorded.differences}
        if only_drops and kinds and kinds <= _BEFORE_TABLES:
            steps_of = (once_unused(own),) if own else ()
            return [Entry(steps_of, recorded.operation, "drop")]
        return [Entry((), recorded.operation)]

    def _renamed(self, recorded: Recorded) -> Entry:
        names = [str(each.item) for each in recorded.differences if each.expected is None]
        gone = [each for each in names if each.startswith(("table", "column"))]
        steps = (under_new_name(gone[0]),) if gone else ()
        return Entry(steps, recorded.operation)

    def _is_written_anew(self, recorded: Recorded, forms: Sequence[Entry]) -> bool:
        """Return whether a table in use is, and no safe form ends in what the models say."""
        tables = [Item("table", schema, "", name) for schema, name in recorded.rewritten]
        computed = any(
            each.item.kind == "column" and column_text(each.expected or "").is_computed
            for each in recorded.differences
        )
        return any(self._is_released(each) for each in tables) and (computed or not forms)

    def _forms(self, recorded: Recorded, differences: list[Difference]) -> list[Entry]:
        recognition = Recognition(self._before, self._after, recorded.rewritten, self._is_true)
        return [Entry(steps(change)) for change in recognition.changes(differences)]

    def _is_released(self, item: Item) -> bool:
        return (item.parent or item) in self._released


def _with_new_names(recorded: Sequence[Recorded]) -> Catalog:
    """Return what was there before, with the names that tables and columns are given first."""
    renames = [each for each in recorded if getattr(each.operation, "is_rename", False)]
    start = recorded[0].before
    enums = {item: text for item, text in start.items() if item.kind == "enum"}
    return renames[-1].after | enums if renames else start


def _is_plain(entry: Entry) -> bool:
    """Return whether the safe form is the operation itself."""
    [first, *others] = entry.steps
    return not others and first.name == "expand" and not first.ignore


def replace_operation(entry: Entry, operation: MigrateOperation) -> Entry:
    """Return the entry with an operation in the place of its only step's lines."""
    [step] = entry.steps
    return Entry((replace(step, upgrade=(), downgrade=()),), operation, step.name)
