"""Vendors and editions side by side over the whole horizon: each option becomes cost lines of the same engine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.catalogue import Price, find_price
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.errors import CrmError, NotThereError
from crm_xl.engine.licence import licence_cost, make_tiers
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Table, read_table

_HEADER = ("Component", "Vendor", "Amount", "Currency", "Frequency", "Price growth")


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Cost by option and component, users, and the list price each option takes from the catalogue (or None)."""

    options: tuple[str, ...]
    costs: np.ndarray
    users: np.ndarray
    prices: tuple[Price | None, ...]
    problems: tuple[Problem, ...]


def compare_options(
    options: Table, assumptions: Assumptions, prices: Sequence[Price], tiers: Table | None = None
) -> Comparison:
    """Return options side by side; what is wrong with one stands in the problems and does not stop the others."""
    problems = [*options.problems, *assumptions.problems]
    if tiers is not None:
        problems += (wrong := check_tiers(tiers))
        tiers = None if any(p.severity is Severity.ERROR for p in wrong) else tiers
    broken = {p.row for p in options.problems}
    lines: list[list[Cell]] = [list(_HEADER)]
    used: list[Price | None] = []
    places: list[int] = []
    for i in range(len(options)):
        if int(options.rows[i]) in broken:
            used.append(None)
            continue
        try:
            found = _list_price(options, i, prices)
        except CrmError as missing:
            key = "vendor" if missing.key == "vendor_not_there" else "edition"
            details = {"reason": {"en": missing.text("en"), "zh": missing.text("zh")}}
            problems.append(
                options.problem(i, key, options.text(key, i), "expected_price", details=details, code=missing.code)
            )
            used.append(None)
            continue
        used.append(found if np.isnan(options.numbers("price")[i]) else None)
        if np.isnan(options.numbers("users")[i]) and not _by_module(options, i) and (found is None or found.by_user):
            problems.append(options.problem(i, "users", None, "expected_number"))
        made = _lines(options, i, found, tiers, assumptions)
        places += [i] * len(made)
        lines += made
    model = build_model(read_table(Range(lines), "costs"), assumptions)
    costs, more = _by_option(options, model, places)
    users = options.numbers("users", 0.0)
    names = tuple(options.text("option", i) for i in range(len(options)))
    return Comparison(options=names, costs=costs, users=users, prices=tuple(used), problems=(*problems, *more))


def check_tiers(tiers: Table) -> list[Problem]:
    """Return what is wrong with volume tiers: also a blank number, and two that begin at the same one."""
    problems = list(tiers.problems)
    broken = {p.row for p in problems}
    start, price, option = tiers.numbers("from"), tiers.numbers("price"), tiers.labels("option").codes
    seen: set[tuple[int, float]] = set()
    for i in range(len(tiers)):
        if int(tiers.rows[i]) in broken:
            continue
        for key, value in (("from", start[i]), ("price", price[i])):
            if np.isnan(value):
                problems.append(tiers.problem(i, key, None, "expected_number"))
        if (place := (int(option[i]), float(start[i]))) in seen:
            details = {"start": f"{start[i]:g}"}
            problems.append(tiers.problem(i, "from", float(start[i]), "expected_one_tier", details=details))
        seen.add(place)
    return problems


def _by_module(options: Table, i: int) -> bool:
    return options.text("metric", i) == "module"


def _list_price(options: Table, i: int, prices: Sequence[Price]) -> Price | None:
    """The catalogue price of an option, or None where it states its own and the catalogue knows no other terms."""
    vendor, edition = options.text("vendor", i), options.text("edition", i)
    if np.isnan(options.numbers("price")[i]):
        return find_price(prices, vendor, edition, currency=options.text("currency", i) or None)
    try:
        return find_price(prices, vendor, edition)
    except NotThereError:
        return None


def _lines(
    options: Table, i: int, price: Price | None, tiers: Table | None, assumptions: Assumptions
) -> list[list[Cell]]:
    def number(key: str, default: float) -> float:
        return float(options.numbers(key, default)[i])

    name = options.text("option", i)
    currency = options.text("currency", i) or (price.currency if price else assumptions.currency)
    frequency = options.text("frequency", i) or (price.frequency if price else "monthly")
    by_module, by_user = _by_module(options, i), price is None or price.by_user
    units = number("modules", 1.0) if by_module else number("users", 0.0) if by_user else 1.0
    unit_price = number("price", price.amount if price and price.amount is not None else 0.0)
    minimum = number("minimum", price.minimum if price and by_user and not by_module else 0.0)
    start, amounts = _tiers(tiers, name)
    once = licence_cost(units, make_tiers(unit_price, start, amounts), minimum=minimum) * (1 - number("discount", 0.0))
    lines: list[list[Cell]] = [["licence", name, once, currency, frequency, number("price_growth", 0.0)]]
    for key, component, often in (
        ("implementation", "customisation", "one_off"),
        ("maintenance", "maintenance", "annual"),
        ("training", "training", "one_off"),
    ):
        lines.append([component, name, number(key, 0.0), currency, often, 0.0])
    return lines


def _tiers(tiers: Table | None, option: str) -> tuple[np.ndarray, np.ndarray]:
    if tiers is None:
        return np.zeros(0), np.zeros(0)
    mine = tiers.labels("option").codes == (-2 if (index := tiers.labels("option").index(option)) is None else index)
    return tiers.numbers("from")[mine], tiers.numbers("price")[mine]


def _by_option(options: Table, model: Model, places: list[int]) -> tuple[np.ndarray, list[Problem]]:
    """The costs by option and component, and what is wrong with the lines made, told of the options they come from."""
    row = {int(model.rows[j]): i for j, i in enumerate(places)}
    problems: list[Problem] = []
    for problem in model.problems:
        i = row.get(problem.row if problem.row is not None else -1)
        if i is None or problem.key not in ("expected_rate_for", "expected_rate_for_year"):
            continue
        told = options.problem(i, "currency", problem.found, problem.key, details=problem.details, code=problem.code)
        if told not in problems:
            problems.append(told)
    codes = np.array(places, dtype=np.int64) * len(COMPONENTS) + model.labels["component"].codes
    sums = np.bincount(codes, model.yearly.sum(axis=0), len(options) * len(COMPONENTS))
    return sums.reshape(len(options), len(COMPONENTS)), problems
