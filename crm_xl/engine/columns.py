"""Whole columns of cells as arrays: numbers, words, choices, days, each by the type of its field.

Numbers and dates that were typed as text are read where they mean one thing only, and noted; nothing is guessed.
Every cell that cannot be read is reported by its place and takes part in nothing.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_xl.engine.cells import Cell, as_error, is_blank
from crm_xl.engine.headers import Heading, plain
from crm_xl.engine.problems import Severity, show
from crm_xl.engine.schema import Field, choice_words, choices, currencies, normalise
from crm_xl.engine.timeline import DAYS, MONTHS, as_date, moment
from crm_xl.engine.typed_values import Ambiguous, TypedNumber, read_date, read_discount, read_month, read_number

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

# A number has 15 digits in a spreadsheet. No cost is larger; products of larger ones grow past what a number can be.
LARGEST = 1e15
LARGEST_SHOWN = {"largest": f"{LARGEST:,.0f}"}
# What is smaller is left over from adding up and stands for 0; divisions by it would grow as far.
_SMALLEST = 1e-100
BLANK = -1
_PERCENTAGES = ("rate", "discount")
_PLAIN_TYPES = {float, int, type(None)}
# Above this a bare number under 折扣 may be what is paid; below, too, where nothing says what it is.
_HALF = 0.5
_YEAR_TEXT = re.compile(r"(?:year ?|yr ?|y|第)?(\d{1,4}) ?年?")


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of texts: `codes` points into `names`, −1 where blank. Letter case does not tell texts apart."""

    codes: Ints
    names: tuple[str, ...]

    def text(self, row: int) -> str:
        """Return the text of a row; nothing where blank."""
        return self.name(int(self.codes[row]))

    def name(self, code: int) -> str:
        """Return the text that a code stands for; nothing for that of a blank."""
        return "" if code == BLANK else self.names[code]

    def index(self, name: str) -> int | None:
        """Return the code of a text as users type it, or None when no row has it."""
        wanted = normalise(name)
        return next((i for i, own in enumerate(self.names) if normalise(own) == wanted), None)

    def filled(self, rows: npt.NDArray[np.bool_], name: str) -> "Labels":
        """Return the column with a name put in some of its rows."""
        names = self.names if name in self.names else (*self.names, name)
        return Labels(np.where(rows, names.index(name), self.codes), names)


