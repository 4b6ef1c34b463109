"""Everything that is wrong with a returned workbook: what reading it finds, and what the rest of the workbook says.

Reading looks at what is summed. Here the whole workbook is looked at: locked cells and validation against the form that
was sent, the total that it shows against its lines, errors in any cell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_uppercase

import numpy as np

from crm_xl.collection.collecting.workers import MEMORY_LIMIT, Task
from crm_xl.collection.form.differences import Difference, differences
from crm_xl.collection.form.layout import Layout, digest, layout_of
from crm_xl.collection.form.sent_cells import sent_cells
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.foreign_content import findings_sheet
from crm_xl.collection.reading.returned import Found, Return, read_return
from crm_xl.collection.reading.values import is_broken_text
from crm_xl.data import LANGUAGES, listed, term
from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.model import build_model
from crm_xl.engine.problems import Severity as ProblemSeverity
from crm_xl.engine.problems import said
from crm_xl.engine.reading import read_table
from crm_xl.engine.schema import columns
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.xlsx.cells import SheetCells, filled_cells, read_cells
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import Area, cell_name, cell_position, parse_area
from crm_xl.xlsx.workbook import Structure, read_structure

# Of one kind of finding on one sheet so many are told one by one; the others are counted.
_MOST_ALIKE = 5
# What the form that was sent tells better, since it knows what stood there.
_BY_LAYOUT = ("typed_over", "outside_form", "formula_outside")
# A form of more lines is not built anew to be compared.
_MOST_REBUILT = 1_000
# Two totals that show the same cents are the same.
_CENT = 0.005
_TOTAL = "total_cost"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A workbook that was checked: what was read, and every finding, those of the whole workbook first."""

    returned: Return
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        """Whether something of it is kept out of the sum."""
        return any(finding.blocks for finding in self.findings)

    @property
    def lines(self) -> int:
        """How many lines it holds."""
        return len(self.returned.costs) + len(self.returned.benefits)

    @property
    def rejected(self) -> int:
        """How many of its lines are kept out of the sum."""
        if self.returned.rejected:
            return self.lines
        return sum(line.rejected for line in (*self.returned.costs, *self.returned.benefits))


def check(source: Path, name: str | None = None) -> Checked:
    """Return everything that is wrong with a returned workbook; nothing that is wrong with it is an exception."""
    returned = read_return(source, name)
    findings = list(returned.everything)
    order: dict[str, int] = {}
    if not any(finding.key in ("not_read", "macros", "python_code") for finding in findings):
        try:
            package = Package.open(source, returned.file)
            structure = read_structure(package)
            order = {sheet.name: i for i, sheet in enumerate(structure.sheets)}
            rest = list(_of_rest(package, structure, returned))
            known = {(finding.sheet, finding.cell) for finding in rest}
            findings = [f for f in findings if f.key not in _BY_LAYOUT or (f.sheet, f.cell) not in known] + rest
        except CrmError as error:
            reason = {language: error.text(language) for language in LANGUAGES}
            findings.append(Finding(key="rest_not_read", severity="note", details=(("reason", reason),)))
    return Checked(returned=returned, findings=tuple(sorted(findings, key=lambda f: _place(f, order))))


def check_safely(path: Path, name: str, digest: str) -> Checked:
    """Check a workbook in a process of its own; a fault of the checking itself becomes a finding too."""
    try:
        found = check(path, name)
        return replace(found, returned=replace(found.returned, found=Found()))
    except MemoryError:
        return not_checked(name, "reader_memory", {"megabytes": f"{MEMORY_LIMIT // 2**20}"})
    except Exception as fault:
        return not_checked(name, "reader_fault", {"fault": type(fault).__name__})


def not_checked(of: Task | str, key: str, details: dict[str, str]) -> Checked:
    """Return what is told of a workbook that no process could check."""
    finding = Finding(key=key, severity="blocks", details=tuple(details.items()))
    name = of if isinstance(of, str) else of.name
    returned = Return(file=name, digest="", modified=None, stamp=None, findings=(finding,))
    return Checked(returned=returned, findings=(finding,))


def _place(finding: Finding, order: Mapping[str, int]) -> tuple[int, int, int]:
    area = parse_area(finding.cell.split(",")[0], "")
    row, column = (area.first_row, area.first_column) if area else (0, 0)
    return order.get(finding.sheet, -1), row, column


