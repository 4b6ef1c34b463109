"""A copy of a returned workbook with its findings: a sheet that leads to every cell, and the cells marked.

The copy is the workbook byte for byte but for what is added: a sheet, some styles, the style numbers of the marked
cells. Values, formulas and validation stay as they are. What the findings say stands there as text, never as a formula.
A workbook that reaches outside of itself (macros, links, connections) is not copied.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from crm_xl.collection.checking.check import Checked
from crm_xl.collection.collecting.streamed_rows import row_height
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.foreign_content import ANNOTATED, FINDINGS, annotated_as, findings_sheet
from crm_xl.collection.reading.formula_hazards import hazard
from crm_xl.data import term
from crm_xl.xlsx.cells import read_cells
from crm_xl.xlsx.package import Package, replace_file
from crm_xl.xlsx.references import LAST_COLUMN, Area, cell_name, parse_area, quoted
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.sheet_writing import (
    MAIN,
    inserted_before,
    restyled,
    retagged,
    with_name,
    without_name,
    xml_text,
)
from crm_xl.xlsx.styles import StylesXml
from crm_xl.xlsx.workbook import Structure, read_structure, relations_part

HEADS = ("severity", "sheet", "cell", "text", "advice")
_WIDTHS = (11.0, 16.0, 12.0, 76.0, 60.0)
# Its letters are of 10 points, and widths are told in those of 11.
_ROOM = 1.1
_BLOCKS, _NOTE = "F7C9C4", "F9D77E"
# The first row of findings, below title, counts and headers.
_FIRST = 5
# A cell holds so many characters, less a few; and so many cells of one finding are marked.
_LONGEST, _MOST_CELLS = 32_000, 32_000
# What a copy would carry along to whoever opens it.
_OUTSIDE = (
    "not_read", "rest_not_read", "macros", "python_code", "web_add_in", "external_links", "embedded", "connections",
    "formula_external", "formula_dde", "formula_reaching",
)  # fmt: skip
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
_FONTS = {"en": "Calibri", "zh": "Microsoft YaHei"}


def annotate(source: Path, checked: Checked, target: Path, language: str) -> str | None:
    """Write a copy with the findings to a file; return the reason where none is written.

    Parameters
    ----------
    source
        The workbook that was checked; it is read and stays as it is.
    language
        The language of the findings where the workbook has none.

    Raises
    ------
    WorkbookError
        Where the copy cannot be written.
    """
    told = checked.returned.language or language
    if refused := next((finding for finding in checked.findings if finding.key in _OUTSIDE), None):
        return refused.text(language)
    package = Package.open(source, checked.returned.file)
    if package.digest != checked.returned.digest:
        return term("annotate_changed", language)
    structure = read_structure(package)
    for sheet in structure.sheets:
        cells = read_cells(
            package.parts[sheet.part], structure.texts, sheet=sheet.name, file=package.name, part=sheet.part
        )
        if any(map(hazard, cells.formulas.values())):
            return term("annotate_formula", language, sheet=sheet.name)
    try:
        changes = _changes(package, structure, checked, told)
    except ValueError:  # a part that is sound, and written in a way that no spreadsheet program has
        return term("annotate_spelling", language)
    replace_file(target, package.to_bytes(changes))
    return None


def _changes(package: Package, structure: Structure, checked: Checked, language: str) -> dict[str, bytes | None]:
    part = structure.related.get("styles", "")
    styles = StylesXml(package.parts.get(part, b""), package.name, part)
    own = findings_sheet(structure)
    changes: dict[str, bytes | None] = dict(_marked(package, structure, checked.findings, styles))
    name = own or _free_name(term("checked_title", language), structure)
    page = _page(checked, styles, language, _others(structure, own))
    if own:
        changes[next(sheet.part for sheet in structure.sheets if sheet.name == own)] = page
        changes[structure.part] = _with_names(package.parts[structure.part], structure, name, checked)
    else:
        changes |= _with_sheet(package, structure, name, page, checked)
    changes[part] = bytes(styles)
    return changes


def _others(structure: Structure, own: str | None) -> set[str]:
    return {sheet.name for sheet in structure.sheets if sheet.name != own}


def _free_name(wanted: str, structure: Structure) -> str:
    taken = {sheet.name.casefold() for sheet in structure.sheets}
    return next(name for name in (wanted, *(f"{wanted} {i}" for i in range(2, 1000))) if name.casefold() not in taken)


# -- the cells -------------------------------------------------------------------------------------------------------


def _marked(package: Package, structure: Structure, findings: Iterable[Finding], styles: StylesXml) -> dict[str, bytes]:
    """The sheets with the cells of findings on another fill, and none of them chosen."""
    fills = {"blocks": styles.fill(_BLOCKS), "note": styles.fill(_NOTE)}
    marks: defaultdict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for finding in sorted(findings, key=lambda finding: finding.blocks):
        for area in _areas(finding):
            if area.last_column < LAST_COLUMN and area.size <= _MOST_CELLS:  # whole rows are not marked
                marks[finding.sheet] |= dict.fromkeys(area.cells(), finding.severity)
    changed = {}
    for sheet in structure.sheets:
        xml = package.parts[sheet.part]
        if sheet.name in marks:
            read = SheetXml(xml, package.name, sheet.part)
            there = {at: mark for at, mark in marks[sheet.name].items() if at in read.cells}
            xml = restyled(read, {at: styles.on_fill(read.cells[at].style, fills[m]) for at, m in there.items()})
        # Two chosen sheets would both take what is typed into one.
        xml = re.sub(rb"""\stabSelected=["'](?:1|true)["']""", b"", xml, count=1)
        if xml != package.parts[sheet.part]:
            changed[sheet.part] = xml
    return changed


def _areas(finding: Finding) -> list[Area]:
    """The areas that a finding names."""
    pieces = (parse_area(piece.strip(), finding.sheet) for piece in finding.cell.split(","))
    return [area for area in pieces if area is not None]


# -- the sheet of findings -------------------------------------------------------------------------------------------


def _page(checked: Checked, styles: StylesXml, language: str, sheets: set[str]) -> bytes:
    """The sheet of findings, each with a link to its cell."""
    font = f'<sz val="10"/><name val="{_FONTS[language]}"/>'
    wrapped = 'vertical="top" wrapText="1"'
    text = styles.font(font)
    plain = styles.style(font=text, alignment=wrapped)
    title = styles.style(font=styles.font(f'<b/><sz val="16"/><name val="{_FONTS[language]}"/>'), alignment="")
    subtitle = styles.style(font=text, alignment="")
    white = f'<b/><sz val="10"/><color rgb="FFFFFFFF"/><name val="{_FONTS[language]}"/>'
    head = styles.style(font=styles.font(white), fill=styles.fill("1F3A5F"), alignment='vertical="center"')
    blue = f'<u/><sz val="10"/><color rgb="FF1F4E9E"/><name val="{_FONTS[language]}"/>'
    link = styles.style(font=styles.font(blue), alignment=wrapped)
    marks = {
        "blocks": styles.style(font=text, fill=styles.fill(_BLOCKS), alignment=wrapped),
        "note": styles.style(font=text, fill=styles.fill(_NOTE), alignment=wrapped),
    }
    blocks = sum(finding.blocks for finding in checked.findings)
    counts = {"blocks": blocks, "notes": len(checked.findings) - blocks}
    counted = term("checked_counts", language, lines=checked.lines, rejected=checked.rejected, **counts)
    rows = [
        _row(1, [(term("checked_heading", language, file=checked.returned.file), title)], 26),
        _row(2, [(counted, subtitle)]),
        _row(3, [(term("checked_legend", language), subtitle)]),
        _row(_FIRST - 1, [(term(f"checked_{key}", language), head) for key in HEADS], 22),
    ]
    links = []
    for number, finding in enumerate(checked.findings, _FIRST):
        target = _target(finding, sheets)
        if target:
            links.append((cell_name(number, 3), target))
        said, advice = finding.text(language), finding.advice(language)
        cells = [
            (term(f"checked_{finding.severity}", language), marks[finding.severity]),
            (finding.sheet, plain),
            (finding.cell, link if target else plain),
            (said, plain),
            (advice, plain),
        ]
        widths = (width * _ROOM for width in _WIDTHS)
        rows.append(
            _row(number, cells, row_height((text, width) for (text, _), width in zip(cells, widths, strict=True)))
        )
    cols = "".join(f'<col min="{i}" max="{i}" width="{w:g}" customWidth="1"/>' for i, w in enumerate(_WIDTHS, 1))
    pane = f'<pane ySplit="{_FIRST - 1}" topLeftCell="A{_FIRST}" activePane="bottomLeft" state="frozen"/>'
    hyperlinks = "".join(f'<hyperlink ref="{at}" location="{_quote(to)}" display="{_quote(to)}"/>' for at, to in links)
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
        '<sheetPr><tabColor rgb="FF9B1C1C"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{cols}</cols><sheetData>{''.join(rows)}</sheetData>"
        + (f"<hyperlinks>{hyperlinks}</hyperlinks>" if links else "")
        + '<pageMargins left="0.4" right="0.4" top="0.55" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/></worksheet>'
    ).encode()


