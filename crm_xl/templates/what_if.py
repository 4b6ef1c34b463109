"""The sheet of what-if: the total under each scenario, and the tornado of its drivers."""

from crm_xl.templates.charts import bars, framed
from crm_xl.templates.draft import Draft
from crm_xl.templates.mirror import mirror, series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import GREEN, NAVY, ORANGE
from crm_xl.templates.tables import entered

# Scenarios and drivers that the charts show: the first, and those with the largest swing.
SCENARIOS, DRIVERS = 6, 10
_GAP = 3.0
_CHART = LEFT + 9
_HEIGHT = 250


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet: tables at the left, the chart of each beside it."""
    page.head([34.0, *[17.0] * 7, _GAP, *[13.0] * 6])
    scenarios = draft.spec.lines_of["scenarios"] // 2
    formula = entered(
        draft, "CRM_SCENARIO(Costs[#All],Scenarios[#All],,Assumptions[#All],Benefits[#All])", "costs", "scenarios"
    )
    row = page.section(TOP, draft.say("what_if_scenarios"), note=draft.say("what_if_scenarios_note"))
    # Header and base stand above the scenarios, lines without a price below them.
    table = page.spill(row, LEFT, formula, 1 + 1 + scenarios + 1, ["", "money", "money", "share", "money"])
    draft.blocks["what_if.scenarios"] = table
    first_chart = row
    drivers = draft.spec.lines_of["drivers"]
    formula = entered(
        draft, "CRM_SENSITIVITY(Costs[#All],Drivers[#All],Assumptions[#All],Benefits[#All])", "costs", "drivers"
    )
    row = page.section(table.last_row + 3, draft.say("what_if_drivers"), note=draft.say("what_if_drivers_note"))
    swings = page.spill(row, LEFT, formula, 1 + drivers + 1, ["", *["money"] * 7])
    draft.blocks["what_if.drivers"] = swings
    second_chart = row
    row = page.section(swings.last_row + 2, draft.say("chart_figures"), note=draft.say("chart_figures_note"))
    copy = mirror(draft, page, row, table, (2,), SCENARIOS, "money", first=2)
    heads = [draft.term(key) for key in ("low_change", "high_change")]
    tornado = mirror(draft, page, copy.last_row + 2, swings, (3, 4), DRIVERS, "money", heads=heads)
    draft.blocks["what_if.tornado"] = tornado
    bars(page, framed(page, "scenarios", first_chart, _CHART, _HEIGHT, legend="none"), series_of(copy, (NAVY,)))
    frame = framed(page, "tornado", second_chart, _CHART, _HEIGHT + 40)
    bars(page, frame, series_of(tornado, (GREEN, ORANGE)), stacked=False)
    page.finish(swings.last_row + 1, pages_tall=1)
