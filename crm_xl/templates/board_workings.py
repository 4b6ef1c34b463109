"""Behind the Board: the unit of its amounts, what was asked, the largest lines, and the titles of its charts.

They stand below the page that is printed, as native formulas.
"""

import re
from dataclasses import dataclass

from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.schema import columns
from crm_xl.templates.draft import Block, Draft, area, cell
from crm_xl.templates.page import LEFT, Page
from crm_xl.templates.tables import NAMES, column_of

# Lines that the board names, the largest first.
LARGEST = 5
# Amounts are divided by these, from these totals on.
_UNITS = {"en": ((1, 0), (1e3, 1e4), (1e6, 1e6)), "zh": ((1, 0), (1e4, 1e4), (1e8, 1e8))}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Workings:
    """References for the page: flags of what was asked, formulas of names and shares, the titles of the charts."""

    asks: dict[str, str]
    filled: str
    period: str
    component: str
    component_share: str
    first_line: str
    line_share: str
    largest: list[tuple[str, str]]
    titles: dict[str, str]
    years: Block
    course: Block


def sentence(draft: Draft, key: str, **parts: str) -> str:
    """Return a formula that says a text of the template with formulas in place of its `{parts}`."""
    pieces = _PLACEHOLDER.split(draft.say(key, **{name: f"{{{name}}}" for name in parts}))
    return "&".join(parts[piece] if i % 2 else f'"{piece}"' for i, piece in enumerate(pieces) if piece)


def amount(figure: str) -> str:
    """Return a formula that says an amount in the unit of the board."""
    return f"TEXT({figure}/Board_scale,Board_format)&Board_unit"


def fill(draft: Draft, page: Page, row: int, chosen: str, lines: Block) -> Workings:
    """Draw the figures behind the page; `chosen` is the cell of the unit, `lines` the table of the largest lines."""
    row = page.section(row, draft.say("chart_figures"), LEFT + 2, note=draft.say("board_workings_note"))
    row = _unit(draft, page, row, chosen)
    row, asks = _asks(draft, page, row + 1)
    row, largest = _largest(draft, page, row + 1)
    row, course = _course(draft, page, row + 1, asks["benefits"])
    row, by_year = _by_year(draft, page, row + 1)
    table, total = draft.blocks["results.by_year"], draft.places["results.total"]
    parts = table._replace(row=table.row + 1, last_row=table.last_row - 1)
    amounts = parts.down(draft.spec.years + 1)
    most = f"MAX({amounts})"
    period = draft.places["years.name.0"], f"INDEX({_names(draft)},Model_years)"
    found = {
        "filled": page.formula(row, LEFT + 1, f"SUM({draft.blocks['work.filled']})", "formula", "count"),
        "period": page.formula(row + 1, LEFT + 1, f'{period[0]}&IF(Model_years=1,"","–"&{period[1]})', "formula"),
        "component": page.formula(
            row + 2, LEFT + 1, f'IFERROR(INDEX({parts.down(0)},MATCH({most},{amounts},0)),"")', "formula"
        ),
        "component_share": page.formula(row + 3, LEFT + 1, f"IF(N({total})=0,0,{most}/{total})", "formula", "share"),
    }
    for i, key in enumerate(found):
        page.write(row + i, LEFT, draft.say(f"board_{key}"), "label")
    first = lines.here.split(":")[0]
    titles = _titles(draft, page, row + len(found) + 1, lines, course, asks["benefits"])
    return Workings(
        asks=asks, largest=largest, titles=titles, years=by_year, course=course, first_line=first,
        line_share=f"{largest[0][1]}/{total}", **found,
    )  # fmt: skip


def _names(draft: Draft) -> str:
    first, last = (draft.places[f"years.name.{i}"] for i in (0, draft.spec.years - 1))
    return f"{first}:{last.rpartition('!')[2]}"


