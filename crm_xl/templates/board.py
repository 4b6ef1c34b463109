"""The Board sheet: one page for those who decide. Every figure stands on another sheet and is only shown here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crm_xl.engine.components import COMPONENTS
from crm_xl.templates.charts import Frame, bars, curves, framed, s_curve, stacked_columns
from crm_xl.templates.comparison import OPTIONS
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.mirror import series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.results import basis
from crm_xl.templates.returns import cash_series
from crm_xl.templates.risk import risk_series
from crm_xl.templates.styles import LINE, NAVY, OPEN, PALE, SERIES

# Four pairs of a label and a figure beside each other, and how many columns lie between two of them.
_LABEL, _NUMBER, _GAP, _STEP, _PAIRS = 26.0, 15.0, 2.0, 3, 4
_TILE, _ROW, _CHART, _CHART_ROWS = 32.0, 19.5, 312, 13
_LINES = 6
_LARGEST = 3
# Stands for a number in a text whose words before and after it are wanted.
_HERE = "#"
_FLAT: dict[str, Any] = {"border": 0, "bottom": 1, "bottom_color": LINE, "right": 0}
# What a figure is called, where it stands natively and where by a CRM_* function, and its number format.
Line = tuple[str, str, str, str]


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet, which prints on exactly one page."""
    page.head(([_LABEL, _NUMBER, _GAP] * _PAIRS)[:-1])
    page.formula(1, LEFT, basis(draft), "subtitle")
    row = _tiles(draft, page, TOP)
    row = _tables(draft, page, row)
    row = _charts(draft, page, row)
    last = _largest(draft, page, row)
    page.finish(last, pages_tall=1)


def _shown(native: str, computed: str) -> str:
    """A native figure, else one that a CRM_* function computed, as long as the add-in answers; else a dash.

    What rests on a CRM_* function asks for the add-in itself: LibreOffice does not follow up a formula with a function
    that it does not know, and would leave what stood there before beside figures that are new.
    """
    shown = f'IF(Addin_there*ISNUMBER({computed}),{computed},"–")' if computed else '"–"'
    return f"IF(ISNUMBER({native}),{native},{shown})" if native else shown


def _named(text: str) -> str:
    """A text that rests on a CRM_* function; nothing where the add-in does not answer."""
    return f'IFERROR(IF(Addin_there=1,{text}&"",""),"")'


def _places(draft: Draft, key: str) -> tuple[str, str]:
    """Where a figure of the return stands natively, if it does, and by a CRM_* function."""
    return draft.places.get(f"return.{key}.native", ""), draft.places[f"return.{key}"]


def _say(draft: Draft, key: str) -> str:
    return f'"{draft.say(key)}"'


def _tiles(draft: Draft, page: Page, row: int) -> int:
    """The figures that are asked for first."""
    places = draft.places
    figures = (
        ("figure_total", (places["results.total"], ""), "money"),
        ("figure_per_user", (places["results.per_user"], ""), "money"),
        ("figure_npv", _places(draft, "npv"), "money"),
        ("board_contingency", ("", places["risk.contingency"]), "money"),
        ("figure_a_year", (places["results.a_year"], ""), "money"),
        ("figure_per_active_user", _places(draft, "per_active_user"), "money"),
        ("figure_payback", _places(draft, "payback"), "units"),
        ("savings_saved", ("", places["savings.saved"]), "money"),
    )
    for i, (key, found, number) in enumerate(figures):
        at, column = row + i // _PAIRS, LEFT + i % _PAIRS * _STEP
        page.sheet.set_row(at, _TILE)
        page.write(at, column, draft.say(key), "label", bg_color=PALE, text_wrap=True, **_FLAT)
        page.formula(
            at, column + 1, _shown(*found), "formula", number,
            bold=True, font_size=13, font_color=NAVY, bg_color=PALE, align="right", **_FLAT,
        )  # fmt: skip
    _notices(draft, page, row + 2)
    return row + 3


def _notices(draft: Draft, page: Page, row: int) -> None:
    """Below the total what it does not hold, and at the right that figures are missing without the add-in."""
    unpriced = draft.places["results.unpriced"]
    before, after = (f'"{part}"' for part in draft.say("board_unpriced", count=_HERE).split(_HERE))
    page.sheet.set_row(row, _ROW)
    for column, formula in (
        (LEFT, f'IF({unpriced}>0,{before}&{unpriced}&{after},"")'),
        (LEFT + 2 * _STEP, f'IF(Addin_there=1,"",{_say(draft, "board_no_addin")})'),
    ):
        here = page.formula(row, column, formula, "subtitle", indent=1)
        rule = {"type": "formula", "criteria": f'={here}<>""', "format": draft.styles.tint(OPEN, bold=True)}
        page.sheet.conditional_format(row, column, row, column + _STEP + 1, rule)


def _tables(draft: Draft, page: Page, row: int) -> int:
    """Breakdown, return, risk and comparison side by side."""
    tables = {"breakdown": _breakdown, "return": _return, "risk": _risk, "options": _options}
    for i, (key, lines) in enumerate(tables.items()):
        _table(page, row, LEFT + i * _STEP, draft.say(f"board_{key}"), lines(draft))
    return row + 1 + _LINES


