"""Forms for the tests of checking: a department's workbook as it is sent out, filled in cell by cell.

What a user does in a spreadsheet program is done to the parts of the file, so that every accident can be made.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from openpyxl.utils import get_column_letter

from crm_xl._version import __version__
from crm_xl.collection.form.layout import digest
from crm_xl.collection.form.master import Master, master_of, settings_of
from crm_xl.collection.form.sent_cells import places
from crm_xl.collection.form.stamp import TEMPLATE, Stamp, read_stamp
from crm_xl.data import SCHEMA_VERSION
from crm_xl.engine.schema import columns
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import cell_position
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.sheet_writing import written
from crm_xl.xlsx.workbook import Structure, read_structure

# The header stands in row 5; the form has room for 20 cost lines and 10 benefit lines.
HEADER, FIRST, LAST = 5, 6, 25
SHEETS = {"en": {"costs": "Costs", "benefits": "Benefits"}, "zh": {"costs": "费用", "benefits": "收益"}}
_LETTERS = [get_column_letter(number) for number in range(2, 40)]


def column(key: str, table: str = "costs") -> str:
    """The letter of a column in the form."""
    return _LETTERS[list(columns(table)).index(key)]


def stamp_of(language: str = "en", **changes: object) -> Stamp:
    """The stamp of the form, its layout aside."""
    stamp = Stamp(
        schema=SCHEMA_VERSION,
        template=TEMPLATE,
        department="Sales",
        period="2027",
        cycle="budget",
        sequence=1,
        language=language,
        layout="",
        version=__version__,
        contact="",
        deadline=None,
        currency="CNY",
        years=3,
        start=dt.date(2027, 1, 1),
        lines=20,
        rates=(("USD/CNY", 7.0, None),),
    )
    return replace(stamp, **changes)  # type: ignore[arg-type]


@cache
def master(language: str) -> Master:
    return master_of(settings_of(stamp_of(language)))


@cache
def blank(language: str = "en") -> bytes:
    """A form as it is sent out, in which nothing is filled in."""
    own = master(language)
    stamp = stamp_of(language)
    return own.fill(replace(stamp, layout=digest(own.layout_for(stamp)), places=places(stamp)), [])


class Form:
    """A form that is being filled in, sheet by sheet; `parts` may be changed in any other way too."""

    def __init__(self, language: str = "en", content: bytes | None = None) -> None:
        self.package = Package.open(content or blank(language), "sales.xlsx")
        self.structure: Structure = read_structure(self.package)
        self.parts: dict[str, bytes | None] = {}

    def part(self, sheet: str) -> str:
        return next(s.part for s in self.structure.sheets if s.name == sheet)

    def text(self, part: str) -> bytes:
        return self.parts.get(part) or self.package.parts[part]

    def enter(self, sheet: str, cells: Mapping[str, Value]) -> "Form":
        """Type values into cells."""
        part = self.part(sheet)
        read = SheetXml(self.text(part), "sales.xlsx", part)
        values = {cell_position(cell): value for cell, value in cells.items()}
        self.parts[part] = written(read, self.structure.texts, values)[0]
        return self

    def line(self, row: int, *, table: str = "costs", sheet: str | None = None, **values: Value) -> "Form":
        """Type a line: values by the key of their column."""
        return self.enter(sheet or SHEETS["en"][table], {f"{column(k, table)}{row}": v for k, v in values.items()})

    def overwrite(self, sheet: str, cell: str, value: float | str) -> "Form":
        """Type a value over a formula."""
        content = f"<v>{value}</v>" if isinstance(value, float) else f"<is><t>{value}</t></is>"
        kind = "" if isinstance(value, float) else ' t="inlineStr"'
        pattern = rb'<c r="%b"( s="\d+")?[^>]*?(?:/>|>.*?</c>)' % cell.encode()
        return self.change(sheet, pattern, f'<c r="{cell}"\\1{kind}>{content}</c>')

    def formula(self, sheet: str, cell: str, formula: str, value: str | None) -> "Form":
        """Put a formula with its stored value into a cell."""
        new = f"<f>{formula}</f>" + ("" if value is None else f"<v>{value}</v>")
        return self.change(
            sheet, rb'<c r="%b"( s="\d+")?[^>]*?(?:/>|>.*?</c>)' % cell.encode(), f'<c r="{cell}"\\1>{new}</c>'
        )

    def change(self, sheet: str, pattern: bytes, new: str) -> "Form":
        """Change the XML of a sheet; the pattern must be there."""
        return self.change_part(self.part(sheet), pattern, new)

    def change_part(self, part: str, pattern: bytes, new: str) -> "Form":
        changed, count = re.subn(pattern, new.encode(), self.text(part), count=1, flags=re.DOTALL)
        assert count == 1, (part, pattern)
        self.parts[part] = changed
        return self

    def stamped(self, **changes: object) -> "Form":
        """Give it another stamp."""
        old = read_stamp(self.package)
        assert old is not None
        one, two = (
            {key: f"{key}={text}" for key, text in stamp.texts().items()} for stamp in (old, replace(old, **changes))
        )
        for key in changes:
            self.change_part(
                "docProps/custom.xml",
                rb'(name="crm_xl_%b"><vt:lpwstr>)[^<]*' % key.encode(),
                f"\\g<1>{two[key][len(key) + 1 :]}",
            )
            self.change_part("xl/workbook.xml", one[key].encode() + b'(;|&quot;|")', two[key] + "\\1")
        return self

    def bytes(self) -> bytes:
        return self.package.to_bytes(self.parts)

    def save(self, folder: Path, name: str = "sales.xlsx") -> Path:
        path = folder / name
        path.write_bytes(self.bytes())
        return path