def _unit(draft: Draft, page: Page, row: int, chosen: str) -> int:
    """The units to choose from; the one that is chosen, or else the one that fits the total."""
    words, signs = draft.say("board_units").split("|"), draft.say("board_signs").split("|")
    for i, word in enumerate(words):
        page.write(row + i, LEFT, word, "constant")
        if i:
            factor, least = _UNITS[draft.spec.language][i - 1]
            page.write(row + i, LEFT + 1, factor, "constant", "count")
            page.write(row + i, LEFT + 2, least, "constant", "count")
            page.write(row + i, LEFT + 4, signs[i - 1], "constant")
    last, total = row + len(words) - 1, draft.places["results.total"]
    given, factors, from_total, said = (area(row + 1, LEFT + i, last, LEFT + i) for i in (0, 1, 2, 4))
    draft.name("Unit_list", f"{draft.sheet('board')}!{area(row, LEFT, last, LEFT)}")
    fits = f"MATCH({chosen},{given},0),IFERROR(MATCH(ABS({total}),{from_total}),1)"
    row = last + 1
    formulas = {
        "scale": f"INDEX({factors},IFERROR({fits}))",
        "unit": f'INDEX({said},IFERROR({fits}))&""',
        "format": 'IF(Board_scale=1,"#,##0","#,##0.0")',
    }
    for i, (key, formula) in enumerate(formulas.items()):
        page.write(row + i, LEFT, draft.say(f"board_{key}_used"), "label")
        here = page.formula(row + i, LEFT + 1, formula, "formula", "count" if key == "scale" else "")
        draft.name(f"Board_{key}", f"{draft.sheet('board')}!{here}")
    return row + len(formulas)


def _asks(draft: Draft, page: Page, row: int) -> tuple[int, dict[str, str]]:
    """Whether benefits, ranges, options, usage and drivers are entered: 1 or 0."""

    def entered(table: str) -> str:
        first = next(f for f in columns(table).values() if f.required).label(draft.spec.language)
        return f"COUNTA({NAMES[table]}[{first}])"

    ranges = ",".join(f"Costs[{column_of(draft, 'costs', key)}]" for key in ("low", "likely", "high"))
    counts = {key: entered(key) for key in ("benefits", "options", "usage", "drivers")} | {"risk": f"COUNT({ranges})"}
    found = {}
    for i, (key, count) in enumerate(counts.items()):
        page.write(row + i, LEFT, draft.say(f"board_asks_{key}"), "label")
        found[key] = page.formula(row + i, LEFT + 1, f"--({count}>0)", "formula", "year")
    return row + len(counts), found


def _largest(draft: Draft, page: Page, row: int) -> tuple[int, list[tuple[str, str]]]:
    """The largest cost lines: amount, line, name. Of lines that cost the same each is named once."""
    totals, number, item, component = (draft.blocks[f"work.{key}"] for key in ("total", "line", "item", "component"))
    page.headers(row, LEFT, [draft.say(f"board_{key}") for key in ("largest", "amount", "line")])
    found = []
    for i in range(LARGEST):
        at = row + 1 + i
        rank = page.write(at, LEFT + 4, i + 1, "constant")
        here, line = (cell(at, LEFT + k, row_fixed=False) for k in (1, 2))
        page.formula(at, LEFT + 1, f'IFERROR(LARGE({totals},{rank}),"")', "formula", "money")
        place = f"MATCH({here},{totals},0)"
        if i:
            above, before = (cell(at - 1, LEFT + k, row_fixed=False) for k in (1, 2))
            later = f'_xlfn.MINIFS({number},{totals},{here},{number},">"&{before})'
            place = f"IF({here}={above},{later},{place})"
        page.formula(at, LEFT + 2, f"IF(N({here})>0,{place},0)", "formula", "year")
        name = f'IF(INDEX({item},{line})="",INDEX({component},{line}),INDEX({item},{line}))'
        named = page.formula(at, LEFT, f'IF({line}>0,{name},"")', "formula", indent=1)
        sheet = draft.sheet("board")
        found.append((f"{sheet}!{named}".rpartition("!")[2], cell(at, LEFT + 1)))
    return row + LARGEST + 1, found


