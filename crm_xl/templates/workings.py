"""The Workings sheet: every cost line on one row, computed with native formulas only.

It says in the language of the spreadsheet what `engine.costs` says in Python: a line falls due on its Start and then
every so many months on the same day until its End; its money is units × price × growth × exchange rate. In each year
there are due days before and after the anniversary of the Start. A line that is charged by days is more than these
formulas say: it has no figure here, and the checks tell so.
"""

from dataclasses import dataclass

from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.tables import NAMES, column_of

# Below the head: titles of the blocks, the model year, the last month of the year, the headers.
_BLOCKS, _NUMBER, _LAST, _HEADER = range(TOP, TOP + 4)
FIRST = _HEADER + 1


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the left part. `{key}` stands for another column of the row, `[key]` for one of the cost table.

    A column without a number format holds texts.
    """

    key: str
    formula: str
    number: str = "year"
    width: float = 8.0


# What each line needs before the years come. Flags are 1 and 0; months count from 0, the first of the model.
# `+0` turns a blank into 0 and a text into #VALUE!, so that a text can never make a total low in silence.
_COLUMNS = (
    Column(key="component", formula='[component]&""', number="", width=15),
    Column(key="item", formula='[item]&""', number="", width=32),
    Column(key="lump", formula="--ISNUMBER([amount])"),
    Column(key="priced", formula="MAX({lump},--ISNUMBER([unit_cost]))"),
    Column(key="filled", formula="--(LEN({component})+{priced}>0)"),
    Column(
        key="group",
        formula='IF({filled}=0,"",IFERROR(INDEX(Component_means,MATCH(TRIM({component}),Component_words,0)),Other_word))',
        number="",
        width=14,
    ),
    Column(key="quantity", formula="IF({lump}=1,1,[quantity]+0)", number="units", width=9),
    Column(key="quantity_growth", formula="[quantity_growth]+0", number="share", width=9),
    Column(key="round_up", formula="Whole_seats*(1-{lump})*({quantity_growth}<>0)"),
    Column(key="stated", formula="IF({lump}=1,[amount],[unit_cost]+0)", number="price", width=14),
    Column(
        key="price_growth",
        formula='IF([growth_cap]="",[price_growth]+0,MIN([price_growth]+0,[growth_cap]))',
        number="share",
        width=9,
    ),
    Column(key="lock", formula="0-INT(0-[price_lock])"),
    Column(key="discount", formula="[discount]+0", number="share", width=9),
    Column(
        key="by_day",
        formula='IF([proration]="",0,INDEX(Proration_means,MATCH(TRIM([proration]),Proration_words,0)))',
    ),
    Column(key="tax", formula="[tax_rate]+0", number="share", width=8),
    Column(key="tax_in", formula='IF([tax_included]="",0,INDEX(Yesno_means,MATCH([tax_included]&"",Yesno_words,0)))'),
    Column(key="currency", formula='IF([currency]="",Report_currency,[currency])', number="", width=9),
    Column(key="rate_row", formula="IFERROR(MATCH({currency},Rate_currencies,0),0)"),
    Column(key="rate_ok", formula="IF({rate_row}=0,0,INDEX(Rate_complete,{rate_row}))"),
    Column(
        key="price",
        formula="IF(OR({filled}>{rate_ok},{by_day}>0),NA(),{stated}*(1+{tax})^(Gross_basis-{tax_in}))",
        number="price",
        width=14,
    ),
    Column(key="start", formula="[start]+0", number="when", width=11),
    Column(key="end", formula="[end]+0", number="when", width=11),
    Column(key="start_form", formula="({start}>0)+({start}>=Calendar_from)+({start}>=Date_from)"),
    Column(key="end_form", formula="({end}>0)+({end}>=Calendar_from)+({end}>=Date_from)"),
    Column(
        key="start_month",
        formula="CHOOSE(1+{start_form},0,({start}-1)*12,({start}-Start_year)*12,"
        "YEAR({start})*12+MONTH({start})-1-Start_month)",
    ),
    Column(key="start_day", formula="IF({start}>=Date_from,DAY({start}),1)"),
    Column(key="first_month", formula="{start_month}"),
    # In its last month a line falls due only if its day, or the last one of the month, has come by the End.
    Column(
        key="last_month",
        formula="CHOOSE(1+{end_form},12*Model_years,{end}*12,({end}-Start_year+1)*12,"
        "YEAR({end})*12+MONTH({end})-Start_month"
        "-(DAY({end})<MIN({start_day},DAY(DATE(YEAR({end}),MONTH({end})+1,0)))))-1",
    ),
    Column(key="backwards", formula="({start_form}>0)*({end_form}>0)*({last_month}<{first_month})"),
    # A date needs a model with a start date. What is over before it is early; a term that runs into it is not.
    Column(
        key="early",
        formula="--OR({start_month}*{one_off}<0,{last_month}<0,(1-Has_start)*MAX({start_form},{end_form})>1)",
    ),
    Column(
        key="step",
        formula='IF([frequency]="",Never,INDEX(Frequency_means,MATCH(TRIM([frequency]),Frequency_words,0)))',
        width=10,
    ),
    Column(key="one_off", formula="--({step}=Never)"),
    Column(key="until", formula="[discount_until]+0", number="when", width=11),
    Column(key="until_form", formula="({until}>0)+({until}>=Calendar_from)+({until}>=Date_from)"),
    Column(
        key="until_month",
        formula="CHOOSE(1+{until_form},Never,{until}*12,({until}-Start_year+1)*12,"
        "YEAR({until})*12+MONTH({until})-Start_month"
        "-(DAY({until})<MIN({start_day},DAY(DATE(YEAR({until}),MONTH({until})+1,0)))))-1",
    ),
    Column(key="discounted", formula="MAX(0,INT(({until_month}-{first_month})/{step}+1))"),
)
# Then, for every year: how often the line falls, the anniversaries reached, the due days before the one of the year,
# units with growth and discount, and the money. Before the anniversary growth counts once less than after it.
# `{n}` is the model year, `{m}` its last month.
# A year beyond the model has no months of its own: it ends where the year before it does.
_FALLEN = "MAX(0,INT((MIN({{last_month}},{until})-{{first_month}})/{{step}}+1))"
BY, BEFORE = _FALLEN.format(until="{m}"), _FALLEN.format(until="12*MIN({n}-1,Model_years)-1")
ANNIVERSARY = "MAX(0,INT(({m}-{first_month})/12))"
# The number of the first due day from the anniversary on, within those of the year.
TURN = "IF(Growth_by_model=1,{before},MIN(MAX(0-INT(0-12*{passed}/{step}),{before}),{before}+{falls}))"
_GROWN = "(1+{{price_growth}})^IF({{lock}}>0,MAX(0,{years}-{{lock}}+1),{years}+First_year)"
_UNITS = (
    "IF({{round_up}}=1,0-INT(Tolerance-{{quantity}}*(1+{{quantity_growth}})^({years}+First_year)),"
    "{{quantity}}*(1+{{quantity_growth}})^({years}+First_year))"
)
_EARLIER = "MAX(0,IF(Growth_by_model=1,{passed},{passed}-1))"
# Due days less the part of them that is taken off as discount.
_CHARGED = "({to}-{of}-{{discount}}*(MIN(MAX({{discounted}},{of}),{to})-{of}))"


def _part(of: str, to: str, years: str) -> str:
    """The units of the due days from one to another, after so many rises."""
    charged = _CHARGED.format(of=of, to=to)
    return f"{charged}*{_UNITS.format(years=years)}*{_GROWN.format(years=years)}"


_YEARS = (
    ("before", BEFORE, "count", 8.0),
    ("falls", f"{BY}-{{before}}", "count", 8.0),
    ("passed", f"IF(Growth_by_model=1,{{n}}-1,{ANNIVERSARY})", "count", 8.0),
    ("turn", TURN, "count", 8.0),
    ("earlier", _part("{before}", "{turn}", _EARLIER), "units", 9.0),
    ("units", "{earlier}+" + _part("{turn}", "({before}+{falls})", "{passed}"), "units", 9.0),
    ("money", "{units}*{price}*INDEX(Rates,MAX(1,{rate_row}),{n})", "money", 14.0),
)


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    years, count = draft.spec.years, draft.spec.lines
    gap = 1.5
    widths = [6.0, *(c.width for c in _COLUMNS)]
    for _, _, _, width in _YEARS:
        widths += [gap, *[width] * years]
    page.head([*widths, gap, 16.0, 16.0])
    at = {c.key: LEFT + 1 + i for i, c in enumerate(_COLUMNS)}
    starts = {key: LEFT + 2 + len(_COLUMNS) + i * (years + 1) for i, (key, *_) in enumerate(_YEARS)}
    total = LEFT + 2 + len(_COLUMNS) + len(_YEARS) * (years + 1)
    _heads(draft, page, starts, total)
    for line in range(count):
        row = FIRST + line
        page.write(row, LEFT, line + 1, "constant")
        line_number = cell(row, LEFT, row_fixed=False)
        known = {key: cell(row, column, row_fixed=False) for key, column in at.items()}
        for column in _COLUMNS:
            formula = cells_of(draft, "costs", column.formula, line_number).format(**known)
            page.formula(row, at[column.key], formula, "formula", column.number, **_aligned(column.number))
        _years(draft, page, row, starts, known)
        first, last = (cell(row, column, row_fixed=False) for column in (starts["money"], starts["money"] + years - 1))
        page.formula(row, total, f"SUM({first}:{last})", "sum", "money")
        sum_of_line = cell(row, total, row_fixed=False)
        shown = f'IF({known["filled"]}=0,"",IF({known["priced"]}=0,"{draft.say("not_priced")}",{sum_of_line}))'
        page.formula(row, total + 1, shown, "formula", "money", align="right")
    _names(draft, at, starts, total)
    page.finish(FIRST + count - 1, freeze=(FIRST, LEFT + 3), repeat=_HEADER, pages_wide=3)


def _aligned(number: str) -> dict[str, int]:
    return {} if number else {"indent": 1}


def columns_of_span() -> tuple[Column, ...]:
    """Return the columns that say in which months a line falls: every table with Start and End has the same."""
    keys = ("start", "end", "start_form", "end_form", "start_month", "start_day", "first_month", "last_month")
    return tuple(column for column in _COLUMNS if column.key in keys)


def cells_of(draft: Draft, table: str, formula: str, number: str) -> str:
    """Put the cells of an input table in place of `[key]`: the one in the line of the table with this number."""
    parts = formula.split("[")
    for i, part in enumerate(parts[1:], 1):
        key, _, rest = part.partition("]")
        parts[i] = f"INDEX({NAMES[table]}[{column_of(draft, table, key)}],{number}){rest}"
    return "".join(parts)


def _years(draft: Draft, page: Page, row: int, starts: dict[str, int], known: dict[str, str]) -> None:
    for key, formula, number, _ in _YEARS:
        for i in range(draft.spec.years):
            column = starts[key] + i
            here = {
                "n": cell(_NUMBER, column, column_fixed=False),
                "m": cell(_LAST, column, column_fixed=False),
                **{k: cell(row, starts[k] + i, row_fixed=False, column_fixed=False) for k, *_ in _YEARS},
            }
            page.formula(row, column, formula.format(**known, **here), "formula", number)


def _heads(draft: Draft, page: Page, starts: dict[str, int], total: int) -> None:
    """The rows above the lines: what each column holds, and for the years their number and last month."""
    page.sheet.set_row(_HEADER, 66)
    page.write(_NUMBER, LEFT + 1, draft.say("time_year_number"), "subtitle")
    page.write(_LAST, LEFT + 1, draft.say("time_last_month"), "subtitle")
    page.write(_HEADER, LEFT, draft.say("work_line"), "header")
    page.write(_BLOCKS, LEFT + 1, draft.say("work_block_line"), "section", bottom=0)
    for i, column in enumerate(_COLUMNS):
        page.write(_HEADER, LEFT + 1 + i, draft.say(f"work_{column.key}"), "header")
    for key, start in starts.items():
        page.write(_BLOCKS, start, draft.say(f"work_block_{key}"), "section", bottom=0)
        for i in range(draft.spec.years):
            for row, place, role in (
                (_NUMBER, "number", "subtitle"),
                (_LAST, "last_month", "subtitle"),
                (_HEADER, "name", "header"),
            ):
                page.formula(row, start + i, draft.places[f"years.{place}.{i}"], role, "year", align="right")
    page.write(_HEADER, total, draft.say("work_total"), "header")
    page.write(_HEADER, total + 1, draft.say("work_shown"), "header")


def _names(draft: Draft, at: dict[str, int], starts: dict[str, int], total: int) -> None:
    last, sheet = FIRST + draft.spec.lines - 1, draft.sheet("workings")
    for key, column in {"line": LEFT, **at, "total": total, "shown": total + 1}.items():
        draft.blocks[f"work.{key}"] = Block(sheet, FIRST, column, last, column)
    for i in range(draft.spec.years):
        draft.blocks[f"work.money.{i}"] = Block(sheet, FIRST, starts["money"] + i, last, starts["money"] + i)
    draft.name("Line_totals", str(draft.blocks["work.shown"]), draft.say("name_line_totals"))
