"""The sheet of scenarios and drivers: what may come differently, by name, and between which values."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.tables import Part, fill_tables


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    fill_tables(draft, page, (Part(table="scenarios", name="Scenarios"), Part(table="drivers", name="Drivers")))
