"""A returned workbook as plain data: its stamp, its lines with the rows where they stand, what was found in it."""

import datetime as dt
import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_xl.collection.form.stamp import TEMPLATE, Stamp, StampError, read_stamp
from crm_xl.collection.reading.findings import Finding, Said, Severity, from_error
from crm_xl.collection.reading.foreign_content import (
    ANNOTATED,
    added_sheet,
    added_sheets,
    annotated_as,
    carried,
    code,
    macros,
)
from crm_xl.collection.reading.lines import Line, Lines, count_lines, read_lines
from crm_xl.collection.reading.table import Form
from crm_xl.collection.reading.values import DAYS_TO_1904
from crm_xl.data import LANGUAGES, SCHEMA_VERSION, term
from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.problems import show
from crm_xl.engine.schema import assumption_fields, assumption_names, normalise
from crm_xl.errors import CrmError
from crm_xl.xlsx.cells import MAX_SHEET_BYTES, SheetCells, read_cells
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.references import cell_name
from crm_xl.xlsx.workbook import Structure, read_structure, relations_of

__all__ = ["Line", "Return", "read_return"]

MAX_FILE_BYTES = 64 * 2**20
TABLES = ("costs", "benefits")
# What is not unpacked to read a return: sheets until they are asked for, pictures, themes, what is computed anew.
_NOT_NEEDED = re.compile(
    r"xl/(?:worksheets/[^/]+$|media/|charts/|drawings/|theme/|printerSettings/|embeddings/|externalLinks/|calcChain)"
    r"|docProps/app\.xml$"
)
_MODIFIED = re.compile(rb"<dcterms:modified[^<>]*>([^<]{10,40})</dcterms:modified>")
_SHEETS = {
    table: {normalise(term(f"template_sheet_{table}", language)) for language in LANGUAGES}
    for table in (*TABLES, "assumptions")
}


@dataclass(frozen=True, kw_only=True)
class Return:
    """What one returned file holds. It can be pickled: files are read in other processes.

    `findings` are those of the whole workbook; one that blocks rejects every line of it. `modified` is the file's own
    record of its last saving. `sheets` is the name of the sheet of each table by its key. `costs` and `benefits` hold
    every line that is not blank, the rejected ones too; those that stand below the table are among them, rejected.
    `strays` are the amounts outside the tables, each with its place; one that blocks counts nowhere, and rejects no
    line.
    `language` is that of the stamp, else of the headers; empty where neither is known.
    """

    file: str
    digest: str
    modified: dt.datetime | None
    stamp: Stamp | None
    sheets: tuple[tuple[str, str], ...] = ()
    costs: tuple[Line, ...] = ()
    benefits: tuple[Line, ...] = ()
    assumptions: tuple[tuple[Cell, ...], ...] = ()
    findings: tuple[Finding, ...] = ()
    strays: tuple[Finding, ...] = ()
    language: str = ""

    @property
    def rejected(self) -> bool:
        """Whether nothing of the file counts."""
        return any(finding.severity == "blocks" for finding in self.findings)

    @property
    def everything(self) -> tuple[Finding, ...]:
        """Every finding: of the workbook, of the amounts outside the tables, of the lines."""
        lines = (finding for line in (*self.costs, *self.benefits) for finding in line.findings)
        return (*self.findings, *self.strays, *lines)


def read_return(source: Path, name: str | None = None) -> Return:
    """Read a returned workbook within bounds; whatever is wrong with it becomes a finding, never an exception.

    Parameters
    ----------
    source
        The file. Only what the lines need is unpacked; nothing in it is run, followed or calculated.
    name
        The name by which findings and consolidations call it; its file name where none is given.
    """
    name = name or source.name
    digest = ""
    try:
        data = _bytes(source, name)
        digest = hashlib.sha256(data).hexdigest()
        return _read(data, name, digest)
    except CrmError as error:
        return _unreadable(name, digest, from_error("not_read", error))
    except Exception as fault:  # one file that nobody foresaw must not stop thousands of others
        details = (("reason", f"{type(fault).__name__}"),)
        return _unreadable(name, digest, Finding(key="not_read", severity="blocks", details=details))


def _unreadable(name: str, digest: str, finding: Finding) -> Return:
    return Return(file=name, digest=digest, modified=None, stamp=None, findings=(finding,))


