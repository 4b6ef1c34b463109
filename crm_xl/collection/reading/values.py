"""What the cells of an input table mean by the type of their column: numbers, dates, words.

A value that can mean one thing only is read, and what was done is told; one that may mean two things blocks its line.
"""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from crm_xl.collection.reading.table import InputTable, TableFindings
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import Cell, is_blank
from crm_xl.engine.problems import show
from crm_xl.engine.reading import LARGEST
from crm_xl.engine.schema import Field, currencies, normalise
from crm_xl.engine.timeline import as_date
from crm_xl.engine.typed_values import PLAIN_SIGNS, Ambiguous, Marked, TypedNumber, read_date, read_number

# What the validation of the form allows.
LONGEST_TEXT = 200
# What the serial number of a day in a workbook that counts from 1904 lacks to that of one that counts from 1900.
DAYS_TO_1904 = 1462
# Numbers between these are years of the calendar; smaller ones are years of the model.
_FIRST_CALENDAR_YEAR, _LAST_CALENDAR_YEAR = 1900, 2200
# A number has 15 digits in a spreadsheet; what a person types beyond them is gone.
_DIGITS = 10**15
_DATES = ("when", "date")
# What add-ins and data services leave in a cell in place of a value.
_BROKEN_TEXTS = (
    "#n/a",
    "#busy",
    "#connect",
    "#field",
    "#blocked",
    "#name",
    "#value",
    "#ref",
    "#getting",
    "traceback (",
)


def read_values(table: InputTable, rows: Iterable[int], values: dict[int, list[Cell]], findings: TableFindings) -> None:
    """Put in place of what stands in the cells of lines what it means, as far as that is one thing.

    Parameters
    ----------
    table
        The table in which the lines stand.
    rows
        The rows of the lines.
    values
        The values of each line by its row, in the order of the schema; they are changed.
    findings
        Where it is told what was done, and what may mean two things.
    """
    reader = _Reader(table, findings)
    for at, field in enumerate(table.fields):
        if field.key not in table.header.columns:
            continue
        read = reader.number if field.is_number else reader.date if field.type in _DATES else reader.word
        for row in rows:
            value = values[row][at]
            if value is not None and not findings.rejects_cell(row, field.key):
                values[row][at] = read(row, field, value)


