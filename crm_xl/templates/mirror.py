"""Native copies of tables that spill, for charts: a blank is 0, no totals and no notes.

Without the add-in a copy is empty once something is entered. A chart cannot follow a table that grows. It shows the
first rows of one, and the copy says which.
"""

from collections.abc import Sequence

from crm_xl.templates.charts import Series
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, Page


def mirror(
    draft: Draft,
    page: Page,
    row: int,
    source: Block,
    wanted: Sequence[int],
    rows: int,
    number: str,
    first: int = 1,
    heads: Sequence[str] = (),
) -> Block:
    """Copy columns of a spilled table and return the copy, its header row included.

    Parameters
    ----------
    wanted
        The columns of the source to copy, counted from 0, beside its first one.
    rows
        How many rows to copy; `first` is the first of them, the header being 0.
    heads
        What the wanted columns are called, where their series are told apart by a legend: the header of a source that
        has not spilled is blank, and a series without a name is called after the letter of its column.
    """
    sheet = draft.sheet(page.key)
    for j, column in enumerate((0, *wanted)):
        if j and heads:
            page.write(row, LEFT + j, heads[j - 1], "header")
        else:
            page.formula(row, LEFT + j, f'IFERROR(IF(Addin_there=1,{source.at(0, column)}&"",""),"")', "header")
        for i in range(rows):
            at = source.at(first + i, column)
            if j:
                named = cell(row + 1 + i, LEFT, row_fixed=False)
                page.formula(row + 1 + i, LEFT + j, f'IF({named}="",0,N({at}))', "formula", number)
            else:
                left_out = f"({at}=Total_word)+(LEFT({at},LEN(Unpriced_word))=Unpriced_word)"
                shown = f'IFERROR(IF({left_out}+(Addin_there=0),"",{at}&""),"")'
                page.formula(row + 1 + i, LEFT, shown, "formula", indent=1)
    draft.charted.append(Block(page.sheet.name, row, LEFT, row + rows, LEFT + len(wanted)))
    return Block(sheet, row, LEFT, row + rows, LEFT + len(wanted))


def series_of(table: Block, colours: Sequence[str]) -> list[Series]:
    """Return a series for each column of a copy beside its first."""
    body = table._replace(row=table.row + 1)
    names = body.down(0)
    return [
        Series(name=table.down(i)._replace(last_row=table.row), names=names, values=body.down(i), colour=colour)
        for i, colour in enumerate(colours, 1)
    ]
