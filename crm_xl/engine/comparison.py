"""Vendors and editions side by side over the whole horizon: each option becomes cost lines of the same engine.

A price that stands in the row is multiplied by its Frequency. A price from the catalogue keeps the period of its unit
(user/month, org/year, …); there the Frequency only chooses among the billings that are listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crm_xl.data import LANGUAGES
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.catalogue import Price, additional_user, find_price
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.costs import indices
from crm_xl.engine.licence import licence_cost, make_tiers
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.problems import Problem, Severity, rows_with_errors
from crm_xl.engine.reading import BLANK, Floats, Table, read_table
from crm_xl.engine.schema import choice_labels, columns, normalise
from crm_xl.engine.stated_units import reporting_problems
from crm_xl.engine.typed_values import SHARED_SIGNS
from crm_xl.errors import CrmError, ErrorValue, NotThereError

# The columns of the cost lines that options become. The terms of a price are those of any cost line, one for one.
_TERMS = ("price_growth", "price_lock", "growth_cap", "discount", "discount_until")
_HEADER = tuple(columns("costs")[key].en for key in ("component", "vendor", "amount", "currency", "frequency", *_TERMS))
# The column of an option in which the reason stands why it has no price.
_COLUMN = {
    "vendor_not_there": "vendor",
    "edition_not_there": "edition",
    "price_not_published": "edition",
    "price_not_there": "currency",
    "billing_not_there": "frequency",
    "unit_not_usable": "edition",
    "metric_not_there": "metric",
    "tiers_not_there": "option",
}
_RATES = ("expected_rate_for", "expected_rate_for_year")


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """The users beyond those that a price includes, for whom no price is listed."""

    users: float
    included: float


@dataclass(frozen=True, kw_only=True)
class _Licence:
    """The licence of an option: `parts` are amounts, each with the frequency at which it falls due."""

    parts: tuple[tuple[float, str], ...]
    currency: str
    prices: tuple[Price, ...] = ()
    beyond: Beyond | None = None
    for_users: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Cost by option and component, and users.

    `prices` are what an option takes from the catalogue, nothing where it states its own. `beyond` are its users for
    whom the catalogue has no price: without them its licence is too low.
    """

    options: tuple[str, ...]
    costs: Floats
    users: Floats
    prices: tuple[tuple[Price, ...], ...]
    beyond: tuple[Beyond | None, ...]
    problems: tuple[Problem, ...]


def compare_options(
    options: Table, assumptions: Assumptions, prices: Sequence[Price], tiers: Table | None = None
) -> Comparison:
    """Return options side by side; what is wrong with one stands in the problems and does not stop the others."""
    problems = [*options.problems, *options.shared_signs(assumptions), *_check_names(options), *assumptions.problems]
    broken = rows_with_errors(p for p in problems if p.argument == options.name)
    if tiers is not None:
        problems += (wrong := check_tiers(tiers))
        tiers = None if rows_with_errors(wrong) else tiers
    lines: list[list[Cell]] = [list(_HEADER)]
    licences: list[_Licence | None] = [None] * len(options)
    places: list[int] = []
    for i in range(len(options)):
        if int(options.rows[i]) in broken:
            continue
        licences[i], told = _try_licence(options, i, prices, tiers)
        problems += told
        if (licence := licences[i]) is not None:
            currency = licence.currency or assumptions.currency
            problems += _check_signs(options, i, licence, tiers, currency)
            made = _lines(options, i, licence, currency)
            places += [i] * len(made)
            lines += made
    model = build_model(read_table(Range(lines), "costs"), assumptions)
    costs, more = _by_option(options, model, places)
    return Comparison(
        options=tuple(options.text("option", i) for i in range(len(options))),
        costs=costs,
        users=options.numbers("users", 0.0),
        prices=tuple(() if licence is None else licence.prices for licence in licences),
        beyond=tuple(None if licence is None else licence.beyond for licence in licences),
        problems=(*problems, *more),
    )


def _check_names(options: Table) -> list[Problem]:
    """A blank name is an error; a name that another option has is noted."""
    problems: list[Problem] = []
    seen: set[int] = set()
    broken = rows_with_errors(options.problems)
    for i, code in enumerate(options.labels("option").codes.tolist()):
        if code == BLANK:
            if int(options.rows[i]) not in broken:  # what cannot be read is blank as well, and has its problem already
                problems.append(options.problem(i, "option", None, "expected_name"))
        elif code in seen:
            found = options.text("option", i)
            problems.append(options.problem(i, "option", found, "note_option_again", severity=Severity.NOTE))
        seen.add(code)
    return problems


