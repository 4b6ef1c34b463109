"""What all sheets have in common: title, purpose, the master check, protection, print setup, ways to write a cell."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.styles import BAD, GOOD, INK, NAVY, OPEN

# The first row below the head of every sheet, and the first column right of the margin.
TOP, LEFT = 4, 1
LINE_HEIGHT = 15.5
# Room for the words of the master check.
_STATUS_WIDTH = 34
MARGINS = {"left": 0.4, "right": 0.4, "top": 0.55, "bottom": 0.6}
_A4, _A3 = 9, 8
# On A4 landscape so many characters across are printed in about 7.5 points.
_READABLE = 205
# Readers may still format columns and rows, and filter what is filtered.
ALLOWED = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True, "objects": False}

Value = Any


def text_width(text: str) -> int:
    """Return the width of a text in characters of a column: Chinese characters are two wide.

    >>> text_width("CRM总额")
    7
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of a width."""
    # Latin letters are narrower than the digits by which columns are measured, Chinese characters are not.
    room = max(width * (1.03 if text.isascii() else 0.96), 1)
    return sum(max(1, -int(-text_width(part) // room)) for part in text.split("\n"))


def paper(width: float) -> int:
    """Return the paper on which a sheet of so many characters across can be read: A4, else A3.

    >>> paper(180), paper(317)
    (9, 8)
    """
    return _A3 if width > _READABLE else _A4


class Page:
    """One sheet with the head that every sheet has."""

    def __init__(self, draft: Draft, key: str) -> None:
        self.draft, self.key = draft, key
        self.sheet: Worksheet = draft.workbook.add_worksheet(draft.say(f"sheet_{key}"))
        self.sheet.hide_gridlines(2)
        self.sheet.set_tab_color(NAVY)
        self.widths: list[float] = []

    # -- head and foot ---------------------------------------------------------------------------------------------

    def head(self, widths: Sequence[float]) -> None:
        """Set the widths of the columns (after the margin) and write title, purpose and master check."""
        self.widths = [2.0, *widths]
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width, self.draft.styles.get("text", text_wrap=False))
        for row, height in ((0, 34), (1, 20), (2, 20), (3, 8)):
            self.sheet.set_row(row, height)
        for column in range(len(self.widths)):
            self.sheet.write_blank(0, column, None, self.draft.styles.get("band"))
        self.write(0, LEFT, self.draft.say(f"title_{self.key}"), "title")
        self.write(1, LEFT, self.draft.say(f"purpose_{self.key}"), "subtitle")
        self.formula(2, LEFT, "Master_word", "status")
        self._colour_status(2, LEFT)

    def pixels(self, first: int) -> int:
        """Return the width of the columns from one to the last, as Excel draws them."""
        return sum(int(width * 7 + 5) for width in self.widths[first:])

    def _colour_status(self, row: int, column: int) -> None:
        words, styles = self.draft, self.draft.styles
        last = column
        while sum(self.widths[column : last + 1]) < _STATUS_WIDTH and last < len(self.widths) - 1:
            last += 1
        for pair, word in ((GOOD, "status_ok"), (BAD, "status_failed"), (OPEN, "status_open")):
            condition = f'={cell(row, column)}="{words.say(word)}"'
            rule = {"type": "formula", "criteria": condition, "format": styles.tint(pair)}
            self.sheet.conditional_format(row, column, row, last, rule)

    def finish(
        self,
        last_row: int | None,
        *,
        freeze: tuple[int, int] = (TOP, 0),
        repeat: int | None = None,
        pages_wide: int = 1,
        pages_tall: int = 0,
        across: float | None = None,
    ) -> None:
        """Protect the sheet without a password, freeze its head, and set up print: landscape, one page wide.

        A sheet that would be too small to read may be more pages wide; its frozen columns then stand on each. It is as
        many pages tall as it needs, or as given. A sheet that ends with a table that spills has no last row: it prints
        as far as it is filled. `across` is its width where columns are out of sight.
        """
        sheet, draft = self.sheet, self.draft
        sheet.freeze_panes(*freeze)
        sheet.set_landscape()
        sheet.set_paper(paper((across or sum(self.widths)) / pages_wide))
        sheet.set_margins(**MARGINS)
        sheet.fit_to_pages(pages_wide, pages_tall)
        if pages_wide > 1 and freeze[1]:
            sheet.repeat_columns(0, freeze[1] - 1)
        sheet.center_horizontally()
        # Where it is out of sight it has no area to print: LibreOffice would print it all the same.
        if last_row is not None and not sheet.hidden:
            sheet.print_area(0, 0, last_row, len(self.widths) - 1)
        if repeat is not None:
            sheet.repeat_rows(repeat)
        title = draft.say("workbook_title").replace("&", "&&")
        sheet.set_header(f"&L{title}&R&A", {"margin": 0.3})
        sheet.set_footer(f"&L{draft.say('footer')}&R&P / &N", {"margin": 0.3})
        sheet.protect("", ALLOWED)

    # -- cells -----------------------------------------------------------------------------------------------------

    def write(self, row: int, column: int, value: Value, role: str = "text", number: str = "", **more: Any) -> str:
        """Write a constant and return a fixed reference to its cell."""
        style = self.draft.styles.get(role, number, **more)
        if value is None or value == "":
            self.sheet.write_blank(row, column, None, style)
        elif hasattr(value, "year"):
            self.sheet.write_datetime(row, column, value, style)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, style)
        else:
            self.sheet.write_number(row, column, value, style)
        return cell(row, column)

    def formula(self, row: int, column: int, formula: str, role: str = "formula", number: str = "", **more: Any) -> str:
        """Write a native formula (without its `=`) and return a fixed reference to its cell."""
        style = self.draft.styles.get(role, number, **more)
        self.sheet.write_formula(row, column, f"={formula}", style, self.draft.known(self.sheet.name, row, column))
        return cell(row, column)

    def crm(self, row: int, column: int, formula: str, number: str = "", role: str = "crm", **more: Any) -> str:
        """Write a formula with CRM_* functions as a dynamic array: Excel 365 shows no @ and lets it spill."""
        style = self.draft.styles.get(role, number, **more)
        self.sheet.write_dynamic_array_formula(row, column, row, column, f"={formula}", style)
        return cell(row, column)

    def headers(self, row: int, column: int, texts: Sequence[str], role: str = "header", height: float = 0) -> None:
        """Write a row of headers."""
        for i, text in enumerate(texts):
            self.write(row, column + i, text, role)
        need = max((lines_of(t, self.widths[column + i]) for i, t in enumerate(texts)), default=1)
        self.sheet.set_row(row, max(height, need * LINE_HEIGHT + 5))

    def section(self, row: int, title: str, last_column: int | None = None, note: str = "") -> int:
        """Write the title of a section with a line below it; return the next free row."""
        last = len(self.widths) - 1 if last_column is None else last_column
        for column in range(LEFT, last + 1):
            self.sheet.write_blank(row, column, None, self.draft.styles.get("section"))
        self.write(row, LEFT, title, "section")
        self.sheet.set_row(row, 24)
        if note:
            self.write(row + 1, LEFT, note, "subtitle")
            return row + 2
        return row + 1

    def wrapped(self, row: int, column: int, text: str, role: str = "text", *, least: float = 20) -> None:
        """Write a text that wraps, and make its row high enough."""
        self.write(row, column, text, role, text_wrap=True)
        self.sheet.set_row(row, max(least, lines_of(text, self.widths[column]) * LINE_HEIGHT + 4))

    # -- results that spill ----------------------------------------------------------------------------------------

    def spill(self, row: int, column: int, formula: str, rows: int, numbers: Sequence[str], labels: int = 1) -> Block:
        """Write a CRM_* formula that spills, with formats for as many rows as it may fill.

        Parameters
        ----------
        rows
            Rows that are kept ready, the header included.
        numbers
            The number formats of its columns, "text" for one of words; the words of the first `labels` columns wrap.

        Returns
        -------
        The cells that are kept ready.
        """
        styles, last = self.draft.styles, column + len(numbers) - 1
        for i, number in enumerate(numbers):
            words = {"align": "left", "indent": 1} if number == "text" else {}
            right = {"align": "right" if number and i >= labels else "left"}
            header = styles.get("spill_header", "year", **(words or right))
            if i:
                self.sheet.write_blank(row, column + i, None, header)
            body = styles.get("spill_label", number) if i < labels else styles.get("spill", number, **words)
            for line in range(row + 1, row + rows):
                self.sheet.write_blank(line, column + i, None, body)
        self.crm(row, column, formula, "year", "spill_header")
        first = cell(row + 1, column, row_fixed=False)
        for condition, style in (
            (f"={first}=Total_word", styles.rule(bold=True, top=1, top_color=NAVY, font_color=INK)),
            (f"=LEFT({first},LEN(Unpriced_word))=Unpriced_word", styles.rule(italic=True, font_color=OPEN[1])),
        ):
            rule = {"type": "formula", "criteria": condition, "format": style}
            self.sheet.conditional_format(row + 1, column, row + rows - 1, last, rule)
        return Block(self.draft.sheet(self.key), row, column, row + rows - 1, last)
