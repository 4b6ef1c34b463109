"""A workbook as its parts, edited cell by cell in the XML: no accident that people or programs make is out of reach."""

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_ROW = re.compile(r"<row ([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_STYLE = re.compile(r'\bs="(\d+)"')


def number_of(letters: str) -> int:
    """The number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(number: int) -> str:
    """The letters of a column."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


class RawSheet:
    """The rows of a worksheet: in each its cells by column, as XML."""

    def __init__(self, xml: str) -> None:
        self.head, rest = xml.split("<sheetData", 1)
        rest = rest.split(">", 1)[1]
        data, self.tail = rest.split("</sheetData>", 1) if "</sheetData>" in rest else ("", rest)
        self.rows: dict[int, tuple[str, dict[int, str]]] = {}
        for row in _ROW.finditer(data):
            number = int(re.search(r'\br="(\d+)"', row[1])[1])  # type: ignore[index]
            cells = {number_of(cell[1]): cell[0] for cell in _CELL.finditer(row[2] or "")}
            self.rows[number] = (row[1], cells)

    def set(self, cell: str, inner: str, attributes: str = "", style: int | None = None) -> None:
        """Put XML into a cell, which keeps its style unless another is given."""
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
        attrs, cells = self.rows.setdefault(int(row), (f'r="{row}"', {}))
        column = number_of(letters)
        if style is None:
            found = _STYLE.search(cells.get(column, "").partition(">")[0])
            style = int(found[1]) if found else 0
        self.rows[int(row)] = attrs, cells
        body = f">{inner}</c>" if inner else "/>"
        cells[column] = f'<c r="{cell}" s="{style}"{" " + attributes if attributes else ""}{body}'

    def style(self, cell: str) -> int:
        """The number of the style of a cell."""
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
        found = _STYLE.search(self.rows.get(int(row), ("", {}))[1].get(number_of(letters), "").partition(">")[0])
        return int(found[1]) if found else 0

    def hide(self, row: int) -> None:
        """Hide a row."""
        attrs, cells = self.rows[row]
        self.rows[row] = f'{attrs} hidden="1"', cells

    def xml(self) -> str:
        """The worksheet."""
        rows = []
        for _, (attrs, cells) in sorted(self.rows.items()):
            attrs = re.sub(r'\s*spans="[^"]*"', "", attrs)
            rows.append(f"<row {attrs}>{''.join(cells[column] for column in sorted(cells))}</row>")
        return f"{self.head}<sheetData>{''.join(rows)}</sheetData>{self.tail}"


class RawBook:
    """A workbook that is edited: its parts, and its sheets by their names."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.parts = {info.filename: archive.read(info) for info in archive.infolist()}
        self._sheets: dict[str, RawSheet] = {}

    def text(self, part: str) -> str:
        """A part as text."""
        return self.parts[part].decode()

    def put(self, part: str, text: str) -> None:
        """Replace a part."""
        self.parts[part] = text.encode()

    def sub(self, part: str, pattern: str, new: str, count: int = 1) -> None:
        """Replace what a pattern finds; it has to be there."""
        text, times = re.subn(pattern, new, self.text(part), count=count, flags=re.DOTALL)
        assert times, (part, pattern)
        self.put(part, text)

    @property
    def names(self) -> list[str]:
        """The names of the sheets."""
        return re.findall(r'<sheet name="([^"]*)"', self.text("xl/workbook.xml"))

    def part_of(self, sheet: str) -> str:
        """The part of a sheet: of a form as it is sent out, sheet1.xml and so on in their order."""
        return f"xl/worksheets/sheet{self.names.index(sheet) + 1}.xml"

    def sheet(self, name: str) -> RawSheet:
        """A sheet to edit."""
        if name not in self._sheets:
            self._sheets[name] = RawSheet(self.text(self.part_of(name)))
        return self._sheets[name]

    def rename(self, old: str, new: str) -> None:
        """Rename a sheet; what refers to it follows, as in a spreadsheet program."""
        self._sheets = {new if name == old else name: sheet for name, sheet in self._sheets.items()}
        self.sub("xl/workbook.xml", f'<sheet name="{old}"', f'<sheet name="{new}"')
        for sheet in self._sheets.values():
            for row, (attrs, cells) in sheet.rows.items():
                sheet.rows[row] = attrs, {at: xml.replace(f"{old}!", f"'{new}'!") for at, xml in cells.items()}
        for part in self.parts:
            if part == "xl/workbook.xml" or part.startswith("xl/worksheets/sheet"):
                self.put(part, self.text(part).replace(f"{old}!", f"'{new}'!"))

    def add_sheet(self, name: str, cells: dict[str, tuple[str, str]], state: str = "") -> None:
        """Add a sheet, the last, with cells as inner XML and attributes; `state` hides it."""
        number = len(self.names) + 1
        part = f"xl/worksheets/sheet{number}.xml"
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        sheet = RawSheet(f'<worksheet xmlns="{space}"><sheetData></sheetData></worksheet>')
        for cell, (inner, attributes) in cells.items():
            sheet.set(cell, inner, attributes)
        hidden = f' state="{state}"' if state else ""
        self.put(part, sheet.xml())
        entry = f'<sheet name={quoteattr(name)} sheetId="{90 + number}"{hidden} r:id="rIdMore{number}"/></sheets>'
        self.sub("xl/workbook.xml", "</sheets>", entry)
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
        target = f'<Relationship Id="rIdMore{number}" Type="{kind}" Target="worksheets/sheet{number}.xml"/>'
        self.sub("xl/_rels/workbook.xml.rels", "</Relationships>", f"{target}</Relationships>")
        content = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        override = f'<Override PartName="/{part}" ContentType="{content}"/></Types>'
        self.sub("[Content_Types].xml", "</Types>", override)

    def add_style(self, like: int, font: str) -> int:
        """A style like another one, with more said of its font; return its number."""
        styles = self.text("xl/styles.xml")
        fonts = re.findall(r"<font>.*?</font>|<font/>", styles.partition("</fonts>")[0], re.DOTALL)
        before, xfs = styles.split("<cellXfs", 1)
        xfs, after = xfs.split("</cellXfs>", 1)
        formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", xfs, re.DOTALL)
        chosen = formats[like]
        own = fonts[int(re.search(r'fontId="(\d+)"', chosen)[1])]  # type: ignore[index]
        new = "<font>" + font + own.removeprefix("<font>") if own != "<font/>" else f"<font>{font}</font>"
        chosen = chosen.replace(' applyFont="1"', "")
        formats.append(re.sub(r'fontId="\d+"', f'fontId="{len(fonts)}" applyFont="1"', chosen))
        before = before.replace("</fonts>", new + "</fonts>")
        before = re.sub(r'<fonts count="\d+"', f'<fonts count="{len(fonts) + 1}"', before)
        self.put("xl/styles.xml", f'{before}<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>{after}')
        return len(formats) - 1

    def add_format(self, like: int, code: str) -> int:
        """A style like another one, with a number format of its own; return its number."""
        styles = self.text("xl/styles.xml")
        entry = f'<numFmt numFmtId="{700 + len(styles) % 9000}" formatCode={quoteattr(code)}/>'
        number = re.search(r'numFmtId="(\d+)"', entry)[1]  # type: ignore[index]
        if "<numFmts" in styles:
            styles = styles.replace("</numFmts>", f"{entry}</numFmts>")
        else:
            styles = re.sub(r"(<styleSheet[^>]*>)", rf'\1<numFmts count="1">{entry}</numFmts>', styles, count=1)
        before, xfs = styles.split("<cellXfs", 1)
        xfs, after = xfs.split("</cellXfs>", 1)
        formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", xfs, re.DOTALL)
        formats.append(re.sub(r'numFmtId="\d+"', f'numFmtId="{number}"', formats[like]))
        self.put("xl/styles.xml", f'{before}<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>{after}')
        return len(formats) - 1

    def insert_row(self, name: str, at: int) -> None:
        """Insert a row into a sheet: what stands below moves down, and the sheet's own formulas and table follow."""
        sheet = self.sheet(name)
        place = re.compile(r"(\$?\b[A-Z]{1,3}\$?)(\d+)\b(?!\()")

        def down(text: str) -> str:
            return place.sub(lambda m: f"{m[1]}{int(m[2]) + (int(m[2]) >= at)}", text)

        moved: dict[int, tuple[str, dict[int, str]]] = {}
        for row, (attrs, cells) in sheet.rows.items():
            to = row + (row >= at)
            below = {}
            for column, xml in cells.items():
                new = xml.replace(f'r="{letters_of(column)}{row}"', f'r="{letters_of(column)}{to}"', 1)
                below[column] = re.sub(r"(<f[^>]*>)([^<]*)(</f>)", lambda m: f"{m[1]}{down(m[2])}{m[3]}", new)
            moved[to] = re.sub(r'\br="\d+"', f'r="{to}"', attrs, count=1), below
        sheet.rows = moved
        sheet.tail = re.sub(r'((?:sqref|ref)=")([^"]*)', lambda m: m[1] + down(m[2]), sheet.tail)
        relations = self.text(self.part_of(name).replace("worksheets/", "worksheets/_rels/") + ".rels")
        for table in re.findall(r'Target="\.\./(tables/[^"]+)"', relations):
            self.put(f"xl/{table}", re.sub(r'(ref=")([^"]*)', lambda m: m[1] + down(m[2]), self.text(f"xl/{table}")))

    def saved(self, when: str) -> None:
        """Set the record of the last saving."""
        self.sub("docProps/core.xml", r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{when}")

    def flush(self) -> None:
        """Put the sheets that were edited into their parts, before those are changed as such."""
        for name, sheet in self._sheets.items():
            self.put(self.part_of(name), sheet.xml())
        self._sheets = {}

    def save(self, path: Path) -> None:
        """Write the workbook."""
        self.flush()
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in self.parts.items():
                archive.writestr(name, content)


def number(value: float) -> tuple[str, str]:
    """A number as the inside of a cell and its attributes."""
    return f"<v>{value!r}</v>", ""


def text(words: str) -> tuple[str, str]:
    """A text, with the marks that XML needs; the escapes of spreadsheet programs stay as they are."""
    return f'<is><t xml:space="preserve">{escape(words)}</t></is>', 't="inlineStr"'


def rich(*runs: tuple[str, str]) -> tuple[str, str]:
    """A text of runs, each with what is said of its font."""
    inside = "".join(
        f'<r>{f"<rPr>{font}</rPr>" if font else ""}<t xml:space="preserve">{escape(words)}</t></r>'
        for words, font in runs
    )
    return f"<is>{inside}</is>", 't="inlineStr"'


def formula(words: str, value: str | None, kind: str = "") -> tuple[str, str]:
    """A formula with the value that is stored beside it, if one is."""
    stored = "" if value is None else f"<v>{escape(value)}</v>"
    return f"<f>{escape(words)}</f>{stored}", f't="{kind}"' if kind else ""