Values: TypeAlias = Floats | Labels
Report: TypeAlias = Callable[..., None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """A column that was read: its values, and by row the currencies that a sign or word in a cell may mean."""

    values: Values
    currencies: dict[int, frozenset[str]]


class Numbers:
    """Columns of plain numbers as arrays, each made once however often it is asked for."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Sequence[Cell], Floats]] = {}

    def plain(self, cells: Sequence[Cell]) -> Floats | None:
        """Return the array of a column of numbers and blanks, or None where something else stands in it."""
        kept = self._made.get(id(cells))
        if kept is None and set(map(type, cells)) <= _PLAIN_TYPES:
            kept = self._made[id(cells)] = cells, np.array(cells, dtype=np.float64)
        return None if kept is None else kept[1].copy()


def read_column(cells: Sequence[Cell], field: Field, heading: Heading, report: Report, numbers: Numbers) -> Column:
    """Read the cells below a header.

    Parameters
    ----------
    cells
        The cells, a row each.
    field
        The column of the schema that they are.
    heading
        What their header says of them: a scale, percent.
    report
        Takes the row, the value found, the term that says what was expected, and details of it.
    numbers
        The arrays of columns that were made already.
    """
    if not field.is_number:
        return Column(values=_READERS[field.type](cells, field, report), currencies={})
    return _read_numbers(cells, field, heading, report, numbers.plain(cells))


def as_numbers(cells: Sequence[Cell], numbers: Numbers) -> Floats:
    """Return the numbers of cells, typed as such or as text, NaN where there is none; nothing is reported."""
    if (plain := numbers.plain(cells)) is not None:
        return _finite(plain)
    read = np.full(len(cells), np.nan)
    for i, value in enumerate(cells):
        if isinstance(value, int | float) and not isinstance(value, bool):
            read[i] = value
        elif isinstance(value, str) and isinstance(number := read_number(value), TypedNumber):
            read[i] = number.value
    return _finite(read)


def _finite(read: Floats) -> Floats:
    """Numbers without those that are larger than any cost."""
    read[np.abs(read) > LARGEST] = np.nan
    return read


def _read_numbers(
    cells: Sequence[Cell], field: Field, heading: Heading, report: Report, plain_numbers: Floats | None
) -> Column:
    percent = np.zeros(0, dtype=np.int64)
    may: dict[int, frozenset[str]] = {}
    if plain_numbers is not None:
        read = plain_numbers
    else:
        read = np.full(len(cells), np.nan)
        typed: dict[int, TypedNumber] = {}
        for i, value in enumerate(cells):
            if isinstance(value, int | float) and not isinstance(value, bool):
                read[i] = value
            elif not is_blank(value):
                number = _typed(value, field, lambda key, i=i, value=value, **more: report(i, value, key, **more))
                if number is not None:
                    typed[i] = number
                    read[i] = number.value
        if typed:
            _note_typed(cells, typed, report)
            may = {i: number.currencies for i, number in typed.items() if number.currencies}
            percent = np.array([i for i, number in typed.items() if number.percent], dtype=np.int64)
    read = _scaled(read, percent, field, heading, report)
    return Column(values=_within(read, percent, field, report), currencies=may)


def _typed(value: Cell, field: Field, report: Report) -> TypedNumber | None:
    """The number that a text stands for in a column, or None when that was reported."""
    expected = f"expected_{'percentage' if field.type in _PERCENTAGES else 'number'}"
    if not isinstance(value, str) or as_error(value) is not None:
        report(expected)
        return None
    if field.type == "discount" and (off := read_discount(value)) is not None:
        return TypedNumber(off, percent=True)
    number = read_number(value)
    if isinstance(number, Ambiguous):
        report("expected_one_number", details={"one": number.one, "other": number.other})
        return None
    if not isinstance(number, TypedNumber) or (number.percent and field.type not in _PERCENTAGES):
        report(expected)  # a mark of a footnote beside the digits may or may not belong to the number
        return None
    if number.currencies and field.type != "money" and field.unit != "multiplier or amount":
        report(expected)
        return None
    return number


def _note_typed(cells: Sequence[Cell], typed: dict[int, TypedNumber], report: Report) -> None:
    """Note once for a column that numbers stand in it as text: what the first was read as, and how many there are."""
    plainly = [i for i, number in typed.items() if not number.percent]
    if plainly:
        first = plainly[0]
        details = {"number": show(typed[first].value), "count": len(plainly)}
        report(first, cells[first], "note_typed_number", details=details, severity=Severity.NOTE)


def _scaled(read: Floats, percent: Ints, field: Field, heading: Heading, report: Report) -> Floats:
    """Numbers as their header has them: 万元, k; with % in it they are percents where none of them is below one."""
    if heading.said.scale != 1.0:
        return read * heading.said.scale
    bare = np.ones(len(read), dtype=bool)
    bare[percent] = False
    if heading.said.percent and field.type in _PERCENTAGES:
        given = np.flatnonzero(bare & (np.abs(read) > 0))
        if len(given) and np.abs(read[given]).min() >= 1 and np.abs(read[given]).max() > 1:
            first = int(given[0])
            details = {"percent": f"{read[first]:.12g}%", "count": len(given)}
            report(first, float(read[first]), "note_read_as_percent", details=details, severity=Severity.NOTE)
            read = read.copy()
            read[given] /= 100
    if heading.folded:
        for i in np.flatnonzero(bare & (read > 0)).tolist():
            key = "expected_discount_word" if read[i] > _HALF else "note_discount_off"
            severity = Severity.ERROR if read[i] > _HALF else Severity.NOTE
            report(i, float(read[i]), key, details=_both_discounts(float(read[i])), severity=severity)
        read = np.where(bare & (read > _HALF), np.nan, read)
    return read


def _both_discounts(value: float) -> dict[str, Any]:
    """Both meanings of a bare number under 折扣: what is paid (0.9, 9 and 90 for 9折), or what is taken off."""
    paid = value if value <= 1 else value / 10 if value < 10 else value / 100
    off = value if value <= 1 else value / 100
    return {"fold": f"{10 * paid:.4g}折", "fold_off": f"{100 * (1 - paid):.4g}%", "off": f"{100 * off:.4g}%"}


def _within(read: Floats, percent: Ints, field: Field, report: Report) -> Floats:
    """Numbers within the limits of their field; the others are reported and left out."""
    low, high = field.minimum, field.maximum
    size = np.abs(read)
    vast = size > LARGEST
    for i in np.flatnonzero(vast).tolist():
        report(i, float(read[i]), "expected_below_largest", details=LARGEST_SHOWN)
    read[vast] = np.nan
    read[size < _SMALLEST] = 0.0
    outside = np.zeros(len(read), dtype=bool)
    if field.type in _PERCENTAGES and (high is None or high >= 1):
        outside = read > 1 + 1e-9  # 5 typed for 5 %; who means 500 % types it with its sign
        outside[percent] = False
        for i in np.flatnonzero(outside).tolist():
            value = float(read[i])
            if high is None or value <= high:
                report(i, value, "expected_percentage_sign", details=percentage_meant(value))
            elif value / 100 <= high:
                report(i, value, "expected_percentage_within", details=percentage_meant(value) | _limits(field))
            else:
                report(i, value, "expected_rate_range", details=_limits(field))
    beyond = np.zeros(len(read), dtype=bool)
    if low is not None:
        beyond |= read < low
    if high is not None:
        beyond |= read > high
    for i in np.flatnonzero(beyond & ~outside).tolist():
        kind = "rate" if field.type == "discount" else field.type
        key = f"expected_{kind}_range" if high is not None else "expected_not_below"
        report(i, float(read[i]), key, details=_limits(field))
    read[outside | beyond] = np.nan  # what has its problem takes part in nothing
    return read


def _limits(field: Field) -> dict[str, Any]:
    percent = field.type in _PERCENTAGES
    return {
        "minimum": "" if field.minimum is None else f"{field.minimum:.0%}" if percent else f"{field.minimum:g}",
        "maximum": "" if field.maximum is None else f"{field.maximum:.0%}" if percent else f"{field.maximum:g}",
    }


def percentage_meant(value: float) -> dict[str, str]:
    """Return what a number above 1 means as a percentage and what it is likely to stand for: details of a message."""
    return {"percent": f"{100 * value:.6g}%", "likely": f"{value:.6g}%", "fraction": f"{value / 100:.6g}"}


def _each(
    cells: Sequence[Cell], read: Callable[[Cell], int | None], missing: int, report: Callable[[int], None]
) -> Ints:
    """Read a column to whole numbers, each distinct value once; blanks and what cannot be read are `missing`.

    Every cell that cannot be read is reported by its place.
    """
    codes, different = _distinct(cells)
    blank = [is_blank(value) for value in different]
    numbers = [None if skip else read(value) for value, skip in zip(different, blank, strict=True)]
    unread = [number is None and not skip for number, skip in zip(numbers, blank, strict=True)]
    if any(unread):
        for i in np.flatnonzero(np.array(unread)[codes]).tolist():
            report(i)
    return np.array([missing if number is None else number for number in numbers], dtype=np.int64)[codes]


def _distinct(cells: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """The distinct values of a column in the order in which they come, and for each row the place of its value."""
    seen: dict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(seen.__getitem__, cells), dtype=np.int64, count=len(cells))
    # TRUE and 1 are the same key in Python, but not in a cell.
    if (0 in seen or 1 in seen) and bool in set(map(type, cells)):
        codes, pairs = _distinct(list(zip(map(type, cells), cells, strict=True)))
        return codes, [value for _, value in pairs]
    return codes, list(seen)


def _coded(
    cells: Sequence[Cell], read: Callable[[Cell], str | None], report: Callable[[int], None], *, by_case: bool = True
) -> Labels:
    """Code a column of texts; they are told apart by letter case or not."""
    codes: dict[str, int] = {}
    names: list[str] = []

    def code(value: Cell) -> int | None:
        if (text := read(value)) is None:
            return None
        found = codes.setdefault(text if by_case else normalise(text), len(names))
        if found == len(names):
            names.append(text)
        return found

    return Labels(_each(cells, code, BLANK, report), tuple(names))


def _read_labels(cells: Sequence[Cell], field: Field, report: Report) -> Labels:
    def read(value: Cell) -> str | None:
        if as_error(value) is not None:
            return None
        if isinstance(value, float) and value % 1 == 0:
            value = int(value)
        return str(value).strip()

    return _coded(cells, read, lambda i: report(i, cells[i], "expected_text"), by_case=False)


def _read_choice(cells: Sequence[Cell], field: Field, report: Report) -> Labels:
    words = choices(field.choices)

    def read(value: Cell) -> str | None:
        return words.get(normalise(value)) if isinstance(value, str) else None

    def unread(i: int) -> None:
        report(i, cells[i], "expected_choice", details={"choices": choice_words(field.choices)})

    return _coded(cells, read, unread)


def _read_yesno(cells: Sequence[Cell], field: Field, report: Report) -> Labels:
    words = choices("yesno")

    def read(value: Cell) -> str | None:
        if isinstance(value, bool | int | float) and value in (0, 1):
            return "yes" if value else "no"
        return words.get(normalise(value)) if isinstance(value, str) else None

    return _coded(cells, read, lambda i: report(i, cells[i], "expected_yesno"))


def _read_currency(cells: Sequence[Cell], field: Field, report: Report) -> Labels:
    def read(value: Cell) -> str | None:
        return currencies().get(normalise(value)) if isinstance(value, str) else None

    return _coded(cells, read, lambda i: report(i, cells[i], "expected_currency"))


def _read_moments(cells: Sequence[Cell], field: Field, report: Report) -> Floats:
    """Days, months and years as `timeline.moment` has them; 0 where blank."""

    def unread(i: int) -> None:
        day = read_date(value) if isinstance(value := cells[i], str) else None
        if isinstance(day, Ambiguous):
            report(i, value, "expected_one_date", details={"one": day.one, "other": day.other})
        else:
            report(i, value, "expected_date")

    return _each(cells, _moment, 0, unread).astype(np.float64)


def _moment(value: Cell) -> int | None:
    """The moment in a cell; a text is read where it means one day, month or year."""
    if as_error(value) is not None:
        return None
    if not isinstance(value, str):
        return moment(value)
    if (found := moment(value)) is not None:
        return found
    if year := _YEAR_TEXT.fullmatch(plain(value)):
        return moment(float(year[1]))
    if month := read_month(value):
        return MONTHS + month[0] * 12 + month[1] - 1
    day = read_date(value)
    return DAYS + day.toordinal() if isinstance(day, dt.date) else None


def _read_dates(cells: Sequence[Cell], field: Field, report: Report) -> Floats:
    """Days as ordinals of `datetime.date`; 0 where blank."""

    def read(value: Cell) -> int | None:
        day = None if as_error(value) is not None else as_date(value)
        return None if day is None else day.toordinal()

    return _each(cells, read, 0, lambda i: report(i, cells[i], "expected_day")).astype(np.float64)


_READERS: dict[str, Callable[[Sequence[Cell], Field, Report], Values]] = {
    "text": _read_labels,
    "choice": _read_choice,
    "yesno": _read_yesno,
    "currency": _read_currency,
    "when": _read_moments,
    "date": _read_dates,
}


def suggestion(word: str, known: Sequence[str], cutoff: float = 0.6) -> str:
    """Return the known word that comes closest to a typed one, or nothing."""
    by_normal = {normalise(k): k for k in known}
    close = get_close_matches(normalise(word), by_normal, n=1, cutoff=cutoff)
    return by_normal[close[0]] if close else ""
