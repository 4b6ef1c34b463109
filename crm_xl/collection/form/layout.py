"""What a department cannot change in its workbook, read so that two workbooks can be compared.

Every program writes a file anew when it saves it: texts and styles are numbered otherwise, formulas are shared, names
of sheets quoted or not. So nothing is compared by its bytes. What is compared is what the parts say: the sheets and
their order, the locked cells (formulas without their cached values), the tables with their headers, the defined names,
the validation of the input cells, and whether sheets are protected. (Whether the workbook is protected is not compared:
LibreOffice forgets it on saving. That sheets were added, removed or moved is seen all the same.)
"""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from crm_xl.collection.form.contents import contents, truth
from crm_xl.collection.form.formulas import CommonFormulas, plain
from crm_xl.collection.form.stamp import NAME
from crm_xl.collection.form.validation import validations
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.references import cell_name
from crm_xl.xlsx.workbook import SheetPart, Structure, local_name, parse_xml, read_structure

Kind: TypeAlias = Literal["sheets", "cell", "table", "name", "validation", "protection"]

_FALSE = ("0", "false")
# What one process remembers: the sheets of a few workbooks with other tables, none of them larger than any template's.
_MOST_ENTRIES, _MOST_SHEETS, _MOST_BOOKS = 100_000, 40, 4
# Cached values of formulas, the type of such a value, and the number of a shared text.
_CACHED = re.compile(rb"</f><v[^<>]*>[^<]*"), re.compile(rb"/><v[^<>]*>[^<]*")
_TYPE = re.compile(rb' t="\w+"(?=><f)')
_SHARED = re.compile(rb' t="s"><v>(\d+)</v>')


@dataclass(frozen=True, eq=False)
class SheetLayout:
    """What of one sheet, or of the workbook as a whole, cannot be changed.

    Attributes
    ----------
    entries
        A text for each thing that is compared, by its kind and its place: a cell, the name of a table, an area with
        validation, or nothing where it concerns the whole sheet.
    free
        The contents of the unlocked cells: where a cell was unlocked to be overwritten, this tells what stands there.
    """

    entries: Mapping[tuple[Kind, str], str]
    free: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """A digest of the entries."""
        lines = sorted("\t".join((*key, text)) for key, text in self.entries.items())
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, eq=False)
class Layout:
    """What cannot be changed in a workbook, by sheet in their order; what concerns the whole workbook under ""."""

    sheets: Mapping[str, SheetLayout]

    def with_cells(self, sheet: str, cells: Mapping[str, str]) -> "Layout":
        """Return the layout with other contents of some locked cells."""
        old = self.sheets[sheet]
        entries: dict[tuple[Kind, str], str] = {**old.entries, **{("cell", cell): text for cell, text in cells.items()}}
        return Layout({**self.sheets, sheet: SheetLayout(entries, old.free)})


