"""Every amount of every file ends in the sum or among what is not in it, and the two make up what was read.

Amounts are booked line by line, by table and currency, in the currency in which they are stated: first as read, then
under what became of the line. Nothing is netted, neither what was read with what became of it nor amounts below zero
with others, so that a line that was forgotten, or booked twice, leaves a difference.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias

from crm_xl.collection.collecting.amounts import Booked, Tally, together
from crm_xl.collection.collecting.second_count import Comparison
from crm_xl.engine.schema import currencies

# What became of a line: in the sum; rejected itself; wholly before or after the years of the collection; in a file
# that is rejected, replaced, the same as another, or in conflict with another.
Fate: TypeAlias = Literal["counted", "line_rejected", "outside_years", "file_rejected", "replaced", "same", "conflict"]
FATES: tuple[Fate, ...] = (
    "counted", "line_rejected", "outside_years", "file_rejected", "replaced", "same", "conflict",
)  # fmt: skip
# An amount that is booked: its table, its currency, what became of it (None where it is booked as read), whether the
# line states one, and which.
Booking: TypeAlias = tuple[str, str, Fate | None, bool, float | None]
# Half a cent, or what floating point makes of large sums.
_TOLERANCE = 0.005


@dataclass(frozen=True, kw_only=True)
class Account:
    """The amounts of one table in one currency: read, and by what became of them."""

    table: str
    currency: str
    read: Booked
    fates: dict[Fate, Booked]

    @property
    def difference(self) -> Booked:
        """What was read and did not end anywhere, or ended twice."""
        ended = together(self.fates.values())
        return Booked(
            positive=self.read.positive - ended.positive,
            negative=self.read.negative - ended.negative,
            positive_lines=self.read.positive_lines - ended.positive_lines,
            negative_lines=self.read.negative_lines - ended.negative_lines,
            unread_lines=self.read.unread_lines - ended.unread_lines,
            blank_lines=self.read.blank_lines - ended.blank_lines,
        )

    @property
    def out(self) -> Booked:
        """What was read and is not in the sum."""
        return together(booked for fate, booked in self.fates.items() if fate != "counted")

    @property
    def balanced(self) -> bool:
        """Whether nothing is left."""
        left, read = self.difference, self.read
        near = (
            abs(difference) <= max(_TOLERANCE, 1e-12 * abs(amount))
            for difference, amount in ((left.positive, read.positive), (left.negative, read.negative))
        )
        lines = left.positive_lines, left.negative_lines, left.unread_lines, left.blank_lines
        return all(near) and not any(lines)


@cache
def _known() -> frozenset[str]:
    return frozenset(currencies().values())


@dataclass(kw_only=True)
class Books:
    """All amounts of a collection, as they are booked.

    `differing` are rows on which the second count differs, `uncounted` tables that could not be counted again, `unseen`
    cells with amounts of which the first reading says nothing; `unknown` are files whose amounts nobody knows, and
    `strays` the numbers outside the tables, which are listed.
    """

    _read: defaultdict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    _ended: defaultdict[tuple[str, str, Fate], Tally] = field(default_factory=lambda: defaultdict(Tally))
    differing: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    uncounted: list[tuple[str, str]] = field(default_factory=list)
    unseen: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    strays: Tally = field(default_factory=Tally)
    cells: int = 0

    def enter(self, bookings: Iterable[Booking]) -> None:
        """Book lines as they are read, and again by what became of them; what is no currency is unknown."""
        for table, text, fate, states, amount in bookings:
            currency = text if text in _known() else ""
            tally = self._read[table, currency] if fate is None else self._ended[table, currency, fate]
            tally.line(states, amount)

    def rejected(self, table: str, counted: Booked) -> None:
        """Book what the cells of a table hold of which no line could be read."""
        self.cells += counted.stated
        self._read[table, ""].all(counted)
        self._ended[table, "", "file_rejected"].all(counted)

    def second_count(self, file: str, table: str, count: Comparison | None, lines: int) -> None:
        """Note what the cells of a file say of a table, of which so many lines with an amount were read."""
        if count is None:
            if lines:
                self.uncounted.append((file, table))
            return
        self.cells += count.booked.stated
        if count.differing:
            self.differing.append((file, table, count.differing))

    @property
    def accounts(self) -> list[Account]:
        """The amounts by table and currency, costs first."""
        return [
            Account(
                table=table,
                currency=currency,
                read=self._read[table, currency].booked,
                fates={fate: self._ended.get((table, currency, fate), Tally()).booked for fate in FATES},
            )
            for table, currency in sorted(self._read.keys(), key=lambda key: (key[0] != "costs", key[1]))
        ]

    @property
    def balanced(self) -> bool:
        """Whether every amount ended in one place, and the cells hold the lines that were read."""
        return all(account.balanced for account in self.accounts) and not (
            self.differing or self.uncounted or self.unseen
        )
