"""What headers and cells state beside numbers, put in the columns where it belongs: currency, frequency, tax.

"Amount (USD)" is a Currency for each line with an amount, "Price per user per month" a Frequency. A line that says
otherwise in a column of its own contradicts its header: it is an error, since nobody can tell which of them is meant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_xl.engine.cells import Cell
from crm_xl.engine.columns import BLANK, Floats, Ints, Labels, Values
from crm_xl.engine.headers import NOTHING, Said, stated_unit
from crm_xl.engine.problems import Problem
from crm_xl.engine.schema import choice_labels, columns

Bools = npt.NDArray[np.bool_]

# Months between two payments, for headers that state a period each.
_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12}


@dataclass(frozen=True, kw_only=True, eq=False)
class Money:
    """A column of money that was read: where it stands, its values, what its header says, and its cells by row."""

    key: str
    column: int
    header: str
    values: Floats
    said: Said
    in_cells: Mapping[int, frozenset[str]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Unsettled:
    """Rows whose currency is one of several by its sign, and the reporting currency if that is among them."""

    rows: Ints
    currencies: frozenset[str]
    column: int
    header: str


class StatedUnits:
    """Settles what the headers and cells of one table state; problems are told by row (0-based among those read)."""

    def __init__(
        self, table: str, rows: Ints, values: dict[str, Values], places: Mapping[str, tuple[int, str]]
    ) -> None:
        self.table, self.rows, self.values, self.places = table, rows, values, places
        self.problems: list[Problem] = []
        self.unsettled: list[Unsettled] = []
        self.of_table: frozenset[str] = frozenset()

    def settle(self, money: list[Money], units: tuple[tuple[int, str], Sequence[Cell]] | None = None) -> None:
        """Put currencies, frequencies and tax into the columns of the table; `units` are those of a column, if any."""
        by_cell = [] if units is None else list(self._of_units(money, *units))
        self._currencies([*money, *by_cell])
        if "frequency" in columns(self.table):
            self._frequencies({m.key: m for m in money})
            for m in by_cell:
                self._due(m, ~np.isnan(m.values))
        if "tax_included" in columns(self.table):
            self._tax(money)

    def _labels(self, key: str) -> Labels:
        found = self.values.get(key)
        return found if isinstance(found, Labels) else Labels(np.full(len(self.rows), BLANK, dtype=np.int64), ())

    def _report(self, row: int, place: tuple[int, str], found: Any, key: str, **details: Any) -> None:
        self.problems.append(
            Problem(
                argument=self.table, row=int(self.rows[row]), column=place[0], header=place[1], found=found, key=key,
                details=details,
            )
        )  # fmt: skip

    def _of_units(self, money: list[Money], place: tuple[int, str], cells: Sequence[Cell]) -> Iterator[Money]:
        """The prices as cells of a column of units have them: what they say counts as if it stood in the header."""
        prices = [m for m in money if m.key in ("unit_cost", "amount", "")]
        for text in {cell for cell in cells if isinstance(cell, str)}:
            said = stated_unit(text)
            rows = np.array([cell == text for cell in cells]) if said != NOTHING else np.zeros(len(cells), dtype=bool)
            for row in np.flatnonzero(rows).tolist() if said.scale != 1.0 else ():
                self._report(row, place, text, "expected_scale_in_header")
            for m in prices if said.counts else ():
                values, of_price = np.where(rows, m.values, np.nan), replace(said, scale=1.0, tax="")
                yield Money(key=m.key, column=place[0], header=text, values=values, said=of_price, in_cells={})

    # -- currency ----------------------------------------------------------------------------------------------------

    def _currencies(self, money: list[Money]) -> None:
        stated = [(m, m.said.currencies) for m in money if m.said.currencies]
        if "currency" not in columns(self.table):
            self._one_currency(stated, money)
            return
        may: dict[int, tuple[frozenset[str], Money]] = {}  # rows in which a cell names a currency
        for m in money:
            for row, codes in m.in_cells.items():
                both = codes & m.said.currencies if m.said.currencies else codes
                if before := may.get(row):
                    both &= before[0]
                if not both:
                    self._report(row, (m.column, m.header), float(m.values[row]), "expected_one_currency")
                may[row] = both, m
        for m, codes in stated:
            plain = ~np.isnan(m.values)
            plain[list(may)] = False
            self._put(plain, codes, m)
        alike: dict[tuple[frozenset[str], Money], list[int]] = {}
        for row, named in may.items():
            if named[0]:
                alike.setdefault(named, []).append(row)
        for (codes, m), some in alike.items():
            rows = np.zeros(len(self.rows), dtype=bool)
            rows[some] = True
            self._put(rows, codes, m)
        self._agree()

    def _agree(self) -> None:
        """Signs of several columns of a row, and what else states its currency, must have one meaning in common."""
        labels, seen = self._labels("currency"), dict[int, frozenset[str]]()
        for some in self.unsettled:
            for place in np.searchsorted(self.rows, some.rows).tolist():
                named = labels.text(place)
                may = some.currencies & seen.get(place, some.currencies) & ({named} if named else some.currencies)
                seen[place] = may
                if not may:
                    self._report(place, (some.column, some.header), named or some.header, "expected_one_currency")

    def _put(self, rows: Bools, codes: frozenset[str], m: Money) -> None:
        """Put a currency into rows that state none; rows that state another one are told."""
        labels = self._labels("currency")
        fits = np.array([name in codes for name in labels.names] + [True])
        for row in np.flatnonzero(rows & ~fits[labels.codes]).tolist():
            self._report(
                row, self.places.get("currency", (m.column, m.header)), labels.text(row), "expected_currency_of_header",
                header=m.header, currencies=sorted(codes),
            )  # fmt: skip
        blank = rows & (labels.codes == BLANK)
        if not blank.any():
            return
        if len(codes) == 1:
            self.values["currency"] = labels.filled(blank, next(iter(codes)))
        else:
            self.unsettled.append(
                Unsettled(
                    rows=self.rows[np.flatnonzero(blank)], currencies=codes, column=m.column, header=m.header
                )
            )  # fmt: skip

    def _one_currency(self, stated: list[tuple[Money, frozenset[str]]], money: list[Money]) -> None:
        """Where lines have no currency of their own, all money of the table is in one."""
        found: frozenset[str] = frozenset()
        in_cells = [(m, codes) for m in money for codes in m.in_cells.values()]
        for m, codes in (*stated, *in_cells):
            if found and not (found & codes):
                self.problems.append(
                    Problem(
                        argument=self.table, row=None, column=m.column, header=m.header, found=m.header,
                        key="expected_one_currency_of_table", details={"currencies": sorted(found)},
                    )
                )  # fmt: skip
                return
            found = found & codes if found else codes
        self.of_table = found

    # -- frequency ---------------------------------------------------------------------------------------------------

    def _frequencies(self, money: Mapping[str, Money]) -> None:
        amount, unit = money.get("amount"), money.get("unit_cost") or money.get("price") or money.get("unit_value")
        taken = np.zeros(len(self.rows), dtype=bool)
        if amount is not None:
            taken = ~np.isnan(amount.values)
            if unit is not None:
                self._both(amount, unit, taken)
            self._due(amount, taken)
        if unit is not None:
            self._due(unit, ~np.isnan(unit.values) & ~taken)

    def _both(self, amount: Money, unit: Money, taken: Bools) -> None:
        """An amount a year beside a price a month say the same, or contradict each other."""
        a, u = amount.said.frequency, unit.said.frequency
        quantity = self.values.get("quantity")
        if not a or not u or a == u or not isinstance(quantity, np.ndarray):
            return
        both = taken & ~np.isnan(unit.values) & ~np.isnan(quantity)
        times = _MONTHS[a] / _MONTHS[u] if a in _MONTHS and u in _MONTHS else np.nan
        product = unit.values * quantity * times
        agree = np.abs(product - amount.values) <= 0.005 + 1e-9 * np.abs(product)
        for row in np.flatnonzero(both & ~agree).tolist():
            shown = f"{product[row]:.15g}" if product[row] == product[row] else unit.header
            self._report(
                row, (amount.column, amount.header), float(amount.values[row]), "expected_amount_or_product",
                product=shown,
            )  # fmt: skip
        self.values["unit_cost"] = np.where(both, np.nan, unit.values)

    def _due(self, m: Money, rows: Bools) -> None:
        """Put the period of a header into lines that state no frequency; lines that state another one are told."""
        if not (key := m.said.frequency):
            return
        labels = self._labels("frequency")
        fits = np.array([name == key for name in labels.names] + [True])
        shown = {language: choice_labels("frequency", language)[key] for language in ("en", "zh")}
        for row in np.flatnonzero(rows & ~fits[labels.codes]).tolist():
            typed, place = labels.text(row), self.places.get("frequency", (m.column, m.header))
            self._report(
                row, place, choice_labels("frequency", "en").get(typed, typed),
                "expected_frequency_of_header", header=m.header, frequency=shown,
            )  # fmt: skip
        if (blank := rows & (labels.codes == BLANK)).any():
            self.values["frequency"] = labels.filled(blank, key)

    # -- tax ---------------------------------------------------------------------------------------------------------

    def _tax(self, money: list[Money]) -> None:
        for m in money:
            if not m.said.tax:
                continue
            labels = self._labels("tax_included")
            rows = ~np.isnan(m.values)
            fits = np.array([name == m.said.tax for name in labels.names] + [True])
            for row in np.flatnonzero(rows & ~fits[labels.codes]).tolist():
                self._report(
                    row, self.places["tax_included"], labels.text(row), "expected_tax_of_header", header=m.header
                )
            if (blank := rows & (labels.codes == BLANK)).any():
                self.values["tax_included"] = labels.filled(blank, m.said.tax)


def reporting_problems(
    table: str, unsettled: tuple[Unsettled, ...], reporting: str, rows: Ints | None = None
) -> Iterator[Problem]:
    """Tell of rows, some or all, whose sign of a currency cannot be that of the reporting currency."""
    for found in unsettled:
        if reporting in found.currencies:
            continue
        for row in (found.rows if rows is None else np.intersect1d(rows, found.rows)).tolist():
            yield Problem(
                argument=table, row=row, column=found.column, header=found.header, found=None,
                key="expected_currency_named", details={"currencies": sorted(found.currencies)},
            )  # fmt: skip
