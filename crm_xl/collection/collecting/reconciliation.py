"""Every amount of every file ends in the sum or among what is not in it, and the two make up what was read.

Amounts are booked line by line, by table and currency, in the currency in which they are stated: first as read, then
under what became of the line. Nothing is netted, so that a line that was forgotten, or booked twice, leaves a
difference.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crm_xl.collection.collecting.rawcount import Comparison

# What became of a line: in the sum; rejected itself; in a file that is rejected, replaced, the same as another, or in
# conflict with another.
Fate: TypeAlias = Literal["counted", "line_rejected", "file_rejected", "replaced", "same", "conflict"]
FATES: tuple[Fate, ...] = ("counted", "line_rejected", "file_rejected", "replaced", "same", "conflict")
# Half a cent, or what floating point makes of large sums.
_TOLERANCE = 0.005
# Amounts that wait for their exact sum.
_KEPT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Booked:
    """Lines and their stated amounts."""

    lines: int = 0
    amount: float = 0.0


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
        ended = self.fates.values()
        amount = math.fsum([self.read.amount, *(-fate.amount for fate in ended)])
        return Booked(lines=self.read.lines - sum(fate.lines for fate in ended), amount=amount)

    @property
    def balanced(self) -> bool:
        """Whether nothing is left."""
        near = abs(self.difference.amount) <= max(_TOLERANCE, 1e-12 * abs(self.read.amount))
        return self.difference.lines == 0 and near


@dataclass(kw_only=True)
class Books:
    """All amounts of a collection, as they are booked."""

    _read: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    _ended: defaultdict[tuple[str, str, Fate], list[float]] = field(default_factory=lambda: defaultdict(list))
    _lines: defaultdict[tuple[str, ...], int] = field(default_factory=lambda: defaultdict(int))
    differing: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    uncounted: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    cells: int = 0

    def read(self, table: str, currency: str, lines: int, amount: float) -> None:
        """Book what was read of a file."""
        self._read[table, currency].append(amount)
        self._lines[table, currency] += lines

    def ended(self, table: str, currency: str, fate: Fate, lines: int, amount: float) -> None:
        """Book what became of lines."""
        amounts = self._ended[table, currency, fate]
        amounts.append(amount)
        if len(amounts) > _KEPT:
            amounts[:] = [math.fsum(amounts)]
        self._lines[table, currency, fate] += lines

    def second_count(self, file: str, table: str, count: Comparison | None, lines: int) -> None:
        """Note what the cells of a file say of a table, of which so many lines with an amount were read."""
        if count is None:
            if lines:
                self.uncounted.append((file, table))
            return
        self.cells += count.lines
        if count.differing:
            self.differing.append((file, table, count.differing))

    @property
    def accounts(self) -> list[Account]:
        """The amounts by table and currency, costs first."""
        return [
            Account(
                table=table,
                currency=currency,
                read=Booked(lines=self._lines[table, currency], amount=math.fsum(self._read[table, currency])),
                fates={
                    fate: Booked(
                        lines=self._lines[table, currency, fate],
                        amount=math.fsum(self._ended[table, currency, fate]),
                    )
                    for fate in FATES
                },
            )
            for table, currency in sorted(self._read.keys(), key=lambda key: (key[0] != "costs", key[1]))
        ]

    @property
    def balanced(self) -> bool:
        """Whether every amount ended in one place, and the cells hold the lines that were read."""
        return all(account.balanced for account in self.accounts) and not self.differing and not self.uncounted