def _row(number: int, cells: Iterable[tuple[str, int]], height: float = 0) -> str:
    sized = f' ht="{height}" customHeight="1"' if height else ""
    inside = "".join(
        f'<c r="{cell_name(number, column)}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{xml_text(text[:_LONGEST]).decode()}</t></is></c>"
        for column, (text, style) in enumerate(cells, 1)
    )
    return f'<row r="{number}"{sized}>{inside}</row>'


def _target(finding: Finding, sheets: set[str]) -> str:
    """The place that a link leads to, as a reference; nothing where the finding has none in this workbook."""
    if finding.sheet not in sheets:
        return ""
    areas = _areas(finding)
    return f"{quoted(finding.sheet)}!{areas[0].address if areas else 'A1'}"


def _quote(text: str) -> str:
    """A text for an attribute."""
    return xml_text(text).decode().replace('"', "&quot;")


# -- the workbook ----------------------------------------------------------------------------------------------------


def _with_sheet(
    package: Package, structure: Structure, name: str, page: bytes, checked: Checked
) -> Mapping[str, bytes]:
    """The parts that make the workbook have one more sheet, the last, which shows when it is opened."""
    parts = package.parts
    part = next(p for i in range(1, 10_000) if (p := f"xl/worksheets/findings{i}.xml") not in package.infos)
    relations = relations_part(structure.part)
    number = next(i for i in range(1, 10_000) if b'"rIdFindings%d"' % i not in parts[relations])
    target = posixpath.relpath(part, posixpath.dirname(structure.part))
    book = _with_names(parts[structure.part], structure, name, checked)
    r = re.search(rb"<(?:\w+:)?sheet\s[^>]*?\s(\w+):id=", book)[1].decode()  # type: ignore[index]
    new = max(int(i) for i in re.findall(rb"""\ssheetId=["'](\d+)["']""", book)) + 1
    sheet = f'<sheet name="{_quote(name)}" sheetId="{new}" {r}:id="rIdFindings{number}"/>'
    tabs = len(re.findall(rb"<(?:\w+:)?sheet\s", book))
    view = re.search(rb"<(?:\w+:)?workbookView\b[^>]*>", book)
    book = inserted_before(book, "sheets", sheet)
    if view is not None:
        tag = retagged(view[0], {b"activeTab": b"%d" % tabs, b"firstSheet": None})
        book = book.replace(view[0], tag[:-1] + b"/>" if view[0].endswith(b"/>") else tag, 1)
    relation = f'<Relationship Id="rIdFindings{number}" Type="{_KIND}" Target="{target}"/>'
    override = f'<Override PartName="/{part}" ContentType="{_CONTENT}"/>'
    return {
        part: page,
        structure.part: book,
        relations: inserted_before(parts[relations], "Relationships", relation),
        "[Content_Types].xml": inserted_before(parts["[Content_Types].xml"], "Types", override),
    }


def _with_names(book: bytes, structure: Structure, name: str, checked: Checked) -> bytes:
    """The workbook part with the two names by which the copy is known for one."""
    place = "'" + name.replace("'", "''") + "'!$A$1"
    values = {FINDINGS: place, ANNOTATED: annotated_as(checked.returned.modified, checked.returned.inputs)}
    for key, value in values.items():
        book = with_name(without_name(book, key), key, value)
    return book
