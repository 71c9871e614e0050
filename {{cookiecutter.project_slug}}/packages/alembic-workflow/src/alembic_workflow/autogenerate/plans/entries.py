"""The safe form of each operation, or the operation itself if it is one."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from alembic.operations.ops import DropTableOp

from alembic_workflow.autogenerate.plans.covered import done_otherwise
from alembic_workflow.autogenerate.plans.entry import Entry
from alembic_workflow.autogenerate.plans.recording import Recorded, with_new_names
from alembic_workflow.autogenerate.plans.stops import once_unused, under_new_name, while_stopped
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare
from alembic_workflow.safe_forms.change import AddForeignKey
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.recognition import Recognition

_AROUND = {"view", "trigger", "policy", "rule", "function", "statistics"}
_BEFORE_TABLES = {"enum", "domain", "type", "sequence", "function", "extension", "collation"}


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
        self._before, self._after = with_new_names(recorded), recorded[-1].after
        self._whole = compare(self._after, self._before)
        used = [each for each in self._whole if self._is_released(each.item)]
        self._done_otherwise = set(done_otherwise(used, recorded, self._before, self._after))

    def all(self) -> list[Entry]:
        """Return the entries, in the order of their operations, but foreign keys at the end."""
        entries: list[Entry] = []
        swapped: set[Item] = set()
        group: list[Recorded] = []
        away: set[Item] = set()
        for recorded in self._recorded:
            away |= {each.item for each in recorded.differences if self._comes_back(each)}
            if away:
                group.append(recorded)
                away -= {each.item for each in recorded.differences if each.found is None}
                if not away:
                    entries += self._around(group)
                    group = []
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
        return sorted(entries, key=lambda entry: entry.is_last)

    def _comes_back(self, difference: Difference, kinds: Collection[str] = _AROUND) -> bool:
        item, expected, _ = difference
        return expected is None and item.kind in kinds and item in self._after

    def _around(self, group: Sequence[Recorded]) -> list[Entry]:
        """Return the entries of what goes, of what is changed meanwhile, and of what comes back.

        A view or a trigger is away only in the revision in which a column takes another one's
        place, and comes back before others see that.
        """
        gone = {d.item for each in group for d in each.differences if self._comes_back(d)}
        around = [each for each in group if gone & {d.item for d in each.differences}]
        away = [each for each in around if any(map(self._comes_back, each.differences))]
        back = [each for each in around if each not in away]
        others = [each for each in group if each not in around]
        entries = [each for recorded in others for each in self._entries(recorded)]
        if not any(each.replaces_a_column for each in entries):
            return [self._as_it_is(recorded) for recorded in group]
        drops, makes = ([each.operation for each in part] for part in (away, back))
        return [
            replace(each, away=drops, back=makes) if each.replaces_a_column else each
            for each in entries
        ]

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

    def _entries(self, recorded: Recorded) -> list[Entry]:
        own = [each for each in recorded.differences if self._is_released(each.item)]
        forms = self._forms(recorded, own)
        if isinstance(recorded.operation, DropTableOp) and forms:
            # Its reverse knows the table better than a catalog does.
            return [forms[0].doing(recorded.operation)]
        if self._is_written_anew(recorded, forms):
            return [Entry((while_stopped(own),), recorded.operation)]
        if forms and not all(each.is_plain for each in forms):
            return forms
        only_drops = all(each.expected is None for each in recorded.differences)
        kinds = {each.item.kind for each in recorded.differences}
        if only_drops and kinds and kinds <= _BEFORE_TABLES:
            steps_of = (once_unused(own),) if own else ()
            return [Entry(steps_of, recorded.operation, "drop")]
        returns = any(self._comes_back(each, {"constraint"}) for each in own)
        return [Entry((), recorded.operation, "contract" if returns else "expand")]

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
        return [
            Entry(steps(change), is_last=isinstance(change, AddForeignKey))
            for change in recognition.changes(differences)
        ]

    def _is_released(self, item: Item) -> bool:
        return (item.parent or item) in self._released