def _course(draft: Draft, page: Page, row: int, benefits: str) -> tuple[int, Block]:
    """Year by year what has been spent, or with benefits the cumulative cash flow. A year beyond the model has none."""
    years, flow = draft.blocks["return.years"], draft.blocks["return.cumulative"]
    page.headers(row, LEFT, [draft.say("board_year"), ""])
    title = f'IF({benefits},"{draft.term("flow_cumulative")}","{draft.say("board_spent")}")'
    page.formula(row, LEFT + 1, title, "header")
    count = draft.spec.years + 1
    for i in range(count):
        at, column = row + 1 + i, years.column + i
        year, value = (f"{block.sheet}!{cell(block.row, column)}" for block in (years, flow))
        inside = f"{draft.places[f'years.number.{i - 1}']}<=Model_years" if i else ""
        page.formula(at, LEFT, f'IF({inside},{year},"")&""' if i else f'{year}&""', "formula", indent=1)
        shown = f"IF({benefits},1,0-1)*{value}/Board_scale"
        page.formula(at, LEFT + 1, f"IF({inside},{shown},0)" if i else shown, "formula", "scaled")
    block = Block(draft.sheet("board"), row, LEFT, row + count, LEFT + 1)
    draft.charted.append(block._replace(sheet=page.sheet.name))
    return row + count + 1, block


def _by_year(draft: Draft, page: Page, row: int) -> tuple[int, Block]:
    """The components, a row each, and the years of the model in the unit of the board."""
    table, parts, years = draft.blocks["results.by_year"], len(COMPONENTS) + 1, draft.spec.years
    page.write(row, LEFT, draft.say("board_breakdown"), "header")
    for at in range(parts + 1):
        source = table.row + at
        if at:
            page.formula(row + at, LEFT, f"{table.sheet}!{cell(source, table.column)}", "formula", indent=1)
        for i in range(years):
            figure = f"{table.sheet}!{cell(source, table.column + 1 + i)}"
            inside = f"{draft.places[f'years.number.{i}']}<=Model_years"
            shown = f"IF({inside},{figure}/Board_scale,0)" if at else f'IF({inside},{figure},"")&""'
            role, number = ("formula", "scaled") if at else ("header", "")
            page.formula(row + at, LEFT + 1 + i, shown, role, number)
    block = Block(draft.sheet("board"), row, LEFT, row + parts, LEFT + years)
    draft.charted.append(block._replace(sheet=page.sheet.name))
    return row + parts + 1, block


def _titles(draft: Draft, page: Page, row: int, lines: Block, course: Block, benefits: str) -> dict[str, str]:
    """What is seen in each chart, in a sentence."""
    table, total = draft.blocks["results.by_year"], draft.places["results.total"]
    sums = table._replace(row=table.last_row, column=table.column + 1, last_column=table.column + draft.spec.years)
    most = f"MAX({sums})"
    body = course._replace(row=course.row + 1)
    names, values = body.down(0).here, body.down(1).here

    def when(below: str) -> str:
        """The first year that is not below a figure any more."""
        return f'INDEX({names},SUMPRODUCT(({names}<>"")*({values}<{below}))+1)'

    spent = sentence(draft, "board_title_spent", year=when(f"{total}/Board_scale/(1+1)"))
    at_last, last = f"INDEX({values},1+Model_years)", f"INDEX({names},1+Model_years)"
    left = f"TEXT(ABS({at_last}),Board_format)&Board_unit"
    back, never = (sentence(draft, f"board_title_{key}", year=last, amount=left) for key in ("back", "never"))
    page.write(row, LEFT, draft.say("board_balance"), "label")
    balance = page.formula(row, LEFT + 1, f'IFERROR(IF({at_last}<0,{never},{back}),"")', "formula")
    row += 1
    amounts = lines.down(1).here
    texts = {
        "years": sentence(
            draft, "board_title_years", year=f"INDEX({_names(draft)},MATCH({most},{sums},0))", amount=amount(most)
        ),
        "largest": sentence(
            draft, "board_title_largest", count=f"COUNT({amounts})",
            share=f'TEXT(SUM({amounts})*Board_scale/{total},"0%")',
        ),
        "course": f"IF({benefits}=0,{spent},{balance})",
    }  # fmt: skip
    found = {}
    for i, (key, text) in enumerate(texts.items(), row):
        page.write(i, LEFT, draft.say(f"board_plain_{key}"), "label")
        shown = f"IF(N({total})=0,{cell(i, LEFT)},IFERROR({text},{cell(i, LEFT)}))"
        found[key] = f"{draft.sheet('board')}!{page.formula(i, LEFT + 1, shown, 'formula')}"
    draft.charted.append(Block(page.sheet.name, row, LEFT + 1, row + len(texts) - 1, LEFT + 1))
    return found
