"""An input table: an Excel table of blank, validated rows, its columns taken from the schema.

Columns that the schema does not have may stand at the right: computed ones, and notes. The functions leave
columns alone that they do not know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from crm_xl.engine.schema import Field, columns
from crm_xl.templates.draft import Draft, area, cell
from crm_xl.templates.example import example_rows
from crm_xl.templates.page import LEFT, LINE_HEIGHT, TOP, Page, lines_of
from crm_xl.templates.validation import LONGEST_TEXT, validation

# Widths of columns by key, else by type.
_WIDTHS = {
    "component": 13.5, "item": 37, "benefit": 27, "assumption": 44, "department": 18.5, "vendor": 20.5, "quantity": 8.5,
    "frequency": 10, "volume": 9, "effect": 8, "year": 8, "life": 6, "tax_rate": 7.5, "low": 7, "likely": 7, "high": 7,
    "scenario": 30, "driver": 30, "option": 30, "name": 30, "field": 17, "basis": 46, "edition": 24, "users": 9,
    "minimum": 9, "source": 17, "implementation": 15, "maintenance": 13.5,
    "text": 18, "choice": 10.5, "currency": 9, "number": 8, "money": 13, "rate": 9, "discount": 9, "yesno": 9,
    "when": 11, "date": 11,
}  # fmt: skip
_NOTES = 46.0
# The Excel tables by their name in the schema: the same in every language.
NAMES = {
    "costs": "Costs", "benefits": "Benefits", "actuals": "Actuals", "scenarios": "Scenarios", "drivers": "Drivers",
    "options": "Options", "tiers": "Tiers", "catalogue": "Prices", "usage": "Usage", "keys": "Keys",
}  # fmt: skip
_NUMBERS = {
    "money": "price", "rate": "percent", "discount": "percent", "when": "when", "date": "date", "text": "",
    "number": "",
}  # fmt: skip
_CENTRED = ("choice", "currency", "yesno", "when", "date")


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A column that a formula fills: `header` is a term, `formula` names the table before a column of its own row."""

    header: str
    formula: str
    number: str = ""
    width: float = 15
    align: str = "right"


# So many characters across can be read on a page of A3.
_WIDEST_PAGE = 330


def fill_table(
    draft: Draft,
    page: Page,
    table: str,
    name: str,
    extra: Sequence[Computed | str] = (),
    everyday: Sequence[str] = (),
) -> int:
    """Draw a sheet that is one input table, and return its header row.

    Parameters
    ----------
    table
        The table in the schema.
    name
        The name of the Excel table: the same in every language.
    extra
        Columns at the right that the schema does not have: computed ones, or the term of a column of notes.
    everyday
        Keys of the columns that nearly everyone needs, where the table has many more: the others are grouped, and out
        of sight in a workbook for finance staff as long as nothing stands in them. A department sees all that is asked.
    """
    page.head(_widths_of(table, extra))
    grouped = _group(draft, page, table, everyday) if everyday else set()
    last = _draw(draft, page, TOP, table, name, extra)
    # A table of many columns is more pages wide, so that its print can be read.
    across = sum(width for column, width in enumerate(page.widths) if column not in grouped)
    wide = 1 + (across > _WIDEST_PAGE)
    page.finish(last, freeze=(TOP + 1, LEFT + 2), repeat=TOP, pages_wide=wide, across=across)
    return TOP


