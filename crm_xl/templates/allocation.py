"""The Allocation sheet: the total shared by the keys, exact to the cent, and natively beside it."""

from crm_xl.templates.charts import bars, framed
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.mirror import mirror, series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import NAVY
from crm_xl.templates.tables import column_of, entered

_HEIGHT = 280


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    page.head([34.0, 14.0, 19.0, 14.0, 14.0, 19.0, 14.0, 19.0])
    count = draft.spec.lines_of["keys"]
    row = page.section(TOP, draft.say("allocation_shares"), note=draft.say("allocation_shares_note"))
    formula = entered(draft, "CRM_ALLOCATE(Costs[#All],Keys[#All],Assumptions[#All])", "costs", "keys")
    table = page.spill(row, LEFT, formula, 1 + count + 1 + 1, ["", "share", "price"])
    draft.blocks["allocation"] = table
    _native(draft, page, row, table)
    _sums(draft, page, row + count + 1, table)
    row = page.section(table.last_row + 2, draft.say("chart_figures"), note=draft.say("chart_figures_note"))
    copy = mirror(draft, page, row, table, (2,), count // 2, "money")
    frame = framed(page, "allocation", row - 1, LEFT + 3, _HEIGHT, legend="none")
    bars(page, frame, series_of(copy, (NAVY,)))
    page.finish(row + 16)


def _native(draft: Draft, page: Page, row: int, table: Block) -> None:
    """The key, the share before rounding, what it makes for one unit of the key, and the cents that rounding moved."""
    heads = ("row", "key", "exact", "cents", "per_key")
    page.headers(row, LEFT + 3, [draft.say(f"allocation_{key}") for key in heads])
    keys, total = f"Keys[{column_of(draft, 'keys', 'key')}]", draft.places["results.total"]
    for i in range(draft.spec.lines_of["keys"]):
        at = row + 1 + i
        number, key, exact = (cell(at, LEFT + k, row_fixed=False) for k in (3, 4, 5))
        given = table.at(1 + i, 2)
        page.write(at, LEFT + 3, i + 1, "constant")
        page.formula(at, LEFT + 4, f"N(INDEX({keys},{number}))", "formula", "count")
        page.formula(at, LEFT + 5, f"IF(SUM({keys})=0,0,{total}*{key}/SUM({keys}))", "formula", "price")
        for column, formula in ((LEFT + 6, f"{given}-{exact}"), (LEFT + 7, f"{given}/{key}")):
            shown = f'IF(ISNUMBER({given})*({key}>0),{formula},"")'
            page.formula(at, column, shown, "formula", "price", align="right")


def _sums(draft: Draft, page: Page, row: int, table: Block) -> None:
    """What the shares sum to, and what was to be shared."""
    names, amounts = table.down(0).here, table.down(2).here
    page.formula(row, LEFT + 3, "Total_word", "total")
    page.formula(row, LEFT + 4, f"SUM(Keys[{column_of(draft, 'keys', 'key')}])", "total", "count")
    exact = page.formula(row, LEFT + 5, draft.places["results.total"], "total", "price")
    shared = f"SUM({amounts})-SUMIF({names},Total_word,{amounts})"
    page.formula(row, LEFT + 6, f"IF(COUNT({amounts})=0,0,{shared}-{exact})", "total", "price")
    page.write(row, LEFT + 7, None, "total")
    draft.places["allocation.shared"] = f"SUM({table.down(2)})-SUMIF({table.down(0)},Total_word,{table.down(2)})"
