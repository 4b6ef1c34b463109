"""Lines of all returns as the rows of one table, and what keeps a line out of it.

A line stands there with everything said that its own workbook left to be understood: its department, its currency, and
choices in the words of one language. What cannot be computed under the assumptions of the collection would make every
total an error; such a line is taken out and told, with the reason that CRM_CHECK would give.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial

import numpy as np

from crm_xl.collection.collecting.second_count import stated
from crm_xl.collection.reading.findings import Finding, from_problem
from crm_xl.collection.reading.lines import Line
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.benefits import Benefits, build_benefits
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.components import COMPONENTS, component_key, component_label
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import BLANK, LARGEST, Floats, read_table
from crm_xl.engine.schema import Field, choice_labels, choices, columns, currencies, normalise
from crm_xl.engine.timeline import as_date, moment

Key = tuple[str, str]
# Distinct cells of a column that are put into a language once.
_REMEMBERED = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The return from which lines come."""

    file: str
    sheet: str
    department: str
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line that is to be summed: `values` in the order of the schema, in the language of the collection.

    `states` is whether it states an amount, and `amount` that amount, None where it is no number.
    `reasons` are those for which it could not be computed under the assumptions of its own department; it may be under
    those of the collection, which have more exchange rates.
    """

    origin: Origin
    row: int
    values: tuple[Cell, ...]
    currency: str
    states: bool
    amount: float | None
    reasons: tuple[Finding, ...] = ()


def entry(line: Line, table: str, origin: Origin, language: str) -> Entry:
    """Return a line of a return as it is to stand among all others."""
    values = list(line.values)
    for i, speak in _speakers(table, language):
        value = values[i]
        if value is not None:
            values[i] = speak(value)
    department, currency = _places(table)["department"], _places(table)["currency"]
    # What a line does not say is what its return says.
    values[department] = values[department] or origin.department
    values[currency] = values[currency] or origin.currency
    states, amount = stated(line.values, _places(table), table)
    return Entry(
        origin=origin,
        row=line.row,
        values=tuple(values),
        currency=str(values[currency] or ""),
        states=states,
        amount=amount,
        reasons=tuple(finding for finding in line.findings if finding.blocks),
    )


@cache
def _places(table: str) -> dict[str, int]:
    return {key: i for i, key in enumerate(columns(table))}


@cache
def _speakers(table: str, language: str) -> list[tuple[int, Callable[[Cell], Cell]]]:
    """The columns whose cells are put into the language of the collection, and how; numbers are what they are."""
    return [
        (i, lru_cache(_REMEMBERED, typed=True)(partial(_spoken, f=f, language=language)))
        for i, f in enumerate(columns(table).values())
        if not f.is_number
    ]


def _spoken(value: Cell, f: Field, language: str) -> Cell:
    """A cell in the language of the collection; one that cannot be read is left as it is, and found later."""
    if is_blank(value):
        return None
    if f.type == "text":
        if isinstance(value, float) and value % 1 == 0:
            value = int(value)
        text = str(value).strip()
        key = component_key(text) if f.key == "component" else None
        return component_label(key, language) if key else text
    if isinstance(value, str):
        if f.type in ("choice", "yesno"):
            key = choices(f.choices or "yesno").get(normalise(value))
            return choice_labels(f.choices or "yesno", language)[key] if key else value
        if f.type == "currency":
            return currencies().get(normalise(value), value)
        if f.type == "when":
            return as_date(value) or value
    return value.date() if isinstance(value, dt.datetime) else value


@dataclass(kw_only=True)
class Sums:
    """Totals of cost lines in the reporting currency, by department and component in the order in which they came.

    Lines without a price are counted apart; the names of the first are kept.
    """

    years: int
    money: dict[Key, Floats] = field(default_factory=dict)
    unpriced: int = 0
    unpriced_items: list[str] = field(default_factory=list)

    def add(self, model: Model, first_row: int) -> None:
        """Add the lines of a model; `first_row` is the place of its first line among all, to name unpriced ones."""
        component, department = model.labels["component"], model.labels["department"]
        width = len(department.names) + 1
        codes = component.codes * width + np.where(department.codes == BLANK, width - 1, department.codes)
        found, first, places = np.unique(codes, return_index=True, return_inverse=True)
        money = model.money_by(places.astype(np.int64), len(found))
        for i in np.argsort(first).tolist():
            line = int(first[i])
            key = department.text(line), component.names[component.codes[line]]
            self.money[key] = self.money.get(key, np.zeros(self.years)) + money[i]
        self.unpriced += len(model.unpriced)
        for i in model.unpriced[: 5 - len(self.unpriced_items)].tolist():
            self.unpriced_items.append(model.labels["item"].text(i) or f"#{first_row + i + 1}")


def merged(parts: Iterable[Sums]) -> Sums:
    """Return the totals of several parts as one."""
    found: Sums | None = None
    for part in parts:
        found = found or Sums(years=part.years)
        for key, money in part.money.items():
            found.money[key] = found.money.get(key, np.zeros(part.years)) + money
        found.unpriced += part.unpriced
        found.unpriced_items += part.unpriced_items[: 5 - len(found.unpriced_items)]
    return found or Sums(years=1)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of entries: those that count, the money of each over all years, and the others with their reasons.

    `outside` are those that fall wholly before or after the years of the collection: they would add nothing to the sum.
    """

    counted: list[Entry]
    totals: Floats
    outside: list[Entry]
    rejected: list[tuple[Entry, tuple[Finding, ...]]]
    model: Model | None