def _of_rest(package: Package, structure: Structure, returned: Return) -> Iterator[Finding]:
    sheets = {
        sheet.name: read_cells(
            package.parts[sheet.part], structure.texts, sheet=sheet.name, file=package.name, part=sheet.part
        )
        for sheet in structure.sheets
    }
    if returned.stamp is not None and returned.stamp.lines > _MOST_REBUILT:
        yield from _of_places(package, structure, returned.stamp)
    elif returned.stamp is not None:
        yield from _of_layout(layout_of(package, structure), returned.stamp, returned, findings_sheet(structure))
    yield from _of_total(structure, sheets, returned)
    told = {(finding.sheet, finding.cell) for finding in returned.everything}
    texts = {finding.found for finding in returned.everything if isinstance(finding.found, str)}
    for sheet in sheets.values():
        if sheet.name != findings_sheet(structure):
            yield from _errors(sheet, told, texts)


# -- against the form that was sent ----------------------------------------------------------------------------------


def _of_layout(found: Layout, stamp: Stamp, returned: Return, own: str | None) -> Iterator[Finding]:
    """Where locked cells, tables, names, validation and protection are not as they were sent."""
    if digest(found) == stamp.layout:
        return
    from crm_xl.collection.form.master import sent_layout

    sent: Layout | None = None
    reason = dict.fromkeys(LANGUAGES, f"crm_xl {stamp.version}")
    if 2 * _most_rows(found) < stamp.lines:
        # A form of thousands of lines takes minutes to build: not for a stamp that only claims to be of one.
        reason = {language: term("check_smaller_form", language, lines=stamp.lines) for language in LANGUAGES}
    else:
        try:
            sent = sent_layout(stamp)
        except CrmError as error:
            reason = {language: error.text(language) for language in LANGUAGES}
    if sent is None:
        yield Finding(key="layout_unknown", severity="note", details=(("reason", reason),))
        return
    told = [
        (finding.sheet, area)
        for finding in returned.everything
        if finding.key not in _BY_LAYOUT and (area := parse_area(finding.cell, ""))
    ]
    counts: dict[tuple[str, str], int] = {}
    for difference in differences(sent, found):
        for finding in _as_findings(difference, own):
            here = parse_area(finding.cell, "")
            if here and any(sheet == finding.sheet and area.meets(here) for sheet, area in told):
                continue
            group = (
                "locked" if finding.key in ("locked_changed", "formula_overwritten") else finding.key,
                finding.sheet,
            )
            counts[group] = counts.get(group, 0) + 1
            if counts[group] <= _MOST_ALIKE:
                yield finding
    for (key, sheet), count in counts.items():
        if count > _MOST_ALIKE:
            more = "locked_many" if key == "locked" else "changed_many"
            yield Finding(key=more, severity="note", sheet=sheet, details=(("count", count - _MOST_ALIKE),))


def _of_places(package: Package, structure: Structure, stamp: Stamp) -> Iterator[Finding]:
    """Where a form of thousands of lines has no formula any more; to build it once more would take minutes."""
    try:
        sent = sent_cells(stamp)
    except CrmError:
        return
    found = {
        sheet.name: filled_cells(package.parts[sheet.part], file=package.name, part=sheet.part).formulas
        for sheet in structure.sheets
        if sheet.name in sent
    }
    kept = sum(len(formulas & sent[name].cells.formulas) for name, formulas in found.items())
    if 2 * kept < sum(len(sheet.cells.formulas) for sheet in sent.values()):
        reason = {language: term("check_smaller_form", language, lines=stamp.lines) for language in LANGUAGES}
        yield Finding(key="layout_unknown", severity="note", details=(("reason", reason),))
        return
    yield Finding(key="layout_by_place", severity="note", details=(("lines", stamp.lines),))
    for name, formulas in found.items():
        gone = sorted(cell_position(cell.decode()) for cell in sent[name].cells.formulas - formulas)
        told = [place for place in gone if not _is_department(name, structure, place)]
        for row, column in told[:_MOST_ALIKE]:
            yield Finding(
                key="formula_gone", severity="note", sheet=name, cell=cell_name(row, column),
            )  # fmt: skip
        if len(told) > _MOST_ALIKE:
            more = (("count", len(told) - _MOST_ALIKE),)
            yield Finding(key="changed_many", severity="note", sheet=name, details=more)


def _is_department(sheet: str, structure: Structure, place: tuple[int, int]) -> bool:
    """Whether a cell lies in a table of inputs, where a department may type over a formula."""
    areas = (table.area for table in structure.tables.values() if table.area.sheet == sheet)
    return any(area.meets(Area(sheet, *place, *place)) for area in areas)


