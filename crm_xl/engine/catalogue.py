"""List prices with currency, unit, date and source. The user's own table stands before the shipped one.

Prices age: each carries the day on which it was read, and one that is older than 90 days says so. A price that is not
published is a row without a price, and not 0.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from crm_xl.data import LANGUAGES, rows, term
from crm_xl.engine.problems import Problem, Severity, rows_with_errors
from crm_xl.engine.reading import Table
from crm_xl.engine.schema import choice_labels, choices, currencies, normalise
from crm_xl.engine.timeline import as_date
from crm_xl.errors import NotThereError

# After so many days a list price is worth a second look.
STALE_DAYS = 90


class Measure(NamedTuple):
    """What a price is for: `per` user, module or organisation, and the `frequency` at which it falls due."""

    per: str
    frequency: str


def read_unit(unit: str) -> Measure | None:
    """Return what a unit says, such as user/month, 公司/年, USD per user per month, one-off; None where unreadable.

    >>> read_unit("seat/month"), read_unit("元/用户/年"), read_unit("100 sessions")
    (Measure(per='user', frequency='monthly'), Measure(per='user', frequency='annual'), None)
    """
    whole, often, of = normalise(unit), choices("unit_period"), choices("unit")
    if often.get(whole) == "one_off":
        return Measure("organisation", "one_off")
    words = [word for word in re.split(r"[/\s]+|\bper\b|每", whole) if word and word not in currencies()]
    per = [of[word] for word in words if word in of]
    frequency = [often[word] for word in words if word in often]
    if len(per) == len(frequency) == 1 and len(words) == 2:
        return Measure(per[0], frequency[0])
    return None


def _read_billing(billing: str) -> list[str | None]:
    """The ways named in a text such as monthly or annual; None for each that is not known."""
    words = choices("frequency") | choices("billing")
    return [words.get(part) for part in _ways(billing)]


def _ways(billing: str) -> list[str]:
    parts = re.split(r"\bor\b|或|[,;/、]", normalise(billing))
    return [part.strip() for part in parts if part.strip()]


@dataclass(frozen=True, kw_only=True)
class Price:
    """One list price. `amount` is None where none is published; `own` marks the user's own table.

    `minimum` are the users billed at least, and with a price for the organisation the users that it includes;
    `maximum` are the users to whom the vendor offers it at most; `replaced` is the day from which, says a later source,
    another edition is sold in its place; `may_be` are the currencies of its sign where it states none by name.
    """

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
    note_zh: str = ""
    maximum: float = np.inf
    replaced: dt.date | None = None
    own: bool = False
    may_be: frozenset[str] = frozenset()

    @property
    def notes(self) -> dict[str, str]:
        """The note in each language; the user's own stands as it was written."""
        return {"en": self.note, "zh": self.note_zh or self.note}

    def age(self, at: dt.date | None) -> int | None:
        """The days since the price was read, on a day, else by the newest of the catalogue; None without a date."""
        return None if self.as_of is None else max(((at or newest()) - self.as_of).days, 0)

    @property
    def billings(self) -> frozenset[str]:
        """The ways in which the price is billed, each a frequency, or usage or free, as far as its words are known."""
        return frozenset(way for way in _read_billing(self.billing) if way)

    @property
    def measure(self) -> Measure | None:
        """What the price is for, and the period; None for what is used up, and for a unit that cannot be read."""
        return None if "usage" in self.billings else read_unit(self.unit)

    def billed(self, language: str) -> str:
        """Return how the price is billed, in the words that users choose from; what is none of them as it is listed."""
        words = choice_labels("frequency", language) | choice_labels("billing", language)
        found = zip(_read_billing(self.billing), _ways(self.billing), strict=True)
        return term("or_between", language).join(words[way] if way else listed for way, listed in found)

    def counted(self, language: str) -> str:
        """Return what the price is for, and the period, in words of a language; as it is listed where it is no such."""
        of = read_unit(self.unit)
        if of is None:
            return self.unit
        period = choice_labels("unit_period", language)[of.frequency]
        return period if of.frequency == "one_off" else f"{choice_labels('unit', language)[of.per]}/{period}"

    @property
    def basis(self) -> dict[str, str]:
        """The unit and the billing in each language: a detail of messages."""
        return {language: f"{self.counted(language)} {self.billed(language)}".strip() for language in LANGUAGES}

    def is_billed(self, often: str) -> bool:
        """Whether the price is billed monthly, annual, …; a price may be billed in several ways.

        Special cases: what is free is billed in every way. Where nothing is said, the billing is the period of the
        unit; but a shipped price for a month may be the one under an annual commitment, so that nothing is known.
        """
        if self.billing:
            return bool({often, "free"} & self.billings)
        return (of := self.measure) is not None and of.frequency == often and (self.own or often != "monthly")


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
            note_zh=row["note_zh"],
            maximum=float(row["maximum"] or np.inf),
            replaced=as_date(row["replaced"]) if row["replaced"] else None,
        )
        for row in rows("catalogue")
    )


