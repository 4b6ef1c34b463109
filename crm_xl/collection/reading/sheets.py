"""The sheets of a returned workbook: which of them hold the input tables, and what was added to all the others.

A sheet is known by what stands on it and never by its name alone: whatever is not of the form that went out is looked
at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_xl.collection.form.sent_cells import SentSheet
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.foreign_content import findings_sheet
from crm_xl.collection.reading.lines import count_lines
from crm_xl.collection.reading.stray_amounts import Strays, on_added_sheet, on_sheet_of_form
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.schema import normalise
from crm_xl.xlsx.cells import FilledCells, SheetCells, filled_cells, read_cells
from crm_xl.xlsx.emphasis import emphasis_of
from crm_xl.xlsx.limits import limits, variable
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.workbook import SheetPart, Structure

TABLES = ("costs", "benefits")
# Names by which the sheets of the inputs are known, in either language.
NAMES = {
    table: {normalise(term(f"template_sheet_{table}", language)) for language in LANGUAGES}
    for table in (*TABLES, "assumptions")
}
# A sheet with so much of one that is missing is that one, under another name.
_SAME = 0.8


@dataclass(kw_only=True)
class Sheets:
    """The sheets of a returned workbook.

    Attributes
    ----------
    places
        The name of the sheet of each input table, by the key of the table.
    cells
        What stands on those sheets, by their names.
    sent
        What of the form stood on a sheet when it was sent, by the name that the sheet has now.
    findings, strays
        What was found on the other sheets, and the amounts there, by the name of the sheet.
    """

    places: dict[str, str]
    cells: dict[str, SheetCells] = field(default_factory=dict)
    sent: dict[str, SentSheet] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    strays: dict[str, Strays] = field(default_factory=dict)


def read_sheets(package: Package, structure: Structure, sent: Mapping[str, SentSheet], *, exact: bool) -> Sheets:
    """Look at every sheet of a returned workbook.

    A table stands where the Excel table of its name is, else on the sheet of that name, else on one that has its
    header.

    Parameters
    ----------
    package, structure
        The workbook.
    sent
        The sheets of the form that was sent, by name; empty where that is not known, and nothing of the return counts.
    exact
        Whether the form was made by this version.

    Raises
    ------
    WorkbookError
        Where a sheet is broken, or all of them hold more than the limits allow.
    """
    return _Reader(package, structure, sent, exact).read()


class _Reader:
    """Reads the sheets of one workbook, and counts what it reads."""

    def __init__(self, package: Package, structure: Structure, sent: Mapping[str, SentSheet], exact: bool) -> None:
        self._package, self._structure, self._sent, self._exact = package, structure, sent, exact
        self._emphasis = emphasis_of(package, structure)
        self._cells = self._formulas = 0

    def read(self) -> Sheets:
        """Return the sheets."""
        found = Sheets(places=self._places())
        tables = {found.places.get(table) for table in TABLES}
        others: dict[str, FilledCells] = {}
        for part in self._structure.sheets:
            if part.name in found.places.values():
                found.cells[part.name] = self._full(part)
            if part.name not in tables and (self._sent or not all(table in found.places for table in TABLES)):
                xml = self._package.parts[part.part]
                others[part.name] = filled_cells(xml, file=self._package.name, part=part.part)
                self._count(part, others[part.name].count, len(others[part.name].formulas))
        found.sent = self._as_sent(found, others)
        for part in self._structure.sheets:
            if part.name in others:
                self._other(part, others[part.name], found)
        return found

    def _places(self) -> dict[str, str]:
        places = {}
        for table, names in NAMES.items():
            known = self._structure.tables.get(table)
            named = (sheet.name for sheet in self._structure.sheets if normalise(sheet.name) in names)
            sheet = known.area.sheet if known else next(named, None)
            if sheet is not None:
                places[table] = sheet
        return places

    def _full(self, part: SheetPart) -> SheetCells:
        """Everything on a sheet."""
        found = read_cells(
            self._package.parts[part.part],
            self._structure.texts,
            sheet=part.name,
            file=self._package.name,
            part=part.part,
            dates_from=self._structure.dates_from,
            emphasis=self._emphasis,
        )
        self._count(part, sum(map(len, found.rows.values())), len(found.formulas))
        return found

    def _count(self, part: SheetPart, cells: int, formulas: int) -> None:
        """Hold all sheets together to the limits."""
        self._cells += cells
        self._formulas += formulas
        bounds = limits()
        if self._cells > bounds.cells:
            details = {"part": part.part, "limit": bounds.cells, "variable": variable("cells")}
            raise WorkbookError("book_too_many_cells", file=self._package.name, **details)
        if self._formulas > bounds.formulas:
            details = {"limit": bounds.formulas, "variable": variable("formulas")}
            raise WorkbookError("book_too_many_formulas", file=self._package.name, **details)

    def _as_sent(self, found: Sheets, others: Mapping[str, FilledCells]) -> dict[str, SentSheet]:
        """What of the form stood on each sheet, by the name that it has now."""
        names = {sheet.name for sheet in self._structure.sheets}
        known = {name: self._sent[name] for name in names & self._sent.keys()}
        for table, name in found.places.items():
            if name not in known:
                own = next((sheet for one, sheet in self._sent.items() if normalise(one) in NAMES[table]), None)
                known |= {name: own} if own else {}
        missing = [sheet for name, sheet in self._sent.items() if name not in names]
        for name, cells in others.items():
            if name not in known and missing:
                likest = max(missing, key=lambda sheet: sheet.likeness(cells))
                if likest.likeness(cells) >= _SAME:
                    known[name] = likest
                    found.findings.append(Finding(key="sheet_renamed", severity="note", sheet=name))
        return known

    def _other(self, part: SheetPart, cells: FilledCells, found: Sheets) -> None:
        """Look for amounts on a sheet that holds no input table."""
        sent = found.sent.get(part.name)
        added = None if sent is None else sent.added(cells)
        if added is not None and not added:
            return
        sheet = found.cells.get(part.name) or self._full(part)
        if sent is not None and added:
            inputs = found.places.get("assumptions") == part.name and self._structure.tables.get("assumptions")
            found.strays[part.name] = on_sheet_of_form(
                sheet, added, sent, inputs.area if inputs else None, exact=self._exact
            )
            return
        held = {table: count_lines(sheet, table) for table in TABLES}
        for table in TABLES:
            if table not in found.places and held[table]:
                found.places[table], found.cells[part.name] = part.name, sheet
                return
        strays = on_added_sheet(sheet, sum(held.values()))
        if self._sent and (strays.places or part.name != findings_sheet(self._structure)):
            found.strays[part.name] = strays
