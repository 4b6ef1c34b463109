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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple, TypeAlias, TypeVar

import formualizer as fz

from crm_xl.collection.form.stamp import NAME
from crm_xl.hosts.headless.package import Package, WorkbookError
from crm_xl.hosts.headless.references import (
    Area,
    Table,
    TableReferenceError,
    cell_name,
    cell_position,
    moved,
    parse_area,
    resolve_structured,
    unescaped,
)
from crm_xl.hosts.headless.workbook import SheetPart, Structure, parse_xml, read_structure, rich_text

Kind: TypeAlias = Literal["sheets", "cell", "table", "name", "validation", "protection"]

_FALSE = ("0", "false")
_PREFIXES = re.compile(r"^(?:_xlfn\.|_xlws\.)+", re.IGNORECASE)
_LOOKS_TYPED = re.compile(r"[='#0-9.+-]|TRUE$|FALSE$")
# Formulas that one process remembers in their common form: those of a few templates.
_MOST_REMEMBERED, _MOST_SHEETS, _MOST_BOOKS = 100_000, 40, 4
# Cached values of formulas, the type of such a value, and the number of a shared text.
_CACHED = re.compile(rb"</f><v[^<>]*>[^<]*"), re.compile(rb"/><v[^<>]*>[^<]*")
_TYPE = re.compile(rb' t="\w+"(?=><f)')
_SHARED = re.compile(rb' t="s"><v>(\d+)</v>')
T = TypeVar("T")


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


class Difference(NamedTuple):
    """A place where a workbook is not as it was sent; `found` or `expected` is empty where there is nothing.

    `cell` is a cell, the area of cells with another validation, the name of a table or a defined name; empty where
    the whole sheet, or with an empty `sheet` the whole workbook, is meant.
    """

    kind: Kind
    sheet: str
    cell: str
    found: str
    expected: str


