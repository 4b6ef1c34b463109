"""The Breakdown sheet: the total cut by department, vendor and item. The tables stand side by side: each may grow."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.results import ALL

# Width of a label, of money and of a share; a narrow column between the tables.
_LABEL, _MONEY, _SHARE, _GAP = 32.0, 15.0, 9.0, 2.5
# The cuts, and how many columns of labels each has: an item stands beside its component.
_CUTS = (("department", 1), ("vendor", 1), ("sub_item", 2))


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    widths: list[float] = []
    for _, labels in _CUTS:
        widths += [*[_LABEL] * labels, _MONEY, _SHARE, _GAP]
    page.head(widths[:-1])
    column, rows = LEFT, draft.spec.lines + 3
    for key, labels in _CUTS:
        last = column + labels + 1
        for at in range(column, last + 1):
            page.write(TOP, at, draft.say(f"breakdown_{key}") if at == column else None, "section")
        word = draft.choice("dimension", key)
        numbers = [*[""] * labels, "money", "share"]
        formula = f'CRM_BREAKDOWN({ALL},"{word}")'
        draft.blocks[f"breakdown.{key}"] = page.spill(TOP + 1, column, formula, rows, numbers, labels)
        column = last + 2
    page.sheet.set_row(TOP, 24)
    page.finish(None, freeze=(TOP + 2, 0))
