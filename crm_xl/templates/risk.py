"""The Risk sheet: percentiles of the total, the contingency at the one that is chosen, and the S-curve."""

from collections.abc import Callable

from crm_xl.functions.risk import DEFAULT_TRIALS, LARGEST_TRIALS
from crm_xl.templates.charts import Series, framed, s_curve
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.input_cells import asked, between, one_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import GREEN
from crm_xl.templates.tables import entered

# Header, point estimate and mean stand above the percentiles; four of them by default.
_ABOVE, _DEFAULT = 3, 4
# Lines without a price are named below them.
_BELOW = 1
STEP, STEPS = 0.05, 19
_GAP, _CHART, _HEIGHT = 3.0, LEFT + 5, 470
# As in the example: lines share vendors, day rates and people, so they do not come differently by themselves.
_CORRELATION = 0.3


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet. All tables rest on the same draws, made once."""
    page.head([36.0, 17.0, 26.0, 13.0, _GAP, *[13.0] * 6])
    row = page.section(TOP, draft.say("risk_inputs"))
    level = asked(draft, page, row, "level", 0.8, between(0, 1), "percent")
    trials = asked(draft, page, row + 1, "trials", DEFAULT_TRIALS, between(1, LARGEST_TRIALS, whole=True), "count")
    seed = asked(draft, page, row + 2, "seed", 1, between(0, LARGEST_TRIALS, whole=True), "year")
    usual = draft.choice("distribution", "pert")
    distribution = asked(draft, page, row + 3, "distribution", usual, one_of("Distribution_list"))
    together = _CORRELATION if draft.spec.example and draft.spec.company == "large" else 0
    correlation = asked(draft, page, row + 4, "correlation", together, between(0, 1), "percent")
    row = page.section(row + 6, draft.say("risk_total"), LEFT + 3, note=draft.say("risk_total_note"))
    charts = row - 2

    def table(row: int, percentiles: str, count: int) -> Block:
        given = f"Costs[#All],{percentiles},{trials},{seed},Assumptions[#All],{distribution},{correlation}"
        formula = entered(draft, f"CRM_RISK({given})", "costs")
        return page.spill(row, LEFT, formula, _ABOVE + count + _BELOW, ["", "money", "money"])

    usual_table = table(row, "", _DEFAULT)
    title, note = draft.say("risk_contingency"), draft.say("risk_contingency_note")
    row = page.section(usual_table.last_row + 2, title, LEFT + 3, note=note)
    chosen = table(row, level, 1)
    figures = usual_table._replace(last_row=usual_table.last_row - _BELOW)
    draft.blocks |= {"risk.usual": figures, "risk.chosen": chosen}
    draft.places["risk.contingency"] = chosen.at(_ABOVE, 2)
    draft.places["risk.level"] = chosen.at(_ABOVE, 0)
    row = page.section(chosen.last_row + 2, draft.say("risk_steps"), LEFT + 3, note=draft.say("risk_steps_note"))
    printed = _steps(draft, page, row, table)
    frame = framed(page, "risk", charts, _CHART, _HEIGHT, legend="none")
    s_curve(page, frame, risk_series(draft), draft.say("chart_risk_across"), draft.say("chart_risk_up"))
    page.finish(printed, pages_tall=1)


def risk_series(draft: Draft) -> Series:
    """Return the S-curve: how likely it is that the total stays below the point estimate and so much more."""
    table = draft.blocks["risk.curve"]
    body = table._replace(row=table.row + 1)
    return Series(
        name=table.down(1)._replace(last_row=table.row), names=body.down(1), values=body.down(0), colour=GREEN
    )


def _steps(draft: Draft, page: Page, row: int, table: Callable[[int, str, int], Block]) -> int:
    """The percentiles in steps, and natively how far each lies from the point estimate; return the last to print."""
    first = row + _ABOVE
    shares = Block(draft.sheet("risk"), first, LEFT + 3, first + STEPS - 1, LEFT + 3)
    spill = table(row, shares.here, STEPS)
    page.write(row, LEFT + 3, draft.say("risk_percentile"), "header")
    for i in range(STEPS):
        page.write(first + i, LEFT + 3, round(STEP * (i + 1), 2), "constant", "percent")
    row = page.section(spill.last_row + 2, draft.say("chart_figures"), LEFT + 3, note=draft.say("chart_figures_note"))
    page.headers(row, LEFT, [draft.say("risk_percentile"), draft.say("risk_over")])
    point = spill.at(1, 1)
    for i in range(STEPS):
        share, over = cell(first + i, LEFT + 3, row_fixed=False), spill.at(_ABOVE + i, 2)
        # Without a total, or without the add-in, all points are one, and no line is drawn.
        for j, (figure, number) in enumerate(((share, "percent"), (f"N({over})/N({point})", "share"))):
            page.formula(row + 1 + i, LEFT + j, f"IF(N({point})*Addin_there=0,0,{figure})", "formula", number)
    last = row + STEPS
    draft.blocks["risk.curve"] = Block(draft.sheet("risk"), row, LEFT, last, LEFT + 1)
    draft.charted.append(Block(page.sheet.name, row, LEFT, last, LEFT + 1))
    return spill.last_row + 1