def _most_rows(layout: Layout) -> int:
    """How many rows of one sheet hold locked cells: in a form at least as many as it has lines."""
    cells = ([place for kind, place in sheet.entries if kind == "cell"] for sheet in layout.sheets.values())
    return max((len({cell.strip(ascii_uppercase) for cell in own}) for own in cells), default=0)


def _as_findings(difference: Difference, own: str | None) -> Iterator[Finding]:
    kind, sheet, cell, found, expected = difference
    if kind == "sheets":
        yield from _sheets_changed(found.split(", "), expected.split(", "), own)
        return
    if kind == "name" and (not expected or cell.startswith("crm_xl_")):
        return
    key = {
        "cell": "formula_overwritten" if expected.startswith("=") else "locked_changed",
        "table": "table_changed",
        "name": "name_changed",
        "validation": "validation_gone",
        "protection": "unprotected",
    }[kind]
    if kind == "protection" and found == "TRUE":
        return
    nothing = said(None)
    place = cell if kind in ("cell", "validation") else ""
    details = (("name", cell),)
    yield Finding(
        key=key, severity="note", sheet=sheet, cell=place, found=found or nothing, expected=expected or nothing,
        details=details,
    )  # fmt: skip


def _sheets_changed(found: list[str], expected: list[str], own: str | None) -> Iterator[Finding]:
    """Sheets that are missing, hidden or in another order; those that were added are told by the reading."""
    for name in expected:
        if name.removesuffix(" (hidden)") not in {n.partition(" (")[0] for n in found} and name not in found:
            yield Finding(key="sheet_missing", severity="note", expected=name)
    kept = [name for name in found if name in expected]
    names = [name for name in found if name != own]
    order = {language: listed(names, language) for language in LANGUAGES}
    if kept != [name for name in expected if name in kept] or any(f"{n} (hidden)" in found for n in expected):
        yield Finding(key="sheet_order", severity="note", found=order)


# -- the total -------------------------------------------------------------------------------------------------------


def _of_total(structure: Structure, sheets: Mapping[str, SheetCells], returned: Return) -> Iterator[Finding]:
    """The total that the workbook shows, against its lines computed anew under its own assumptions."""
    area = parse_area(structure.names.get((None, _TOTAL), ""), "")
    if area is None or area.sheet not in sheets or not returned.costs:
        return
    shown = sheets[area.sheet].value(area.first_row, area.first_column)
    total = _total(returned)
    place = {"severity": "note", "sheet": area.sheet, "cell": area.address}
    if total is None:
        return
    figure = f"{total:,.2f}"
    if isinstance(shown, float) and not isinstance(shown, bool):
        if abs(shown - total) > _CENT + 1e-9 * abs(total):
            yield Finding(key="total_differs", found=f"{shown:,.2f}", expected=figure, **place)  # type: ignore[arg-type]
    else:
        yield Finding(key="total_missing", found=said(shown), expected=figure, **place)  # type: ignore[arg-type]


def _total(returned: Return) -> float | None:
    """What the lines that count come to; None where they cannot be computed under the workbook's assumptions."""
    keys = list(columns("costs"))
    header: list[Cell] = [columns("costs")[key].en for key in keys]
    counted = [line.values for line in returned.costs if not line.rejected]
    given = returned.assumptions
    assumptions = read_assumptions(Range(given)) if given else Assumptions()
    model = build_model(read_table(Range([header, *counted]), "costs"), assumptions)
    if any(problem.severity is ProblemSeverity.ERROR for problem in model.problems):
        return None
    return float(np.sum(model.yearly_totals))


# -- errors in cells -------------------------------------------------------------------------------------------------


def _errors(sheet: SheetCells, told: set[tuple[str, str]], texts: set[str]) -> Iterator[Finding]:
    """Cells that show an error, or hold what an add-in left behind; formulas that only repeat one are not told."""
    found = 0
    for row, cells in sorted(sheet.rows.items()):
        for column, value in cells.items():
            broken = isinstance(value, str) and not isinstance(value, ErrorValue) and is_broken_text(value)
            if not (isinstance(value, ErrorValue) or broken):
                continue
            cell = cell_name(row, column)
            if (sheet.name, cell) in told or ((row, column) in sheet.formulas and value in texts):
                continue
            found += 1
            if found == 1:
                key = "broken_cell" if broken else "error_cell"
                yield Finding(key=key, severity="note", sheet=sheet.name, cell=cell, found=str(value)[:120])
    if found > 1:
        yield Finding(key="error_many", severity="note", sheet=sheet.name, details=(("count", found - 1),))
