"""The Board sheet: one page for those who decide. Every figure stands on another sheet and is only shown here.

It opens with the answer in sentences. What was not asked - no benefits, no ranges, no options - is not shown, and
amounts stand in the unit that fits: k and M, 万 and 亿, or the one that is chosen at the top.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crm_xl.engine.components import COMPONENTS
from crm_xl.templates import board_workings
from crm_xl.templates.board_workings import Workings, amount, sentence
from crm_xl.templates.charts import Frame, Series, bars, columns, framed, stacked_columns
from crm_xl.templates.comparison import OPTIONS
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.results import basis
from crm_xl.templates.styles import BLUE, GREEN, LINE, NAVY, OPEN, PALE

# Three thirds of a label and two figures, and how many columns lie between two of them.
_THIRD, _STEP, _THIRDS = (31.0, 13.0, 10.0, 2.0), 4, 3
_RIGHT = LEFT + _STEP * _THIRDS - 2
_HEADLINE, _SENTENCE, _TILE, _ROW, _HEAD = 32.0, 20.0, 30.0, 18.0, 24.0
_CHART, _CHART_ROWS = 250, 11
_LINES, _LARGEST = 6, 3
_FLAT: dict[str, Any] = {"border": 0}
# A name, where it stands natively and where by a CRM_* function, its number format, and a second figure with its own.
Line = tuple[str, str, str, str, str, str]


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet, which prints on exactly one page."""
    page.head(list(_THIRD * _THIRDS)[:-1])
    # Where the rows will stand, so that the workings behind them can be drawn first.
    answer, charts = TOP, TOP + 4 + 2 + 1
    tables = charts + _CHART_ROWS + 1
    more = tables + _LINES + 2
    last = more + _LINES + 2 + _LARGEST + 1
    lines = Block(draft.sheet("board"), tables + 1, LEFT + _STEP, tables + _LINES - 1, LEFT + _STEP + 2)
    found = board_workings.fill(draft, page, last + 2, _switch(draft, page), lines)
    page.formula(1, LEFT, basis(draft, '&IF(Board_scale=1,""," "&Board_unit)'), "subtitle")
    _answer(draft, page, answer, found)
    _tiles(draft, page, answer + 4, found)
    _charts(draft, page, charts, found, lines)
    _always(draft, page, tables, found, lines)
    _asked(draft, page, more, found)
    page.finish(last, pages_tall=1)


def _switch(draft: Draft, page: Page) -> str:
    """The cell in which the unit of the amounts is chosen."""
    title, text = draft.say("board_unit"), draft.say("board_unit_help")
    page.write(2, _RIGHT - 2, title, "subtitle", align="right")
    place = page.write(2, _RIGHT - 1, draft.say("board_units").split("|")[0], "input", align="center")
    told = {"input_title": title, "input_message": text, "error_title": title, "error_message": text}
    rule = {"validate": "list", "source": "=Unit_list"}
    page.sheet.data_validation(2, _RIGHT - 1, 2, _RIGHT - 1, rule | told)
    return place


def _shown(native: str, computed: str, divided: str = "") -> str:
    """A native figure, else one that a CRM_* function computed, as long as the add-in answers; else a dash.

    What rests on a CRM_* function asks for the add-in itself: LibreOffice does not follow up a formula with a function
    that it does not know, and would leave what stood there before beside figures that are new.
    """
    shown = f'IF(Addin_there*ISNUMBER({computed}),{computed}{divided},"–")' if computed else '"–"'
    return f"IF(ISNUMBER({native}),{native}{divided},{shown})" if native else shown


def _named(text: str) -> str:
    """A text that rests on a CRM_* function; nothing where the add-in does not answer."""
    return f'IFERROR(IF(Addin_there=1,{text}&"",""),"")'


def _kept_with(computed: str) -> str:
    """What ties a name to a figure: where that could not be calculated anew, both stay what they were."""
    return f'&IF(Addin_there=1,IFERROR(LEFT({computed},0),""),"")' if computed else ""


def _places(draft: Draft, key: str) -> tuple[str, str]:
    """Where a figure of the return stands natively, if it does, and else by a CRM_* function.

    The IRR has a native figure for whole years alone.
    """
    native = draft.places.get(f"return.{key}.native", "")
    return native, "" if native and key != "irr" else draft.places[f"return.{key}"]


def _say(draft: Draft, key: str) -> str:
    return f'"{draft.say(key)}"'