def _bytes(source: Path, name: str) -> bytes:
    try:
        if source.stat().st_size > MAX_FILE_BYTES:
            raise WorkbookError("book_too_large", file=name, part=name, limit=MAX_FILE_BYTES // 2**20)
        return source.read_bytes()
    except OSError:
        return Package.open(source, name).to_bytes()  # it has the words for what the system reports


def _read(data: bytes, name: str, digest: str) -> Return:
    package = Package.open(data, name, lambda part: not _NOT_NEEDED.match(part))
    for part, content in package.parts.items():
        if len(content) > MAX_SHEET_BYTES:
            raise WorkbookError("book_too_large", file=name, part=part, limit=MAX_SHEET_BYTES // 2**20)
    structure = read_structure(package, since_1904=True)
    findings: list[Finding] = []
    stamp = _stamp(package, structure, findings)
    modified = _modified(package)
    dangers = [finding for finding in [macros(package.infos), *code(package)] if finding is not None]
    if any(finding.blocks for finding in dangers):
        return Return(file=name, digest=digest, modified=modified, stamp=stamp, findings=(*dangers, *findings))
    findings += [*dangers, *carried(package.infos)]
    if structure.names.get((None, ANNOTATED)) == annotated_as(modified):
        findings.append(Finding(key="annotated", severity="blocks"))
    if structure.since_1904:
        findings.append(Finding(key="since_1904", severity="note"))
    sheets, places = _sheets(data, package, structure)
    strays = list(_added(structure, sheets, places))
    since_1904 = structure.since_1904
    assumptions = _assumptions(sheets[places["assumptions"]], since_1904) if "assumptions" in places else ()
    form = Form(
        assumptions=_assumed(stamp, assumptions),
        department=stamp.department if stamp else "",
        since_1904=since_1904,
    )
    lines = dict.fromkeys(TABLES, Lines())
    for table in TABLES:
        known = structure.tables.get(table)
        found = None
        if table in places:
            sheet, area = sheets[places[table]], known.area if known else None
            found = read_lines(sheet, table, area, form, filtered=_is_filtered(package, structure, sheet.name))
        if found is None:
            severity: Severity = "blocks" if table == "costs" else "note"
            findings.append(Finding(key=f"no_{table}", severity=severity, sheet=places.get(table, "")))
            continue
        lines[table] = found
        findings += found.findings
        strays += found.strays
        if known is None:
            findings.append(Finding(key="table_gone", severity="note", sheet=places[table]))
        if normalise(places[table]) not in _SHEETS[table]:
            findings.append(Finding(key="sheet_renamed", severity="note", sheet=places[table]))
    if stamp is not None and assumptions:
        findings += _changed(stamp, sheets[places["assumptions"]], assumptions)
    return Return(
        file=name,
        digest=digest,
        modified=modified,
        stamp=stamp,
        sheets=tuple(places.items()),
        costs=lines["costs"].lines,
        benefits=lines["benefits"].lines,
        assumptions=assumptions,
        findings=tuple(findings),
        strays=tuple(strays),
        language=stamp.language if stamp else lines["costs"].language,
    )


def _sheets(data: bytes, package: Package, structure: Structure) -> tuple[dict[str, SheetCells], dict[str, str]]:
    """The cells of the sheets that hold input tables or were added, and the name of the sheet of each table.

    A table stands where the Excel table of its name is, else on the sheet of that name, else on one that was added and
    has its header.
    """
    places: dict[str, str] = {}
    for table, names in _SHEETS.items():
        known = structure.tables.get(table)
        named = (sheet.name for sheet in structure.sheets if normalise(sheet.name) in names)
        sheet = known.area.sheet if known else next(named, None)
        if sheet is not None:
            places[table] = sheet
    added = added_sheets(structure, set(places.values()))
    wanted = {sheet.part: sheet.name for sheet in structure.sheets if sheet.name in (*places.values(), *added)}
    unpacked = Package.open(data, package.name, wanted.keys().__contains__).parts
    cells = {
        sheet: read_cells(
            unpacked[part],
            structure.texts,
            sheet=sheet,
            file=package.name,
            part=part,
            dates_from=structure.dates_from,
        )
        for part, sheet in wanted.items()
    }
    for table in TABLES:
        if table not in places and (
            other := next((sheet for sheet in added if count_lines(cells[sheet], table)), None)
        ):
            places[table] = other
    return cells, places


def _is_filtered(package: Package, structure: Structure, sheet: str) -> bool:
    """Whether a table of a sheet hides rows by a filter."""
    part = next(own.part for own in structure.sheets if own.name == sheet)
    tables = (target for kind, target in relations_of(package, part).values() if kind == "table")
    return any(b"filterColumn" in package.parts.get(table, b"") for table in tables)


def _added(structure: Structure, sheets: dict[str, SheetCells], places: dict[str, str]) -> Iterator[Finding]:
    for sheet in added_sheets(structure, set(places.values())):
        yield added_sheet(sheets[sheet], sum(count_lines(sheets[sheet], table) for table in TABLES))


def _stamp(package: Package, structure: Structure, findings: list[Finding]) -> Stamp | None:
    try:
        stamp = read_stamp(package, structure)
    except StampError as error:
        findings.append(from_error("stamp_unreadable", error))
        return None
    if stamp is None:
        findings.append(Finding(key="no_stamp", severity="blocks"))
        return None
    if stamp.template != TEMPLATE:
        findings.append(Finding(key="other_template", severity="blocks", found=stamp.template, expected=TEMPLATE))
    if stamp.schema != SCHEMA_VERSION:
        # An older form needs no translation: columns are found by header, and a header that was renamed stays an alias.
        key = "older" if 1 <= stamp.schema < SCHEMA_VERSION else "newer" if stamp.schema > SCHEMA_VERSION else "unknown"
        severity: Severity = "note" if key == "older" else "blocks"
        found, expected = str(stamp.schema), str(SCHEMA_VERSION)
        findings.append(Finding(key=f"{key}_schema", severity=severity, found=found, expected=expected))
    return stamp


def _assumptions(sheet: SheetCells, since_1904: bool) -> tuple[tuple[Cell, ...], ...]:
    """The rows of the assumptions: key, value, year."""
    rows = [sheet.rows[row] for row in sorted(sheet.rows)]
    known = assumption_names()
    named = (at for row in rows for at, text in row.items() if isinstance(text, str) and normalise(text) in known)
    first = next(named, 1)
    grid = [tuple(row.get(column) for column in range(first, first + 3)) for row in rows]
    at = next((i for i, row in enumerate(grid) if isinstance(row[0], str) and normalise(row[0]) in known), 0)
    found = [row for row in grid[at:] if any(not is_blank(value) for value in row)]
    if since_1904:
        return tuple(_from_1904(row) for row in found)
    return tuple(found)


def _from_1904(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    key, value, year = row
    if isinstance(key, str) and isinstance(value, float) and normalise(key) in assumption_fields()["start_date"].names:
        value += DAYS_TO_1904
    return key, value, year


def _assumed(stamp: Stamp | None, rows: Iterable[tuple[Cell, ...]]) -> Assumptions:
    """What the controller assumed: what the stamp says, else what stands in the workbook."""
    if stamp is None:
        given = tuple(rows)
        return read_assumptions(Range(given)) if given else Assumptions()
    return read_assumptions(Range(list(_stamped(stamp))))


def _stamped(stamp: Stamp) -> Iterator[tuple[Cell, Cell, Cell]]:
    yield "Start date", stamp.start, None
    yield "Years", float(stamp.years), None
    yield "Currency", stamp.currency, None
    for pair, rate, year in stamp.rates:
        yield pair, rate, None if year is None else float(year)


def _changed(stamp: Stamp, sheet: SheetCells, rows: Iterable[tuple[Cell, ...]]) -> Iterator[Finding]:
    """Assumptions that are not those that were sent. The lines are read by what was sent."""
    sent, found = _assumed(stamp, ()), read_assumptions(Range(tuple(rows)))
    for key in ("currency", "start_date", "years"):
        one, two = getattr(sent, key), getattr(found, key)
        if one != two:
            names = {normalise(name) for name in assumption_fields()[key].names}
            yield Finding(
                key="assumption_changed",
                # A line that names no currency was meant in the one that its writer saw.
                severity="blocks" if key == "currency" else "note",
                sheet=sheet.name,
                cell=_cell_beside(sheet, names),
                found=_shown(two),
                expected=_shown(one),
                details=(("column", {language: assumption_fields()[key].label(language) for language in LANGUAGES}),),
            )
    if {pair: rates for pair, rates in found.rates.items() if pair in sent.rates} != sent.rates:
        pairs = ("/".join(pair) for pair in sorted(sent.rates) if found.rates.get(pair) != sent.rates[pair])
        yield Finding(key="rates_changed", severity="note", sheet=sheet.name, found=", ".join(pairs))


def _shown(value: Cell) -> Said:
    return {language: show(value, language).strip('"“”') for language in LANGUAGES}


def _cell_beside(sheet: SheetCells, names: set[str]) -> str:
    """The cell right of the first one that holds one of these words."""
    for row, cells in sheet.rows.items():
        for column, value in cells.items():
            if isinstance(value, str) and normalise(value) in names:
                return cell_name(row, column + 1)
    return ""


def _modified(package: Package) -> dt.datetime | None:
    match = _MODIFIED.search(package.parts.get(posixpath.join("docProps", "core.xml"), b""))
    try:
        when = dt.datetime.fromisoformat(match[1].decode()) if match else None
    except ValueError:
        return None
    return when.replace(tzinfo=dt.UTC) if when and when.tzinfo is None else when
