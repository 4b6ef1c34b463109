"""Stated amounts as they are booked: those below zero apart, and counted where there is nothing to add up.

A correction of -500 and a cost of 500 that are both left out come to 0 when they are netted, and look like nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

# What a line states: an amount of 0 or more, one below 0, something that is no number, or nothing.
Kind: TypeAlias = Literal["positive", "negative", "unread", "blank"]
KINDS: tuple[Kind, ...] = ("positive", "negative", "unread", "blank")
# Amounts that wait for their exact sum.
_KEPT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Booked:
    """How many lines state what, and the sums of the amounts of 0 or more and of those below 0."""

    positive: float = 0.0
    negative: float = 0.0
    positive_lines: int = 0
    negative_lines: int = 0
    unread_lines: int = 0
    blank_lines: int = 0

    @property
    def lines(self) -> int:
        """All lines."""
        return self.stated + self.blank_lines

    @property
    def stated(self) -> int:
        """The lines that state an amount, be it one that cannot be read."""
        return self.positive_lines + self.negative_lines + self.unread_lines

    @property
    def amount(self) -> float:
        """The amounts, netted."""
        return self.positive + self.negative

    def of(self, kind: Kind) -> tuple[int, float]:
        """Return the lines of a kind and their sum."""
        match kind:
            case "positive":
                return self.positive_lines, self.positive
            case "negative":
                return self.negative_lines, self.negative
            case "unread":
                return self.unread_lines, 0.0
            case "blank":
                return self.blank_lines, 0.0


@dataclass(kw_only=True)
class Tally:
    """Amounts that are being booked; their sums are exact."""

    positive: list[float] = field(default_factory=list)
    negative: list[float] = field(default_factory=list)
    _counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def line(self, states: bool, amount: float | None) -> None:
        """Book a line, whether it states an amount, and the amount, None where it is no number."""
        if amount is None:
            self._counts["unread" if states else "blank"] += 1
        elif amount < 0:
            self._add("negative", self.negative, amount, 1)
        else:
            self._add("positive", self.positive, amount, 1)

    def all(self, booked: Booked) -> None:
        """Book what was booked elsewhere."""
        self._add("positive", self.positive, booked.positive, booked.positive_lines)
        self._add("negative", self.negative, booked.negative, booked.negative_lines)
        self._counts["unread"] += booked.unread_lines
        self._counts["blank"] += booked.blank_lines

    def _add(self, kind: Kind, amounts: list[float], amount: float, lines: int) -> None:
        self._counts[kind] += lines
        amounts.append(amount)
        if len(amounts) > _KEPT:
            amounts[:] = [math.fsum(amounts)]

    @property
    def booked(self) -> Booked:
        """What was booked."""
        return Booked(
            positive=math.fsum(self.positive),
            negative=math.fsum(self.negative),
            **{f"{kind}_lines": count for kind, count in self._counts.items()},
        )


def together(parts: Iterable[Booked]) -> Booked:
    """Return several bookings as one.

    >>> together([Booked(positive=500.0, positive_lines=1), Booked(negative=-500.0, negative_lines=1)]).stated
    2
    """
    whole = Tally()
    for part in parts:
        whole.all(part)
    return whole.booked
