"""The Savings sheet: the levers with the money that each saves, and what remains of the total."""

from crm_xl.engine.savings import LEVERS
from crm_xl.templates.charts import bars, framed
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.mirror import mirror, series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import GREEN
from crm_xl.templates.tables import entered

_HEIGHT, _CHART_ROWS = 300, 17


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    page.head([46.0, 18.0, 23.0, 16.0, 16.0, 16.0])
    row = page.section(TOP, draft.say("savings_levers"), note=draft.say("savings_levers_note"))
    formula = entered(draft, "CRM_SAVINGS(Costs[#All],Usage[#All],Assumptions[#All])", "costs", "usage")
    table = page.spill(row, LEFT, formula, 1 + len(LEVERS) + 1 + 1, ["", "money", "share"])
    draft.blocks["savings"] = table
    row = page.section(table.last_row + 2, draft.say("savings_after"), LEFT + 1)
    total, saved = draft.places["results.total"], f"SUMIF({table.down(0).here},Total_word,{table.down(1).here})"
    lines = (("figure_total", total), ("savings_saved", saved), ("savings_left", ""), ("savings_left_user", ""))
    at = {key: cell(row + i, LEFT + 1) for i, (key, _) in enumerate(lines)}
    formulas = dict(lines) | {
        "savings_left": f"{at['figure_total']}-{at['savings_saved']}",
        "savings_left_user": f'IF(Users=0,"",{at["savings_left"]}/Users)',
    }
    for i, (key, formula) in enumerate(formulas.items(), row):
        page.write(i, LEFT, draft.say(key), "label")
        page.formula(i, LEFT + 1, formula, "total" if key == "savings_left" else "formula", "money", align="right")
    draft.places["savings.saved"] = f"{draft.sheet('savings')}!{at['savings_saved']}"
    chart = row + len(formulas) + 1
    printed = chart + _CHART_ROWS - 1
    row = page.section(printed + 1, draft.say("chart_figures"), note=draft.say("chart_figures_note"))
    copy = mirror(draft, page, row, table, (1,), len(LEVERS), "money")
    ranked = _ranked(draft, page, copy.last_row + 2, copy)
    draft.blocks["savings.ranked"] = ranked
    bars(page, framed(page, "savings", chart, LEFT, _HEIGHT, legend="none"), series_of(ranked, (GREEN,)))
    page.finish(printed, pages_tall=1)


def _ranked(draft: Draft, page: Page, row: int, copy: Block) -> Block:
    """The levers, the one that saves most first; a lever that saves nothing has no name."""
    page.headers(row, LEFT, [draft.say(f"savings_{key}") for key in ("lever", "saves", "rank")])
    body = copy._replace(row=copy.row + 1)
    names, values = body.down(0).here, body.down(1).here
    for i in range(len(LEVERS)):
        at = row + 1 + i
        rank, here = cell(at, LEFT + 2, row_fixed=False), cell(at, LEFT + 1, row_fixed=False)
        page.write(at, LEFT + 2, i + 1, "constant")
        page.formula(at, LEFT + 1, f"LARGE({values},{rank})", "formula", "money")
        page.formula(at, LEFT, f'IF({here}>0,INDEX({names},MATCH({here},{values},0)),"")', "formula", indent=1)
    last = row + len(LEVERS)
    draft.charted.append(Block(page.sheet.name, row, LEFT, last, LEFT + 1))
    return Block(draft.sheet("savings"), row, LEFT, last, LEFT + 1)