def settle(entries: Sequence[Entry], table: str, basis: Assumptions) -> Settled:
    """Return which entries can be computed under the assumptions of the collection."""
    counted = list(entries)
    outside: list[Entry] = []
    rejected: list[tuple[Entry, tuple[Finding, ...]]] = []
    header = [f.en for f in columns(table).values()]
    while True:
        read = read_table(Range([header, *(e.values for e in counted)]), table)
        found = build_model(read, basis) if table == "costs" else build_benefits(read, basis)
        reasons: dict[int, list[Problem]] = {}
        for problem in found.problems:
            row = problem.row or 0
            # A row of totals is only noted by the engine, which leaves it out: here its money has to be accounted for.
            if row and (problem.severity is Severity.ERROR or problem.key == "note_totals_row"):
                reasons.setdefault(row - 1, []).append(problem)
        told = {i: _told(counted[i], of_line) for i, of_line in sorted(reasons.items())}
        if not told:
            totals = _totals(found)
            told = {i: (_too_large(counted[i], totals[i]),) for i in np.flatnonzero(~(abs(totals) <= LARGEST)).tolist()}
        if not told:
            adds_nothing = [i for i in np.flatnonzero(totals == 0).tolist() if _is_outside(counted[i], table, basis)]
            if not adds_nothing:
                model = found if isinstance(found, Model) else None
                return Settled(counted=counted, totals=totals, outside=outside, rejected=rejected, model=model)
            outside += [counted[i] for i in adds_nothing]
            counted = [e for i, e in enumerate(counted) if i not in {*adds_nothing}]
            continue
        rejected += [(counted[i], findings) for i, findings in told.items()]
        counted = [e for i, e in enumerate(counted) if i not in told]


def _is_outside(e: Entry, table: str, basis: Assumptions) -> bool:
    """Whether a line with an amount begins after the last year of the collection, or ends before the first."""
    if not e.amount:
        return False
    timeline = basis.timeline
    start, end = (moment(e.values[_places(table)[key]]) for key in ("start", "end"))
    begins = timeline.days(np.array([1 if start is None else start]), last=False)
    ends = timeline.days(np.array([timeline.years if end is None else end]), last=True)
    first, last = timeline.months_of(begins)[0], timeline.months_of(ends)[0]
    return bool(first < 0 or first >= timeline.months or last < 0)


def _totals(found: Model | Benefits) -> Floats:
    """The money of each line over all years; growth may carry it past any number."""
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(found, Model):
            totals: Floats = found.weights.sum(axis=0)[found.patterns.of_line] * found.price
        else:
            totals = found.yearly.sum(axis=0)
    return totals


def _too_large(e: Entry, total: float) -> Finding:
    """A line that comes to more than any cost over the years: one such would drown all others in the sum."""
    column = {language: term("total", language) for language in LANGUAGES}
    details = (("column", column),)
    cell = f"{e.row}:{e.row}"
    found = f"{total:.3g}"
    return Finding(key="too_large", severity="blocks", sheet=e.origin.sheet, cell=cell, found=found, details=details)


def _told(e: Entry, problems: Iterable[Problem]) -> tuple[Finding, ...]:
    """Why an entry cannot be computed: what was found in its own workbook, with the cell, else what shows only now."""
    found = (from_problem(problem, e.origin.sheet, f"{e.row}:{e.row}") for problem in problems)
    return e.reasons or tuple(replace(finding, severity="blocks") for finding in found)


def _pieces(money: float) -> Iterator[float]:
    """A sum as amounts none of which is larger than that of a line may be; it hardly ever is more than one."""
    while abs(money) > LARGEST:
        yield math.copysign(LARGEST, money)
        money -= math.copysign(LARGEST, money)
    yield money


def as_lines(sums: Sums, language: str) -> Range:
    """Return sums as a cost table, of which every CRM_* function gives what it gives over the lines behind them.

    There is a line for each department, component and year, in the reporting currency, and one for each line without a
    price; it holds thousands of lines where the returns hold millions.
    """
    header = [columns("costs")[key].label(language) for key in ("component", "item", "department", "amount", "start")]
    rows: list[Sequence[Cell]] = [header]
    for (department, component), years in sums.money.items():
        name = component_label(component, language) if component in COMPONENTS else component
        first: Iterable[int] = np.flatnonzero(years).tolist() or [0]
        rows += [(name, None, department, money, year + 1) for year in first for money in _pieces(float(years[year]))]
    if sums.unpriced:
        department, component = next(iter(sums.money))
        name = component_label(component, language) if component in COMPONENTS else component
        rows += [(name, item, department, None, None) for item in sums.unpriced_items]
        rows += [(name, None, department, None, None)] * (sums.unpriced - len(sums.unpriced_items))
    return Range(rows)
