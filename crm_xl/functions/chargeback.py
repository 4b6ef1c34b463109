"""What CRM_ALLOCATE shares by pools, by service departments, and as the statement of one department."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from crm_xl.data import term
from crm_xl.engine import variance as variances
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.chargeback import DIRECT, keys_of, passed_on, shares_of, statement, units_by_month
from crm_xl.engine.components import component_key
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels
from crm_xl.engine.reading import Table as ReadTable
from crm_xl.engine.schema import minor_digits, normalise
from crm_xl.engine.timeline import PERIODS, Timeline
from crm_xl.errors import DivisionByZeroError, NotThereError, UnreadableError
from crm_xl.functions import arguments, labels
from crm_xl.functions.registry import Table

POOLS = {"component", "from"}


class Shares(NamedTuple):
    """Who bears what: the names that bear, the pools, and the exact money, names × pools × months."""

    names: list[str]
    pools: list[str]
    exact: Floats


def shared(model: Model, table: ReadTable, since: Ints, method: str | None) -> Shares:
    """Return what each name bears of each pool."""
    own = {"component": _stated(table, "component"), "from": _stated(table, "from")}
    if any(own["component"]) and any(own["from"]):
        raise UnreadableError("allocate_one_kind")
    if method and not any(own["from"]):
        raise UnreadableError("allocate_needs_from")
    used = np.unique(model.labels["component"].codes).tolist()
    pools = [model.labels["component"].names[code] for code in used]
    if any(own["from"]):
        return _services(model, table, since, method or DIRECT, pools, used)
    return _pools(model, table, since, pools, used, own["component"])


def check_pools(model: Model, table: ReadTable) -> Iterator[Problem]:
    """Yield notes on keys of components and departments that no cost line has."""
    used = {model.labels["component"].text(i) for i in range(len(model))}
    given = {normalise(model.labels["department"].text(i)) for i in range(len(model))}
    lines = {"component": {normalise(name) for name in used}, "from": given}
    for column, known in lines.items():
        for i, name in enumerate(_stated(table, column)):
            if name and name not in known:
                found = table.text(column, i)
                yield table.problem(i, column, found, "note_keys_unused", severity=Severity.NOTE, of_money=True)


def _stated(table: ReadTable, column: str) -> list[str]:
    found = [table.text(column, i) for i in range(len(table))]
    return [normalise(component_key(name) or name) if column == "component" else normalise(name) for name in found]


def _pools(model: Model, table: ReadTable, since: Ints, pools: list[str], used: list[int], stated: list[str]) -> Shares:
    """Each component by the keys that name it, else by those that name none."""
    labelled, months = table.labels("name"), model.timeline.months
    names, keys = list(labelled.names), table.numbers("key", 0.0)
    codes = model.labels["component"].codes
    money = model.money_by(np.searchsorted(used, codes), len(used), 1)
    exact = np.zeros((len(names), len(pools), months))
    for i, pool in enumerate(pools):
        rows = [j for j, name in enumerate(stated) if name == normalise(pool)]
        rows = rows or [j for j, name in enumerate(stated) if not name]
        if not money[i].any():
            continue
        if not rows:
            raise NotThereError("allocate_no_keys", component=_component(pool))
        part = shares_of(keys_of(np.array(rows), labelled.codes, since, keys, len(names), months))
        exact[:, i] = _counted(part, money[i])
    return Shares(names, pools, exact)


def _counted(part: Floats, money: Floats) -> Floats:
    if np.isnan(part[:, money != 0]).any():
        raise DivisionByZeroError("keys_sum_zero")
    found: Floats = np.where(money != 0, np.nan_to_num(part) * money, 0.0)
    return found


def _services(model: Model, table: ReadTable, since: Ints, method: str, pools: list[str], used: list[int]) -> Shares:
    """The cost of each department, and what the service departments pass on to it."""
    order: dict[str, str] = {}
    departments, receivers, givers = model.labels["department"], table.labels("name"), table.labels("from")
    blank = term("not_stated", model.language)
    places = [_places(of, order, blank) for of in (departments, receivers, givers)]
    giving = list(dict.fromkeys(place for place, code in zip(places[2], givers.codes, strict=True) if code != BLANK))
    names, months, keys = list(order.values()), model.timeline.months, table.numbers("key", 0.0)
    rows = [np.array([i for i, g in enumerate(places[2]) if g == giver]) for giver in giving]
    by_giver = np.array([keys_of(r, np.array(places[1]), since, keys, len(names), months) for r in rows])
    both = np.array(places[0]) * len(used) + np.searchsorted(used, model.labels["component"].codes)
    money = model.money_by(both, len(names) * len(used), 1).reshape(len(names), len(used), months)
    exact, known = np.zeros_like(money), {}
    for month in np.flatnonzero(money.any(axis=(0, 1))).tolist():
        key = by_giver[:, :, month].tobytes()
        if key not in known:
            known[key] = passed_on(giving, by_giver[:, :, month], method, names)
        exact[:, :, month] = known[key].T @ money[:, :, month]
    bearing = [i for i in range(len(names)) if i not in giving and (names[i] != blank or exact[i].any())]
    return Shares([names[i] for i in bearing], pools, exact[bearing])


def _places(of: Labels, order: dict[str, str], blank: str) -> list[int]:
    """The place of the name of each row in an order; new ones are added to it."""
    names = [blank if code == BLANK else of.name(code) for code in of.codes.tolist()]
    for name in names:
        order.setdefault(normalise(name), name)
    places = {key: i for i, key in enumerate(order)}
    return [places[normalise(name)] for name in names]


def _component(pool: str) -> dict[str, str]:
    return {language: labels.dimension("component", pool, language) for language in ("en", "zh")}


def table_of(model: Model, found: Shares, period: str, name: str | None) -> Table:
    """The shares by period, or the statement of one name: what it bears of each pool."""
    language, digits = model.language, minor_digits(model.assumptions.currency)
    units = units_by_month(found.exact, digits)
    if name is None:
        return by_period(model, term("name", language), found.names, units, period, language)
    at = next((i for i, own in enumerate(found.names) if normalise(own) == normalise(name)), None)
    if at is None:
        raise NotThereError("allocate_no_name", found=name)
    pools = [labels.dimension("component", pool, language) for pool in found.pools]
    return by_period(model, found.names[at], pools, statement(found.exact[at], units[at], digits), period, language)


def by_period(model: Model, title: str, heads: Sequence[str], units: Ints, period: str, language: str) -> Table:
    """Money in minor units, heads × months, as a table by period with totals."""
    digits = minor_digits(model.assumptions.currency)
    parts = units.reshape(len(heads), -1, PERIODS[period]).sum(axis=2)
    header: list[Cell] = [title, *model.timeline.labels(language, period=period), term("total", language)]
    body: list[list[Cell]] = [
        [head, *(int(u) / 10**digits for u in line), int(line.sum()) / 10**digits]
        for head, line in zip([*heads, term("total", language)], [*parts, parts.sum(axis=0)], strict=True)
    ]
    return [header, *body, *labels.unpriced_rows(model, len(header), language)]


def sums(model: Model, found: Shares) -> Floats:
    """What each name bears in all."""
    digits = minor_digits(model.assumptions.currency)
    whole: Floats = units_by_month(found.exact, digits).sum(axis=1) / 10.0**digits
    return whole


def begins(table: ReadTable, timeline: Timeline) -> Ints:
    """The month from which each key holds; that before the model where it is outside."""
    month, year = variances.months_stated(table, timeline), table.numbers("year")
    starts = [0 if np.isnan(y) else -1 if (i := timeline.year_index(float(y))) is None else 12 * i for y in year]
    return np.where(month == variances.NOT_STATED, starts, np.where(month < timeline.months, month, -1))


def check_keys(keys: Range, assumptions: Range | None, once: bool = False) -> list[Problem]:
    """Return the keys that hold from no month of the model, and those that stand twice for one.

    Keys without year, month and pool may stand twice, unless they are to count by period (`once`).
    """
    table, timeline = arguments.table(keys, "keys", assumptions), arguments.assumptions_of(assumptions).timeline
    if not once and not ({"year", "month"} | POOLS) & set(table.columns):
        return []
    since, names = begins(table, timeline), table.labels("name").codes
    pools = [(table.text("component", i), table.text("from", i)) for i in range(len(table))]
    problems = variances.check_months(table, timeline, timeline)
    seen: set[tuple[int, int, tuple[str, str]]] = set()
    for i, key in enumerate(zip(names.tolist(), since.tolist(), pools, strict=True)):
        column = "month" if table.moments("month")[i] else "year"
        if key[1] < 0:
            problems.append(table.problem(i, column, None, "expected_key_in_model"))
        elif key in seen:
            problems.append(table.problem(i, "name", table.text("name", i), "expected_key_once_from"))
        seen.add(key)
    return problems