def _table(page: Page, row: int, column: int, title: str, lines: Sequence[Line]) -> None:
    page.sheet.set_row(row, 24)
    page.write(row, column, title, "section", font_size=11)
    page.write(row, column + 1, None, "section")
    for at, (name, native, computed, number) in enumerate(lines, row + 1):
        page.sheet.set_row(at, _ROW)
        page.formula(at, column, name, "formula", indent=1, shrink=True, **_FLAT)
        page.formula(at, column + 1, _shown(native, computed), "formula", number, align="right", **_FLAT)


def _breakdown(draft: Draft) -> list[Line]:
    table = draft.blocks["results.by_year"]
    total = table.column + draft.spec.years + 1
    found: list[Line] = []
    for row in range(table.row + 1, table.row + 1 + len(COMPONENTS) + 2):
        name, amount = (f"{table.sheet}!{cell(row, column)}" for column in (table.column, total))
        found.append((name, amount, "", "money"))
    return found


def _return(draft: Draft) -> list[Line]:
    numbers = {"npv": "money", "irr": "percent", "roi": "percent"}
    keys = ("npv", "irr", "roi", "payback", "payback_discounted", "value")
    return [(_say(draft, f"figure_{k}"), *_places(draft, k), numbers.get(k, "units")) for k in keys]


def _risk(draft: Draft) -> list[Line]:
    """The point estimate and the percentiles without the mean, then the contingency."""
    table = draft.blocks["risk.usual"]
    rows = (1, *range(3, table.last_row - table.row + 1))
    found = [(_named(table.at(r, 0)), "", table.at(r, 1), "money") for r in rows]
    level, contingency = draft.places["risk.level"], draft.places["risk.contingency"]
    plain, at = _say(draft, "board_contingency"), _say(draft, "board_contingency_at")
    name = f'IF(Addin_there*ISNUMBER({contingency}),{at}&" "&{level},{plain})'
    return [*found, (name, "", contingency, "money")]


def _options(draft: Draft) -> list[Line]:
    table = draft.blocks["comparison.options"]
    return [(_named(table.at(r, 0)), "", table.at(r, len(COMPONENTS) + 1), "money") for r in range(1, 1 + OPTIONS)]


def _charts(draft: Draft, page: Page, row: int) -> int:
    """One chart below each table."""

    def frame(i: int, key: str, legend: str = "bottom") -> Frame:
        column = LEFT + i * _STEP
        found = framed(page, key, row, column, _CHART, before=column + 2, legend=legend, small=True)
        return replace(found, title=draft.say(f"board_chart_{key}"))

    years = draft.blocks["results.by_year"]
    years = years._replace(last_row=years.last_row - 1, last_column=years.column + draft.spec.years)
    stacked_columns(page, frame(0, "years"), years)
    curves(page, frame(1, "cash"), cash_series(draft))
    across, up = draft.say("chart_risk_across"), draft.say("chart_risk_up")
    s_curve(page, frame(2, "risk", "none"), risk_series(draft), across, up)
    bars(page, frame(3, "options"), series_of(draft.blocks["comparison.copy"], SERIES[: len(COMPONENTS)]))
    for at in range(row, row + _CHART_ROWS):
        page.sheet.set_row(at, (_CHART + 14) * 0.75 / _CHART_ROWS)
    return row + _CHART_ROWS


def _largest(draft: Draft, page: Page, row: int) -> int:
    """The three levers that save most, and the three drivers that move the total most."""
    page.sheet.set_row(row, 24)
    saved, swings = draft.blocks["savings.ranked"], draft.blocks["what_if.tornado"]
    right = LEFT + 2 * _STEP
    for column in (*range(LEFT, right - 1), *range(right, right + 2 * _STEP - 1)):
        page.write(row, column, None, "section")
    page.write(row, LEFT, draft.say("board_levers"), "section", font_size=11)
    page.write(row, right, draft.say("board_drivers"), "section", font_size=11)
    page.write(row, right + 3, draft.term("low_change"), "section", font_size=10, align="right")
    page.write(row, right + 4, draft.term("high_change"), "section", font_size=10, align="right")
    page.write(row, LEFT + 3, draft.term("saves"), "section", font_size=10, align="right")
    page.write(row, LEFT + 4, draft.term("share"), "section", font_size=10, align="right")
    total = draft.places["results.total"]
    for i in range(_LARGEST):
        at = row + 1 + i
        page.sheet.set_row(at, _ROW)
        for column in (*range(LEFT, right - 1), *range(right, right + 2 * _STEP - 1)):
            page.write(at, column, None, "formula", **_FLAT)
        lever, driver = _cell(saved, i, 0), _cell(swings, i, 0)
        page.formula(at, LEFT, _named(lever), "formula", indent=1, **_FLAT)
        page.formula(at, right, _named(driver), "formula", indent=1, **_FLAT)
        share = f"IF({total}=0,0,{_cell(saved, i, 1)}/{total})"
        for column, figure, number in (
            (LEFT + 3, _cell(saved, i, 1), "money"),
            (LEFT + 4, share, "share"),
            (right + 3, _cell(swings, i, 1), "money"),
            (right + 4, _cell(swings, i, 2), "money"),
        ):
            shown = f'IFERROR(IF(Addin_there=1,{figure},"–"),"–")'
            page.formula(at, column, shown, "formula", number, align="right", **_FLAT)
    return row + _LARGEST


def _cell(table: Block, line: int, column: int) -> str:
    return f"{table.sheet}!{cell(table.row + 1 + line, table.column + column)}"
