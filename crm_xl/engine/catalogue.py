"""List prices with currency, unit, date and source. The user's own table stands before the shipped one.

Prices age: each carries the day on which it was read, and one that is older than a year says so. A price that is not
published is a row without a price, and not 0.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from crm_xl.data import rows
from crm_xl.engine.errors import NotThereError
from crm_xl.engine.reading import Table
from crm_xl.engine.schema import choices, normalise
from crm_xl.engine.timeline import as_date

# The day on which the shipped catalogue was put together; without a date, age is counted from here.
COMPILED = dt.date(2026, 11, 23)
STALE_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class Price:
    """One list price. `amount` is None where none is published; `own` marks the user's own table."""

    vendor: str
    edition: str
    amount: float | None
    currency: str
    unit: str
    billing: str
    minimum: float
    region: str
    as_of: dt.date | None
    source: str
    note: str
    own: bool = False

    def is_stale(self, at: dt.date | None) -> bool:
        """Whether the price is older than a year, or of no known date."""
        return self.as_of is None or ((at or COMPILED) - self.as_of).days > STALE_DAYS

    @property
    def frequency(self) -> str:
        """The period that the price is for."""
        unit = normalise(self.unit)
        if "one-off" in unit or "once" in unit or "一次" in unit:
            return "one_off"
        if "year" in unit or "年" in unit:
            return "annual"
        return "quarterly" if "quarter" in unit or "季" in unit else "monthly"

    @property
    def by_user(self) -> bool:
        """Whether the price is for a user or seat, not for the whole organisation, once, or for a pack."""
        unit = normalise(self.unit)
        return not unit.startswith(("org", "公司", "企业", "one-off", "once", "一次")) and not unit[:1].isdigit()

    def is_billed(self, often: str) -> bool:
        """Whether the price is billed monthly, annual, …; a price may be billed in several ways."""
        billing = normalise(self.billing)
        return choices("frequency").get(billing) == often or often.replace("_", "-") in billing


@cache
def shipped() -> tuple[Price, ...]:
    """Return the catalogue that comes with the program."""
    return tuple(
        Price(
            vendor=row["vendor"],
            edition=row["edition"],
            amount=float(row["price"]) if row["price"] else None,
            currency=row["currency"],
            unit=row["unit"],
            billing=row["billing"],
            minimum=float(row["minimum"] or 0),
            region=row["region"],
            as_of=as_date(row["as_of"]),
            source=row["source"],
            note=row["note"],
        )
        for row in rows("catalogue")
    )


def own_prices(table: Table) -> tuple[Price, ...]:
    """Return the prices of the user's own catalogue table."""

    amount, minimum, day = table.numbers("price"), table.numbers("minimum", 0.0), table.moments("as_of")
    return tuple(
        Price(
            vendor=table.text("vendor", i),
            edition=table.text("edition", i),
            amount=None if np.isnan(amount[i]) else float(amount[i]),
            currency=table.text("currency", i),
            unit=table.text("unit", i) or "user/month",
            billing=table.text("billing", i),
            minimum=float(minimum[i]),
            region=table.text("region", i),
            as_of=dt.date.fromordinal(int(day[i])) if day[i] else None,
            source=table.text("source", i),
            note=table.text("note", i),
            own=True,
        )
        for i in range(len(table))
    )


@cache
def _vendor_words() -> dict[str, str]:
    return {
        normalise(word): row["vendor"]
        for row in rows("vendors")
        for word in (row["vendor"], *row["aliases"].split("|"))
        if word
    }


def same_vendor(asked: str, listed: str) -> bool:
    """Whether two names stand for one vendor, by the aliases of `crm_xl/data/vendors.csv`."""
    words = _vendor_words()
    one, two = normalise(asked), normalise(listed)
    return one == two or normalise(words.get(one, one)) == normalise(words.get(two, two))


def find_price(
    prices: Iterable[Price],
    vendor: str,
    edition: str,
    *,
    currency: str | None = None,
    at: dt.date | None = None,
    billing: str | None = None,
) -> Price:
    """Return the list price of an edition: the user's own before the shipped one, then the latest.

    Parameters
    ----------
    prices
        The prices to look in.
    vendor, edition
        Names; letter case does not count, vendors answer to their aliases. An edition may be given by the beginning
        of its name, or by a part of it, that no other edition has.
    currency
        Only prices in this currency; US dollars go first where it is left out and several are listed.
    at
        Only prices read by this day.
    billing
        monthly or annual; the price for an annual commitment goes first where it is left out.

    Raises
    ------
    NotThereError
        When no such price is listed, or the vendor publishes none; the reason says which.
    """
    of_vendor = [p for p in prices if same_vendor(vendor, p.vendor)]
    if not of_vendor:
        raise NotThereError("vendor_not_there", vendor=vendor)
    found = _edition(of_vendor, edition)
    if not found:
        raise NotThereError("edition_not_there", vendor=of_vendor[0].vendor, edition=edition)
    known = [p for p in found if p.amount is not None]
    if not known:
        raise NotThereError("price_not_published", vendor=found[0].vendor, edition=found[0].edition, note=found[0].note)
    fitting = [
        p
        for p in known
        if (currency is None or p.currency == currency) and (at is None or p.as_of is None or p.as_of <= at)
    ]
    if billing is not None:
        fitting = [p for p in fitting if p.is_billed(billing)]
    if not fitting:
        listed = ", ".join(sorted({f"{p.currency} {p.billing} {p.as_of or ''}".strip() for p in known}))
        raise NotThereError("price_not_there", vendor=found[0].vendor, edition=found[0].edition, listed=listed)
    day = dt.date.min
    return max(
        fitting, key=lambda p: (p.own, p.currency == "USD", p.is_billed("annual") or not p.billing, p.as_of or day)
    )


def _edition(prices: list[Price], edition: str) -> list[Price]:
    wanted = normalise(edition)
    if exact := [p for p in prices if normalise(p.edition) == wanted]:
        return exact
    for fits in (str.startswith, str.__contains__):
        found = [p for p in prices if wanted and fits(normalise(p.edition), wanted)]
        if len({normalise(p.edition) for p in found}) == 1:
            return found
    return []
