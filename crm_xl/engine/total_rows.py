"""Rows of totals among the lines of a table, told from lines by their words and by what they sum.

To count a total beside what it sums is as wrong as to leave out a line because of its name. A row is left out only
where it can be nothing else, and what could be either is for the user to say.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from crm_xl.engine.cells import Cell, is_blank
from crm_xl.engine.columns import Floats, Ints, Numbers, as_numbers
from crm_xl.engine.components import component_key
from crm_xl.engine.schema import normalise

_WORDS = frozenset(
    normalise(w)
    for w in (
        "total", "totals", "subtotal", "sub-total", "sub total", "grand total", "sum", "sum total", "overall total",
        "total cost", "total costs", "total amount", "all", "合计", "总计", "小计", "总额", "共计", "总和", "汇总",
        "累计",
        "本页小计", "本页合计", "金额合计", "费用合计",
        "合 计", "小 计", "总 计",
    )
)  # fmt: skip
# Words that are a total where they stand in the column that names lines, but elsewhere may mean other things.
_ONLY_NAMES = frozenset({"all", "total cost", "total costs", "total amount", "累计", "汇总"})
_ENDINGS = (" total", " totals", " subtotal", "合计", "总计", "小计", "共计")
_BEGINNINGS = ("total ", "subtotal ", "sub-total ", "合计", "小计", "总计")
# Below fewer lines a sum is met by chance.
_FEWEST = 3
# A row that is called a total is held against the sums of so many rows above it; so many of such rows are.
_FARTHEST, _MOST_CALLED = 1_000, 1_000
# Tables whose rows of totals may name what they sum: Licence total, 软件购买小计.
_NAMING = frozenset({"costs", "actuals"})


class Verdict(StrEnum):
    """What becomes of a row that may be one of totals, and the term that says so."""

    LEFT_OUT = "note_totals_row"
    COUNTED = "note_reads_as_total"
    UNCLEAR = "expected_line_or_total"
    ADDS_UP = "note_adds_up"


def total_rows(
    table: str,
    names: Sequence[Cell],
    *,
    inputs: Sequence[Sequence[Cell]] = (),
    numbers: Sequence[Sequence[Cell]] = (),
    words: Sequence[Sequence[Cell]] = (),
    money: Sequence[Floats] | None = None,
    blocks: npt.NDArray[np.bool_] | None = None,
    sums: Collection[int] = (),
) -> Mapping[int, Verdict]:
    """Return the rows that may be rows of totals, and what becomes of each.

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
    words
        Every column of words beside `names`: a total may be called one in any of them.
    money
        The columns of money as numbers, NaN where blank: what a line comes to; else those of `numbers`.
    blocks
        Where a new block begins after blank rows.
    sums
        The rows whose money is a formula SUM or SUBTOTAL over rows above, where the host can see formulas.

    Examples
    --------
    >>> total_rows("keys", ["Sales", "Service", "Total"], numbers=[[2.0, 3.0, 5.0]])
    {2: <Verdict.LEFT_OUT: 'note_totals_row'>}
    >>> total_rows("keys", ["Total Rewards", "Sales"], numbers=[[50.0, 50.0]])
    {0: <Verdict.COUNTED: 'note_reads_as_total'>}
    >>> total_rows("costs", ["Licence", "Training", None], money=[np.array([2.0, 3.0, 5.0])])
    {2: <Verdict.LEFT_OUT: 'note_totals_row'>}
    """
    money = [as_numbers(column, Numbers()) for column in numbers] if money is None else money
    sheet = _Lines(len(names), money, blocks, sums)
    found = _by_name(table, names, inputs, sheet)
    if table in _NAMING:
        found |= _by_words(names, words, sheet, found)
        found |= _by_sum(names, inputs, sheet, found)
    return dict(sorted(found.items()))


class _Lines:
    """The money of the rows of a table, and which of them adds up to what stands above it."""

    def __init__(
        self, count: int, money: Sequence[Floats], blocks: npt.NDArray[np.bool_] | None, sums: Collection[int]
    ) -> None:
        self.count, self.money, self.sums = count, money, frozenset(sums)
        self.blocks = np.zeros(count, dtype=bool) if blocks is None else blocks

    def adds_up(self, totals: Collection[int]) -> npt.NDArray[np.bool_]:
        """Return which rows are the sum of two rows or more above them: of all, of a block, or since the total before.

        `totals` are not summed; each of them ends what stands above it.
        """
        left_out = np.zeros(self.count, dtype=bool)
        left_out[list(totals)] = True
        after_total = np.concatenate(([False], left_out[:-1])) if self.count else left_out
        every, any_money = np.ones(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        for column in self.money:
            given = ~np.isnan(column)
            counted = np.where(given & ~left_out, column, 0.0)
            before = np.concatenate(([0.0], np.cumsum(counted)))
            many = np.concatenate(([0], np.cumsum(given & ~left_out)))
            fits = np.zeros(self.count, dtype=bool)
            at = np.arange(self.count)
            for starts in (np.zeros(self.count, dtype=np.int64), _since(after_total), _since(self.blocks)):
                total = before[at] - before[starts]
                close = np.abs(total - column) <= 0.005 + 1e-12 * before[at]
                fits |= close & (many[at] - many[starts] > 1)
            every &= fits | ~given | (column == 0)
            any_money |= given & (column != 0)
        rows = every & any_money
        rows[list(self.sums)] = True
        return rows

    def sums_rows_above(self, row: int) -> bool:
        """Whether a row is the sum of the two rows or more that stand right above it, wherever those begin."""
        columns = [column for column in self.money if not np.isnan(column[row]) and column[row] != 0]
        above = slice(max(0, row - _FARTHEST), row)
        fits = np.zeros(row - above.start, dtype=bool) if not columns else np.ones(row - above.start, dtype=bool)
        for column in columns:
            upwards = np.nan_to_num(column[above])[::-1]
            many = np.cumsum(~np.isnan(column[above][::-1]))
            fits &= (np.abs(np.cumsum(upwards) - column[row]) <= 0.005) & (many > 1)
        return bool(fits.any())

    def closes(self, row: int) -> bool:
        """Whether a row stands where a total would: last of the table or of a block, below three lines at least."""
        return row >= _FEWEST and (row + 1 == self.count or bool(self.blocks[row + 1]))


def _since(begins: npt.NDArray[np.bool_]) -> Ints:
    """For each row the last one at which something begins, itself included; the first row where nothing does."""
    starts: Ints = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    return starts


def _by_name(table: str, names: Sequence[Cell], inputs: Sequence[Sequence[Cell]], lines: _Lines) -> dict[int, Verdict]:
    """The rows that are called like totals in the column that names lines."""
    alike = {v for v in set(names) if isinstance(v, str) and (_is_word(v) or _names_total(v))}
    found: dict[int, Verdict] = {}
    called = [i for i, name in enumerate(names) if name in alike] if alike else []
    sums = lines.adds_up(called) if called and table not in _NAMING else np.zeros(len(names), dtype=bool)
    for i in called:
        name, own = names[i], any(not is_blank(column[i]) for column in inputs)
        if _is_word(str(name)):
            found[i] = Verdict.COUNTED if own and table not in _NAMING else Verdict.LEFT_OUT
        elif table in _NAMING:
            found[i] = Verdict.UNCLEAR if own else Verdict.LEFT_OUT
        elif not own:
            found[i] = Verdict.UNCLEAR if sums[i] else Verdict.COUNTED
    return found


def _by_words(
    names: Sequence[Cell], words: Sequence[Sequence[Cell]], lines: _Lines, known: Mapping[int, Verdict]
) -> dict[int, Verdict]:
    """The rows that are called totals in another column of words: Item, Department, a remark."""
    called: dict[int, bool] = {}
    for column in words:
        alike = {v for v in set(column) if isinstance(v, str) and (_is_word(v) or _names_total(v))}
        for i, value in enumerate(column) if alike else ():
            if value in alike and i not in known:
                surely = _is_word(str(value)) and normalise(str(value)).rstrip(": ") not in _ONLY_NAMES
                called[i] = called.get(i, False) or surely
    if not called:
        return {}
    sums = lines.adds_up({*known, *(i for i, surely in called.items() if surely)})
    for i in list(called)[:_MOST_CALLED]:
        sums[i] |= lines.sums_rows_above(i)
    found = {}
    for i, surely in called.items():
        if surely:
            found[i] = Verdict.LEFT_OUT if is_blank(names[i]) or sums[i] else Verdict.UNCLEAR
        elif sums[i]:
            found[i] = Verdict.LEFT_OUT if is_blank(names[i]) else Verdict.UNCLEAR
    return found


def _by_sum(
    names: Sequence[Cell], inputs: Sequence[Sequence[Cell]], lines: _Lines, known: Mapping[int, Verdict]
) -> dict[int, Verdict]:
    """The rows that no word calls totals and whose money is the sum of what stands above them."""
    totals = {i for i, verdict in known.items() if verdict is Verdict.LEFT_OUT}
    found: dict[int, Verdict] = {}
    while True:
        fresh = [i for i in np.flatnonzero(lines.adds_up(totals)).tolist() if i not in known and i not in found]
        for i in fresh:
            own = any(not is_blank(column[i]) for column in inputs)
            if not own and (is_blank(names[i]) or i in lines.sums):
                found[i] = Verdict.LEFT_OUT
            elif i in lines.sums or (not own and lines.closes(i) and component_key(str(names[i])) is None):
                found[i] = Verdict.UNCLEAR
            else:
                found[i] = Verdict.ADDS_UP
        more = {i for i in fresh if found[i] is Verdict.LEFT_OUT} - totals
        if not more:
            return found
        totals |= more


def _is_word(text: str) -> bool:
    """Whether a name is the word itself: Total, 合计, with or without a colon."""
    return normalise(text).rstrip(": ") in _WORDS


def _names_total(text: str) -> bool:
    """Whether a name may be that of a total: Licence total, Total licence, 软件购买小计. So may be a line's."""
    word = normalise(text).rstrip(": ")
    return word.endswith(_ENDINGS) or word.startswith(_BEGINNINGS)