def own_prices(table: Table) -> tuple[Price, ...]:
    """Return the prices of the user's own catalogue table."""

    amount, minimum, day = table.numbers("price"), table.numbers("minimum", 0.0), table.moments("as_of")
    signs = {int(row): of.currencies for of in table.unsettled for row in of.rows}
    return tuple(
        Price(
            may_be=signs.get(int(table.rows[i]), frozenset()),
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
def newest() -> dt.date:
    """Return the newest day on which a shipped price was read: nothing depends on today."""
    return max(price.as_of for price in shipped() if price.as_of)


def check_prices(table: Table) -> list[Problem]:
    """Return what is wrong with the user's own catalogue: also blank names, units and billings that are not known."""
    problems = list(table.problems)
    broken = rows_with_errors(problems)
    for i, price in enumerate(own_prices(table)):
        if int(table.rows[i]) in broken:
            continue
        for key, name in (("vendor", price.vendor), ("edition", price.edition)):
            if not name:
                problems.append(table.problem(i, key, None, f"expected_{key}"))
        if read_unit(price.unit) is None:
            problems.append(table.problem(i, "unit", price.unit, "note_unit", severity=Severity.NOTE))
        if None in _read_billing(price.billing):
            problems.append(table.problem(i, "billing", price.billing, "note_billing", severity=Severity.NOTE))
    return problems


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
        raise NotThereError(
            "price_not_published", vendor=found[0].vendor, edition=found[0].edition, note=found[0].notes
        )
    fitting = [
        p
        for p in known
        if (currency is None or p.currency == currency) and (at is None or p.as_of is None or p.as_of <= at)
    ]
    name = {"vendor": found[0].vendor, "edition": found[0].edition}
    if not fitting:
        raise NotThereError("price_not_there", **name, listed=_listed(known))
    if billing is not None:
        listed = _listed(fitting)
        fitting = [p for p in fitting if p.is_billed(billing)]
        if not fitting:
            raise NotThereError("billing_not_there", **name, listed=listed)
    day = dt.date.min
    return max(
        fitting, key=lambda p: (p.own, p.currency == "USD", p.is_billed("annual") or not p.billing, p.as_of or day)
    )


def _listed(prices: list[Price]) -> dict[str, list[str]]:
    """Prices in both languages by currency, billing and day."""

    def text(price: Price, language: str) -> str:
        billed = price.billed(language) or term("billing_unknown", language)
        return f"{price.currency} {billed} {price.as_of or ''}".strip()

    return {language: sorted({text(price, language) for price in prices}) for language in LANGUAGES}


def additional_user(prices: Iterable[Price], base: Price) -> Price | None:
    """Return the price of a user beyond those that a price of the organisation includes, or None where none is listed.

    Its row stands beside that price, in the same currency, under the name `additional user` (or another word for it
    of `crm_xl/data/choices.csv`), alone or behind the name of the edition, which goes first. The same billing goes
    before another one.
    """
    words, edition = choices("additional"), normalise(base.edition)

    def behind(price: Price) -> str:
        return normalise(price.edition).removeprefix(edition).strip(" :,-")

    found = [
        p
        for p in prices
        if p.amount is not None
        and p.currency == base.currency
        and behind(p) in words
        and same_vendor(p.vendor, base.vendor)
        and (of := p.measure) is not None
        and of.per == "user"
    ]

    def rank(price: Price) -> tuple[bool, bool, bool, dt.date]:
        of_edition = normalise(price.edition) != behind(price)
        return price.own, of_edition, bool(price.billings & base.billings), price.as_of or dt.date.min

    return max(found, key=rank, default=None)


def _edition(prices: list[Price], edition: str) -> list[Price]:
    wanted = normalise(edition)
    if exact := [p for p in prices if normalise(p.edition) == wanted]:
        return exact
    for fits in (str.startswith, str.__contains__):
        found = [p for p in prices if wanted and fits(normalise(p.edition), wanted)]
        if len({normalise(p.edition) for p in found}) == 1:
            return found
    return []
