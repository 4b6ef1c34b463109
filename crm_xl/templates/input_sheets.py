"""The sheets that people fill in: cost lines, benefits, budget and actuals, scenarios, options, usage."""

from crm_xl.engine.schema import columns
from crm_xl.templates.draft import Draft
from crm_xl.templates.page import LEFT, Page
from crm_xl.templates.styles import BAD, GOOD
from crm_xl.templates.tables import Computed, Part, column_of, fill_table, fill_tables

# The columns of cost lines that nearly everyone needs; the row of the head in which their sum stands.
_EVERYDAY = ("component", "item", "vendor", "quantity", "unit_cost", "amount", "frequency", "start")
_SUMMED = 2


def costs(draft: Draft, page: Page) -> None:
    """Draw the Costs sheet: the cost lines, and beside each what it comes to over the whole model."""
    first = column_of(draft, "costs", "component")
    total = Computed(
        header="cost_total",
        formula=f"INDEX(Line_totals,ROW()-ROW(Costs[[#Headers],[{first}]]))",
        number="money",
    )
    fill_table(draft, page, "costs", "Costs", (total, "note"), _EVERYDAY)
    if draft.spec.finance:  # a form has no figure above its lines: whatever number stands there was typed
        _summed(draft, page, first)


def _summed(draft: Draft, page: Page, first: str) -> None:
    """How many lines there are and what they come to, above the table and always in sight."""
    keys = list(columns("costs"))
    at = {key: LEFT + keys.index(key) for key in ("vendor", "quantity", "unit_cost", "amount", "frequency")}
    page.write(_SUMMED, at["vendor"], draft.say("costs_count"), "label", align="right")
    page.formula(_SUMMED, at["quantity"], f"COUNTA(Costs[{first}])", "formula", "year", bold=True)
    page.write(_SUMMED, at["unit_cost"], draft.say("costs_sum"), "label", align="right")
    page.formula(_SUMMED, at["amount"], "SUM(Line_totals)", "formula", "money", bold=True)
    page.write(_SUMMED, at["frequency"], draft.say("costs_more"), "subtitle")


def benefits(draft: Draft, page: Page) -> None:
    """Draw the Benefits sheet: what the CRM brings, in money, with the assumption beside it."""
    benefit, volume, effect, value, amount = (
        f"Benefits[@[{column_of(draft, 'benefits', key)}]]"
        for key in ("benefit", "volume", "effect", "unit_value", "amount")
    )
    money = Computed(
        header="benefit_money",
        formula=f'IF({benefit}="","",IF(ISNUMBER({amount}),{amount},{volume}*{effect}*{value}))',
        number="money",
    )
    fill_table(draft, page, "benefits", "Benefits", (money,))


def actuals(draft: Draft, page: Page) -> None:
    """Draw the sheet of budget and actuals: variance = actual − budget, with the word for its sign beside it.

    A blank actual is not reported yet: it has no variance.
    """
    budget, actual = (f"Actuals[@[{column_of(draft, 'actuals', key)}]]" for key in ("budget", "actual"))
    variance = f"Actuals[@[{draft.say('variance')}]]"
    over, under = draft.term("overspend"), draft.term("saving")
    extra = (
        Computed(header="variance", formula=f'IF({actual}="","",{actual}-{budget})', number="money"),
        Computed(
            header="variance_share",
            formula=f'IF(OR({actual}="",N({budget})<=0),"",{variance}/{budget})',
            number="share",
            width=11,
        ),
        Computed(
            header="variance_word",
            formula=f'IF(N({variance})=0,"",IF({variance}>0,"{over}","{under}"))',
            width=12,
            align="center",
        ),
    )
    top = fill_table(draft, page, "actuals", "Actuals", extra)
    last, column = top + draft.spec.lines_of["actuals"], len(page.widths) - 1
    for pair, word in ((BAD, over), (GOOD, under)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": draft.styles.tint(pair)}
        page.sheet.conditional_format(top + 1, column, last, column, rule)


def scenarios(draft: Draft, page: Page) -> None:
    """Draw the sheet of scenarios and drivers: what may come differently, and between which values."""
    fill_tables(draft, page, (Part(table="scenarios", name="Scenarios"), Part(table="drivers", name="Drivers")))


def options(draft: Draft, page: Page) -> None:
    """Draw the Options sheet: products to compare, volume tiers, own prices that go before the catalogue."""
    parts = (
        Part(table="options", name="Options", extra=("note",)),
        Part(table="tiers", name="Tiers"),
        Part(table="catalogue", name="Prices"),
    )
    fill_tables(draft, page, parts)


def usage(draft: Draft, page: Page) -> None:
    """Draw the sheet of usage and keys: what is really used of what is paid for, and by what the total is shared."""
    fill_tables(draft, page, (Part(table="usage", name="Usage", extra=("note",)), Part(table="keys", name="Keys")))
