"""The Results sheet: the figures for the board, natively and by CRM_* side by side, two charts, and the schedules.

The first page stands on native formulas and lives without the add-in; the CRM_* tables follow below it. A table
that spills has room for as many components as the lists of the workbook allow; the last may grow without limit.
"""

from crm_xl.engine.components import COMPONENTS, component_label
from crm_xl.templates.charts import framed, ring, stacked_columns
from crm_xl.templates.draft import Block, Draft, cell, letter
from crm_xl.templates.lists import OWN_COMPONENTS
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.tables import column_of

ALL = "Costs[#All],Assumptions[#All]"
# Header, components, a row for lines that state none, total, lines without a price.
_ROOM = 1 + len(COMPONENTS) + OWN_COMPONENTS + 1 + 1 + 1
# Header, one-off, recurring, total, lines without a price.
_NATURES = 5
_LABEL, _NUMBER = 40.0, 17.0
# So many columns of figures it is wide even with few years: the charts keep their room, and the print its scale.
_LEAST = 7
# Heights of the charts: beside the key figures, and below the table, so that both fit on the first page.
_RING, _COLUMNS, _COLUMN_ROWS = 226, 350, 18
_FIRST = LEFT + 1


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet; the department kind has the native half only."""
    years = draft.spec.years
    page.head([_LABEL, *[_NUMBER] * max(years + 2, _LEAST)])
    page.formula(1, LEFT, basis(draft), "subtitle")
    table = TOP + 11
    row = _by_year(draft, page, table)
    row = _charts(draft, page, row, table + 2)
    last: int | None = row
    if draft.spec.finance:
        page.sheet.set_h_pagebreaks([row])
        _schedules(draft, page, row, table + 2)
        last = None
    _figures(draft, page, TOP)
    page.finish(last)


def basis(draft: Draft, unit: str = "") -> str:
    """In what the amounts are and for when: the currency, the tax basis in use, the first and the last year.

    `unit` is a formula for what follows the currency.
    """
    first, last = (draft.places[f"years.name.{i}"] for i in (0, draft.spec.years - 1))
    years = f"{first}:{last.rpartition('!')[2]}"
    period = f'{first}&IF(Model_years=1,"","–"&INDEX({years},MIN(Model_years,COLUMNS({years}))))'
    texts = {key: f'"{draft.say(key)}"' for key in ("amounts_in", "comma", "period")}
    return f"{texts['amounts_in']}&Report_currency{unit}&{texts['comma']}&Tax_basis_used&{texts['period']}&{period}"


def _figures(draft: Draft, page: Page, row: int) -> None:
    """The key figures. Each stands natively; beside it what CRM_* says, and the difference."""
    finance, places, blocks = draft.spec.finance, draft.places, draft.blocks
    row = page.section(row, draft.say("results_figures"), LEFT + (3 if finance else 1))
    heads = ["figure", "native"] + (["crm", "difference"] if finance else [])
    page.headers(row, LEFT, [draft.say(f"results_{key}") for key in heads])
    row_of_total = row + 1
    total = cell(row_of_total, _FIRST)
    per = {key: f'"{draft.choice("per", key)}"' for key in ("total", "year", "month")}

    def of_nature(word: str) -> str:
        if not finance:
            return ""
        # Its total stands in the column after the last year. A kind of cost that no line has has no row: 0.
        nature = blocks["results.nature"]
        row = f"INDEX({nature.here},MATCH({word},{nature.down(0).here},0),1+Model_years+1)"
        return f"IF(COUNTIF({nature.down(0).here},{word})=0,{cell(row_of_total, _FIRST + 1)}*0,{row})"

    def natively(flag: int) -> str:
        return f"SUMIFS({blocks['work.total']},{blocks['work.one_off']},{flag})"

    def by_users(key: str) -> str:
        return f'IF(Users=0,"",CRM_PER_USER(Costs[#All],Assumptions[#All],Users,{per[key]}))'

    lines = [
        ("total", f"SUM({blocks['work.total']})", f"CRM_TOTAL({ALL})"),
        ("a_year", f"{total}/Model_years", f"CRM_TOTAL({ALL})/Model_years"),
        ("one_off", natively(1), of_nature("One_off_word")),
        ("recurring", natively(0), of_nature("Recurring_word")),
        ("per_user", f'IF(Users=0,"",{total}/Users)', by_users("total")),
        ("per_user_year", f'IF(Users=0,"",{total}/Users/Model_years)', by_users("year")),
        ("per_user_month", f'IF(Users=0,"",{total}/Users/Model_years/12)', by_users("month")),
    ]
    for row, (key, native, crm) in enumerate(lines, row + 1):  # noqa: B020
        role = "total" if key == "total" else "formula"
        page.write(row, LEFT, draft.say(f"figure_{key}"), "total" if key == "total" else "label", indent=1)
        here = page.formula(row, _FIRST, native, role, "money")
        if finance:
            there = page.crm(row, _FIRST + 1, crm, "money")
            both = f"ISNUMBER({here})*ISNUMBER({there})"
            _difference(page, row, _FIRST + 2, f'IF({both},{here}-{there},"")')
        places[f"results.{key}"] = f"{draft.sheet('results')}!{here}"
        places[f"results.{key}.crm"] = f"{draft.sheet('results')}!{cell(row, _FIRST + 1)}"
    row += 1
    page.write(row, LEFT, draft.say("figure_unpriced"), "label")
    here = page.formula(row, _FIRST, f"SUM({blocks['work.filled']})-SUM({blocks['work.priced']})", "formula", "count")
    places["results.unpriced"] = f"{draft.sheet('results')}!{here}"
    warn = {"type": "cell", "criteria": ">", "value": 0, "format": draft.styles.tint(("#FDF1D3", "#8A5A00"))}
    page.sheet.conditional_format(row, LEFT, row, _FIRST, {**warn, "type": "formula", "criteria": f"={here}>0"})
    draft.name("Total_cost", places["results.total"], draft.say("name_total_cost"))


def _difference(page: Page, row: int, column: int, formula: str) -> None:
    page.formula(row, column, formula, "formula", "difference", align="right")


def _by_year(draft: Draft, page: Page, row: int) -> int:
    """Cost by component and year, summed from the Workings."""
    years, places = draft.spec.years, draft.places
    row = page.section(row, draft.say("results_by_year"))
    heads = [column_of(draft, "costs", "component"), *[""] * years, draft.term("total"), draft.term("share")]
    page.headers(row, LEFT, heads)
    for i in range(years):
        page.formula(row, _FIRST + i, places[f"years.name.{i}"], "header", "year")
    labels = [component_label(key, draft.spec.language) for key in COMPONENTS]
    first, last = row + 1, row + len(labels) + 1
    whole = cell(last + 1, _FIRST + years)
    for at, label in enumerate([*labels, None], first):
        if label:
            page.write(at, LEFT, label, "label")
        else:
            page.formula(at, LEFT, "Other_word", "label")
        name = cell(at, LEFT, row_fixed=False)
        for i in range(years):
            formula = f"SUMIFS({draft.blocks[f'work.money.{i}'].moving},{draft.blocks['work.group']},{name})"
            page.formula(at, _FIRST + i, formula, "formula", "money")
    page.write(last + 1, LEFT, draft.term("total"), "total", indent=1)
    for i in range(years):
        column = letter(_FIRST + i)
        page.formula(last + 1, _FIRST + i, f"SUM({column}{first + 1}:{column}{last + 1})", "total", "money")
    for at in range(first, last + 2):
        line = f"{cell(at, _FIRST, row_fixed=False)}:{cell(at, _FIRST + years - 1, row_fixed=False)}"
        role, share_role = ("total", "total") if at > last else ("sum", "formula")
        page.formula(at, _FIRST + years, f"SUM({line})", role, "money")
        here = cell(at, _FIRST + years, row_fixed=False)
        page.formula(at, _FIRST + years + 1, f'IF({whole}=0,"",{here}/{whole})', share_role, "share")
    draft.charted.append(Block(page.sheet.name, row, LEFT, last + 1, _FIRST + years))
    draft.blocks["results.by_year"] = Block(draft.sheet("results"), row, LEFT, last + 1, _FIRST + years + 1)
    places["results.sum_of_years"] = f"{draft.sheet('results')}!{whole}"
    return last + 2


def _charts(draft: Draft, page: Page, row: int, first: int) -> int:
    """Two charts of the table whose first component stands in row `first`: beside the figures, and below the table."""
    years, last, sheet = draft.spec.years, first + len(COMPONENTS), draft.sheet("results")
    beside = LEFT + 5 if draft.spec.finance else LEFT + 3
    names, shares = (Block(sheet, first, column, last, column) for column in (LEFT, _FIRST + years))
    head = shares._replace(row=first - 1, last_row=first - 1)
    ring(page, framed(page, "share", TOP + 1, beside, _RING), head, names, shares)
    table = Block(sheet, first - 1, LEFT, last, _FIRST + years - 1)
    stacked_columns(page, framed(page, "years", row, LEFT, _COLUMNS), table)
    return row + _COLUMN_ROWS


def _schedules(draft: Draft, page: Page, row: int, native: int) -> None:
    """The CRM_* tables; below the cash schedule its difference from the native table."""
    years = draft.spec.years
    views = {key: draft.choice("view", key) for key in ("cash", "profit")}
    dimension = {key: draft.choice("dimension", key) for key in ("component", "nature", "year")}

    def block(key: str, formula: str, rows: int, numbers: list[str]) -> int:
        top = page.section(row, draft.say(f"results_{key}"), note=draft.say(f"results_{key}_note"))
        draft.blocks[f"results.{key}"] = page.spill(top, LEFT, formula, rows, numbers)
        return top + rows + 1

    money = ["money"] * (years + 1)
    row = block("cash", f'CRM_SCHEDULE({ALL},"{views["cash"]}")', _ROOM, ["", *money])
    row = _differences(draft, page, row - 1, native)
    row = block(
        "nature", f'CRM_BREAKDOWN({ALL},"{dimension["nature"]}","{dimension["year"]}")', _NATURES, ["", *money, "share"]
    )
    row = block("component", f'CRM_BREAKDOWN({ALL},"{dimension["component"]}")', _ROOM, ["", "money", "share"])
    row = block("profit", f'CRM_SCHEDULE({ALL},"{views["profit"]}")', _ROOM, ["", *money, "money"])
    block("amortisation", f"CRM_AMORTISATION({ALL})", years + 12, ["year", *["money"] * 4])


def _differences(draft: Draft, page: Page, row: int, native: int) -> int:
    """Native minus CRM_SCHEDULE, by component and year: every cell is to be 0."""
    years, spill = draft.spec.years, draft.blocks["results.cash"]
    row = page.section(row, draft.say("results_differences"), note=draft.say("results_differences_note"))
    count = len(COMPONENTS) + 2
    for i in range(count):
        source = cell(native + i, LEFT, row_fixed=False)
        page.formula(row + i, LEFT, source, "label")
        for year in range(years):
            here = cell(native + i, _FIRST + year, row_fixed=False, column_fixed=False)
            inside = f"({draft.places[f'years.number.{year}']}<=Model_years)"
            there = f'{inside}*SUMIF({spill.down(0).here},{source}&"*",{spill.down(year + 1).moving})'
            _difference(page, row + i, _FIRST + year, f'IF(Addin_there=1,{here}-{there},"")')
    last = _FIRST + years - 1
    draft.blocks["results.differences"] = Block(draft.sheet("results"), row, _FIRST, row + count - 1, last)
    return row + count + 1
