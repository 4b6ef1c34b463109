"""What a returned workbook carries beside its lines: macros, code, links, embedded things, sheets not sent."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from crm_xl.collection.reading.findings import Finding
from crm_xl.data import LANGUAGES, rows
from crm_xl.engine.schema import normalise
from crm_xl.hosts.lite import carrying
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import parse_area
from crm_xl.xlsx.workbook import Structure

# What a workbook may carry, by the parts that hold it. Nothing of it is ever opened.
_CARRIED = {
    "external_links": re.compile(r"xl/externalLinks/[^/]+\.xml$", re.IGNORECASE),
    "embedded": re.compile(r"xl/(?:embeddings|activeX|ctrlProps)/|xl/.*\.(?:ole|vbs|exe|dll)$", re.IGNORECASE),
    "connections": re.compile(r"xl/(?:connections\.xml$|queryTables/|customXml/|model/)", re.IGNORECASE),
}
_MACROS = re.compile(r"vbaProject[^/]*\.bin$|xl/macrosheets/|xl/dialogsheets/|\.xlm$", re.IGNORECASE)
# The names by which a copy with findings is known: its sheet of findings, and the saving that it was made from.
FINDINGS, ANNOTATED = "crm_xl_findings", "crm_xl_annotated"
_TEMPLATE_SHEETS = frozenset(
    normalise(row[language])
    for name in ("terms_template", "terms_decisions")
    for row in rows(name)
    if row["key"].startswith("template_sheet_")
    for language in LANGUAGES
)


def macros(parts: Mapping[str, object]) -> Finding | None:
    """Return the finding that rejects a workbook with macros, or None where it has none."""
    found = next((part for part in parts if _MACROS.search(part)), None)
    return Finding(key="macros", severity="blocks", found=found) if found else None


def code(package: Package) -> list[Finding]:
    """Return what is to be said of the add-ins that a workbook brings along; one with code of others rejects it.

    Our own functions, just as this version puts them into a workbook, are nothing to be told of.
    """
    found = []
    for held in carrying.carried(package):
        if held.kind in ("code", "made"):
            found.append(Finding(key="python_code", severity="blocks", found=held.place))
        elif held.kind == "other":
            found.append(Finding(key="web_add_in", severity="note", found=held.extension.add_in))
    return found


def carried(parts: Mapping[str, object]) -> Iterator[Finding]:
    """Tell what a workbook carries that no template has."""
    for key, pattern in _CARRIED.items():
        found = [part for part in parts if pattern.search(part)]
        if found:
            yield Finding(key=key, severity="note", found=found[0], details=(("count", len(found)),))


def is_of_template(sheet: str) -> bool:
    """Whether a sheet has the name of one of the template's, in either language."""
    return normalise(sheet) in _TEMPLATE_SHEETS


def findings_sheet(structure: Structure) -> str | None:
    """Return the name of the sheet of findings in a copy that `annotate` made, or None."""
    area = parse_area(structure.names.get((None, FINDINGS), ""), "")
    return area.sheet if area else None


def annotated_as(modified: dt.datetime | None) -> str:
    """Return what the name in an annotated copy says of the file's record of its last saving.

    A copy that nobody has saved since is no return; one that was corrected and saved is.
    """
    return f'"{modified.isoformat() if modified else ""}"'


def added_sheets(structure: Structure, used: set[str]) -> list[str]:
    """Return the names of the sheets that are none of the template's."""
    used = used | {findings_sheet(structure) or ""}
    return [s.name for s in structure.sheets if s.name not in used and not is_of_template(s.name)]


def added_sheet(cells: SheetCells, lines: int) -> Finding:
    """Tell of a sheet that was added: one with lines of a table holds amounts that count nowhere."""
    if lines:
        return Finding(key="other_table", severity="blocks", sheet=cells.name, details=(("count", lines),))
    numbers = sum(type(value) is float for row in cells.rows.values() for value in row.values())
    return Finding(key="sheet_added", severity="note", sheet=cells.name, details=(("count", numbers),))
