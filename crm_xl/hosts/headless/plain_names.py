"""Plain names put back: what programs make of CRM_* calls when they save a workbook, undone.

Excel may store a call of an add-in's function with the number of a link to the add-in (`[1]!CRM_TOTAL`) or with its
path; the workbook then asks for `C:\\Users\\…\\crm_xl.xlam` on every other machine. LibreOffice writes the functions of
its add-in under a long internal name, and unknown ones in small letters. Some programs drop the mark by which a
formula spills. Only what is broken is changed; every other byte of the workbook stays.
"""

import dataclasses
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pyexpat import ExpatError, ParserCreate
from xml.sax.saxutils import escape

from crm_xl.data import term
from crm_xl.functions.registry import REGISTRY, Function
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.lite.carrying import prefix_of
from crm_xl.xlsx.links import (
    Link,
    linked,
    linked_in_attributes,
    links_of,
    moved_up,
    renumbered,
    tokens,
    without_links,
)
from crm_xl.xlsx.package import Package, WorkbookError, save_over
from crm_xl.xlsx.references import cell_name, parse_area
from crm_xl.xlsx.sheet import CellXml, SheetXml
from crm_xl.xlsx.sheet_writing import MAIN, inserted_before, spliced
from crm_xl.xlsx.workbook import Structure, read_structure, relations_part

