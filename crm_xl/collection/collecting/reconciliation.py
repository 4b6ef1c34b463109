"""Every amount of every file ends in the sum or among what is not in it, and the two make up what was read.

Amounts are booked line by line, by table and currency, in the currency in which they are stated: first as read, then
under what became of the line. Nothing is netted, neither what was read with what became of it nor amounts below zero
with others, so that a line that was forgotten, or booked twice, leaves a difference.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crm_xl.collection.collecting.amounts import Booked, Tally, together
from crm_xl.collection.collecting.second_count import Comparison

# What became of a line: in the sum; rejected itself; in a file that is rejected, replaced, the same as another, or in
# conflict with another.
Fate: TypeAlias = Literal["counted", "line_rejected", "file_rejected", "replaced", "same", "conflict"]
FATES: tuple[Fate, ...] = ("counted", "line_rejected", "file_rejected", "replaced", "same", "conflict")
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


@dataclass(kw_only=True)
class Books:
    """All amounts of a collection, as they are booked."""

    _read: defaultdict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    _ended: defaultdict[tuple[str, str, Fate], Tally] = field(default_factory=lambda: defaultdict(Tally))
    differing: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    uncounted: list[tuple[str, str]] = field(default_factory=list)
    unseen: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    cells: int = 0

    def read(self, table: str, currency: str) -> Tally:
        """Return where lines of a table in a currency are booked as they are read."""
        return self._read[table, currency]

    def ended(self, table: str, currency: str, fate: Fate) -> Tally:
        """Return where they are booked again, by what became of them."""
        return self._ended[table, currency, fate]

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