def digest(layout: Layout) -> str:
    """Return 64 letters that differ when anything that is compared differs."""
    lines = (f"{name}\t{sheet.digest}\n" for name, sheet in sorted(layout.sheets.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def differences(expected: Layout, found: Layout) -> list[Difference]:
    """Return where a workbook differs from what was sent, in the order of its sheets and cells.

    A sheet that is missing or came in addition is one difference, whatever stands on it.
    """
    result: list[Difference] = []
    for name, was in expected.sheets.items():
        now = found.sheets.get(name)
        if now is None:
            continue  # the entry `sheets` of the workbook tells it
        for kind, place in sorted({*was.entries, *now.entries}, key=_order):
            one, two = was.entries.get((kind, place), ""), now.entries.get((kind, place), "")
            if kind == "cell" and (kind, place) not in now.entries:
                two = now.free.get(place, "")
            if kind != "validation" and one != two:
                result.append(Difference(kind, name, place, two, one))
        result += _validation_differences(name, was, now)
    return result


def _order(key: tuple[Kind, str]) -> tuple[str, int, int, str]:
    row, column = cell_position(key[1]) if key[0] == "cell" else (0, 0)
    return key[0], row, column, key[1]


def _validation_differences(sheet: str, expected: SheetLayout, found: SheetLayout) -> Iterator[Difference]:
    """The cells whose rule is another or gone, those below each other as one area."""
    was, now = _rules(expected), _rules(found)
    changed = {at: (now.get(at, ""), was.get(at, "")) for at in {*was, *now} if was.get(at) != now.get(at)}
    for first, last, (is_now, it_was) in _runs(changed):
        yield Difference("validation", sheet, _address(first, last), is_now, it_was)


def _rules(layout: SheetLayout) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for (kind, place), rule in layout.entries.items():
        if kind == "validation" and (area := parse_area(place, "")):
            found |= dict.fromkeys(area.cells(), rule)
    return found


def _runs(cells: Mapping[tuple[int, int], T]) -> Iterator[tuple[tuple[int, int], tuple[int, int], T]]:
    """Cells with the same content that stand below each other: the first, the last, and the content."""
    begun: tuple[int, int] | None = None
    ordered = sorted(cells, key=lambda at: (at[1], at[0]))
    for at in ordered:
        begun, below = begun or at, (at[0] + 1, at[1])
        if below not in cells or cells[below] != cells[at]:
            yield begun, at, cells[at]
            begun = None


def _address(first: tuple[int, int], last: tuple[int, int]) -> str:
    return cell_name(*first) if first == last else f"{cell_name(*first)}:{cell_name(*last)}"


# -- reading a workbook ----------------------------------------------------------------------------------------------


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
    formulas = _Formulas.of(structure)
    unlocked = _unlocked_styles(package, structure.related.get("styles"))
    found = {"": SheetLayout(_book_entries(package, structure, formulas))}
    for sheet in structure.sheets:
        try:
            found[sheet.name] = formulas.sheet(package, sheet, structure.texts, unlocked)
        except (ValueError, IndexError, KeyError):
            raise WorkbookError("book_broken_part", file=package.name, part=sheet.part) from None
    return Layout(found)


def _book_entries(package: Package, structure: Structure, formulas: "_Formulas") -> dict[tuple[Kind, str], str]:
    found: dict[tuple[Kind, str], str] = {}
    root = parse_xml(package, structure.part)
    tabs = [tab for group in root if _tag(group) == "sheets" for tab in group]
    states = ((tab.get("name", ""), tab.get("state", "visible")) for tab in tabs)
    found["sheets", ""] = ", ".join(name if state == "visible" else f"{name} ({state})" for name, state in states)
    for table in structure.tables.values():
        found["table", table.name] = f"{_plain(table.area)}: {', '.join(table.columns)}"
    for (scope, name), content in structure.names.items():
        if name != NAME and not name.startswith(("_xlnm.", "_xlpm.")):
            found["name", f"{scope}!{name}" if scope else name] = formulas.common(content, "", (1, 1))
    return found


def _sheet_layout(
    xml: ET.Element, sheet: str, texts: tuple[str, ...], unlocked: frozenset[int], formulas: "_Formulas"
) -> SheetLayout:
    entries: dict[tuple[Kind, str], str] = {}
    free: dict[str, str] = {}
    for row, column, style, text in _contents(xml, sheet, texts, formulas):
        if style in unlocked:
            free[cell_name(row, column)] = text
        else:
            entries["cell", cell_name(row, column)] = text
    entries |= {("validation", at): rule for at, rule in _validations(xml, sheet, formulas)}
    lock = next((e for e in xml if _tag(e) == "sheetProtection"), None)
    entries["protection", ""] = _yes(lock is not None and lock.get("sheet", "0") not in _FALSE)
    return SheetLayout(entries, free)


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _yes(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _unlocked_styles(package: Package, part: str | None) -> frozenset[int]:
    """Return the numbers of the cell styles whose cells can be changed on a protected sheet."""
    if part is None:
        return frozenset()
    groups = {_tag(group): list(group) for group in parse_xml(package, part)}
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
    lock = next((child for child in xf if _tag(child) == "protection"), None)
    return None if lock is None else lock.get("locked", "1") not in _FALSE


def _contents(
    root: ET.Element, sheet: str, texts: tuple[str, ...], formulas: "_Formulas"
) -> Iterator[tuple[int, int, int, str]]:
    """Row, column, style and content of every cell that is not blank; what an array formula fills counts as blank."""
    space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    c_tag, f_tag, v_tag, is_tag = (space + tag for tag in ("c", "f", "v", "is"))
    masters: dict[str, tuple[str, tuple[int, int]]] = {}
    filled: set[tuple[int, int]] = set()
    number = 0
    for row in (row for data in root.iterfind(f"{space}sheetData") for row in data):
        number = int(row.get("r", number + 1))
        column = 0
        for cell in row:
            reference = cell.get("r")
            column = cell_position(reference)[1] if reference else column + 1
            if not len(cell) or cell.tag != c_tag:
                continue
            at = (number, column)
            formula = cell.find(f_tag)
            if formula is not None:
                text = _formula(formula, sheet, at, masters, filled, formulas)
            elif at in filled:
                continue
            else:
                text = _constant(cell, texts, v_tag, is_tag)
            if text:
                yield number, column, int(cell.get("s", 0)), text


def _formula(
    element: ET.Element,
    sheet: str,
    at: tuple[int, int],
    masters: dict[str, tuple[str, tuple[int, int]]],
    filled: set[tuple[int, int]],
    formulas: "_Formulas",
) -> str:
    text, kind, group = element.text or "", element.get("t", "normal"), element.get("si", "")
    if kind == "shared" and text:
        masters[group] = (text, at)
    elif kind == "shared":
        text, master = masters[group]
        return "=" + formulas.common(text, sheet, at, (at[0] - master[0], at[1] - master[1]))
    area = parse_area(element.get("ref", ""), sheet) if kind in ("array", "dataTable") else None
    if area is None or area.is_cell:
        return "=" + formulas.common(text, sheet, at)
    if area.size > _MOST_REMEMBERED:
        raise ValueError(area.address)
    filled.update(area.cells())
    return f"={formulas.common(text, sheet, at)} ({area.address})"


def _constant(cell: ET.Element, texts: tuple[str, ...], v_tag: str, is_tag: str) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(is_tag)
        return as_layout("" if inline is None else rich_text(inline))
    raw = cell.findtext(v_tag) or ""
    match kind:
        case "s":
            return as_layout(texts[int(raw)]) if raw else ""
        case "n":
            return f"{float(raw):.15g}" if raw.strip() else ""
        case "b":
            return _yes(raw.strip() in ("1", "true"))
        case "str":
            return as_layout(unescaped(raw))
        case _:
            return raw


def as_layout(text: str) -> str:
    """Return how a layout says a text: with an apostrophe where it reads like a number or a formula."""
    return f"'{text}" if _LOOKS_TYPED.match(text) else text


# -- validation ------------------------------------------------------------------------------------------------------


def _validations(root: ET.Element, sheet: str, formulas: "_Formulas") -> Iterator[tuple[str, str]]:
    """The rules of input cells: the area down one column, and the rule as it would read in cell A1."""
    rules: dict[tuple[int, int], str] = {}
    for element in _validation_elements(root):
        texts = {_tag(child): "".join(child.itertext()) for child in element}
        areas = [
            area
            for piece in (element.get("sqref") or texts.get("sqref", "")).split()
            if (area := parse_area(piece, sheet)) and area.size <= _MOST_REMEMBERED
        ]
        kind = element.get("type", "none")
        if not areas or kind == "none":
            continue
        first = (min(a.first_row for a in areas), min(a.first_column for a in areas))
        comparison = "" if kind in ("list", "custom") else element.get("operator", "between")
        pieces = [kind, comparison] if comparison else [kind]
        for name in ("formula1", "formula2") if comparison.lower().endswith("between") else ("formula1",):
            pieces.append(formulas.common(texts.get(name, ""), sheet, first, (1 - first[0], 1 - first[1])))
        if element.get("errorStyle", "stop") != "stop" or element.get("showErrorMessage", "0") in _FALSE:
            pieces.append("(not enforced)")
        for area in areas:
            rules |= dict.fromkeys(area.cells(), " ".join(pieces))
    for begin, end, rule in _runs(rules):
        yield _address(begin, end), rule


def _validation_elements(root: ET.Element) -> Iterator[ET.Element]:
    for group in root:
        if _tag(group) == "dataValidations":
            yield from group
        elif _tag(group) == "extLst":
            # Excel keeps here what refers to another sheet.
            yield from (e for e in group.iter() if _tag(e) == "dataValidation")


# -- formulas --------------------------------------------------------------------------------------------------------


class _Formulas:
    """What is known of workbooks with the same tables: sheets that were read before, and their formulas.

    Thousands of returned workbooks have the same sheets of workings, which are not read twice. Formulas are put into
    a form that all programs' spellings share: references have their sheet and no `$`, structured references are
    areas, names are in small letters.
    """

    _books: ClassVar["OrderedDict[tuple[object, ...], _Formulas]"] = OrderedDict()

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._known: dict[tuple[str, str, tuple[int, int], tuple[int, int]], str] = {}
        self._sheets: OrderedDict[tuple[object, ...], SheetLayout] = OrderedDict()

    @classmethod
    def of(cls, structure: Structure) -> "_Formulas":
        """Return what is known of the formulas of such a workbook: thousands have the same ones."""
        key = tuple(structure.tables.values())
        found = cls._books.pop(key, None) or cls(structure.tables)
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
            found = _sheet_layout(parse_xml(package, sheet.part), sheet.name, texts, unlocked, self)
        if len(found.entries) <= _MOST_REMEMBERED:
            self._sheets[key] = found
            if len(self._sheets) > _MOST_SHEETS:
                self._sheets.popitem(last=False)
        return found

    def common(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int] = (0, 0)) -> str:
        """Return a formula that stands in a cell, or that was moved by rows and columns, in the common form."""
        key = (text, sheet, at, by)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._common(text, sheet, at, by)
        return found

    def _common(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        try:
            tokens = fz.tokenize("=" + text).tokens()
        except (fz.TokenizerError, ValueError):
            return text.strip()
        return "".join(self._token(token, sheet, at, by) for token in tokens)

    def _token(self, token: fz.Token, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        text = str(token.value)
        if token.token_type == fz.TokenType.Operand and token.subtype == fz.TokenSubType.Range:
            return self._reference(text, sheet, at, by)
        if token.token_type == fz.TokenType.Func:
            return _PREFIXES.sub("", text).upper()
        if token.token_type == fz.TokenType.Operand and token.subtype == fz.TokenSubType.Number:
            return f"{float(text):.15g}"
        return "" if token.token_type == fz.TokenType.Whitespace else text

    def _reference(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        if "[" in text:
            name, _, inner = text.partition("[")
            table = self._tables.get(name.casefold())
            try:
                return text if table is None else _plain(resolve_structured(table, inner.removesuffix("]"), at[0]))
            except TableReferenceError as fault:
                return str(fault)
        area = parse_area(moved(text, *by) if by != (0, 0) else text, sheet)
        return text.casefold() if area is None else _plain(area)


def _plain(area: Area) -> str:
    return f"{area.sheet}!{area.address}"
