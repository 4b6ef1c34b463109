"""Small workbooks, written part by part so that a test sees every byte, and functions to call from them."""

import io
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

from crm_xl.engine.cells import as_error
from crm_xl.errors import InputCellError, NotThereError, UnreadableError
from crm_xl.functions.registry import Function, Parameter, Registry, Text

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
DYNAMIC = (
    f'{HEAD}<metadata xmlns="{MAIN}" xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000"/></metadataTypes>'
    '<futureMetadata name="XLDAPR" count="1"><bk><extLst><ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">'
    '<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk></futureMetadata>'
    '<cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
)


# Stored values of these books are made up: no engine is to be held against them.
CALCULATE_ANEW = '<calcPr fullCalcOnLoad="1"/>'


def cell(ref, value=None, formula=None, *, style=None, array=None, dynamic=False, attributes=""):
    """Return one cell as XML."""
    kind, content = "", ""
    if isinstance(value, bool):
        kind, content = ' t="b"', f"<v>{value:d}</v>"
    elif isinstance(value, str) and value.startswith("#"):
        kind, content = ' t="e"', f"<v>{value}</v>"
    elif isinstance(value, str) and formula is None:
        kind, content = ' t="inlineStr"', f"<is><t>{escape(value)}</t></is>"
    elif isinstance(value, str):
        kind, content = ' t="str"', f"<v>{escape(value)}</v>"
    elif value is not None:
        content = f"<v>{value}</v>"
    f = ""
    if formula is not None:
        f = f'<f t="array" ref="{array}">{escape(formula)}</f>' if array else f"<f>{escape(formula)}</f>"
    s = f' s="{style}"' if style is not None else ""
    cm = ' cm="1"' if dynamic else ""
    return f'<c r="{ref}"{s}{kind}{cm}{attributes}>{f}{content}</c>'