def _answer(draft: Draft, page: Page, row: int, found: Workings) -> None:
    """What it costs; what brings it up most; what it brings; what is undecided."""
    total, per_user = draft.places["results.total"], draft.places["results.per_user"]
    whole = f'TEXT({per_user},"#,##0")'
    user = sentence(draft, "board_user", currency="Report_currency", amount=whole)
    once = sentence(
        draft, "board_total", currency="Report_currency", total=amount(total), period=found.period,
        user=f'IF(ISNUMBER({per_user}),{user},"")',
    )  # fmt: skip
    nothing, broken = _say(draft, "board_nothing"), _say(draft, "board_broken")
    headline = f"IF({found.filled}=0,{nothing},IF(ISNUMBER({total}),{once},{broken}))"
    most = sentence(
        draft, "board_most", component=found.component, share=f'TEXT({found.component_share},"0%")',
        line=found.first_line, line_share=f'TEXT({found.line_share},"0%")',
    )  # fmt: skip
    npv = draft.places["return.npv.native"]
    brings = sentence(draft, "board_npv", npv=amount(npv), rate='TEXT(Discount_rate,"0.0%")')
    brings = f'IF({found.asks["benefits"]}*ISNUMBER({npv}),{brings},"")'
    unpriced = draft.places["results.unpriced"]
    missing = sentence(draft, "board_unpriced", count=unpriced, lines=found.filled)
    missing = f'IF({unpriced}>0,{missing},IF({found.filled}>0,{_say(draft, "board_all_priced")},""))'
    texts = (headline, f'IFERROR({most},"")', missing, f'IFERROR({brings},"")')
    for at, text in enumerate(texts, row):
        first = at == row
        look = {"bold": True, "font_size": 15, "font_color": NAVY} if first else {"font_size": 11}
        page.sheet.set_row(at, _HEADLINE if first else _SENTENCE)
        page.formula(at, LEFT, text, "text", text_wrap=False, **look)
    rule = {"type": "formula", "criteria": f"={unpriced}>0", "format": draft.styles.tint(OPEN, bold=True)}
    page.sheet.conditional_format(row + 2, LEFT, row + 2, _RIGHT, rule)
    needs = "+".join(found.asks.values())
    shown = f'IF((Addin_there=0)*({needs}>0),{_say(draft, "board_no_addin")},"")'
    here = page.formula(row + 2, LEFT + 2 * _STEP, shown, "text", text_wrap=False)
    rule = {"type": "formula", "criteria": f'={here}<>""', "format": draft.styles.tint(OPEN, bold=True)}
    page.sheet.conditional_format(row + 2, LEFT + 2 * _STEP, row + 2, _RIGHT, rule)


def _tiles(draft: Draft, page: Page, row: int, found: Workings) -> None:
    """Six figures: where benefits or ranges are not entered, others stand in the place of theirs."""
    places, asks = draft.places, found.asks
    contingency = ("board_contingency", ("", places["risk.contingency"]), True)
    payback = ("figure_payback", _places(draft, "payback"), None)
    figures = (
        (("figure_total", (places["results.total"], ""), True), None, ""),
        (("figure_a_year", (places["results.a_year"], ""), True), None, ""),
        (("figure_per_user", (places["results.per_user"], ""), False), None, ""),
        (("figure_npv", _places(draft, "npv"), True), ("figure_one_off", "one_off", True), asks["benefits"]),
        (payback, ("figure_recurring", "recurring", True), asks["benefits"]),
        (contingency, ("figure_per_user_month", "per_user_month", False), asks["risk"]),
    )  # fmt: skip
    for i, ((key, place, scaled), other, flag) in enumerate(figures):
        at, column = row + i // _THIRDS, LEFT + i % _THIRDS * _STEP
        page.sheet.set_row(at, _TILE)
        name, figure = _say(draft, key), _shown(*place, "/Board_scale" * (scaled is True))
        if other:
            instead = _shown(places[f"results.{other[1]}"], "", "/Board_scale" * other[2])
            name, figure = f"IF({flag},{name},{_say(draft, other[0])})", f"IF({flag},{figure},{instead})"
            name += _kept_with(place[1])
        tile: dict[str, Any] = {"bg_color": PALE, **_FLAT}
        page.formula(at, column, name, "label", **tile)
        page.write(at, column + 2, None, "label", **tile)
        big = {"bold": True, "font_size": 14, "font_color": NAVY, "align": "right"}
        here = page.formula(at, column + 1, figure, "formula", "scaled", **tile, **big)
        if scaled is None:  # years, whatever the unit of the amounts
            rule = {"type": "formula", "criteria": f"={flag}=1", "format": draft.styles.rule(num_format="0.0")}
            page.sheet.conditional_format(at, column + 1, at, column + 1, rule | {"stop_if_true": True})
        undivided = f"OR(Board_scale=1,{flag}=0)" if other and not other[2] else "Board_scale=1"
        _whole(draft, page, at, column + 1, "=TRUE" if scaled is False else f"={undivided}")
        places[f"board.{key}"] = f"{draft.sheet('board')}!{here}"


