"""What every line costs in every period, in closed form: no month is ever filled in.

A line falls due in its first month and then every `step` months, `count` times. How often it has fallen due before
month *m* is ``ceil((m − first) / step)``, clipped to 0 and `count`, so the count in a period is a difference of two
such numbers. The money of a due day is the price × (1 + price growth)^r × (1 + quantity growth)^q × the exchange rate
of its model year, less the discount while it holds, where *r* and *q* are how often price and quantity have risen.
They change at the anniversaries of the first due day only, so that a period of up to a year has two of each at most.

Many lines share the same days, growth and currency. Each such pattern is worked out once, as the weight by which the
price of a line counts in each period; a million lines are then one look-up and one product. Years, quarters and months
are had from the same patterns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_xl.engine.reading import Floats, Ints

Bools: TypeAlias = npt.NDArray[np.bool_]

# Quantities are rounded up to whole units, but 110.00000000000001 seats are 110.
_SEAT_TOLERANCE = 1e-9
# A column of few values, as of growth, most often has them all among its first ones.
_SAMPLE = 1000


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How the years of growth count: from each line's Start or from that of the model, and from year 2 or year 1."""

    from_model: bool = False
    from_year_1: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Patterns:
    """The distinct patterns of payment, `size` of them: `of_line` says which one a line has.

    A pattern is one piece, but for a line that is charged by days or whose money is stated by period, which has
    several: `pattern` says to which one a piece belongs. The other arrays have one element a piece.

    - `first` is the month of the first due day, `step` the months to the next one, `count` how many there are;
    - `begin` and `end` bound the months (the last one not among them) in which they count;
    - `part` is what is charged of the last one, which pays for `last_months`;
    - `discounted` is how many of them have the `discount`, from the first on;
    - `since` are the months from the line's Start to the first due day (0: it is the Start), for the anniversaries;
    - `price_lock` are whole years before the first rise, 0 where none is stated;
    - `quantity` are units, which are rounded up where they grow (NaN: broken ones, and lump sums), None where no line
      has any; `factor` is a number by which the price counts;
    - `ramp_up` are the years over which the money comes in full, evenly more in each.
    """

    of_line: Ints
    size: int
    pattern: Ints | None = None
    first: Ints
    step: Ints
    count: Ints
    begin: Ints
    end: Ints
    part: Floats
    last_months: Ints
    discount: Floats
    discounted: Ints
    since: Ints
    currency: Ints
    price_growth: Floats
    price_lock: Ints
    quantity_growth: Floats
    quantity: Floats | None
    factor: Floats
    ramp_up: Floats
    growth: Growth

    def take(self, pieces: Ints) -> "Patterns":
        """Return some pieces, each as a pattern, without lines."""
        arrays: dict[str, Any] = {
            field.name: value[pieces]
            for field in fields(self)
            if field.name not in ("of_line", "pattern") and isinstance(value := getattr(self, field.name), np.ndarray)
        }
        return replace(self, **arrays, of_line=np.zeros(0, dtype=np.int64), pattern=None, size=len(pieces))

    def chosen(self, patterns: Ints) -> "Patterns":
        """Return some patterns with all their pieces, in the order asked for, without lines."""
        if self.pattern is None:
            return self.take(patterns)
        pieces = np.bincount(indices(self.pattern), minlength=self.size)
        order, many = np.argsort(self.pattern, kind="stable"), pieces[patterns]
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        taken = order[np.repeat((np.cumsum(pieces) - pieces)[patterns], many) + place]
        return replace(self.take(taken), pattern=np.repeat(np.arange(len(patterns)), many), size=len(patterns))


def joined(patterns: Patterns, apart: Bools, pieces: Sequence[tuple[Ints, Patterns]]) -> Patterns:
    """Return patterns of which some are made of pieces of their own.

    Parameters
    ----------
    patterns
        The patterns, one piece each.
    apart
        Which of them are replaced.
    pieces
        What replaces them: to which pattern each piece belongs, and the pieces.
    """
    kept = np.flatnonzero(~apart)
    parts = [(kept, patterns.take(kept)), *pieces]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for _, part in parts])
        for name, value in vars(patterns).items()
        if isinstance(value, np.ndarray) and name not in ("of_line", "pattern")
    }
    return replace(patterns, **arrays, pattern=np.concatenate([of for of, _ in parts]))


