"""The sheet of time and rates: the assumptions in use, the years of the model, exchange rates by currency and year."""

from crm_xl.engine.schema import assumption_fields
from crm_xl.templates.assumptions import defaults
from crm_xl.templates.draft import Block, Draft, area, cell, letter
from crm_xl.templates.lists import CURRENCIES
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.spec import RATE_ROWS

# The assumptions that native formulas need, and the names under which they find them.
_USED = {
    "start_date": "Model_start",
    "years": "Model_years",
    "currency": "Report_currency",
    "users": "Users",
    "tax_basis": "Tax_basis_used",
    "whole_seats": "Whole_seats_used",
    "growth_from": "Growth_from_used",
    "first_rise": "First_rise_used",
}
# Those that the native figures of the return need.
_USED_FOR_RETURN = {"discount_rate": "Discount_rate", "timing": "Timing_used", "active_users": "Active_users"}
_NUMBERS = {"rate": "percent", "date": "date", "integer": "year", "number": "count"}
_C, _D, _E, _F, _G = range(LEFT + 1, LEFT + 6)
YEARS = LEFT + 6


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet. Years stand in the same columns from top to bottom."""
    page.head([34, 15, 15, 15, 13, 13, *[12] * draft.spec.years])
    row = _assumptions(draft, page, TOP)
    row = _switches(draft, page, row + 1)
    row, number = _years(draft, page, row + 1)
    row, stated = _stated(draft, page, row + 1)
    row = _rates(draft, page, row + 1, number, stated)
    page.finish(row - 1, freeze=(TOP, LEFT + 1))


def _here(draft: Draft, reference: str) -> str:
    return f"{draft.sheet('timeline')}!{reference}"


def _assumptions(draft: Draft, page: Page, row: int) -> int:
    """Each assumption as stated, or its default where the user states none."""
    row = page.section(row, draft.say("time_assumptions"))
    page.headers(row, LEFT, [draft.say(f"time_{key}") for key in ("assumption", "row", "default", "in_use")])
    keys, values = draft.places["assumptions.assumption"], draft.places["assumptions.value"]
    standard = defaults(draft)
    used = _USED | (_USED_FOR_RETURN if draft.spec.finance else {})
    for row, (key, name) in enumerate(used.items(), row + 1):  # noqa: B020
        field = assumption_fields()[key]
        number = _NUMBERS.get(field.type, "")
        label = page.write(row, LEFT, field.label(draft.spec.language), "label")
        place = page.formula(row, _C, f"MATCH({label},{keys},0)")
        default = page.write(row, _D, standard[key], "constant", number, align="right")
        stated = f"INDEX({values},{place})"
        page.formula(row, _E, f'IF({stated}="",{default},{stated})', "formula", number, align="right")
        meaning = draft.say(f"name_{key}") if key in ("years", "currency", "users") else ""
        draft.name(name, _here(draft, cell(row, _E)), meaning)
    return row + 1


def _switches(draft: Draft, page: Page, row: int) -> int:
    """Flags and month counts that follow from the assumptions."""
    row = page.section(row, draft.say("time_switches"))
    formulas = {
        "Has_start": "--(Model_start>0)",
        "Start_year": "YEAR(Model_start)*Has_start",
        "Start_month": "(YEAR(Model_start)*12+MONTH(Model_start)-1)*Has_start",
        "Year_form": "1+Has_start+Has_start*(MONTH(Model_start)>1)",
        "Gross_basis": "INDEX(Tax_basis_means,MATCH(Tax_basis_used,Tax_basis_words,0))",
        "Whole_seats": "INDEX(Yesno_means,MATCH(Whole_seats_used,Yesno_words,0))",
        "Growth_by_model": "INDEX(Growth_from_means,MATCH(Growth_from_used,Growth_from_words,0))",
        "First_year": "INDEX(First_rise_means,MATCH(First_rise_used,First_rise_words,0))",
    }
    for i, (name, formula) in enumerate(formulas.items()):
        page.write(row + i, LEFT, draft.say(f"time_{name.lower()}"), "label")
        for column in (_C, _D):
            page.write(row + i, column, None, "label")
        page.formula(row + i, _E, formula, "formula", "year", align="right")
        draft.name(name, _here(draft, cell(row + i, _E)))
    return row + len(formulas)


def _along(draft: Draft, page: Page, row: int, formula: str, number: str = "year", role: str = "formula") -> None:
    """Write one formula along the years; `{c}` stands for the column of the year."""
    for column in range(YEARS, YEARS + draft.spec.years):
        page.formula(row, column, formula.format(c=letter(column)), role, number, align="right")


def _years(draft: Draft, page: Page, row: int) -> tuple[int, int]:
    """Name, number and last month of each year. A year beyond the model has no months of its own."""
    name = page.section(row, draft.say("time_years"))
    number, inside, last_month = name + 1, name + 2, name + 3
    year = f"{{c}}${number + 1}"
    begin = f"Start_year+{year}-1"
    split = f'({begin})&"/"&TEXT(MOD(Start_year+{year},100),"00")'
    page.headers(name, LEFT, [draft.say("time_year_name"), *[""] * (YEARS - LEFT - 1)])
    _along(draft, page, name, f"CHOOSE(Year_form,Year_before&{year}&Year_after,{begin},{split})", role="header")
    for at, key in ((number, "year_number"), (inside, "in_model"), (last_month, "last_month")):
        page.write(at, LEFT, draft.say(f"time_{key}"), "label")
    for i in range(draft.spec.years):
        before = cell(number, YEARS + i - 1, row_fixed=False, column_fixed=False)
        page.formula(number, YEARS + i, f"N({before})+1", "formula", "year", align="right")
        for key, at in (("name", name), ("number", number), ("last_month", last_month)):
            draft.places[f"years.{key}.{i}"] = _here(draft, cell(at, YEARS + i, column_fixed=False))
    _along(draft, page, inside, f"--({year}<=Model_years)")
    _along(draft, page, last_month, f"12*MIN({year},Model_years)-1")
    last = YEARS + draft.spec.years - 1
    draft.blocks["years.number"] = Block(draft.sheet("timeline"), number, YEARS, number, last)
    return last_month + 1, number


def _stated(draft: Draft, page: Page, row: int) -> tuple[int, dict[str, str]]:
    """The exchange rates as the assumptions state them, each with the model year from which it holds."""
    row = page.section(row, draft.say("time_stated"))
    page.headers(row, LEFT, [draft.say(f"time_{key}") for key in ("pair", "row", "year_stated", "from_year", "rate")])
    keys, values, years = (draft.places[f"assumptions.{key}"] for key in ("assumption", "value", "year"))
    first, skipped = row + 1, int(draft.places["assumptions.rates"])
    for i in range(RATE_ROWS):
        at = first + i
        number = cell(at, _C, row_fixed=False)
        stated = cell(at, _D, row_fixed=False)
        page.formula(at, LEFT, f'SUBSTITUTE(INDEX({keys},{number})," ","")', indent=1)
        page.write(at, _C, skipped + i + 1, "constant")
        page.formula(at, _D, f"N(INDEX({years},{number}))", "formula", "year", align="right")
        begin = f"IF({stated}=0,1,{stated}-({stated}>=Calendar_from)*(Start_year-1))"
        page.formula(at, _E, begin, "formula", "year", align="right")
        page.formula(at, _F, f"N(INDEX({values},{number}))", "formula", "rate", align="right")
    last = first + RATE_ROWS - 1
    return last + 1, {key: area(first, c, last, c) for key, c in (("pair", LEFT), ("from", _E), ("rate", _F))}


def _rates(draft: Draft, page: Page, row: int, number: int, stated: dict[str, str]) -> int:
    """For each currency and year: since when a rate holds, the rate as stated, and the rate that is used.

    A pair the other way round is turned over (1 ÷ rate). There is no cross rate.
    """
    count, last = CURRENCIES, YEARS + draft.spec.years - 1
    year = f"{{c}}${number + 1}"
    row = page.section(row, draft.say("time_since"), note=draft.say("time_since_note"))
    keys = ("currency", "reporting", "pair", "inverse", "direct", "pair_used")
    _grid_head(draft, page, row, keys)
    since = row + 1
    for i in range(count):
        at = since + i
        code, same, direct, turned, found, used = (cell(at, c, row_fixed=False) for c in range(LEFT, YEARS))
        page.formula(at, LEFT, _nth_currency(draft, i), indent=1)
        page.formula(at, _C, f"--({code}=Report_currency)", "formula", "year", align="right")
        page.formula(at, _D, f'{code}&"/"&Report_currency', indent=1)
        page.formula(at, _E, f'Report_currency&"/"&{code}', indent=1)
        page.formula(at, _F, f"--(COUNTIF({stated['pair']},{direct})>0)", "formula", "year", align="right")
        page.formula(at, _G, f"IF({found}=1,{direct},{turned})", indent=1)
        latest = f'_xlfn.MAXIFS({stated["from"]},{stated["pair"]},{used},{stated["from"]},"<="&{year})'
        _along(draft, page, at, latest)
    row = page.section(since + count + 1, draft.say("time_rate_stated"))
    _grid_head(draft, page, row, ("currency",))
    as_stated = row + 1
    for i in range(count):
        code, same, used = (cell(since + i, c, row_fixed=False) for c in (LEFT, _C, _G))
        page.formula(as_stated + i, LEFT, code, indent=1)
        value = f"SUMIFS({stated['rate']},{stated['pair']},{used},{stated['from']},{{c}}{since + i + 1})"
        # A rate for a year before the model holds in none of its years.
        _along(draft, page, as_stated + i, f"IF({same}=1,1,({{c}}{since + i + 1}>0)*{value})", "rate")
    row = page.section(as_stated + count + 1, draft.say("time_rate_used"), note=draft.say("time_rate_used_note"))
    _grid_head(draft, page, row, ("currency", "complete"))
    rates = row + 1
    for i in range(count):
        code, found = (cell(since + i, c, row_fixed=False) for c in (LEFT, _F))
        page.formula(rates + i, LEFT, code, indent=1)
        value = f"{{c}}{as_stated + i + 1}"
        _along(draft, page, rates + i, f"IF({value}>0,{value}^({found}-(1-{found})),0)", "rate")
        here = f"{cell(rates + i, YEARS, row_fixed=False)}:{cell(rates + i, last, row_fixed=False)}"
        numbers = area(number, YEARS, number, last)
        complete = f'--(COUNTIFS({numbers},"<="&Model_years,{here},">0")=Model_years)'
        page.formula(rates + i, _C, complete, "formula", "year", align="right")
    end = rates + count - 1
    draft.name("Rate_currencies", _here(draft, area(rates, LEFT, end, LEFT)))
    draft.name("Rate_complete", _here(draft, area(rates, _C, end, _C)))
    draft.name("Rates", _here(draft, area(rates, YEARS, end, last)), draft.say("name_rates"))
    return end + 1


def _nth_currency(draft: Draft, i: int) -> str:
    """The formula for an entry of the list of currencies, "" where it is blank."""
    sheet, _, first = draft.places["lists.currencys"].partition("!")
    column, row = first.lstrip("$").split("$")
    return f'{sheet}!${column}{int(row) + i}&""'


def _grid_head(draft: Draft, page: Page, row: int, keys: tuple[str, ...]) -> None:
    texts = [draft.say(f"time_{key}") for key in keys]
    page.headers(row, LEFT, [*texts, *[""] * (YEARS - LEFT - len(texts))])
    for i in range(draft.spec.years):
        name = draft.places[f"years.name.{i}"].rpartition("!")[2]
        page.formula(row, YEARS + i, name, "header", "year", align="right")
