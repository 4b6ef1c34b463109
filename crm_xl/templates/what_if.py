"""The sheet of what-if: the total under each scenario, and the tornado of its drivers."""

from crm_xl.templates.charts import Frame, bars
from crm_xl.templates.draft import Draft
from crm_xl.templates.mirror import mirror, series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import AMBER, NAVY, TEAL
from crm_xl.templates.tables import entered

# Scenarios and drivers that the charts show: the first, and those with the largest swing.
SCENARIOS, DRIVERS = 6, 10
_GAP = 3.0
_CHART = LEFT + 7
_HEIGHT = 250


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet: tables at the left, the chart of each beside it."""
    page.head([34.0, *[14.5] * 5, _GAP, *[13.0] * 6])
    scenarios = draft.spec.lines_of["scenarios"] // 2
    formula = entered(draft, "CRM_SCENARIO(Costs[#All],Scenarios[#All],,Assumptions[#All])", "costs", "scenarios")
    row = page.section(TOP, draft.say("what_if_scenarios"), note=draft.say("what_if_scenarios_note"))
    # Header and base stand above the scenarios.
    table = page.spill(row, LEFT, formula, 1 + 1 + scenarios, ["", "money", "money", "share"])
    draft.blocks["what_if.scenarios"] = table
    first_chart = row
    drivers = draft.spec.lines_of["drivers"]
    formula = entered(draft, "CRM_SENSITIVITY(Costs[#All],Drivers[#All],Assumptions[#All])", "costs", "drivers")
    row = page.section(table.last_row + 3, draft.say("what_if_drivers"), note=draft.say("what_if_drivers_note"))
    swings = page.spill(row, LEFT, formula, 1 + drivers, ["", *["money"] * 5])
    draft.blocks["what_if.drivers"] = swings
    second_chart = row
    row = page.section(swings.last_row + 2, draft.say("chart_figures"), note=draft.say("chart_figures_note"))
    copy = mirror(draft, page, row, table, (2,), SCENARIOS, "money", first=2)
    draft.blocks["what_if.tornado"] = mirror(draft, page, copy.last_row + 2, swings, (3, 4), DRIVERS, "money")
    size = (page.pixels(_CHART) - 4, _HEIGHT)
    title, about = draft.say("chart_scenarios"), draft.say("chart_scenarios_about")
    frame = Frame(row=first_chart, column=_CHART, size=size, title=title, about=about, legend="none")
    bars(page, frame, series_of(copy, (NAVY,)))
    title, about = draft.say("chart_tornado"), draft.say("chart_tornado_about")
    frame = Frame(row=second_chart, column=_CHART, size=(size[0], _HEIGHT + 40), title=title, about=about)
    bars(page, frame, series_of(draft.blocks["what_if.tornado"], (TEAL, AMBER)), stacked=False)
    page.finish(draft.blocks["what_if.tornado"].last_row)