class Segment(NamedTuple):
    """Due days of one price: of each piece the number of the first one (from 0), how many, and what each weighs.

    `last` says that they are the last ones, of which only a part is charged.
    """

    begin: Ints
    times: Ints
    each: Floats
    last: bool


def due_before(patterns: Patterns, month: Ints | int) -> Ints:
    """Return how often each piece has fallen due before a month of the model."""
    found: Ints = np.clip(-((patterns.first - month) // patterns.step), 0, patterns.count)
    return found


def segments(patterns: Patterns, rates: Floats, start: int, end: int) -> Iterator[Segment]:
    """Yield the due days of a period, cut where the price changes.

    Parameters
    ----------
    patterns
        The patterns of payment.
    rates
        How much of the reporting currency one unit of a currency is, years × currencies.
    start, end
        The first month of the period, and the one after it; both lie in one year of the model.
    """
    p = patterns
    year = start // 12
    a = due_before(p, np.maximum(start, p.begin))
    b = np.maximum(due_before(p, np.minimum(end, p.end)), a)
    cut_short = p.part < 1
    partly = bool(cut_short.any())
    whole = np.where(cut_short, np.clip(p.count - 1, a, b), b) if partly else b
    if p.growth.from_model:
        years = np.full(len(p.first), year)
        spans = [(a, whole, years, False), *([(whole, b, years, True)] if partly else [])]
    else:
        reached = np.maximum((end - 1 - p.first + p.since) // 12, 0)
        turn = np.clip(-((p.since - 12 * reached) // p.step), a, whole)
        spans = [(a, turn, np.maximum(reached - 1, 0), False), (turn, whole, reached, False)]
        if partly:
            passed = np.where(cut_short, ((p.count - 1) * p.step + p.since) // 12, 0)
            spans.append((whole, b, np.maximum(passed, 0), True))
    rate = rates[year][p.currency] * p.factor
    for begin, until, years, last in spans:
        if not (until > begin).any():
            continue
        each = rate * _grown(p, years) * _ramp(p, years)
        if last:
            each = each * p.part
        if not p.discount.any():
            yield Segment(begin, until - begin, each, last)
            continue
        kept = np.clip(p.discounted, begin, until)
        yield Segment(begin, kept - begin, each * (1 - p.discount), last)
        if (until > kept).any():
            yield Segment(kept, until - kept, each, last)


def _grown(p: Patterns, years: Ints) -> Floats | float:
    """By what price and quantity have grown after so many years."""
    more = years + p.growth.from_year_1
    rises = np.where(p.price_lock > 0, np.maximum(years - p.price_lock + 1, 0), more)
    price, units = _power(p.price_growth, rises), _power(p.quantity_growth, more)
    if p.quantity is None:
        return price * units
    grown = np.nan_to_num(p.quantity) * units
    seats = np.where(p.quantity_growth == 0, grown, whole_seats(grown))
    return price * np.where(np.isnan(p.quantity), units, seats)


def _ramp(p: Patterns, years: Ints) -> Floats | float:
    """The part of the money that comes in after so many years."""
    if not p.ramp_up.any():
        return 1.0
    since = years - p.first // 12 if p.growth.from_model else years
    found: Floats = np.clip((since + 1) / np.maximum(p.ramp_up, 1e-9), 0.0, 1.0)
    return found


def _power(growth: Floats, times: Ints) -> Floats | float:
    return (1 + growth) ** times if growth.any() else 1.0


def weights(patterns: Patterns, rates: Floats, length: int = 12) -> Floats:
    """Return by how much the price of a line of each pattern counts in each period, periods × patterns.

    Parameters
    ----------
    patterns
        The patterns of payment.
    rates
        How much of the reporting currency one unit of a currency is, years × currencies.
    length
        Months of a period: 12, 6, 3 or 1.
    """
    periods = 12 // length
    found = np.zeros((periods * len(rates), len(patterns.first)))
    for year in range(len(rates)):
        start = 12 * year
        before = [due_before(patterns, start + length * i) for i in range(periods + 1)]
        for segment in segments(patterns, rates, start, start + 12):
            until = segment.begin + segment.times
            for i in range(periods):
                times = np.clip(before[i + 1], segment.begin, until) - np.clip(before[i], segment.begin, until)
                found[periods * year + i] += times * segment.each
    if patterns.pattern is None:
        return found
    sums = np.zeros((len(found), patterns.size))
    for i, row in enumerate(found):
        sums[i] = np.bincount(indices(patterns.pattern), row, patterns.size)
    return sums


def sums_by(codes: Ints, count: int, of_line: Ints, weights: Floats, prices: Floats) -> Floats:
    """Return the money of each code in each period, codes × periods.

    Parameters
    ----------
    codes, count
        The code of each line, and how many codes there are.
    of_line, weights, prices
        The pattern of each line, by how much its price counts in each period (periods × patterns), and its price.
    """
    patterns = weights.shape[1]
    # Prices are summed by pattern, and only then spread over periods.
    if count * patterns <= 4 * len(prices) + 100_000:
        places = codes * patterns + of_line
        found: Floats = np.bincount(indices(places), prices, count * patterns).reshape(count, patterns) @ weights.T
        return found
    pairs, example = distinct(codes, of_line)
    money = np.bincount(indices(pairs), prices, len(example))
    places, of = codes[example], of_line[example]
    return np.array([np.bincount(indices(places), row[of] * money, count) for row in weights], dtype=np.float64).T


def indices(codes: Ints) -> npt.NDArray[np.intp]:
    """Return codes as NumPy takes them for indices: as wide as those of the machine, which has 32 bits in a browser.

    >>> np.bincount(indices(np.array([0, 2, 2], dtype=np.int64)))
    array([1, 0, 2])
    """
    return codes.astype(np.intp, copy=False)


def distinct(*columns: Ints | Floats) -> tuple[Ints, Ints]:
    """Return for each row of columns the code of its combination, and for each code a row that has it.

    >>> distinct(np.array([1, 2, 1]), np.array([0.5, 0.5, 0.5]))
    (array([0, 1, 0]), array([0, 1]))
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    count = 1
    for column in columns:
        part, size = _code(column)
        if size > 1:
            if not _fits(count * size, codes):
                codes, count = _code(codes)
            codes, count = codes * size + part, count * size
    codes, count = _code(codes)
    example = np.empty(count if len(codes) else 0, dtype=np.int64)
    example[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, example


def _code(column: Ints | Floats) -> tuple[Ints, int]:
    """Codes 0, 1, … for the values of a column in ascending order, and how many there are."""
    if not len(column) or (column == column[0]).all():
        return np.zeros(len(column), dtype=np.int64), 1
    if column.dtype.kind == "i":
        low, high = int(column.min()), int(column.max())
        if _fits(high - low + 1, column):
            shifted = column - low
            occurs = np.zeros(high - low + 1, dtype=np.bool_)
            occurs[shifted] = True
            ranks = np.cumsum(occurs) - 1
            return ranks[shifted], int(ranks[-1]) + 1
    few = np.unique(column[:_SAMPLE])
    found = np.searchsorted(few, column)
    if (few.take(found, mode="clip") == column).all():
        return found, len(few)
    values, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64, copy=False), len(values)


def _fits(span: int, column: Ints | Floats) -> bool:
    """Whether a table of which of so many numbers occur in a column is faster than sorting it."""
    return span <= 4 * len(column) + 1000


def whole_seats(quantity: Floats) -> Floats:
    """Return quantities rounded up to whole units.

    >>> whole_seats(np.array([27.5, 100 * 1.1]))
    array([ 28., 110.])
    """
    return np.ceil(quantity - _SEAT_TOLERANCE * np.maximum(1.0, np.abs(quantity)))
