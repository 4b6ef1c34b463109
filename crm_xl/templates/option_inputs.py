"""The Options sheet: products to compare, their volume tiers, and prices of one's own that go before the catalogue."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.tables import Part, fill_tables


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    parts = (
        Part(table="options", name="Options", extra=("note",)),
        Part(table="tiers", name="Tiers"),
        Part(table="catalogue", name="Prices"),
    )
    fill_tables(draft, page, parts)
