"""Latest estimate: actuals to date, and the plan for what is not reported.

A month of a component up to the day of the estimate counts with its actuals where any are reported, and with its plan
where none are: never with 0. Whether a month is reported is told by component alone, so that every cut has one total.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_xl.engine.components import component_key
from crm_xl.engine.costs import Bools, indices
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels, Table
from crm_xl.engine.schema import normalise
from crm_xl.engine.timeline import PERIODS
from crm_xl.engine.variance import NOT_STATED, months_stated


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """Money by key: `actual` to date, `rest` from the plan, `budget` the whole plan; the estimate is actual + rest.

    `unreported` are the components and months up to the day of the estimate that have a plan and no actuals. `after`,
    `outside` and `undated` mark rows of actuals that count nowhere: after that day, outside the model, without a month.
    """

    keys: tuple[str, ...]
    actual: Floats
    rest: Floats
    budget: Floats
    unreported: tuple[tuple[str, int], ...]
    after: Bools
    outside: Bools
    undated: Bools


def last_reported(model: Model, actual: Table) -> int | None:
    """Return the last month of the model for which an actual is stated, or None where there is none."""
    month = months_stated(actual, model.timeline)
    stated = ~np.isnan(actual.numbers("actual")) & (month >= 0) & (month < model.timeline.months)
    return int(month[stated].max()) if stated.any() else None


def forecast(model: Model, actual: Table, until: int, by: str) -> Forecast:
    """Return the latest estimate of a model after a month, by component, another column or period.

    Parameters
    ----------
    model
        The plan.
    actual
        What was really spent, in the reporting currency, each row with its month.
    until
        The last month that is reported, counted from 0.
    by
        One of `variance.CUTS`.
    """
    months, money = model.timeline.months, actual.numbers("actual")
    month, stated = months_stated(actual, model.timeline), ~np.isnan(money)
    undated = stated & (month == NOT_STATED)
    outside = stated & ~undated & ((month < 0) | (month >= months))
    after = stated & ~undated & ~outside & (month > until)
    counted = stated & ~undated & ~outside & ~after
    order: dict[str, str] = {}
    planned_of, spent_of = (
        _codes(_names(labels, component=True), order) for labels in _pair(model, actual, "component")
    )
    components = tuple(order.values())
    reported = np.zeros((len(components), months), dtype=bool)
    reported[spent_of[counted], month[counted]] = True
    if by in PERIODS:
        keys = tuple(str(i) for i in range(months // PERIODS[by]))
        plan = model.money_by(planned_of, len(components), 1)
        to_go = np.where(reported, 0.0, plan)
        budget, rest = (cells.sum(axis=0).reshape(len(keys), -1).sum(axis=1) for cells in (plan, to_go))
        of_key = np.clip(month, 0, months - 1) // PERIODS[by]
    else:
        found: dict[str, str] = {}
        pair = [_codes(_names(x, component=by == "component"), found) for x in _pair(model, actual, by)]
        keys, of_key = tuple(found.values()), pair[1]
        both = pair[0] * len(components) + planned_of
        cells = model.money_by(both, len(keys) * len(components), 1).reshape(len(keys), len(components), months)
        plan = cells.sum(axis=0)
        budget, rest = cells.sum(axis=(1, 2)), np.where(reported, 0.0, cells).sum(axis=(1, 2))
    counting = np.where(counted, np.nan_to_num(money), 0.0)
    spent = np.bincount(indices(of_key), counting, len(keys)).astype(np.float64)
    lacking = (plan != 0) & ~reported
    lacking[:, until + 1 :] = False
    unreported = tuple((components[c], int(m)) for c, m in zip(*np.nonzero(lacking), strict=True))
    return Forecast(
        keys=keys, actual=spent, rest=rest, budget=budget, unreported=unreported, after=after, outside=outside,
        undated=undated,
    )  # fmt: skip


def _pair(model: Model, actual: Table, key: str) -> tuple[Labels, Labels]:
    return model.labels[key], actual.labels(key)


def _names(labels: Labels, *, component: bool) -> list[str]:
    """What stands in each row; the four components by their keys."""
    names = [(component_key(name) or name) if component else name for name in labels.names]
    return ["" if code in (BLANK, len(names)) else names[code] for code in labels.codes.tolist()]


def _codes(names: list[str], order: dict[str, str]) -> Ints:
    """A code for each name; new ones are added to their order."""
    for name in names:
        order.setdefault(normalise(name), name)
    places = {key: i for i, key in enumerate(order)}
    return np.array([places[normalise(name)] for name in names], dtype=np.int64)


def check_actuals(model: Model, actual: Table) -> Iterator[Problem]:
    """Yield notes on actuals that count in no estimate, and on what may be posted twice."""
    month, stated = months_stated(actual, model.timeline), ~np.isnan(actual.numbers("actual"))
    note: dict[str, Any] = {"severity": Severity.NOTE}
    for i in np.flatnonzero(stated & (month == NOT_STATED)).tolist():
        yield actual.problem(i, "month", None, "note_actual_undated", **note)
    for i in np.flatnonzero(stated & (month != NOT_STATED) & ((month < 0) | (month >= model.timeline.months))).tolist():
        yield actual.problem(i, "month", actual.typed["month"][i], "note_actual_outside", **note)


def check_postings(actual: Table, currency: str | None) -> Iterator[Problem]:
    """Yield the rows of actuals in another currency than all amounts are to have, and rows of a document that repeat.

    `currency` is the reporting currency, or None where the one of the first row is that of all.
    """
    labels, document = actual.labels("currency"), actual.labels("document")
    wanted = currency or next((labels.name(code) for code in labels.codes.tolist() if code != BLANK), "")
    seen: dict[tuple[object, ...], int] = {}
    for i, code in enumerate(labels.codes.tolist()):
        if code != BLANK and labels.name(code) != wanted:
            yield actual.problem(
                i, "currency", labels.name(code), "expected_reporting_currency", details={"currency": wanted}
            )
        if document.codes[i] != BLANK:
            same = (document.text(i), *(normalise(actual.text(k, i)) for k in ("component", "item", "department")))
            posting = (*same, float(actual.numbers("actual")[i]))
            if posting in seen:
                shown = {"row": seen[posting]}
                yield actual.problem(
                    i, "document", document.text(i), "note_posted_twice", details=shown, severity=Severity.NOTE
                )
            seen.setdefault(posting, int(actual.rows[i]) + 1)
