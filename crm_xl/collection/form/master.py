"""The master of a department's workbook: built once for all departments with the same settings, filled in for each.

Building a template takes seconds, filling one in a tenth of one: what differs between departments stands in a few
cells of the first sheet and in the input cells of the cost lines.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from openpyxl.utils.datetime import to_excel

from crm_xl._version import __version__
from crm_xl.collection.form.contents import as_layout
from crm_xl.collection.form.layout import Layout, digest, layout_of
from crm_xl.collection.form.stamp import TEMPLATE, Stamp, stamp_parts
from crm_xl.collection.sending.prefill import own_components
from crm_xl.data import SCHEMA_VERSION, term
from crm_xl.engine.cells import Cell
from crm_xl.engine.components import COMPONENTS, component_key, component_label
from crm_xl.engine.schema import choice_labels, columns
from crm_xl.hosts.headless import Book
from crm_xl.templates.build import build
from crm_xl.templates.lists import COMMON
from crm_xl.templates.spec import TemplateSpec
from crm_xl.templates.tables import row_height
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import Area, cell_name, parse_area, quoted
from crm_xl.xlsx.workbook import read_structure

# What stands in the cells of the master that are filled in for each department.
_PLACEHOLDER, _DAY = "–", dt.date(2000, 1, 1)
_BY_DEPARTMENT = {"department": "Department", "contact": "About_contact", "deadline": "About_deadline"}
_ROW = re.compile(rb'<row r="(\d+)"[^<>]*>')
_HEIGHT = re.compile(rb'(\sht=")[^"]*"')


def settings_of(stamp: Stamp) -> TemplateSpec:
    """Return what template a stamped workbook was made from; equal for all departments with the same settings."""
    return TemplateSpec(
        language="zh" if stamp.language == "zh" else "en",
        kind="department",
        department=_PLACEHOLDER,
        currency=stamp.currency,
        years=stamp.years,
        start=stamp.start,
        lines=stamp.lines,
        rates=stamp.rates,
        period=stamp.period or None,
        cycle=stamp.cycle or None,
        contact=_PLACEHOLDER if stamp.contact else None,
        deadline=_DAY if stamp.deadline else None,
    )


def sent_layout(stamp: Stamp) -> Layout | None:
    """Return the layout of a workbook as it was sent, built anew; None where this version builds another one.

    The masters of a few settings are kept; one takes seconds to build.

    Raises
    ------
    UnreadableError
        Where the stamp asks for a template that cannot be.
    """
    if (stamp.template, stamp.version, stamp.schema) != (TEMPLATE, __version__, SCHEMA_VERSION):
        return None
    layout = _kept_master(settings_of(stamp)).layout_for(stamp)
    return layout if digest(layout) == stamp.layout else None


def master_of(settings: TemplateSpec) -> "Master":
    """Build the master of some settings."""
    return Master(_locked(build(settings)), settings.language)


_kept_master = lru_cache(maxsize=4)(master_of)


def _locked(content: bytes) -> bytes:
    """A workbook whose sheets cannot be renamed, moved or removed; XlsxWriter has no means to say so."""
    package = Package.open(content)
    part = read_structure(package).part
    head, mark, tail = package.parts[part].partition(b"<bookViews")
    return package.to_bytes({part: head + b'<workbookProtection lockStructure="1"/>' + mark + tail})


class Master:
    """A workbook that is filled in for one department after the other; `content` makes the same one elsewhere."""

    def __init__(self, content: bytes, language: str) -> None:
        self.content, self.language = content, language
        self._package = Package.open(content, "master.xlsx")
        self._structure = read_structure(self._package)
        self._filled: set[tuple[str, str]] = set()

    @cached_property
    def layout(self) -> Layout:
        """What cannot be changed in it."""
        return layout_of(self._package, self._structure)

    @cached_property
    def _book(self) -> Book:
        return Book(self._package, self.content)

    @cached_property
    def _said(self) -> dict[str, Area]:
        """The cells of the first sheet that differ between departments, by field of the stamp."""
        names = {key: self._structure.names.get((None, name.casefold())) for key, name in _BY_DEPARTMENT.items()}
        areas = {key: parse_area(content.replace("$", ""), "") for key, content in names.items() if content}
        return {key: area for key, area in areas.items() if area is not None}

    def layout_for(self, stamp: Stamp) -> Layout:
        """Return what cannot be changed in the workbook of one department."""
        layout = self.layout
        for key, area in self._said.items():
            value = getattr(stamp, key)
            text = f"{to_excel(value):g}" if isinstance(value, dt.date) else as_layout(value)
            layout = layout.with_cells(area.sheet, {area.address: text})
        return layout

    def fill(self, stamp: Stamp, lines: Sequence[Mapping[str, Cell]]) -> bytes:
        """Return the workbook of one department as the bytes of an .xlsx file, calculated and stamped.

        Parameters
        ----------
        stamp
            Its stamp.
        lines
            The cost lines that stand in it, by column key; choices by their key.
        """
        cells = {(area.sheet, area.address): getattr(stamp, key) for key, area in self._said.items()}
        cells |= self._line_cells(lines) | self._list_cells(lines, stamp.currency)
        for place in self._filled - cells.keys():
            self._set(place, None)
        for place, value in cells.items():
            self._set(place, value)
        self._filled = set(cells)
        changes = {**self._book.changed_parts(), **stamp_parts(self._package, stamp, self._structure)}
        return self._package.to_bytes(changes | self._heights(changes, lines))

    def _set(self, place: tuple[str, str], value: object) -> None:
        sheet, cell = place
        self._book[f"{quoted(sheet)}!{cell}"] = value

    def _line_cells(self, lines: Sequence[Mapping[str, Cell]]) -> dict[tuple[str, str], Cell]:
        table = self._structure.tables["costs"]
        heads = {field.label(self.language): key for key, field in columns("costs").items()}
        heads[term("template_note", self.language)] = "note"
        places = {heads[name]: at for at, name in enumerate(table.columns, table.area.first_column) if name in heads}
        return {
            (table.area.sheet, cell_name(row, places[key])): self._shown(key, value)
            for row, line in enumerate(lines, table.area.first_row + 1)
            for key, value in line.items()
        }

    def _shown(self, key: str, value: Cell) -> Cell:
        """A value as its cell has it: a choice in the language of the workbook."""
        field = columns("costs").get(key)
        if field is not None and field.choices == "component":
            component = component_key(str(value))
            return component_label(component, self.language) if component else value
        if field is not None and field.type in ("choice", "yesno"):
            return choice_labels(field.choices or "yesno", self.language)[str(value)]
        return value

    def _list_cells(self, lines: Sequence[Mapping[str, Cell]], currency: str) -> dict[tuple[str, str], Cell]:
        """What the lists need besides, so that the drop-downs offer what the lines have."""
        found: dict[tuple[str, str], Cell] = {}
        for name, known, values in (
            ("component_list", len(COMPONENTS), own_components(lines)),
            ("currency_list", len(offered(currency)), own_currencies(lines, currency)),
        ):
            top = parse_area(self._structure.names[None, name].partition(":")[0].replace("$", ""), "")
            if top is not None:
                row = top.first_row + known
                found |= {(top.sheet, cell_name(row + i, top.first_column)): value for i, value in enumerate(values)}
        return found

    def _heights(
        self, changes: Mapping[str, bytes | None], lines: Sequence[Mapping[str, Cell]]
    ) -> dict[str, bytes | None]:
        """The sheet of the lines with rows that are high enough for their texts."""
        if not lines:
            return {}
        area = self._structure.tables["costs"].area
        part = next(sheet.part for sheet in self._structure.sheets if sheet.name == area.sheet)
        heights = {area.first_row + i: row_height("costs", line) for i, line in enumerate(lines, 1)}

        def grown(tag: re.Match[bytes]) -> bytes:
            height = heights.get(int(tag[1]))
            return tag[0] if height is None else _HEIGHT.sub(rb'\g<1>%b"' % f"{height:g}".encode(), tag[0])

        return {part: _ROW.sub(grown, changes[part] or b"")}


def offered(currency: str) -> list[str]:
    """Return the currencies that the drop-downs of a master offer."""
    return list(dict.fromkeys((currency, *COMMON)))


def own_currencies(lines: Iterable[Mapping[str, Cell]], currency: str) -> list[str]:
    """Return the currencies of lines that the drop-downs do not offer yet, in their order."""
    used = dict.fromkeys(str(line["currency"]) for line in lines if "currency" in line)
    return [code for code in used if code not in offered(currency)]