def _whole(draft: Draft, page: Page, row: int, column: int, condition: str, **more: Any) -> None:
    """Show an amount without decimals on a condition. LibreOffice takes one rule alone: `more` is what else holds."""
    style = draft.styles.rule(num_format='#,##0;(#,##0);"–"', **more)
    page.sheet.conditional_format(row, column, row, column, {"type": "formula", "criteria": condition, "format": style})


def _table(draft: Draft, page: Page, row: int, third: int, heads: Sequence[str], lines: Sequence[Line]) -> None:
    """A table of a third: its heads are formulas, and a head or a name that is "" leaves no trace."""
    column = LEFT + third * _STEP
    page.sheet.set_row(row, _HEAD)
    for i, head in enumerate(heads):
        look: dict[str, Any] = {"font_size": 11 if i == 0 else 9, "align": "left" if i == 0 else "right"}
        page.formula(row, column + i, head, "section", bottom=0, valign="vcenter", **look)
    for at, (name, native, computed, number, second, second_number) in enumerate(lines, row + 1):
        page.sheet.set_row(at, _ROW)
        page.formula(at, column, name, "formula", indent=1, shrink=True, **_FLAT)
        named = cell(at, column, row_fixed=False)
        figure = _shown(native, computed, "/Board_scale" * (number == "scaled"))
        page.formula(at, column + 1, f'IF({named}="","",{figure})', "formula", number, align="right", **_FLAT)
        if second:
            shown = f'IF({named}="","",{second})'
            page.formula(at, column + 2, shown, "formula", second_number, align="right", **_FLAT)
        for i, kind in ((1, number), (2, second_number)):
            if kind == "scaled":
                line = {"bottom": 1, "bottom_color": LINE}
                _whole(draft, page, at, column + i, f'=AND(Board_scale=1,{named}<>"")', **line)
    for first, last, style in ((row, row, {"bottom": 2, "bottom_color": NAVY}), (row + 1, row + len(lines), {})):
        look = style or {"bottom": 1, "bottom_color": LINE}
        criteria = f'={cell(first, column, row_fixed=False)}<>""'
        rule = {"type": "formula", "criteria": criteria, "format": draft.styles.rule(**look)}
        page.sheet.conditional_format(first, column, last, column + 2, rule)


def _share(figure: str, total: str) -> str:
    return f'IFERROR({figure}/{total},"")'


def _always(draft: Draft, page: Page, row: int, found: Workings, lines: Block) -> None:
    """What every workbook has: the components, the largest lines, and once against again and again."""
    total, places, share = draft.places["results.total"], draft.places, f'"{draft.term("share")}"'
    unit = 'Report_currency&IF(Board_scale=1,""," "&Board_unit)'
    table = draft.blocks["results.by_year"]
    whole = table.column + draft.spec.years + 1
    parts: list[Line] = []
    for at in range(table.row + 1, table.row + 1 + len(COMPONENTS) + 2):
        name, figure = (f"{table.sheet}!{cell(at, column)}" for column in (table.column, whole))
        parts.append((name, figure, "", "scaled", _share(figure, total), "share"))
    _table(draft, page, row, 0, (_say(draft, "board_breakdown"), unit, share), parts)
    largest: list[Line] = [
        (name, figure, "", "scaled", _share(figure, total), "share") for name, figure in found.largest
    ]
    _table(draft, page, row, 1, (_say(draft, "board_largest"), unit, share), largest)
    once: list[Line] = [
        (_say(draft, f"figure_{key}"), places[f"results.{key}"], "", "scaled",
         _share(places[f"results.{key}"], total), "share")
        for key in ("one_off", "recurring")
    ]  # fmt: skip
    for key in ("per_user_year", "per_user_month"):
        once.append((_say(draft, f"figure_{key}"), places[f"results.{key}"], "", "count", "", ""))
    active = f'IF(Active_users>0,{_say(draft, "figure_per_active_user")},"")'
    once.append((active, *_places(draft, "per_active_user"), "count", "", ""))
    _table(draft, page, row, 2, (_say(draft, "board_nature"), unit, share), once)


