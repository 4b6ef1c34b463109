"""What a template workbook is to be: language, kind, currency, years, room for lines."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from crm_xl.data import LANGUAGES
from crm_xl.engine.rates import currency_pair
from crm_xl.engine.schema import assumption_fields, currencies, normalise
from crm_xl.errors import UnreadableError

KINDS = ("finance", "department")
EDITIONS = ("plain", "lite")
COMPANIES = ("large", "small")
MAX_LINES = 5_000
# Rows for exchange rates among the assumptions: pairs, and years in which they change.
RATE_ROWS = 12
# Rows of the input tables whose length does not go by the number of cost lines.
_DECISION_LINES = {
    "scenarios": 20, "drivers": 12, "options": 10, "tiers": 10, "catalogue": 10, "usage": 24, "keys": 12,
}  # fmt: skip
# When this form of the template was released. A constant: a workbook never depends on the day it is built.
RELEASED = dt.date(2026, 11, 23)


@dataclass(frozen=True, kw_only=True)
class TemplateSpec:
    """A template workbook.

    Parameters
    ----------
    language
        Language of every text in the workbook: en or zh.
    kind
        `finance` has the CRM_* formulas; `department` has none, because its recipients have no add-in.
    department
        The department that fills it in, or None.
    currency
        Code of the reporting currency.
    years
        Years of the model; the workbook has as many columns of years.
    start
        First month of the model, or None for model years (Year 1, Year 2, …).
    lines
        Cost lines that fit; a quarter as many benefit lines and half as many lines of actuals, 10 at least.
    rates
        Exchange rates that stand in it: pair, rate, and the year from which it holds, or None.
    period, cycle, contact, deadline
        What the sender of a department's workbook says on its first sheet: the period and the cycle for which it is
        filled in, whom to ask, and the last day to return it. What is None is left out.
    example
        Whether a filled example stands in it, with the exchange rates of the example.
    company
        Whose example: that of a `large` company, which uses every sheet, or of a `small` one with cost lines alone.
    edition
        `lite` brings the functions along, for the add-in xlwings Lite; `plain` does not.

    Raises
    ------
    UnreadableError
        When a value is not one of those allowed; the text says which are.
    """

    language: Literal["en", "zh"] = "en"
    kind: Literal["finance", "department"] = "finance"
    department: str | None = None
    currency: str = "CNY"
    years: int = 5
    start: dt.date | None = None
    lines: int = 60
    rates: tuple[tuple[str, float, int | None], ...] = ()
    period: str | None = None
    cycle: str | None = None
    contact: str | None = None
    deadline: dt.date | None = None
    example: bool = False
    company: Literal["large", "small"] = "large"
    edition: Literal["plain", "lite"] = "plain"

    def __post_init__(self) -> None:
        most = assumption_fields()["years"].maximum or 1
        self._require("language", self.language in LANGUAGES, ", ".join(LANGUAGES))
        self._require("kind", self.kind in KINDS, ", ".join(KINDS))
        self._require("edition", self.edition in EDITIONS, ", ".join(EDITIONS))
        self._require("company", self.company in COMPANIES, ", ".join(COMPANIES))
        self._require("currency", currencies().get(normalise(self.currency)) == self.currency, "CNY, USD, EUR, …")
        self._require("years", 1 <= self.years <= most, f"1 – {most:.0f}")
        for pair, rate, _ in self.rates:
            self._require("rates", currency_pair(pair) is not None and rate > 0, "USD/CNY 7.10")
        self._require("rates", len(self.rates) <= RATE_ROWS, f"0 – {RATE_ROWS}")
        self._require("lines", 10 <= self.lines <= MAX_LINES, f"10 – {MAX_LINES}")

    def _require(self, name: str, allowed: bool, what: str) -> None:
        if not allowed:
            raise UnreadableError("template_bad_option", option=name, found=str(getattr(self, name)), allowed=what)

    @property
    def finance(self) -> bool:
        """Whether the workbook has CRM_* formulas."""
        return self.kind == "finance"

    @property
    def lines_of(self) -> dict[str, int]:
        """The rows of each input table."""
        found = {"costs": self.lines, "benefits": max(self.lines // 4, 10), "actuals": max(self.lines // 2, 10)}
        return found | _DECISION_LINES


def example_spec(language: Literal["en", "zh"] = "en", company: Literal["large", "small"] = "large") -> TemplateSpec:
    """Return a filled example, from January 2027.

    That of a large company has 300 seats in two departments and five years; that of a small one 20 seats, one product,
    three years and eight cost lines.
    """
    years, lines = {"large": (5, 50), "small": (3, 20)}[company]
    start = dt.date(2027, 1, 1)
    return TemplateSpec(language=language, years=years, start=start, lines=lines, example=True, company=company)
