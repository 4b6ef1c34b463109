"""The Estimate sheet: what the four factors alone would let expect, as a band around the total of the lines."""

from crm_xl.engine.components import COMPONENTS
from crm_xl.templates.draft import Draft, area, cell
from crm_xl.templates.input_cells import asked, between, one_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.spec import COMPANIES
from crm_xl.templates.styles import GOOD, OPEN

# The factors, and what is chosen in the template, in the large example and in the small one.
_FACTORS = {
    "size": ("medium", "large", "small"), "platform": ("standard", "heavy", "light"),
    "market": ("moderate", "moderate", "moderate"), "management": ("average", "average", "average"),
}  # fmt: skip
_MOST_USERS = 10_000_000


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    page.head([36.0, *[17.0] * 5, 30.0])
    row = page.section(TOP, draft.say("estimate_factors"))
    given = asked(draft, page, row, "users", None, between(0, _MOST_USERS), "count")
    cells = []
    for row, (factor, usual) in enumerate(_FACTORS.items(), row + 1):  # noqa: B020
        word = draft.choice(factor, usual[draft.spec.example * (1 + COMPANIES.index(draft.spec.company))])
        cells.append(asked(draft, page, row, factor, word, one_of(f"{factor.capitalize()}_list")))
    page.write(row + 1, LEFT, draft.say("estimate_users"), "label")
    users = page.formula(row + 1, LEFT + 1, f'IF({given}="",Users,{given})', "formula", "count")
    page.write(row + 2, LEFT, draft.say("estimate_rate"), "label")
    rate = page.formula(row + 2, LEFT + 1, "SUMIFS(Rate_complete,Rate_currencies,Estimate_currency)", "formula", "year")
    row = page.section(row + 4, draft.say("estimate_band"), note=draft.say("estimate_band_note"))
    formula = f"IF({users}*{rate}=0,Nothing_word,CRM_ESTIMATE({users},{','.join(cells)},Assumptions[#All]))"
    table = page.spill(row, LEFT, formula, 1 + len(COMPONENTS) + 1, ["", *["money"] * 3])
    page.headers(row, LEFT + 4, [draft.say("estimate_real"), draft.say("estimate_place")])
    real, last = draft.blocks["results.by_year"], table.last_row
    whole = real.column + draft.spec.years + 1
    other = f"{real.sheet}!{cell(real.last_row - 1, whole)}"
    below, above, within = (draft.say(f"estimate_{key}") for key in ("below", "above", "within"))
    for i in range(len(COMPONENTS) + 1):
        at = row + 1 + i
        # The components stand in the same order. The estimate knows no others: their row is left out of the total here.
        if at < last:
            role, figure = "formula", f"{real.sheet}!{cell(real.row + 1 + i, whole)}"
        else:
            role, figure = "total", f"SUM({area(row + 1, LEFT + 4, last - 1, LEFT + 4)})"
        page.formula(at, LEFT + 4, figure, role, "money")
        low, high, here = table.at(1 + i, 1), table.at(1 + i, 3), cell(at, LEFT + 4, row_fixed=False)
        word = f'IF({here}<{low},"{below}",IF({here}>{high},"{above}","{within}"))'
        page.formula(at, LEFT + 5, f'IF(ISNUMBER({low})*{here}=0,"",{word})', role, align="center")
    for word, pair in ((within, GOOD), (below, OPEN), (above, OPEN)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": draft.styles.tint(pair)}
        page.sheet.conditional_format(row + 1, LEFT + 5, last, LEFT + 5, rule)
    left_out = (("estimate_left_out", other), ("figure_total", draft.places["results.total"]))
    for at, (key, figure) in enumerate(left_out, last + 1):
        page.write(at, LEFT, draft.say(key), "subtitle")
        page.formula(at, LEFT + 4, figure, "formula", "money")
    page.finish(last + len(left_out))
