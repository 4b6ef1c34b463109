"""A returned workbook as plain data: its stamp, its lines with the rows where they stand, what was found in it."""

import datetime as dt
import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from crm_xl.collection.form.sent_cells import SentSheet, sent_cells
from crm_xl.collection.form.sent_cells import places as places_of
from crm_xl.collection.form.stamp import TEMPLATE, Stamp, StampError, read_stamp
from crm_xl.collection.reading.assumptions import assumed, changed_assumptions, rows_of_assumptions
from crm_xl.collection.reading.findings import Finding, Severity, from_error
from crm_xl.collection.reading.foreign_content import ANNOTATED, annotated_from, as_saved, carried, code, macros
from crm_xl.collection.reading.lines import Line, Lines, read_lines
from crm_xl.collection.reading.sheets import NAMES, TABLES, read_sheets
from crm_xl.collection.reading.table import Form, InputTable
from crm_xl.data import SCHEMA_VERSION
from crm_xl.engine.schema import normalise
from crm_xl.errors import Cell, CrmError
from crm_xl.xlsx.cells import MAX_SHEET_BYTES
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.workbook import Structure, read_structure, relations_of

__all__ = ["Line", "Return", "read_return"]

MAX_FILE_BYTES = 64 * 2**20
# What is not unpacked to read a return: pictures, themes, what is computed anew.
_NOT_NEEDED = re.compile(
    r"xl/(?:media/|charts/|drawings/|theme/|printerSettings/|embeddings/|externalLinks/|calcChain)"
    r"|docProps/app\.xml$"
)
# When workbooks can have been saved; a clock that is wrong by more says nothing.
_FIRST_YEAR, _LAST_YEAR = 1980, 2199
_MODIFIED = re.compile(rb"<dcterms:modified[^<>]*>([^<]{10,40})</dcterms:modified>")


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """Where things stand in a returned workbook, so that a second count can be held against it.

    `tables` are the input tables by their key; `strays` the places of the amounts that no line holds, and `sent` the
    sheets as they were sent, by the name of the sheet.
    """

    tables: Mapping[str, InputTable] = field(default_factory=dict)
    strays: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    sent: Mapping[str, SentSheet] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Return:
    """What one returned file holds. Without `found` it is small and can be pickled: files are read in other processes.

    `findings` are those of the whole workbook; one that blocks rejects every line of it. `modified` is the file's own
    record of its last saving. `sheets` is the name of the sheet of each table by its key. `costs` and `benefits` hold
    every line that is not blank, the rejected ones too; those that stand below the table are among them, rejected.
    `strays` are the amounts outside the tables, each with its place; one that blocks counts nowhere, and rejects no
    line.
    `language` is that of the stamp, else of the headers; empty where neither is known. `corrects` is
    the digest of the inputs of the return of which this is a corrected copy. `found` says where things stand.
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
    corrects: str = ""
    found: Found = field(default_factory=Found, compare=False, repr=False)

    @property
    def rejected(self) -> bool:
        """Whether nothing of the file counts."""
        return any(finding.severity == "blocks" for finding in self.findings)

    @cached_property
    def inputs(self) -> str:
        """A digest of everything that was entered: returns that agree in it are the same, however they were saved."""
        lines = [
            [(line.row, line.values, [f.key for f in line.findings]) for line in t] for t in (self.costs, self.benefits)
        ]
        strays = [(finding.sheet, finding.cell, finding.found) for finding in self.strays]
        text = repr((lines, strays, self.assumptions))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def everything(self) -> tuple[Finding, ...]:
        """Every finding: of the workbook, of the amounts outside the tables, of the lines."""
        lines = (finding for line in (*self.costs, *self.benefits) for finding in line.findings)
        return (*self.findings, *self.strays, *lines)


def read_return(source: Path | bytes, name: str | None = None) -> Return:
    """Read a returned workbook within bounds; whatever is wrong with it becomes a finding, never an exception.

    Parameters
    ----------
    source
        The file, or its bytes. Nothing in it is run, followed or calculated.
    name
        The name by which findings and consolidations call it; its file name where none is given.
    """
    name = name or (source.name if isinstance(source, Path) else "")
    digest = ""
    try:
        data = source if isinstance(source, bytes) else file_bytes(source, name)
        digest = hashlib.sha256(data).hexdigest()
        return _read(data, name, digest)
    except CrmError as error:
        return unreadable(name, error, digest)
    except Exception as fault:  # one file that nobody foresaw must not stop thousands of others
        details = (("reason", f"{type(fault).__name__}"),)
        return _rejected(name, digest, Finding(key="not_read", severity="blocks", details=details))


def unreadable(name: str, error: CrmError, digest: str = "") -> Return:
    """Return what is known of a file that cannot be read: why not."""
    return _rejected(name, digest, from_error("not_read", error))


def _rejected(name: str, digest: str, finding: Finding) -> Return:
    return Return(file=name, digest=digest, modified=None, stamp=None, findings=(finding,))


def file_bytes(source: Path, name: str) -> bytes:
    """Return the bytes of a file, which are read once: a file that is replaced meanwhile is one or the other.

    Raises
    ------
    WorkbookError
        Where it cannot be read, or is too large to be a return.
    """
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
    structure = read_structure(package)
    findings: list[Finding] = []
    stamp = _stamp(package, structure, findings)
    modified = _modified(package)
    dangers = [finding for finding in [macros(package.infos), *code(package)] if finding is not None]
    if any(finding.blocks for finding in dangers):
        return Return(file=name, digest=digest, modified=modified, stamp=stamp, findings=(*dangers, *findings))
    findings += [*dangers, *carried(package.infos)]
    if structure.since_1904:
        findings.append(Finding(key="since_1904", severity="note"))
    sent = _sent(stamp, findings)
    exact = bool(sent) and stamp is not None and stamp.places == places_of(stamp)
    sheets = read_sheets(package, structure, sent, exact=exact)
    places, strays = sheets.places, dict(sheets.strays)
    findings += sheets.findings
    since_1904 = structure.since_1904
    assumptions = (
        rows_of_assumptions(sheets.cells[places["assumptions"]], since_1904) if "assumptions" in places else ()
    )
    form = Form(
        assumptions=assumed(stamp, assumptions),
        department=stamp.department if stamp else "",
        since_1904=since_1904,
    )
    lines = dict.fromkeys(TABLES, Lines())
    tables: dict[str, InputTable] = {}
    for table in TABLES:
        known = structure.tables.get(table)
        found = None
        if table in places:
            sheet, area = sheets.cells[places[table]], known.area if known else None
            filtered = _is_filtered(package, structure, sheet.name)
            found = read_lines(sheet, table, area, form, filtered=filtered, sent=sheets.sent.get(sheet.name))
        if found is None or found.table is None:
            severity: Severity = "blocks" if table == "costs" else "note"
            findings.append(Finding(key=f"no_{table}", severity=severity, sheet=places.get(table, "")))
            continue
        lines[table] = found
        findings += found.findings
        strays[places[table]] = found.strays
        tables[table] = found.table
        if known is None:
            findings.append(Finding(key="table_gone", severity="note", sheet=places[table]))
        if normalise(places[table]) not in NAMES[table]:
            findings.append(Finding(key="sheet_renamed", severity="note", sheet=places[table]))
    if stamp is not None and assumptions:
        findings += changed_assumptions(stamp, sheets.cells[places["assumptions"]], assumptions)
    whole = Return(
        file=name,
        digest=digest,
        modified=modified,
        stamp=stamp,
        sheets=tuple(places.items()),
        costs=lines["costs"].lines,
        benefits=lines["benefits"].lines,
        assumptions=assumptions,
        findings=tuple(findings),
        strays=tuple(finding for found in strays.values() for finding in found.findings),
        language=stamp.language if stamp else tables["costs"].header.language if "costs" in tables else "",
        found=Found(
            tables=tables,
            strays={sheet: frozenset(found.places) for sheet, found in strays.items()},
            sent=sheets.sent,
        ),
    )
    return _as_copy(whole, structure.names.get((None, ANNOTATED), ""))


def _as_copy(found: Return, mark: str) -> Return:
    """A return as the annotated copy that a mark says it is: nothing was corrected in it, or something was."""
    saved, inputs = annotated_from(mark)
    if not inputs or (inputs == found.inputs and saved != as_saved(found.modified)):
        return found  # no copy, or one that was saved and says the same
    if inputs == found.inputs:
        return replace(found, findings=(*found.findings, Finding(key="annotated", severity="blocks")))
    return replace(found, corrects=inputs)


def _is_filtered(package: Package, structure: Structure, sheet: str) -> bool:
    """Whether a table of a sheet hides rows by a filter."""
    part = next(own.part for own in structure.sheets if own.name == sheet)
    tables = (target for kind, target in relations_of(package, part).values() if kind == "table")
    return any(b"filterColumn" in package.parts.get(table, b"") for table in tables)


def _sent(stamp: Stamp | None, findings: list[Finding]) -> Mapping[str, SentSheet]:
    """The sheets of the form as it was sent; none where the stamp asks for a form that cannot be."""
    if stamp is None:
        return {}
    try:
        return sent_cells(stamp)
    except CrmError as error:
        findings.append(from_error("stamp_unreadable", error))
        return {}


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


def _modified(package: Package) -> dt.datetime | None:
    """The record of the last saving; one that no program can have made says nothing."""
    match = _MODIFIED.search(package.parts.get(posixpath.join("docProps", "core.xml"), b""))
    try:
        when = dt.datetime.fromisoformat(match[1].decode()) if match else None
        if when is None:
            return None
        when = when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return when if _FIRST_YEAR <= when.year <= _LAST_YEAR else None
