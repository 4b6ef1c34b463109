"""The workbook while it is being drawn: its sheets, the names that formulas use, the texts of its language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from crm_xl.data import term
from crm_xl.engine.schema import choice_labels
from crm_xl.templates.spec import TemplateSpec
from crm_xl.templates.styles import Styles


def cell(row: int, column: int, *, row_fixed: bool = True, column_fixed: bool = True) -> str:
    """Return a reference to a cell counted from 0, such as $C$8 or, with the column free, C$8."""
    return str(xl_rowcol_to_cell(row, column, row_fixed, column_fixed))


def area(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """Return a fixed reference to a rectangle counted from 0."""
    return f"{cell(first_row, first_column)}:{cell(last_row, last_column)}"


def letter(column: int) -> str:
    """Return the letters of a column counted from 0."""
    return str(xl_col_to_name(column))


class Block(NamedTuple):
    """A rectangle of cells on a sheet, counted from 0; as a text, the fixed reference to it."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{self.here}"

    @property
    def here(self) -> str:
        """The reference from the same sheet."""
        return area(*self[1:])

    def down(self, number: int) -> "Block":
        """One of its columns, counted from 0."""
        return self._replace(column=self.column + number, last_column=self.column + number)

    def across(self, number: int) -> "Block":
        """One of its rows, counted from 0."""
        return self._replace(row=self.row + number, last_row=self.row + number)

    def at(self, line: int, number: int) -> str:
        """Return a formula for one of its cells, counted from 0, where a formula fills it by spilling.

        It names the whole block: what refers to a lone cell into which a table spills is not followed up by every
        engine when the table changes.
        """
        rows = f"{cell(self.row, self.column)}:{cell(self.row + line, self.column, row_fixed=False)}"
        columns = f"{cell(self.row, self.column)}:{cell(self.row, self.column + number, column_fixed=False)}"
        return f"INDEX({self},ROWS({self.sheet}!{rows}),COLUMNS({self.sheet}!{columns}))"

    @property
    def moving(self) -> str:
        """The reference with free columns, for a formula that goes along a row."""
        return f"{self.sheet}!" + ":".join(cell(r, c, column_fixed=False) for r, c in (self[1:3], self[3:5]))


@dataclass
class Draft:
    """A workbook in the making. `places` and `blocks` are what later sheets refer to, by what stands there.

    `charted` are the cells that charts show.
    """

    spec: TemplateSpec
    workbook: Workbook
    places: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    charted: list[Block] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    values: Mapping[tuple[str, int, int], float | str] = field(default_factory=dict)

    @cached_property
    def styles(self) -> Styles:
        """The formats of the workbook."""
        return Styles(self.workbook, self.spec.language)

    def say(self, key: str, **details: object) -> str:
        """Return a text of the template in the language of the workbook."""
        return term(f"template_{key}", self.spec.language, **details)

    def term(self, key: str) -> str:
        """Return a text that the functions use too."""
        return term(key, self.spec.language)

    def sheet(self, key: str) -> str:
        """Return the name of a sheet as formulas write it."""
        return f"'{self.say(f'sheet_{key}')}'"

    def known(self, sheet: str, row: int, column: int) -> float | str:
        """Return the value of a cell where it was computed before: the charts keep a copy of what they show."""
        return self.values.get((sheet, row, column), 0)

    def choice(self, kind: str, key: str) -> str:
        """Return the word of a choice in the language of the workbook."""
        return choice_labels(kind, self.spec.language)[key]

    def name(self, name: str, reference: str, meaning: str = "") -> str:
        """Define a name for a reference; a name that readers should know is told on the About sheet."""
        self.workbook.define_name(name, f"={reference}")
        if meaning:
            self.told.append((name, meaning))
        return name

    def name_of_table(self, name: str, meaning: str) -> None:
        """Tell readers of an Excel table, which brings its own name along."""
        self.told.append((name, meaning))