def check_tiers(tiers: Table) -> list[Problem]:
    """Return what is wrong with volume tiers: also a blank name or number, and two that begin at the same one."""
    problems = list(tiers.problems)
    broken = rows_with_errors(problems)
    start, price, option = tiers.numbers("from"), tiers.numbers("price"), tiers.labels("option").codes
    seen: set[tuple[int, float]] = set()
    for i in range(len(tiers)):
        if int(tiers.rows[i]) in broken:
            continue
        if option[i] == BLANK:
            problems.append(tiers.problem(i, "option", None, "expected_name"))
        for key, value in (("from", start[i]), ("price", price[i])):
            if np.isnan(value):
                problems.append(tiers.problem(i, key, None, "expected_number"))
        if (place := (int(option[i]), float(start[i]))) in seen:
            details = {"start": f"{start[i]:g}"}
            problems.append(tiers.problem(i, "from", float(start[i]), "expected_one_tier", details=details))
        seen.add(place)
    return problems


def _check_signs(options: Table, i: int, licence: _Licence, tiers: Table | None, currency: str) -> Iterator[Problem]:
    """Tell of money whose sign, or whose header, is of another currency than that of its option."""
    row = options.rows[i : i + 1]
    yield from reporting_problems(options.name, options.unsettled, currency, row)
    for may in (price.may_be for price in licence.prices):
        if may and currency not in may:
            yield options.problem(i, "currency", None, "expected_currency_code", details={"currencies": sorted(may)})
    stated = frozenset() if tiers is None or not len(_tiers(tiers, options.text("option", i))[0]) else tiers.currencies
    if stated and currency not in stated:
        details = {"currencies": sorted(stated)}
        yield options.problem(i, "currency", currency, "expected_currency_of_tiers", details=details)


def _try_licence(
    options: Table, i: int, prices: Sequence[Price], tiers: Table | None
) -> tuple[_Licence | None, list[Problem]]:
    """The licence of an option, or what keeps it from having one."""
    vendor, edition = options.text("vendor", i), options.text("edition", i)
    if np.isnan(options.numbers("price")[i]) and not (vendor and edition):
        missing = "edition" if vendor else "vendor"
        return None, [options.problem(i, missing, None, "expected_price_or_vendor", code=ErrorValue.NA)]
    try:
        licence = _licence(options, i, prices, tiers)
    except CrmError as refused:
        details: dict[str, Any] = {"reason": {language: refused.text(language) for language in LANGUAGES}}
        column = _COLUMN[refused.key]
        found = options.text(column, i)
        typed = options.typed.get("currency", [None] * len(options))[i]
        if refused.key == "price_not_there" and (may := SHARED_SIGNS.get(normalise(str(typed)))):
            details = {"currencies": sorted(may)}
            return None, [options.problem(i, column, typed, "expected_currency_code", details=details)]
        if (kind := columns("options")[column].choices) and found:
            found = choice_labels(kind, options.language)[found]
        return None, [options.problem(i, column, found, "expected_price", details=details, code=refused.code)]
    users = float(options.numbers("users")[i])
    if licence.for_users and np.isnan(users):
        return None, [options.problem(i, "users", None, "expected_number")]
    if limited := next((price for price in licence.prices if users > price.maximum), None):
        details = {"vendor": limited.vendor, "edition": limited.edition, "most": f"{limited.maximum:g}"}
        problem = options.problem(i, "users", users, "expected_users_within", details=details, code=ErrorValue.NA)
        return None, [problem]
    if licence.beyond is None:
        return licence, []
    details = {"included": f"{licence.beyond.included:g}", "beyond": f"{licence.beyond.users:g}"}
    note = options.problem(i, "users", users, "note_users_beyond", details=details, severity=Severity.NOTE)
    return licence, [note]


