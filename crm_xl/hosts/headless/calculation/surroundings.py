"""What the functions computed here ask of the workbook besides the contents of cells."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property

from crm_xl.xlsx.references import Area, Position
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.workbook import Structure

# What files put before the names of later functions and of the names in LAMBDA.
_SAVED_PREFIX = re.compile(r"\b_xl(?:fn|ws|udf|pm|eta|l)\.|_xldudf_", re.IGNORECASE)
FindArea = Callable[[str, str, int, int], Area | None]


class Surroundings:
    """The sheets, hidden rows and formulas of one workbook, and how its references are found."""

    def __init__(
        self,
        structure: Structure,
        sheets: Mapping[str, SheetXml],
        formulas: Mapping[Position, str],
        arrays: Mapping[Position, Area],
        find: FindArea,
    ) -> None:
        self.since_1904 = structure.since_1904
        self.macintosh = b"Macintosh" in structure.package.parts.get("docProps/app.xml", b"")
        self.sheets = structure.tabs
        self._structure, self._sheets, self._formulas, self._arrays = structure, sheets, formulas, arrays
        self.resolved = find

    def used(self) -> tuple[int, int]:
        """The last row and column that anything stands in, on any sheet."""
        return self._used

    @cached_property
    def _used(self) -> tuple[int, int]:
        cells = [at for sheet in self._sheets.values() for at in sheet.cells]
        return max((row for row, _ in cells), default=1), max((column for _, column in cells), default=1)

    def hidden(self, sheet: str, row: int) -> bool:
        """Whether a row is hidden."""
        return sheet in self._sheets and row in self._sheets[sheet].hidden_rows

    def filtered(self, sheet: str, row: int) -> bool:
        """Whether a row is hidden and lies in a range that a filter narrows."""
        return self.hidden(sheet, row) and any(
            area.first_row <= row <= area.last_row for area in self._filters.get(sheet, ())
        )

    @cached_property
    def _filters(self) -> Mapping[str, list[Area]]:
        found: dict[str, list[Area]] = {}
        for name, sheet in self._sheets.items():
            if sheet.filter is not None and sheet.filtering:
                found.setdefault(name, []).append(sheet.filter)
        for table in self._structure.tables.values():
            if table.filtered:
                found.setdefault(table.area.sheet, []).append(table.area)
        return found

    def formula(self, sheet: str, row: int, column: int) -> str | None:
        """Return the formula of a cell as it is typed, with its `=`, in braces where it is an array of fixed size."""
        text = self._formulas.get((sheet, row, column))
        if text is None:
            owner = next((p for p, area in self._arrays.items() if p[0] == sheet and area.contains(row, column)), None)
            if owner is None:
                return None
            text = self._formulas[owner]
        return "=" + _SAVED_PREFIX.sub("", text)