def _asked(draft: Draft, page: Page, row: int, found: Workings) -> None:
    """What only those see who asked for it: return, risk, options; below them levers and drivers."""
    asks, total = found.asks, draft.places["results.total"]
    unit = 'Report_currency&IF(Board_scale=1,""," "&Board_unit)'

    def put(at: int, third: int, flag: str, heads: Sequence[str], lines: Sequence[Line]) -> None:
        asked = [(f'IF({flag},{name},"")' + _kept_with(rest[1]), *rest) for name, *rest in lines]
        _table(draft, page, at, third, [f'IF({flag},{head},"")' for head in heads], asked)  # type: ignore[arg-type]

    put(row, 0, asks["benefits"], (_say(draft, "board_return"), '""', '""'), _return(draft))
    put(row, 1, asks["risk"], (_say(draft, "board_risk"), unit, '""'), _risk(draft))
    put(row, 2, asks["options"], (_say(draft, "board_options"), unit, '""'), _options(draft))
    row += _LINES + 2
    saved, swings = draft.blocks["savings.ranked"], draft.blocks["what_if.tornado"]
    levers: list[Line] = []
    drivers: list[Line] = []
    for i in range(_LARGEST):
        figure, low, high = _cell(saved, i, 1), _cell(swings, i, 1), _cell(swings, i, 2)
        part = f'IFERROR(IF(Addin_there=1,{figure}/{total},"–"),"–")'
        levers.append((_named(_cell(saved, i, 0)), "", figure, "scaled", part, "share"))
        second = f'IFERROR(IF(Addin_there=1,{high}/Board_scale,"–"),"–")'
        drivers.append((_named(_cell(swings, i, 0)), "", low, "scaled", second, "scaled"))
    put(row, 0, asks["usage"], (_say(draft, "board_levers"), unit, f'"{draft.term("share")}"'), levers)
    heads = (_say(draft, "board_drivers"), f'"{draft.term("low_change")}"', f'"{draft.term("high_change")}"')
    put(row, 1, asks["drivers"], heads, drivers)


def _return(draft: Draft) -> list[Line]:
    numbers = {"npv": "scaled", "irr": "percent", "roi": "percent"}
    keys = ("npv", "irr", "roi", "payback", "payback_discounted", "value")
    return [(_say(draft, f"figure_{k}"), *_places(draft, k), numbers.get(k, "units"), "", "") for k in keys]


def _risk(draft: Draft) -> list[Line]:
    """The point estimate and the percentiles without the mean, then the contingency."""
    table = draft.blocks["risk.usual"]
    rows = (1, *range(3, table.last_row - table.row + 1))
    found: list[Line] = [(_named(table.at(r, 0)), "", table.at(r, 1), "scaled", "", "") for r in rows]
    level, contingency = draft.places["risk.level"], draft.places["risk.contingency"]
    plain, at = _say(draft, "board_contingency"), _say(draft, "board_contingency_at")
    name = f'IF(Addin_there*ISNUMBER({contingency}),{at}&" "&{level},{plain})'
    return [*found, (name, "", contingency, "scaled", "", "")]


def _options(draft: Draft) -> list[Line]:
    table = draft.blocks["comparison.options"]
    column = len(COMPONENTS) + 1
    return [(_named(table.at(r, 0)), "", table.at(r, column), "scaled", "", "") for r in range(1, 1 + OPTIONS)]


def _charts(draft: Draft, page: Page, row: int, found: Workings, lines: Block) -> None:
    """Three charts. The title of each is a sentence that follows the figures."""

    def frame(third: int, key: str, legend: str = "none") -> Frame:
        column = LEFT + third * _STEP
        made = framed(page, key, row, column, _CHART, before=column + 3, legend=legend, small=True)
        return replace(made, title=f"={found.titles[key]}")

    stacked_columns(page, frame(0, "years", "bottom"), found.years)
    draft.charted.append(lines._replace(sheet=page.sheet.name, row=lines.row - 1))
    names, values = lines.down(0), lines.down(1)
    head = values._replace(row=values.row - 1, last_row=values.row - 1)
    bars(page, frame(1, "largest"), [Series(name=head, names=names, values=values, colour=BLUE)])
    course = found.course
    body = course._replace(row=course.row + 1)
    name = course.down(1)._replace(last_row=course.row)
    columns(page, frame(2, "course"), [Series(name=name, names=body.down(0), values=body.down(1), colour=GREEN)])
    for at in range(row, row + _CHART_ROWS):
        page.sheet.set_row(at, (_CHART + 14) * 0.75 / _CHART_ROWS)


def _cell(table: Block, line: int, column: int) -> str:
    return f"{table.sheet}!{cell(table.row + 1 + line, table.column + column)}"
