"""The sheet that computes every benefit line with native formulas, as the Workings do it for the cost lines.

The money of a year is what one time brings × times in the year × growth × ramp-up × probability × exchange rate.
"""

from crm_xl.engine.schema import columns
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.workings import ANNIVERSARY, BEFORE, BY, TURN, Column, cells_of, columns_of_span

_NUMBER, _LAST, _HEADER = range(TOP, TOP + 3)
_FIRST = _HEADER + 1
_COLUMNS = (
    Column(key="benefit", formula='[benefit]&""', number="", width=30),
    Column(
        key="each",
        formula="IF(ISNUMBER([amount]),[amount],IF(COUNT([volume],[effect],[unit_value])=COLUMNS({drivers}),"
        "[volume]*[effect]*[unit_value],0))",
        number="price",
        width=14,
    ),
    Column(key="chance", formula='IF([probability]="",1,[probability])', number="share", width=10),
    Column(key="growth", formula="[growth]+0", number="share", width=9),
    Column(key="ramp_up", formula="MAX([ramp_up]+0,Tolerance)", number="units", width=9),
    Column(key="currency", formula='IF([currency]="",Report_currency,[currency])', number="", width=9),
    Column(key="rate_row", formula="IFERROR(MATCH({currency},Rate_currencies,0),0)"),
    *columns_of_span(),
    Column(
        key="step",
        formula='IF([frequency]="",12,INDEX(Frequency_means,MATCH(TRIM([frequency]),Frequency_words,0)))',
        width=10,
    ),
    Column(key="at_start", formula="({step}=Never)*({first_month}=0)"),
)
# As the Workings have it: times in the year, years that growth has behind it, and due days before the anniversary.
_GROWN = "(1+{{growth}})^({years}+First_year)*MIN(1,({since}+1)/{{ramp_up}})"
_EARLIER = "MAX(0,IF(Growth_by_model=1,{passed},{passed}-1))"
_SINCE, _SINCE_EARLIER = (f"MAX(0,{years}-Growth_by_model*INT({{first_month}}/12))" for years in ("{passed}", _EARLIER))
_YEARS = (
    ("before", BEFORE, "count", 8.0),
    ("falls", f"{BY}-{{before}}", "count", 8.0),
    ("passed", f"IF(Growth_by_model=1,{{n}}-1,{ANNIVERSARY})", "count", 8.0),
    ("turn", TURN, "count", 8.0),
    (
        "money",
        'IF({benefit}="",0,{each}*{chance}*INDEX(Rates,{rate_row},{n})'
        f"*(({{turn}}-{{before}})*{_GROWN.format(years=_EARLIER, since=_SINCE_EARLIER)}"
        f"+({{before}}+{{falls}}-{{turn}})*{_GROWN.format(years='{passed}', since=_SINCE)}))",
        "money",
        14.0,
    ),
)
_GAP = 1.5


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    years, count = draft.spec.years, draft.spec.lines_of["benefits"]
    widths = [6.0, *(column.width for column in _COLUMNS)]
    for _, _, _, width in _YEARS:
        widths += [_GAP, *[width] * years]
    page.head([*widths, _GAP, 16.0])
    at = {column.key: LEFT + 1 + i for i, column in enumerate(_COLUMNS)}
    begins = {key: LEFT + 2 + len(_COLUMNS) + i * (years + 1) for i, (key, *_) in enumerate(_YEARS)}
    total = begins["money"] + years + 1
    _heads(draft, page, begins, total)
    for line in range(count):
        row = _FIRST + line
        page.write(row, LEFT, line + 1, "constant")
        number = cell(row, LEFT, row_fixed=False)
        known = {key: cell(row, column, row_fixed=False) for key, column in at.items()}
        for column in _COLUMNS:
            formula = cells_of(draft, "benefits", column.formula, number).format(**known, drivers=_drivers(draft))
            page.formula(row, at[column.key], formula, "formula", column.number, indent=int(not column.number))
        _years(draft, page, row, begins, known)
        first, last = (cell(row, begins["money"] + i, row_fixed=False) for i in (0, years - 1))
        page.formula(row, total, f"SUM({first}:{last})", "sum", "money")
    sheet, last_row = draft.sheet("benefit_lines"), _FIRST + count - 1
    draft.blocks["benefit.at_start"] = Block(sheet, _FIRST, at["at_start"], last_row, at["at_start"])
    for i in range(years):
        money = begins["money"] + i
        draft.blocks[f"benefit.money.{i}"] = Block(sheet, _FIRST, money, last_row, money)
    page.finish(last_row, freeze=(_FIRST, LEFT + 2), repeat=_HEADER, pages_wide=2)


def _drivers(draft: Draft) -> str:
    """The columns of the drivers, to count them."""
    names = [columns("benefits")[key].label(draft.spec.language) for key in ("volume", "unit_value")]
    return f"Benefits[[{names[0]}]:[{names[1]}]]"


def _years(draft: Draft, page: Page, row: int, begins: dict[str, int], known: dict[str, str]) -> None:
    for key, formula, number, _ in _YEARS:
        for i in range(draft.spec.years):
            column = begins[key] + i
            here = {
                "n": cell(_NUMBER, column, column_fixed=False),
                "m": cell(_LAST, column, column_fixed=False),
                **{k: cell(row, begins[k] + i, row_fixed=False, column_fixed=False) for k, *_ in _YEARS},
            }
            page.formula(row, column, formula.format(**known, **here), "formula", number)


def _heads(draft: Draft, page: Page, begins: dict[str, int], total: int) -> None:
    page.sheet.set_row(_HEADER, 66)
    page.write(_NUMBER, LEFT + 1, draft.say("time_year_number"), "subtitle")
    page.write(_LAST, LEFT + 1, draft.say("time_last_month"), "subtitle")
    page.write(_HEADER, LEFT, draft.say("work_line"), "header")
    for i, column in enumerate(_COLUMNS, LEFT + 1):
        page.write(_HEADER, i, draft.say(f"work_{column.key}"), "header")
    for begin in begins.values():
        for i in range(draft.spec.years):
            for row, place, role in (
                (_NUMBER, "number", "subtitle"), (_LAST, "last_month", "subtitle"), (_HEADER, "name", "header"),
            ):  # fmt: skip
                page.formula(row, begin + i, draft.places[f"years.{place}.{i}"], role, "year", align="right")
    page.write(_HEADER, total, draft.say("work_total"), "header")