class _Reader:
    """Reads the cells of a table one by one; what is not understood stays as it is, and the engine tells of it."""

    def __init__(self, table: InputTable, findings: TableFindings) -> None:
        self.sheet, self.columns, self.form = table.sheet, table.header.columns, table.form
        self.tell = findings.tell

    def number(self, row: int, field: Field, value: Cell) -> Cell:
        """Counts, money, percentages."""
        if type(value) is float:
            if (row, self.columns[field.key]) in self.sheet.dated:
                day = shown_date(value, self.form.since_1904)
                expected = {language: term("expected_number", language) for language in LANGUAGES}
                self.tell(row, field.key, "date_number", "blocks", day, expected=expected, number=show(value))
                return day
            if abs(value) > LARGEST:
                self.tell(row, field.key, "too_large", "blocks", value)
            elif shown := self.sheet.shown.get((row, self.columns[field.key])):
                self._shown(row, field, value, shown)
            return value
        if type(value) is not str or is_blank(value):
            return value
        read = read_number(value)
        if isinstance(read, Ambiguous):
            self.tell(row, field.key, "ambiguous_number", "blocks", value, one=read.one, other=read.other)
            return value
        if isinstance(read, Marked):
            self.tell(row, field.key, "number_marked", "blocks", value, mark=read.mark)
            return value
        if read is None or (read.percent and field.type not in ("rate", "discount")):
            if is_broken_text(value):
                self.tell(row, field.key, "broken_text", "blocks", value)
            return value
        if read.currencies and not self._same_currency(row, field, value, read):
            return value
        if abs(read.value) > LARGEST:
            self.tell(row, field.key, "too_large", "blocks", value)
            return value
        self.tell(row, field.key, "text_number", "note", value, expected=f"{read.value:.15g}")
        return read.value

    def _shown(self, row: int, field: Field, value: float, shown: str) -> None:
        """A number that its cell shows with a currency or a unit: it is read where both say the same."""
        read = read_number(shown)
        percent = isinstance(read, TypedNumber) and read.percent
        if field.type in ("rate", "discount") or (percent and field.type != "money"):
            return
        found = shown.replace("1", show(value), 1)
        if isinstance(read, TypedNumber) and read.value == 1:
            if read.currencies and field.type == "money":
                self._same_currency(row, field, found, read)
        elif isinstance(read, TypedNumber) or field.type == "money":
            self.tell(row, field.key, "shown_otherwise", "blocks", found, number=show(value))

    def _same_currency(self, row: int, field: Field, value: str, read: TypedNumber) -> bool:
        """Whether the currency that stands in a number is that of its line; a number of units has none."""
        column = self.columns.get("currency")
        typed = self.sheet.value(row, column) if column else None
        own = self.form.assumptions.currency if is_blank(typed) else currencies().get(normalise(str(typed)), str(typed))
        if field.type == "money" and own in read.currencies:
            plain = next((PLAIN_SIGNS[sign] for sign in PLAIN_SIGNS if sign in value.replace("￥", "¥")), own)
            if len(read.currencies) == 1 or own == plain or not is_blank(typed):
                return True
            self.tell(row, field.key, "ambiguous_sign", "blocks", value, one=plain, other=own)
        elif field.type == "money":
            self.tell(row, field.key, "other_currency", "blocks", value, expected=own)
        return False

    def date(self, row: int, field: Field, value: Cell) -> Cell:
        """Days, and the years of the model for which a small number may stand."""
        if type(value) is float:
            if value == 20_000_000 + value % 1_000_000 and (day := read_date(f"{value:.0f}")):
                self.tell(row, field.key, "compact_date", "note", value, expected=str(day))
                return day if isinstance(day, dt.date) else value
            if value < 20_000 or value >= 110_000:
                if self.form.assumptions.timeline.years < value < _FIRST_CALENDAR_YEAR or value > _LAST_CALENDAR_YEAR:
                    self.tell(row, field.key, "year_beyond", "note", value)
                return value
            return as_date(value + DAYS_TO_1904 * self.form.since_1904)
        if isinstance(value, dt.datetime):
            return value.date()
        if type(value) is not str or is_blank(value):
            return value
        day = read_date(value)
        if isinstance(day, Ambiguous):
            self.tell(row, field.key, "ambiguous_date", "blocks", value, one=day.one, other=day.other)
            return value
        if day is not None:
            self.tell(row, field.key, "text_date", "note", value, expected=day.isoformat())
            return day
        number = read_number(value)
        if isinstance(number, TypedNumber) and number.value % 1 == 0 and 1 <= number.value <= 2200:
            self.tell(row, field.key, "text_number", "note", value, expected=f"{number.value:g}")
            return number.value
        if is_broken_text(value):
            self.tell(row, field.key, "broken_text", "blocks", value)
        return value

    def word(self, row: int, field: Field, value: Cell) -> Cell:
        """Texts, and the words of a choice."""
        if type(value) is float and field.type == "text" and abs(value) >= _DIGITS:
            self.tell(row, field.key, "digits_lost", "note", f"{value:.0f}")
        elif type(value) is str and is_broken_text(value):
            self.tell(row, field.key, "broken_text", "blocks", value)
        elif type(value) is str and len(value) > LONGEST_TEXT:
            self.tell(row, field.key, "text_long", "note", value, expected=str(LONGEST_TEXT), count=len(value))
        return value


def is_amount(value: Cell) -> bool:
    """Whether a cell holds a number, as such or as a text."""
    if type(value) is float:
        return True
    return type(value) is str and not is_blank(value) and read_number(value) is not None


def shown_date(serial: float, since_1904: bool) -> dt.date | str:
    """Return what a cell with a date format shows for a number: a day, or the time of day where it is less than one.

    >>> shown_date(46388.0, False), shown_date(44926.0, True), shown_date(0.5, False)
    (datetime.date(2027, 1, 1), datetime.date(2027, 1, 1), '12:00:00')
    """
    try:
        moment = from_excel(serial, CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900)
    except OverflowError:
        return f"{serial:.15g}"
    return moment.date() if isinstance(moment, dt.datetime) else str(moment)


@lru_cache(maxsize=4096)
def is_broken_text(value: str) -> bool:
    """Whether a text is what an add-in or a data service left behind in place of a value."""
    start = value.strip().casefold()
    return start.startswith(_BROKEN_TEXTS) or "traceback (most recent" in start