def sheet(*cells, before="", after="", dimension=None):
    """Return a worksheet part of cells given in any order."""
    rows = {}
    for xml in cells:
        letters, number = re.match(r'<c r="([A-Z]+)(\d+)"', xml).groups()
        rows.setdefault(int(number), []).append((len(letters), letters, xml))
    data = ""
    for number, row in sorted(rows.items()):
        data += f'<row r="{number}">' + "".join(xml for _, _, xml in sorted(row)) + "</row>"
    dim = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'{HEAD}<worksheet xmlns="{MAIN}">{dim}{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def book(
    sheets,
    *,
    names=(),
    tables=(),
    parts=None,
    chain=None,
    metadata=False,
    texts=None,
    styles=None,
    properties="",
    calc=CALCULATE_ANEW,
):
    """Return the bytes of a workbook.

    `sheets` maps names to parts; `names` are (name, scope or None, formula); `tables` are (name, sheet, ref, columns).
    """
    tabs = list(sheets)
    types, links, files = [], [], {}

    def add(part, kind, content, relation=None):
        types.append(f'<Override PartName="/xl/{part}" ContentType="{TYPE}.{kind}+xml"/>')
        if relation:
            links.append(f'<Relationship Id="x{len(links)}" Type="{OFFICE}/{relation}" Target="{part}"/>')
        files[f"xl/{part}"] = content

    for i, tab in enumerate(tabs, 1):
        types.append(f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{TYPE}.worksheet+xml"/>')
        links.append(f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>')
        files[f"xl/worksheets/sheet{i}.xml"] = sheets[tab]
        own = [(n, t) for n, t in enumerate(tables, 1) if t[1] == tab]
        if own:
            related = (
                f'<Relationship Id="t{n}" Type="{OFFICE}/table" Target="../tables/table{n}.xml"/>' for n, _ in own
            )
            files[f"xl/worksheets/_rels/sheet{i}.xml.rels"] = relationships("".join(related))
        for n, (name, _, ref, columns) in own:
            inner = "".join(f'<tableColumn id="{k}" name={quoteattr(c)}/>' for k, c in enumerate(columns, 1))
            add(
                f"tables/table{n}.xml",
                "table",
                f'{HEAD}<table xmlns="{MAIN}" id="{n}" name="{name}" displayName="{name}" ref="{ref}">'
                f'<tableColumns count="{len(columns)}">{inner}</tableColumns></table>',
            )
    if metadata:
        add("metadata.xml", "sheetMetadata", DYNAMIC, "sheetMetadata")
    if chain is not None:
        add("calcChain.xml", "calcChain", f'{HEAD}<calcChain xmlns="{MAIN}">{chain}</calcChain>', "calcChain")
    if texts is not None:
        items = "".join(f"<si>{t}</si>" for t in texts)
        add("sharedStrings.xml", "sharedStrings", f'{HEAD}<sst xmlns="{MAIN}">{items}</sst>', "sharedStrings")
    if styles is not None:
        add("styles.xml", "styles", styles, "styles")
    scopes = {tab: f' localSheetId="{i}"' for i, tab in enumerate(tabs)}
    defined = "".join(f'<definedName name="{n}"{scopes.get(on, "")}>{escape(f)}</definedName>' for n, on, f in names)
    tab_list = "".join(f'<sheet name={quoteattr(t)} sheetId="{i}" r:id="r{i}"/>' for i, t in enumerate(tabs, 1))
    content = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{"".join(types)}</Types>',
        "_rels/.rels": relationships(
            f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{tab_list}</sheets>'
        + (f"<definedNames>{defined}</definedNames>" if defined else "")
        + f"{calc}</workbook>",
        "xl/_rels/workbook.xml.rels": relationships("".join(links)),
        **files,
        **(parts or {}),
    }
    return zipped(content)


def relationships(inner):
    """Return a part of relationships."""
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def zipped(content, compress=zipfile.ZIP_DEFLATED):
    """Return a zip file of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 9, 30, 2)), data, compress)
    return buffer.getvalue()


def parts_of(data):
    """Return the parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cells_of(data, part="xl/worksheets/sheet1.xml"):
    """Return every cell element of a sheet part by its reference, as text."""
    xml = parts_of(data)[part].decode()
    return {m[1]: m[0] for m in re.finditer(r'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)', xml, re.DOTALL)}


def _number(value):
    if (error := as_error(value)) is not None:
        raise InputCellError(error, "argument_holds_error", argument="costs", found=error)
    if isinstance(value, str):
        raise UnreadableError("expected_number")
    return value or 0.0


def CRM_TOTAL(costs, assumptions=None, component=None):
    header, *lines = costs.rows
    at = {name: i for i, name in enumerate(header)}
    if component is not None and component not in {line[at["Component"]] for line in lines}:
        raise NotThereError("component_not_there")
    return sum(
        _number(line[at["Quantity"]]) * _number(line[at["Unit cost"]])
        for line in lines
        if component in (None, line[at["Component"]])
    )


def CRM_BREAKDOWN(costs):
    lines = costs.rows[1:]
    names = list(dict.fromkeys(line[0] for line in lines if line[0]))
    return [["Component", "Amount"], *([name, CRM_TOTAL(costs, None, name)] for name in names)]


def CRM_PER_USER(costs, users):
    return CRM_TOTAL(costs) / users


def CRM_SHOW(first=None, second=None, third=None):
    return f"{first!r} {second!r} {third!r}"


def _function(implementation, result, *parameters):
    text = Text("text", "文字")
    return Function(
        name=implementation.__name__,
        alias="x",
        category=text,
        summary=text,
        result=result,
        example="",
        returns=text,
        errors={},
        notes=(),
        source="",
        implementation=implementation,
        parameters=tuple(Parameter(name=n, text=text, kind=k, optional=o) for n, k, o in parameters),
    )


def dummies():
    """Return a registry of functions that are plain enough to know their results by heart."""
    registry = Registry()
    costs = ("costs", "table", False)
    registry.add(_function(CRM_TOTAL, "money", costs, ("assumptions", "table", True), ("component", "value", True)))
    registry.add(_function(CRM_BREAKDOWN, "table", costs))
    registry.add(_function(CRM_PER_USER, "money", costs, ("users", "value", False)))
    registry.add(_function(CRM_SHOW, "text", *((n, "value", True) for n in ("first", "second", "third"))))
    return registry


class FakeProblem:
    """A problem of a table, as the functions tell it."""

    def __init__(self, argument, row, column, severity="error", words="found text; expected a number"):
        self.argument, self.row, self.column, self.severity, self.words = argument, row, column, severity, words

    def text(self, language="en"):
        return self.words if language == "en" else "填的是文字"


def text_in_numbers(function, arguments):
    """Return a problem for every text in the number columns of the first argument."""
    costs = arguments[0] if arguments else None
    if costs is None or isinstance(costs, str | float):
        return []
    return [
        FakeProblem("costs", r, c)
        for r, row in enumerate(costs.rows[1:], 1)
        for c in (1, 2)
        if c < len(row) and isinstance(row[c], str) and as_error(row[c]) is None
    ]