def _group(draft: Draft, page: Page, table: str, everyday: Sequence[str]) -> set[int]:
    """Put the columns that are not everyday ones behind outline buttons, and return those that are out of sight."""
    keys = list(columns(table))
    rows = example_rows(table, draft.spec) if draft.spec.example else []
    filled = {key for row in rows for key, value in row.items() if value is not None}
    hidden: set[int] = set()
    for column, key in enumerate(keys, LEFT):
        style = draft.styles.get("text", text_wrap=False)
        more = key not in everyday
        away = more and draft.spec.finance and key not in filled
        options = {"level": int(more), "hidden": away, "collapsed": not more and column - 1 in hidden}
        page.sheet.set_column(column, column, page.widths[column], style, options)
        if away:
            hidden.add(column)
    after = LEFT + len(keys)
    if after - 1 in hidden:
        page.sheet.set_column(
            after, after, page.widths[after], draft.styles.get("text", text_wrap=False), {"collapsed": True}
        )
    return hidden


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of several input tables on a sheet; its fields are those of `fill_table`."""

    table: str
    name: str
    extra: Sequence[Computed | str] = ()


def fill_tables(draft: Draft, page: Page, parts: Sequence[Part]) -> None:
    """Draw a sheet of input tables below each other, each under a title of its own."""
    wanted = [_widths_of(part.table, part.extra) for part in parts]
    page.head([max(widths) for widths in zip_longest(*wanted, fillvalue=0.0)])
    row = TOP
    for part in parts:
        top = page.section(row, draft.say(f"table_{part.table}"), note=draft.say(f"table_{part.table}_note"))
        row = _draw(draft, page, top, part.table, part.name, part.extra) + 2
    page.finish(row - 2, freeze=(TOP, LEFT + 1), repeat=0, pages_tall=1)


def entered(draft: Draft, formula: str, *tables: str) -> str:
    """Return a formula that says that nothing is entered yet while one of the tables it reads has no row."""
    counts = "*".join(f"COUNTA({NAMES[table]}[{_first(draft, table)}])" for table in tables)
    return f"IF({counts}=0,Nothing_word,{formula})"


def _first(draft: Draft, table: str) -> str:
    """The header of the first column that every line needs."""
    return next(f for f in columns(table).values() if f.required).label(draft.spec.language)


def _widths_of(table: str, extra: Sequence[Computed | str]) -> list[float]:
    widths = [_width(field) for field in columns(table).values()]
    return widths + [e.width if isinstance(e, Computed) else _NOTES for e in extra]


def _draw(draft: Draft, page: Page, top: int, table: str, name: str, extra: Sequence[Computed | str]) -> int:
    """Draw the table whose header stands in row `top`, and return its last row."""
    fields, last = list(columns(table).values()), top + draft.spec.lines_of[table]
    headers = [_column(draft, page, name, field, top, last, LEFT + i) for i, field in enumerate(fields)]
    for i, more in enumerate(extra, len(fields)):
        headers.append(_extra(draft, page, more, top, last, LEFT + i))
    page.sheet.set_row(top, 50)
    for row in range(top + 1, last + 1):
        page.sheet.set_row(row, LINE_HEIGHT + 3)
    page.sheet.add_table(
        top, LEFT, last, LEFT + len(headers) - 1,
        {"name": name, "style": None, "columns": headers, "banded_rows": False},
    )  # fmt: skip
    if draft.spec.example:
        for line, values in enumerate(example_rows(table, draft.spec), top + 1):
            _fill_row(draft, page, fields, extra, values, line)
    draft.name_of_table(name, draft.say(f"name_{table}"))
    draft.places[table] = area(top + 1, LEFT, last, LEFT + len(fields) - 1)
    return last


def column_of(draft: Draft, table: str, key: str) -> str:
    """Return the header of a column in the language of the workbook, as structured references name it."""
    return columns(table)[key].label(draft.spec.language)


def _width(field: Field) -> float:
    return float(_WIDTHS.get(field.key, _WIDTHS.get(field.type, 12)))


def row_height(table: str, row: Mapping[str, Any]) -> float:
    """Return the height in points at which the texts of a line show whole; one that is no column is a note."""
    texts = [(columns(table).get(key), text) for key, text in row.items() if isinstance(text, str)]
    return _height((text, _width(field) if field else _NOTES) for field, text in texts)


def _height(texts: Iterable[tuple[str, float]]) -> float:
    """The height of a row of texts, each with the width of its column."""
    return max((lines_of(text, width) for text, width in texts), default=1) * LINE_HEIGHT + 3


def _style(field: Field) -> dict[str, Any]:
    if field.type in _CENTRED:
        return {"align": "center"}
    return {"text_wrap": True, "indent": 1} if field.type == "text" else {}


def _column(draft: Draft, page: Page, name: str, field: Field, top: int, last: int, column: int) -> dict[str, Any]:
    """The blank cells of a column, their validation, and what XlsxWriter wants to know of its header."""
    styles = draft.styles
    header = styles.get("required" if field.required else "header")
    found: dict[str, Any] = {"header": field.label(draft.spec.language), "header_format": header}
    if field.key == "department" and draft.spec.department:
        # Filled in by a formula, so that a row without a line stays wholly blank.
        first = next(f for f in columns("costs" if page.key == "costs" else page.key).values() if f.required)
        formula = f'=IF({name}[@[{first.label(draft.spec.language)}]]="","",Department)'
        return found | {"formula": formula, "format": styles.get("formula", indent=1)}
    style = styles.get("input", _NUMBERS.get(field.type, ""), **_style(field))
    for row in range(top + 1, last + 1):
        page.sheet.write_blank(row, column, None, style)
    at = cell(top + 1, column, row_fixed=False, column_fixed=False)
    page.sheet.data_validation(top + 1, column, last, column, validation(draft, field, at))
    return found


def _extra(draft: Draft, page: Page, more: Computed | str, top: int, last: int, column: int) -> dict[str, Any]:
    styles = draft.styles
    if isinstance(more, Computed):
        style = styles.get("formula", more.number, align=more.align)
        head = {"header": draft.say(more.header), "header_format": styles.get("computed")}
        return head | {"formula": f"={more.formula}", "format": style}
    title = draft.say(more)
    for row in range(top + 1, last + 1):
        page.sheet.write_blank(row, column, None, styles.get("input", text_wrap=True, indent=1))
    rule = {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT}
    text = draft.say(f"{more}_help")
    told = {"input_title": title, "input_message": text, "error_title": title, "error_message": text}
    page.sheet.data_validation(top + 1, column, last, column, rule | told)
    return {"header": title, "header_format": styles.get("header")}


def _fill_row(
    draft: Draft, page: Page, fields: Sequence[Field], extra: Sequence[Computed | str], row: dict[str, Any], line: int
) -> None:
    """Write a line of the example over the blank cells."""
    for i, field in enumerate(fields):
        if row.get(field.key) is None or (field.key == "department" and draft.spec.department):
            continue
        number = _NUMBERS.get(field.type, "")
        page.write(line, LEFT + i, row[field.key], "input", number, **_style(field))
    for i, more in enumerate(extra, len(fields)):
        if isinstance(more, str) and row.get(more):
            page.write(line, LEFT + i, row[more], "input", text_wrap=True, indent=1)
    keys = [*(field.key for field in fields), *(more if isinstance(more, str) else "" for more in extra)]
    texts = {i: row[key] for i, key in enumerate(keys) if isinstance(row.get(key), str)}
    page.sheet.set_row(line, _height((text, page.widths[LEFT + i]) for i, text in texts.items()))
