"""The Costs sheet: the cost lines, and beside each what it comes to over the whole model."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.tables import Computed, column_of, fill_table


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    first = column_of(draft, "costs", "component")
    total = Computed(
        header="cost_total",
        formula=f"INDEX(Line_totals,ROW()-ROW(Costs[[#Headers],[{first}]]))",
        number="money",
    )
    fill_table(draft, page, "costs", "Costs", (total, "note"))
