"""A first estimate when only the number of users and the four factors are known: low, likely and high by component.

Every coefficient stands in `crm_xl/data/coefficients.csv` with its source or the word assumption, and the user can
overrule each. Published ratios disagree (licence is 20–30 % or 45–60 % of five-year cost), so this is a sanity band:
good for a first talk about orders of magnitude, not for a budget.
"""

from collections.abc import Mapping

import numpy as np

from crm_xl.data import rows
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.problems import Problem, rows_with_errors
from crm_xl.engine.rates import yearly_rate
from crm_xl.engine.reading import Floats, Table
from crm_xl.errors import ErrorValue, NotThereError

# The currency in which the coefficients of money stand.
CURRENCY = "USD"
SIDES = ("low", "likely", "high")


def coefficients(own: Table | None = None) -> dict[str, Floats]:
    """Return the coefficients by key as low, likely and high; the user's own, once checked, before the shipped ones."""
    found = {row["key"]: np.array([float(row[side]) for side in SIDES]) for row in rows("coefficients")}
    if own is not None:
        values = np.array([own.numbers(side) for side in SIDES]).T
        labels = own.labels("key")
        found |= {_key(labels.names[code]): value for code, value in zip(labels.codes, values, strict=True)}
    return found


def _key(name: str) -> str:
    return name.strip().casefold()


def check_coefficients(own: Table) -> list[Problem]:
    """Return what is wrong with a user's coefficients: also keys that are not known, blanks, values out of order."""
    problems = list(own.problems)
    broken = rows_with_errors(problems)
    values = np.array([own.numbers(side) for side in SIDES]).T
    labels, known, seen = own.labels("key"), coefficients(), set()
    for i, code in enumerate(labels.codes.tolist()):
        if int(own.rows[i]) in broken:
            continue
        name = labels.name(code)
        if _key(name) not in known:
            problems.append(own.problem(i, "key", name or None, "expected_coefficient", code=ErrorValue.NA))
            continue
        if _key(name) in seen:
            problems.append(own.problem(i, "key", name, "expected_coefficient_once"))
        seen.add(_key(name))
        blank = [side for side, value in zip(SIDES, values[i], strict=True) if np.isnan(value)]
        problems += [own.problem(i, side, None, "expected_number") for side in blank]
        if not blank and (np.diff(values[i]) < 0).any():
            problems.append(own.problem(i, "likely", float(values[i, 1]), "expected_ordered"))
    return problems


def estimate(users: float, factors: Mapping[str, str], assumptions: Assumptions, given: Mapping[str, Floats]) -> Floats:
    """Return low, likely and high by component over the years of the model, components × 3.

    Parameters
    ----------
    users
        People who will use the system.
    factors
        The keys of size, platform, market and management.
    assumptions
        Years and reporting currency; the rate of US dollars where that is another one.
    given
        The coefficients.

    Notes
    -----
    A year of licence is users × price × 12 × market. Implementation is a multiple of that × size × management: where
    people use the system wrongly it is developed a second time. Maintenance is a share of it each year × management.
    Training is hours × cost of an hour for all users in year 1 and for those who are new in each later year,
    × management.

    Raises
    ------
    NotThereError
        When the exchange rate of US dollars is missing.
    """
    rates = yearly_rate(assumptions.rates, CURRENCY, assumptions.currency, assumptions.years)
    if np.isnan(rates).any():
        raise NotThereError("expected_rate_for", pair=f"{CURRENCY}/{assumptions.currency}")
    platform = factors["platform"]
    size, market = given[f"size_{factors['size']}"], given[f"market_{factors['market']}"]
    management = given[f"management_{factors['management']}"]
    year = users * given[f"licence_{platform}"] * 12 * market
    licence = year * rates.sum()
    implementation = year * given[f"implementation_{platform}"] * size * management * rates[0]
    maintenance = year * given[f"maintenance_{platform}"] * management * rates.sum()
    once = users * given["training_hours"] * given["training_rate"] * management
    training = once * (rates[0] + given["turnover"] * rates[1:].sum())
    return np.array([licence, implementation, maintenance, training])