ADD_IN = "crm_xl.xlam"
# The elements whose text is a formula: of cells, rules, validations, names, columns of tables and charts.
_FORMULAS = ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula")
_LINK_OR_NAME = re.compile(r"\[\d+\]")
# LibreOffice writes these in small letters inside a call that it does not know, and with two brackets in others.
_KEYWORDS = {keyword.casefold(): keyword for keyword in ("#All", "#Data", "#Headers", "#Totals", "#This Row")}
_KEYWORD = re.compile(rf"\[({'|'.join(_KEYWORDS)})\]", re.IGNORECASE)
_ALONE = re.compile(r"\[\[(#[A-Za-z ]+)\]\]")
# In an array of Calc texts are found only when they went through an operator, so that our extension writes it thus.
_WRAPPED = ("IF(ISTEXT(", "),", '&"",', ")")
_DYNAMIC = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    f'<metadata xmlns="{MAIN}" xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" '
    'pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" '
    'coerce="1" cellMeta="1"/></metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext>'
    '</extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
).encode()
_DYNAMIC_PART = "metadata.xml"
_DYNAMIC_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
_DYNAMIC_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata"


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A formula that was changed, or could not be read: its place, and how it read before and after."""

    key: str
    details: Mapping[str, str]
    was: str
    now: str

    def place(self, language: str = "en") -> str:
        """Return where the formula stands: a cell, a name, a table, or a rule of a sheet."""
        return term(self.key, language, **self.details)


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What a repair did.

    `spills` are the cells whose formulas spill again, `links` the files of add-ins that are no longer asked for,
    `kept` those that something else in the workbook still uses, `unread` formulas that were left as they are.
    """

    workbook: str
    formulas: tuple[Mended, ...]
    spills: tuple[str, ...]
    links: tuple[str, ...]
    kept: tuple[str, ...]
    unread: tuple[Mended, ...]
    written: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing had to be changed."""
        return not (self.formulas or self.spills or self.links)


def repair(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    registry: Iterable[Function] | None = None,
) -> Repair:
    """Put the plain names of the functions back into a workbook file.

    Parameters
    ----------
    path
        The workbook.
    out
        The file to write. Left out, it is the workbook itself, which is left alone where nothing is broken.

    Returns
    -------
    Repair
        What was changed. The values of the cells are as they were: recalculate the workbook afterwards.

    Raises
    ------
    WorkbookError
        Where a file cannot be read or written, or another program changed it meanwhile. Nothing on disk has changed
        then.

    Notes
    -----
    An `@` that a person wrote stays, for it means something. A formula is made to spill again only where none of
    the workbook does: that is the trace of a program that drops the marks. In a workbook that has such marks an
    array without one was typed with Ctrl+Shift+Enter, and stays.
    """
    package = Package.open(path)
    target = Path(path if out is None else out)
    suffix = Path(package.name).suffix.lower()
    if target.suffix.lower() != suffix:
        raise WorkbookError("book_other_suffix", file=target.name, suffix=suffix)
    changes, report = repaired(package, registry, prefix=prefix_of(package))
    if report.sound and out is None:
        return report
    save_over(Path(path), package.digest, target, package.to_bytes(changes))
    return dataclasses.replace(report, written=True)


def repaired(
    package: Package, registry: Iterable[Function] | None = None, *, prefix: str = ""
) -> tuple[dict[str, bytes | None], Repair]:
    """Return the parts that a repair changes (None for one that goes), and what it did.

    Parameters
    ----------
    prefix
        What the file has before a name: nothing, or the mark of functions that the workbook itself brings.
    """
    if registry is None:
        import crm_xl.functions  # noqa: F401  (its modules register themselves)

        registry = REGISTRY
    structure = read_structure(package)
    spellings = Spellings(registry)
    formulas = _formulas(structure, spellings)
    unread = [formula for formula in formulas if not formula.mend(spellings, prefix)]
    mended = [formula for formula in formulas if formula.now != formula.text]
    dropped, kept = _links(structure, formulas)
    spills = _lost_spills(structure, formulas, spellings)
    changes = _written(structure, formulas, spills)
    if dropped:
        changes |= without_links(structure, changes.get(structure.part) or package.parts[structure.part], dropped)
    if spills:
        changes |= _with_dynamic_arrays(structure, changes)
    report = Repair(
        workbook=package.name,
        formulas=tuple(formula.record(structure) for formula in mended),
        spills=tuple(formula.place(structure)[1]["cell"] for formula in spills),
        links=tuple(link.file for link in dropped),
        kept=tuple(link.file for link in kept),
        unread=tuple(formula.record(structure) for formula in unread),
    )
    return changes, report


@dataclass
class _Formula:
    """The text of a formula in the bytes of its part: where it begins and ends, how it reads and shall read."""

    part: str
    start: int
    end: int
    text: str
    now: str
    element: str
    name: str
    cell: CellXml | None = None

    def mend(self, spellings: Spellings, prefix: str) -> bool:
        """Put plain names into the text, each behind the prefix; False where it cannot be read."""
        try:
            self.now = _plain(self.text, spellings, prefix)
        except ValueError:
            return False
        return True

    def place(self, structure: Structure) -> tuple[str, dict[str, str]]:
        """Return the term that says where the formula stands, and its details."""
        sheet = next((sheet.name for sheet in structure.sheets if sheet.part == self.part), "")
        if self.cell is not None:
            return "repair_in_cell", {"cell": f"{sheet}!{cell_name(self.cell.row, self.cell.column)}"}
        if self.element == "definedName":
            return "repair_in_name", {"name": self.name}
        if sheet:
            return "repair_in_rule", {"sheet": sheet}
        return "repair_in_part", {"part": self.part}

    def record(self, structure: Structure) -> Mended:
        key, details = self.place(structure)
        return Mended(key=key, details=details, was="=" + self.text, now="=" + self.now)


def _plain(formula: str, spellings: Spellings, prefix: str) -> str:
    """Return a formula with every call of our functions under its plain name, behind the prefix.

    Raises
    ------
    ValueError
        Where the formula cannot be read.
    """
    if not spellings.mentioned(formula):
        return formula
    pieces = tokens(formula)
    names = {piece: f"{prefix}{own.name}(" for piece in pieces if (own := _called(piece, spellings)) is not None}
    return _unwrapped("".join(names.get(piece) or _keywords(piece) for piece in pieces)) if names else formula


def _unwrapped(formula: str) -> str:
    """Return what our extension for Calc has wrapped; a formula that it has not, as it is.

    >>> _unwrapped('IF(ISTEXT(CRM_CHECK(A1:B2)),CRM_CHECK(A1:B2)&"",CRM_CHECK(A1:B2))')
    'CRM_CHECK(A1:B2)'
    """
    before, first, second, behind = _WRAPPED
    length, rest = divmod(len(formula) - sum(map(len, _WRAPPED)), 3)
    inside = formula[len(before) : len(before) + length]
    whole = f"{before}{inside}{first}{inside}{second}{inside}{behind}"
    return inside if rest == 0 and inside and formula == whole else formula


def _called(piece: str, spellings: Spellings) -> Function | None:
    """Return the function of ours that a piece of a formula calls."""
    return spellings.find(piece[:-1]) if piece.endswith("(") else None


def _keywords(piece: str) -> str:
    """Return a reference to a table with its keywords as Excel writes them."""
    if piece.startswith('"') or "[#" not in piece:
        return piece
    return _ALONE.sub(r"[\1]", _KEYWORD.sub(lambda match: f"[{_KEYWORDS[match[1].casefold()]}]", piece))


# -- finding the formulas ----------------------------------------------------------------------------------------------


def _formulas(structure: Structure, spellings: Spellings) -> list[_Formula]:
    """Return every formula of the package that may call our functions or use a link, in the order of the parts."""
    package = structure.package
    sheets = {sheet.part: sheet for sheet in structure.sheets}
    found: list[_Formula] = []
    for part, xml in package.parts.items():
        if not part.startswith("xl/") or part.startswith("xl/externalLinks/") or not part.endswith(".xml"):
            continue
        here = [f for f in _texts(package, part) if _LINK_OR_NAME.search(f.text) or spellings.mentioned(f.text)]
        if here and part in sheets:
            cells = SheetXml(xml, package.name, part).cells.values()
            by_end = {cell.formula.end: cell for cell in cells if cell.formula is not None}
            for formula in here:
                formula.cell = by_end.get(formula.end) if formula.element == "f" else None
        found += here
    return found


def _texts(package: Package, part: str) -> list[_Formula]:
    """Return the text of every element of a part that holds a formula."""
    xml = package.parts[part]
    if not any(b"<" + name.encode() in xml or b":" + name.encode() in xml for name in _FORMULAS):
        return []
    found: list[_Formula] = []
    text: list[str] = []
    opened: tuple[str, str] | None = None
    begun = -1
    parser = ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal opened, begun
        local = name.rpartition(":")[2]
        opened = (local, attributes.get("name", "")) if local in _FORMULAS else None
        begun = -1
        text.clear()

    def characters(data: str) -> None:
        nonlocal begun
        if opened is not None:
            begun = parser.CurrentByteIndex if begun < 0 else begun
            text.append(data)

    def end(_: str) -> None:
        nonlocal opened
        if opened is not None and begun >= 0:
            whole = "".join(text)
            found.append(_Formula(part, begun, parser.CurrentByteIndex, whole, whole, *opened))
        opened = None

    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    parser.EndElementHandler = end
    try:
        xml.decode("utf-8")
        parser.Parse(xml, True)
    except (ExpatError, LookupError, ValueError):  # the latter two: encodings that the parser does not know
        raise WorkbookError("book_broken_part", file=package.name, part=part) from None
    return found


# -- links and spills ------------------------------------------------------------------------------------------------


def _links(structure: Structure, formulas: Iterable[_Formula]) -> tuple[list[Link], list[Link]]:
    """Count the links that stay anew, and return those to take out and those to the add-in that are still used."""
    links = links_of(structure)
    broken, used = set(), linked_in_attributes(structure)
    for formula in formulas:
        try:
            before, after = linked(formula.text), linked(formula.now)
        except ValueError:
            # Nobody can say what it uses: every link stays.
            before, after = set(), {link.number for link in links}
        broken |= before - after
        used |= after
    ours = [link for link in links if link.number in broken or link.file.casefold() == ADD_IN]
    dropped = [link for link in ours if link.number not in used]
    numbers = moved_up(links, dropped)
    if numbers.keys() & linked_in_attributes(structure):
        # A button counts by these numbers: what is taken out must not move them.
        return [], ours
    for formula in formulas if numbers else ():
        if numbers.keys() & linked(formula.now):
            formula.now = renumbered(formula.now, numbers)
    return dropped, [link for link in ours if link not in dropped]


def _lost_spills(structure: Structure, formulas: Iterable[_Formula], spellings: Spellings) -> list[_Formula]:
    """Return the array formulas that spilled before a program dropped the marks of all dynamic arrays."""
    if structure.dynamic_cells or "sheetMetadata" in structure.related:
        return []
    return [formula for formula in formulas if formula.cell is not None and _spilled(formula, spellings)]


def _spilled(formula: _Formula, spellings: Spellings) -> bool:
    stored = formula.cell.formula if formula.cell is not None else None
    if stored is None or stored.kind != "array" or not spellings.mentioned(formula.now):
        return False
    try:
        calls = [_called(piece, spellings) for piece in tokens(formula.now)]
    except ValueError:
        return False
    area = parse_area(stored.ref, "")
    alone = area is None or area.is_cell
    return any(function is not None and (alone or function.result == "table") for function in calls)


def _with_dynamic_arrays(structure: Structure, changes: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Return the changes that give a package the record of dynamic arrays, which its cells refer to as number 1."""
    folder = structure.part.rpartition("/")[0]
    part = f"{folder}/{_DYNAMIC_PART}" if folder else _DYNAMIC_PART
    types, relations = "[Content_Types].xml", relations_part(structure.part)
    parts = structure.package.parts
    override = f'<Override PartName="/{part}" ContentType="{_DYNAMIC_TYPE}"/>'
    relation = f'<Relationship Id="crmXlDynamicArrays" Type="{_DYNAMIC_RELATION}" Target="/{part}"/>'
    return {
        part: _DYNAMIC,
        types: inserted_before(changes.get(types) or parts[types], "Types", override),
        relations: inserted_before(changes.get(relations) or parts[relations], "Relationships", relation),
    }


# -- writing -----------------------------------------------------------------------------------------------------------


def _written(
    structure: Structure, formulas: Iterable[_Formula], spills: Collection[_Formula]
) -> dict[str, bytes | None]:
    """Return the parts with the new texts and, in the cells that spill again, the mark."""
    edits: dict[str, list[tuple[int, int, bytes]]] = {}
    for formula in formulas:
        if formula.now != formula.text:
            # As it was read, escapes like `_x000D_` among it: only what XML itself asks for is escaped.
            text = escape(formula.now, {"\r": "&#13;"}).encode()
            edits.setdefault(formula.part, []).append((formula.start, formula.end, text))
    for formula in spills:
        if formula.cell is not None:
            xml = structure.package.parts[formula.part]
            at = re.compile(rb"<(?:\w+:)?c(?=\s)").match(xml, formula.cell.start)
            if at is not None:
                edits.setdefault(formula.part, []).append((at.end(), at.end(), b' cm="1"'))
    return {part: spliced(structure.package.parts[part], changes) for part, changes in edits.items()}
