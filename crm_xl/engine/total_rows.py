"""Rows of totals among the lines of a table, told by their names from lines that are called like one.

To count a total beside what it sums is as wrong as to leave out a line because of its name. A row is left out only
where it can be nothing else, and what could be either is for the user to say.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from crm_xl.engine.cells import Cell, is_blank
from crm_xl.engine.schema import normalise

_WORDS = frozenset(
    normalise(w)
    for w in ("total", "totals", "subtotal", "sub-total", "grand total", "sum", "合计", "总计", "小计", "总额")
)
_ENDINGS = (" total", " subtotal", "合计", "总计", "小计")
_BEGINNINGS = ("total ", "subtotal ")
# Tables whose rows of totals may name what they sum: Licence total, 软件购买小计.
_NAMING = frozenset({"costs", "actuals"})


class Verdict(StrEnum):
    """What becomes of a row that is called like one of totals, and the term that says so."""

    LEFT_OUT = "note_totals_row"
    COUNTED = "note_reads_as_total"
    UNCLEAR = "expected_line_or_total"


def total_rows(
    table: str, names: Sequence[Cell], inputs: Sequence[Sequence[Cell]], numbers: Sequence[Sequence[Cell]]
) -> Mapping[int, Verdict]:
    """Return the rows that are called like rows of totals, and what becomes of each.

    Parameters
    ----------
    table
        The name of the table.
    names
        The column by which a line is named.
    inputs
        The columns that a row of totals leaves blank, such as the item or the start.
    numbers
        The columns that it sums.

    Examples
    --------
    >>> total_rows("keys", ["Sales", "Service", "Total"], [], [[2.0, 3.0, 5.0]])
    {2: <Verdict.LEFT_OUT: 'note_totals_row'>}
    >>> total_rows("keys", ["Total Rewards", "Sales"], [], [[50.0, 50.0]])
    {0: <Verdict.COUNTED: 'note_reads_as_total'>}
    """
    alike = {v for v in set(names) if isinstance(v, str) and (_is_word(v) or _names_total(v))}
    found: dict[int, Verdict] = {}
    for i, name in enumerate(names) if alike else ():
        if name not in alike:
            continue
        own = any(not is_blank(column[i]) for column in inputs)
        if _is_word(str(name)):
            found[i] = Verdict.COUNTED if own and table not in _NAMING else Verdict.LEFT_OUT
        elif table in _NAMING:
            found[i] = Verdict.UNCLEAR if own else Verdict.LEFT_OUT
        elif not own:
            found[i] = Verdict.UNCLEAR if any(_adds_up(column, i, found) for column in numbers) else Verdict.COUNTED
    return found


def _is_word(text: str) -> bool:
    """Whether a name is the word itself: Total, 合计, with or without a colon."""
    return normalise(text).rstrip(": ") in _WORDS


def _names_total(text: str) -> bool:
    """Whether a name may be that of a total: Licence total, Total licence, 软件购买小计. So may be a line's."""
    word = normalise(text).rstrip(": ")
    return word.endswith(_ENDINGS) or word.startswith(_BEGINNINGS)


def _adds_up(column: Sequence[Cell], row: int, totals: Collection[int]) -> bool:
    """Whether a number is the sum of two lines or more above it: of all, or of those since the total before it."""
    since = max((i for i in totals if i < row), default=-1) + 1
    for first in {0, since}:
        above = [v for i, v in enumerate(column[first:row], first) if i not in totals and _is_number(v)]
        if len(above) > 1 and _is_number(column[row]) and math.isclose(math.fsum(above), column[row], abs_tol=0.005):  # type: ignore[arg-type]
            return True
    return False


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
