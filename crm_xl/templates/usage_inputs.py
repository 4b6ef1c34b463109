"""The sheet of usage and keys: what is really used of what is paid for, and by what the total is shared."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.tables import Part, fill_tables


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    fill_tables(draft, page, (Part(table="usage", name="Usage", extra=("note",)), Part(table="keys", name="Keys")))