def digest(layout: Layout) -> str:
    """Return 64 letters that differ when anything that is compared differs."""
    lines = (f"{name}\t{sheet.digest}\n" for name, sheet in sorted(layout.sheets.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def layout_of(package: Package, structure: Structure | None = None) -> Layout:
    """Read what is compared of a workbook.

    Parameters
    ----------
    structure
        What `read_structure` says of it, where that is known already.

    Raises
    ------
    WorkbookError
        Where parts of the workbook are missing or broken.
    """
    structure = structure or read_structure(package)
    known = _Known.of(structure)
    unlocked = _unlocked_styles(package, structure.related.get("styles"))
    found = {"": SheetLayout(_book_entries(package, structure, known.formulas))}
    for sheet in structure.sheets:
        try:
            found[sheet.name] = known.sheet(package, sheet, structure.texts, unlocked)
        except (ValueError, IndexError, KeyError):
            raise WorkbookError("book_broken_part", file=package.name, part=sheet.part) from None
    return Layout(found)


class _Known:
    """What is known of workbooks with the same tables: their formulas, and sheets that were read before.

    Thousands of returned workbooks have the same sheets of workings, which are not read twice.
    """

    _books: ClassVar["OrderedDict[tuple[object, ...], _Known]"] = OrderedDict()

    def __init__(self, structure: Structure) -> None:
        self.formulas = CommonFormulas(structure.tables)
        self._sheets: OrderedDict[tuple[object, ...], SheetLayout] = OrderedDict()

    @classmethod
    def of(cls, structure: Structure) -> "_Known":
        """Return what is known of workbooks with the tables of this one."""
        key = tuple(structure.tables.values())
        found = cls._books.pop(key, None) or cls(structure)
        cls._books[key] = found
        if len(cls._books) > _MOST_BOOKS:
            cls._books.popitem(last=False)
        return found

    def sheet(
        self, package: Package, sheet: SheetPart, texts: tuple[str, ...], unlocked: frozenset[int]
    ) -> SheetLayout:
        """Return the layout of a sheet; one that is the same but for cached values and its view is not read again."""
        xml = package.parts[sheet.part]
        bare = xml[max(xml.find(b"<sheetData"), 0) :]
        for pattern in (*_CACHED, _TYPE):
            bare = pattern.sub(b"", bare)
        named = tuple(texts[int(number)] for number in _SHARED.findall(bare))
        key = (sheet.name, unlocked, named, hashlib.sha256(_SHARED.sub(b"", bare)).digest())
        found = self._sheets.pop(key, None)
        if found is None:
            found = _sheet_layout(parse_xml(package, sheet.part), sheet.name, texts, unlocked, self.formulas)
        if len(found.entries) <= _MOST_ENTRIES:
            self._sheets[key] = found
            if len(self._sheets) > _MOST_SHEETS:
                self._sheets.popitem(last=False)
        return found


def _book_entries(package: Package, structure: Structure, formulas: CommonFormulas) -> dict[tuple[Kind, str], str]:
    found: dict[tuple[Kind, str], str] = {}
    root = parse_xml(package, structure.part)
    tabs = [tab for group in root if local_name(group) == "sheets" for tab in group]
    states = ((tab.get("name", ""), tab.get("state", "visible")) for tab in tabs)
    found["sheets", ""] = ", ".join(name if state == "visible" else f"{name} ({state})" for name, state in states)
    for table in structure.tables.values():
        found["table", table.name] = f"{plain(table.area)}: {', '.join(table.columns)}"
    for (scope, name), content in structure.names.items():
        if name != NAME and not name.startswith(("_xlnm.", "_xlpm.")):
            found["name", f"{scope}!{name}" if scope else name] = formulas.common(content, "", (1, 1))
    return found


def _sheet_layout(
    xml: ET.Element, sheet: str, texts: tuple[str, ...], unlocked: frozenset[int], formulas: CommonFormulas
) -> SheetLayout:
    entries: dict[tuple[Kind, str], str] = {}
    free: dict[str, str] = {}
    for row, column, style, text in contents(xml, sheet, texts, formulas):
        if style in unlocked:
            free[cell_name(row, column)] = text
        else:
            entries["cell", cell_name(row, column)] = text
    entries |= {("validation", at): rule for at, rule in validations(xml, sheet, formulas)}
    lock = next((e for e in xml if local_name(e) == "sheetProtection"), None)
    entries["protection", ""] = truth(lock is not None and lock.get("sheet", "0") not in _FALSE)
    return SheetLayout(entries, free)


def _unlocked_styles(package: Package, part: str | None) -> frozenset[int]:
    """Return the numbers of the cell styles whose cells can be changed on a protected sheet."""
    if part is None:
        return frozenset()
    groups = {local_name(group): list(group) for group in parse_xml(package, part)}
    base = [_locked(xf) for xf in groups.get("cellStyleXfs", ())]
    found = set()
    for number, xf in enumerate(groups.get("cellXfs", ())):
        own, style = _locked(xf), int(xf.get("xfId", "0"))
        if own is None:
            own = base[style] if style < len(base) else None
        if own is False:
            found.add(number)
    return frozenset(found)


def _locked(xf: ET.Element) -> bool | None:
    """Whether a format locks its cells; None where it does not say."""
    lock = next((child for child in xf if local_name(child) == "protection"), None)
    return None if lock is None else lock.get("locked", "1") not in _FALSE
