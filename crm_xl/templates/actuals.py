"""The sheet of budget and actuals: variance = actual − budget, with the word for its sign beside it."""

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.styles import BAD, GOOD
from crm_xl.templates.tables import Computed, column_of, fill_table


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    budget, actual = (f"Actuals[@[{column_of(draft, 'actuals', key)}]]" for key in ("budget", "actual"))
    variance = f"Actuals[@[{draft.say('variance')}]]"
    over, under = draft.term("overspend"), draft.term("saving")
    extra = (
        Computed(header="variance", formula=f'IF(COUNT({budget},{actual})=0,"",{actual}-{budget})', number="money"),
        Computed(
            header="variance_share", formula=f'IF(N({budget})=0,"",{variance}/{budget})', number="share", width=11
        ),
        Computed(
            header="variance_word",
            formula=f'IF(N({variance})=0,"",IF({variance}>0,"{over}","{under}"))',
            width=12,
            align="center",
        ),
    )
    top = fill_table(draft, page, "actuals", "Actuals", extra)
    last, column = top + draft.spec.lines_of["actuals"], len(page.widths) - 1
    for pair, word in ((BAD, over), (GOOD, under)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": draft.styles.tint(pair)}
        page.sheet.conditional_format(top + 1, column, last, column, rule)
