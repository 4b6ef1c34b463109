"""Which cells of a workbook show a date: the calculation engine has their numbers alone, and no formats.

A function that is handed 46388 cannot know whether that is money or 1 January 2027. Excel hands over dates for cells
that show them; so does this host, and a date in a column of money is then told and not counted.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from crm_xl.engine.cells import EPOCH
from crm_xl.xlsx.references import Area
from crm_xl.xlsx.sheet import SheetXml

# Dates of a model repeat from line to line; those of a few large tables are kept.
_KEPT = 20_000


class DateCells:
    """The cells that show dates, by sheet: those of a style of dates, and those that hold a date in writing."""

    def __init__(
        self, sheets: Mapping[str, SheetXml], date_styles: frozenset[int], *, since_1904: bool = False
    ) -> None:
        # The day from which the workbook counts.
        self.epoch = MAC_EPOCH if since_1904 else WINDOWS_EPOCH
        self._sheets, self._styles = sheets, date_styles
        self._of = cache(self._find)

    def _find(self, sheet: str) -> Mapping[int, list[int]]:
        """The rows of such cells by column."""
        found: dict[int, list[int]] = {}
        styles = self._styles
        for (row, column), cell in self._sheets[sheet].cells.items() if sheet in self._sheets else ():
            if cell.style in styles or cell.type == "d":
                found.setdefault(column, []).append(row)
        return found

    def shown(self, content: list[list[Any]], area: Area) -> list[list[Any]]:
        """Return the contents of an area with dates where its cells show them; the rows are changed in place."""
        height, width = len(content), len(content[0]) if content else 0
        for column, rows in self._of(area.sheet).items():
            if not 0 <= (j := column - area.first_column) < width:
                continue
            for row in rows:
                if 0 <= (i := row - area.first_row) < height and type(content[i][j]) in (float, int):
                    content[i][j] = _date(content[i][j], self.epoch)
        return content


@lru_cache(_KEPT)
def _date(number: float, epoch: dt.datetime) -> dt.date | float:
    """What a cell of a format of dates shows: a day, or a time of day; below 0 no date at all."""
    try:
        found = from_excel(number, epoch) if number >= 0 else number
    except (ValueError, OverflowError):
        return number
    match found:
        case dt.datetime():
            return found.date()
        case dt.time():
            return dt.datetime.combine(EPOCH, found)
        case _:
            return number