def _licence(options: Table, i: int, prices: Sequence[Price], tiers: Table | None) -> _Licence:
    def number(key: str, default: float) -> float:
        return float(options.numbers(key, default)[i])

    price, own = _list_price(options, i, prices), not np.isnan(options.numbers("price")[i])
    frequency, metric = options.text("frequency", i), options.text("metric", i)
    currency = options.text("currency", i) or (price.currency if price else "")
    of = price.measure if price else None
    listed: dict[str, Any] = {"vendor": price.vendor, "edition": price.edition, "unit": price.basis} if price else {}
    per = (metric if own else "") or (of.per if of else "user")
    if not own:
        if of is None:
            raise NotThereError("unit_not_usable", **listed)
        # A price of the organisation is for its users; no other price is for what it does not say.
        if metric not in ("", per) and (metric, per) != ("user", "organisation"):
            raise NotThereError("metric_not_there", **listed)
    if not own or not frequency:
        frequency = of.frequency if of else "monthly"
    amount = number("price", (price.amount if price else None) or 0.0)
    taken = (price,) if price and not own else ()
    start, amounts = _tiers(tiers, options.text("option", i))
    if per != "organisation":
        minimum = number("minimum", price.minimum if price and of and of.per == per else 0.0)
        units = number("modules", 1.0) if per == "module" else number("users", 0.0)
        cost = licence_cost(units, make_tiers(amount, start, amounts), minimum=minimum)
        return _Licence(parts=((cost, frequency),), currency=currency, prices=taken, for_users=per == "user")
    if len(start):
        raise NotThereError("tiers_not_there", **listed)
    whole = _Licence(parts=((amount, frequency),), currency=currency, prices=taken, for_users=False)
    if price is None or own or not price.minimum:
        return whole
    whole = replace(whole, for_users=True)
    beyond = max(number("users", 0.0), number("minimum", 0.0)) - price.minimum
    if beyond <= 0:
        return whole
    more = additional_user(prices, price)
    if more is None or more.amount is None or more.measure is None:
        return replace(whole, beyond=Beyond(users=beyond, included=price.minimum))
    part = (max(beyond, more.minimum) * more.amount, more.measure.frequency)
    return replace(whole, parts=(*whole.parts, part), prices=(price, more))


def _list_price(options: Table, i: int, prices: Sequence[Price]) -> Price | None:
    """The catalogue price of an option, or None where it states its own and the catalogue knows no other terms."""
    vendor, edition = options.text("vendor", i), options.text("edition", i)
    if np.isnan(options.numbers("price")[i]):
        currency, billing = options.text("currency", i) or None, options.text("frequency", i) or None
        return find_price(prices, vendor, edition, currency=currency, billing=billing)
    try:
        return find_price(prices, vendor, edition)
    except NotThereError:
        return None


def _lines(options: Table, i: int, licence: _Licence, currency: str) -> list[list[Cell]]:
    def number(key: str) -> float:
        return float(options.numbers(key, 0.0)[i])

    def stated(key: str) -> Cell:
        """A term as it is typed in a cell: a date or year as it stands, a share with its sign, or nothing."""
        if key in options.typed:
            return options.typed[key][i]
        value = float(options.numbers(key)[i])
        if np.isnan(value):
            return None
        return value if columns("costs")[key].type == "number" else f"{100 * value:.15g}%"

    name, terms = options.text("option", i), [stated(key) for key in _TERMS]
    lines = [["licence", name, amount, currency, frequency, *terms] for amount, frequency in licence.parts]
    for key, component, often in (
        ("implementation", "customisation", "one_off"),
        ("maintenance", "maintenance", "annual"),
        ("training", "training", "one_off"),
    ):
        lines.append([component, name, number(key), currency, often, *[None] * len(_TERMS)])
    return lines


def _tiers(tiers: Table | None, option: str) -> tuple[np.ndarray, np.ndarray]:
    if tiers is None:
        return np.zeros(0), np.zeros(0)
    mine = tiers.labels("option").codes == (-2 if (index := tiers.labels("option").index(option)) is None else index)
    return tiers.numbers("from")[mine], tiers.numbers("price")[mine]


def _by_option(options: Table, model: Model, places: list[int]) -> tuple[Floats, list[Problem]]:
    """The costs by option and component, and what is wrong with the lines made, told of the options they come from."""
    row = {int(model.rows[j]): i for j, i in enumerate(places)}
    problems: list[Problem] = []
    for problem in model.problems:
        i = row.get(problem.row if problem.row is not None else -1)
        if i is None or problem.argument != "costs" or problem.severity is Severity.NOTE:
            continue
        column = "currency" if problem.key in _RATES else _term_of(problem.header) or "price"
        told = options.problem(i, column, problem.found, problem.key, details=problem.details, code=problem.code)
        if told not in problems:
            problems.append(told)
    codes = np.array(places, dtype=np.int64) * len(COMPONENTS) + model.labels["component"].codes
    sums = np.bincount(indices(codes), model.yearly.sum(axis=0), len(options) * len(COMPONENTS)).astype(np.float64)
    return sums.reshape(len(options), len(COMPONENTS)), problems


def _term_of(header: str) -> str:
    """The term of a price that a header of the lines names, which is a column of the options, too."""
    return next((key for key in _TERMS if columns("costs")[key].en == header), "")
