"""The Benefits sheet: what the CRM brings, in money, with the assumption beside it."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.tables import Computed, column_of, fill_table


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    benefit, volume, effect, value, amount = (
        f"Benefits[@[{column_of(draft, 'benefits', key)}]]"
        for key in ("benefit", "volume", "effect", "unit_value", "amount")
    )
    money = Computed(
        header="benefit_money",
        formula=f'IF({benefit}="","",IF(ISNUMBER({amount}),{amount},{volume}*{effect}*{value}))',
        number="money",
    )
    fill_table(draft, page, "benefits", "Benefits", (money,))
