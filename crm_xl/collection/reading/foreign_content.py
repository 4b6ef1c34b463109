"""What a returned workbook carries beside its lines: macros, code, links, embedded things."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from crm_xl.collection.reading.findings import Finding
from crm_xl.hosts.lite import carrying
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


def findings_sheet(structure: Structure) -> str | None:
    """Return the name of the sheet of findings in a copy that `annotate` made, or None."""
    area = parse_area(structure.names.get((None, FINDINGS), ""), "")
    return area.sheet if area else None


def annotated_as(modified: dt.datetime | None, inputs: str) -> str:
    """Return what the name in an annotated copy says: the saving of the return that it copies, and its inputs."""
    return f'"{as_saved(modified)} {inputs}"'


def annotated_from(mark: str) -> tuple[str, str]:
    """Return the saving and the inputs that such a name says; nothing where it says none.

    >>> annotated_from('"2026-11-20T09:00:00+00:00 0a1b"')
    ('2026-11-20T09:00:00+00:00', '0a1b')
    """
    saved, _, inputs = mark.strip('"').partition(" ")
    return saved, inputs


def as_saved(modified: dt.datetime | None) -> str:
    """Return a record of saving as such a name says it."""
    return modified.isoformat() if modified else "-"
