"""The engine against the plain loop of `oracle`, over made-up tables, and identities that must hold in any table."""

import contextlib
import dataclasses
import datetime as dt
import itertools
import math
import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

from . import oracle
from .contracts import benefits_made, cents, ends_before_its_start, models_made, over_before_the_model, settings_made
from .records import Line, Settings
from .tables import DEPARTMENTS, Made, assumption_table, benefit_table, cost_table

CHECKED = settings(max_examples=150, deadline=None, derandomize=True)

# How results name things, by what they mean: English, Chinese.
NAMES = {
    "licence": ("Licence", "软件购买"),
    "customisation": ("Customisation", "定制开发"),
    "maintenance": ("Maintenance", "维护"),
    "training": ("Training", "员工培训"),
    "one_off": ("one-off", "一次性"),
    "monthly": ("monthly", "每月"),
    "quarterly": ("quarterly", "每季"),
    "half_yearly": ("half-yearly", "每半年"),
    "annual": ("annual", "每年"),
    2: ("every 2 years", "每2年"),
    3: ("every 3 years", "每3年"),
    5: ("every 5 years", "每5年"),
    "expense": ("expense", "费用化"),
    "capitalise": ("capitalise", "资本化"),
    "prepay": ("prepay", "预付"),
    "accrue": ("accrue", "预提"),
    "once": ("One-off", "一次性"),
    "again": ("Recurring", "经常性"),
    None: ("(not stated)", "（未填）"),
    "total": ("Total", "合计"),
    "later": ("Later years", "以后年度"),
}


def call(name, made, *arguments):
    return REGISTRY[name].call(made.costs, made.assumptions, *arguments)


def same(got, want, scale=0.0):
    """Equal to 1e-9 relative; `scale` is the size of what was added and taken away to get there."""
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-9 + 1e-12 * abs(scale))


def size(made):
    """All money that a model moves, credits counted as costs."""
    return math.fsum(abs(m) for line in made.lines for m in oracle.cash_of(line, made.settings).values())


def roll_forward(made):
    """The years of CRM_AMORTISATION and its totals; the row of unpriced lines stands below them, as it must."""
    _, *rows = call("CRM_AMORTISATION", made)
    unpriced = rows.pop()[0] if rows[-1][0] not in NAMES["total"] else None
    assert (unpriced is None) == (not any(line.unpriced for line in made.lines))
    return rows[:-1], rows[-1]


def is_zh(table):
    return any("\u4e00" <= letter <= "\u9fff" for cell in table[0] for letter in str(cell))


def component_name(component, zh):
    if component in NAMES:
        return NAMES[component][zh]
    return ("其他：" if zh else "Other: ") + component


def year_names(model: Settings, count: int, zh: bool) -> list:
    """What stands above the years, taken from the table itself where the specification leaves the form open."""
    made = Made((), model, cost_table([], random.Random(0), zh=zh), assumption_table(model, random.Random(0), zh=zh))
    names = call("CRM_SCHEDULE", made)[0][1:-1]
    assert len(names) == count
    assert len(set(names)) == count
    return names


def split_table(table, width):
    """Header, {row labels: cells}, cells of the totals row, and the text of the row of unpriced lines or None."""
    header, *rows = table
    assert {len(row) for row in table} == {len(header)}
    unpriced = rows.pop()[0] if rows[-1][0] not in NAMES["total"] else None
    *rows, totals = rows
    assert totals[0] in NAMES["total"]
    found = {tuple(row[:width]): row[width:] for row in rows}
    assert len(found) == len(rows), "a key stands twice"
    return header, found, totals[width:], unpriced


def assert_rows(found, want, what, scale=0.0):
    """Rows of numbers by key; a row that only one side has must be zero."""
    for key in {*found, *want}:
        numbers, expected = found.get(key), want.get(key)
        if expected is None:
            assert all(same(v, 0, scale) for v in numbers), (what, key, numbers)
        elif numbers is None:
            assert all(same(v, 0, scale) for v in expected), (what, key, expected)
        else:
            assert len(numbers) == len(expected), (what, key)
            assert all(same(a, b, scale) for a, b in zip(numbers, expected, strict=True)), (
                what,
                key,
                numbers,
                expected,
            )


class TestAgainstOracle:
    @CHECKED
    @given(models_made())
    def test_total(self, made):
        assert same(call("CRM_TOTAL", made), oracle.total(made.lines, made.settings), size(made))

    @CHECKED
    @given(models_made(least=1), st.data())
    def test_total_of_component_year_and_department(self, made, data):
        zh = is_zh(made.costs)
        component = data.draw(st.sampled_from([None, *{line.component for line in made.lines}, "other"]))
        department = data.draw(st.sampled_from([None, *{line.department for line in made.lines} - {None}]))
        year = data.draw(st.none() | st.integers(1, made.settings.years))
        lines = [
            line
            for line in made.lines
            if component in (None, line.component) or (component == "other" and line.component not in NAMES)
        ]
        lines = [line for line in lines if department in (None, line.department)]
        years = range(made.settings.years) if year is None else [year - 1]
        want = sum(oracle.cash_by_year(line, made.settings)[y] for line in lines for y in years)
        if component == "other" and not any(line.component not in NAMES for line in made.lines):
            component, want = None, None
        if want is None:
            return
        word = NAMES[component][not zh] if component in NAMES and component else component
        asked = year
        if year is not None and made.settings.start and data.draw(st.booleans()):
            asked = made.settings.start.year + year - 1
        assert same(call("CRM_TOTAL", made, word, asked, department), want, size(made))

    @CHECKED
    @given(models_made())
    def test_schedule_of_cash(self, made):
        header, found, totals, unpriced = split_table(call("CRM_SCHEDULE", made, "cash"), 1)
        zh = is_zh([header])
        want = defaultdict(lambda: [0.0] * made.settings.years)
        for line in made.lines:
            row = want[(component_name(line.component, zh),)]
            row[:] = [a + b for a, b in zip(row, oracle.cash_by_year(line, made.settings), strict=True)]
        scale = size(made)
        assert_rows({k: v[:-1] for k, v in found.items()}, want, "cash", scale)
        assert all(same(row[-1], sum(row[:-1]), scale) for row in found.values())
        assert all(same(t, sum(row[y] for row in want.values()), scale) for y, t in enumerate(totals[:-1]))
        assert same(totals[-1], oracle.total(made.lines, made.settings), scale)
        assert (unpriced is None) == (not any(line.unpriced for line in made.lines))

    @CHECKED
    @given(models_made())
    def test_schedule_of_profit_and_loss(self, made):
        years = made.settings.years
        header, found, totals, _ = split_table(call("CRM_SCHEDULE", made, "profit and loss"), 1)
        zh = is_zh([header])
        assert header[-2] == NAMES["later"][zh]
        want = defaultdict(lambda: [0.0] * (years + 1))
        for line in made.lines:
            charges = oracle.charges_by_year(line, made.settings)
            row = want[(component_name(line.component, zh),)]
            row[:] = [a + b for a, b in zip(row, [*charges[:years], sum(charges[years:])], strict=True)]
        # What is charged later may be a difference of sums: compare it at the scale of all lines.
        scale = 1e3 * size(made)
        for key in {*found, *want}:
            numbers, expected = found.get(key, [0.0] * (years + 2))[:-1], want.get(key, [0.0] * (years + 1))
            assert len(numbers) == len(expected)
            both = zip(numbers, expected, strict=True)
            assert all(same(a, b, scale) for a, b in both), (key, numbers, expected)
        assert same(totals[-1], oracle.total(made.lines, made.settings), size(made))

    @CHECKED
    @given(models_made())
    def test_amortisation(self, made):
        rows, totals = roll_forward(made)
        want = oracle.amortisation(made.lines, made.settings)
        scale, added = 1e3 * size(made), math.fsum(row[1] for row in want)
        zeros = (0.0,) * 4
        for i in range(max(len(rows), len(want))):
            got = rows[i][1:] if i < len(rows) else zeros
            expected = want[i] if i < len(want) else zeros
            assert all(same(a, b, scale) for a, b in zip(got, expected, strict=True)), (i, got, expected)
        assert same(totals[2], added, scale)
        assert same(totals[3], added, scale)
        assert not rows or same(rows[-1][4], 0.0, scale)

    @CHECKED
    @given(models_made(), st.data())
    def test_breakdown(self, made, data):
        names = ("component", "item", "department", "vendor", "frequency", "nature", "currency", "treatment", "year")
        down = data.draw(st.lists(st.sampled_from(names[:-1]), min_size=1, max_size=2, unique=True) | st.just(["year"]))
        across = data.draw(st.none() | st.sampled_from([name for name in names if name not in down]))
        typed = {"nature": "one-off or recurring"}
        table = call(
            "CRM_BREAKDOWN", made, ", ".join(typed.get(d, d) for d in down), across and typed.get(across, across)
        )
        header, found, totals, unpriced = split_table(table, len(down))
        zh = is_zh(made.costs)
        years = year_names(made.settings, made.settings.years, zh)

        def name(dimension, line: Line):
            value = getattr(line, dimension, None)
            match dimension:
                case "component":
                    return component_name(value, zh)
                case "frequency":
                    return NAMES[oracle.frequency(line)][zh]
                case "nature":
                    return NAMES["once" if oracle.frequency(line) == "one_off" else "again"][zh]
                case "currency":
                    return value or made.settings.currency
                case "treatment":
                    return NAMES[oracle.treatment(line, made.settings)][zh]
            return NAMES[None][zh] if value is None else value

        columns = header[len(down) : -2] if across else [None]
        want = defaultdict(lambda: dict.fromkeys(columns, 0.0))
        for line in made.lines:
            for year, money in enumerate(oracle.cash_by_year(line, made.settings)):
                of = lambda d, line=line, year=year: years[year] if d == "year" else name(d, line)  # noqa: E731
                row, column = tuple(map(of, down)), of(across) if across else None
                if line.unpriced:
                    continue
                want[row][column] = want[row].get(column, 0.0) + money
        total = oracle.total(made.lines, made.settings)
        scale = size(made)
        listed = {key: [row[c] for c in columns] for key, row in want.items()}
        assert all(same(m, 0, scale) for row in want.values() for c, m in row.items() if c not in columns)
        assert_rows({key: row[:-1][: len(columns)] for key, row in found.items()}, listed, (down, across), scale)
        for row in (*found.values(), totals):
            *_, value, share = row
            assert same(value, sum(row[:-2]) if across else value, scale)
            if abs(total) > 1e-6 * scale:
                assert same(share, value / total, scale / abs(total))
            elif total == 0 == scale:
                assert share == ""
        assert same(totals[-2], total, scale)
        count = sum(line.unpriced for line in made.lines)
        assert (unpriced is None) == (count == 0)
        if count:
            assert str(count) in unpriced

    @CHECKED
    @given(models_made(most=2), st.data())
    def test_benefits(self, made, data):
        lines = data.draw(st.lists(benefits_made(made.settings), min_size=1, max_size=4))
        table = benefit_table(lines, random.Random(4), zh=is_zh(made.costs))
        rows = REGISTRY["CRM_CASHFLOW"].call(made.costs, table, made.assumptions)
        years = made.settings.years
        want = [oracle.by_period(oracle.benefit_of(line, made.settings), 12, years) for line in lines]
        # What falls at the start (a one-off in month 1) has a column of its own before the years.
        got = [rows[2][1] + rows[2][2], *rows[2][3 : years + 2]]
        assert all(same(a, sum(b)) for a, b in zip(got, zip(*want, strict=True), strict=True)), (got, want)

    def test_a_plan_beside_a_line_by_day(self):
        """Found by these contracts: a first period in part, prepaid, beside a plan. 2 January leaves 90 of 91 days."""
        costs = [
            ["Component", "Amount", "Frequency", "Start", "Proration", "Year 1", "Year 2"],
            ["Licence", 10, "quarterly", dt.date(2020, 1, 2), "by day", None, None],
            ["Licence", None, None, None, None, 5, 6],
        ]
        assumptions = [["Start date", dt.date(2020, 1, 1)], ["Years", 2], ["Accounting policy", "ifrs_saas"]]
        row = REGISTRY["CRM_SCHEDULE"].call(costs, assumptions, "profit and loss")[1]
        assert row[1:] == pytest.approx([10 * 90 / 91 + 30 + 5, 40 + 6, 0, 10 * 90 / 91 + 70 + 11], rel=1e-12)

    @CHECKED
    @given(settings_made().filter(lambda settings: settings.start), st.data())
    def test_what_is_over_before_the_model_is_named(self, model, data):
        line = data.draw(over_before_the_model(model))
        assert oracle.total([line], model) == 0
        costs = cost_table([line], random.Random(6), zh=data.draw(st.booleans()), settings=model)
        assumptions = assumption_table(model, random.Random(6))
        assert len(REGISTRY["CRM_CHECK"].call(costs, assumptions)) > 1
        # Whether it is an error or a line that adds nothing: it is never counted.
        with contextlib.suppress(CrmError):
            assert REGISTRY["CRM_TOTAL"].call(costs, assumptions) == 0

    @CHECKED
    @given(settings_made().filter(lambda settings: settings.years > 1), st.data())
    def test_an_end_before_its_start_is_no_total(self, model, data):
        line = data.draw(ends_before_its_start(model))
        costs = cost_table([line], random.Random(5), zh=data.draw(st.booleans()), settings=model)
        assumptions = assumption_table(model, random.Random(5))
        problems = REGISTRY["CRM_CHECK"].call(costs, assumptions)
        assert any(row[1] in ("error", "错误") for row in problems[1:]), problems
        with pytest.raises(CrmError):
            REGISTRY["CRM_TOTAL"].call(costs, assumptions)


class TestIdentities:
    @CHECKED
    @given(models_made())
    def test_every_cut_sums_to_the_total(self, made):
        total, scale = call("CRM_TOTAL", made), size(made)
        for down in (
            "component",
            "sub-item",
            "item",
            "department",
            "vendor",
            "frequency",
            "currency",
            "treatment",
            "year",
        ):
            width = 2 if down == "sub-item" else 1
            _, found, totals, _ = split_table(call("CRM_BREAKDOWN", made, down), width)
            assert same(sum(row[-2] for row in found.values()), total, scale), down
            assert same(totals[-2], total, scale), down

    @CHECKED
    @given(models_made())
    def test_years_sum_to_the_total(self, made):
        years = (call("CRM_TOTAL", made, None, year) for year in range(1, made.settings.years + 1))
        assert same(sum(years), call("CRM_TOTAL", made), size(made))

    @CHECKED
    @given(models_made())
    def test_cash_and_profit_and_loss_are_the_same_over_the_whole_life(self, made):
        cash = split_table(call("CRM_SCHEDULE", made, "cash"), 1)[1]
        profit = split_table(call("CRM_SCHEDULE", made, "profit and loss"), 1)[1]
        assert {key: row[-1] for key, row in cash.items()} == pytest.approx(
            {key: row[-1] for key, row in profit.items()}, rel=1e-9, abs=1e-9 + 1e-12 * size(made)
        )

    @CHECKED
    @given(models_made())
    def test_amortisation_writes_off_what_was_capitalised(self, made):
        rows, _ = roll_forward(made)
        scale = 1e3 * size(made)
        assert same(sum(row[2] for row in rows), sum(row[3] for row in rows), scale)
        for before, after in itertools.pairwise(rows):
            assert same(before[4], after[1], scale)
        assert all(same(row[1] + row[2] - row[3], row[4], scale) for row in rows)

    @CHECKED
    @given(models_made(least=2), st.randoms(use_true_random=False))
    def test_order_of_rows_and_columns_and_blank_rows_do_not_matter(self, made, rng):
        header, *rows = made.costs
        order = list(range(len(header)))
        rng.shuffle(order)
        rng.shuffle(rows)
        rows.insert(rng.randrange(len(rows) + 1), [None] * len(header))
        moved = dataclasses.replace(made, costs=[[row[i] for i in order] for row in [header, *rows]])
        assert same(call("CRM_TOTAL", moved), call("CRM_TOTAL", made), size(made))
        for view in ("cash", "profit and loss"):
            a, b = (split_table(call("CRM_SCHEDULE", m, view), 1) for m in (made, moved))
            assert {k: pytest.approx(v, rel=1e-9, abs=1e-3) for k, v in a[1].items()} == b[1]

    @CHECKED
    @given(models_made(least=1), st.data())
    def test_splitting_a_line_does_not_matter(self, made, data):
        whole = made.lines[data.draw(st.integers(0, len(made.lines) - 1))]
        part = data.draw(st.integers(0, 100)) / 100
        if made.settings.whole_seats and whole.quantity is not None:
            # Two parts of whole seats may each be rounded up: split a lump sum instead.
            whole = dataclasses.replace(whole, quantity=None, unit_cost=None, amount=whole.unit_cost or whole.amount)

        def scaled(by):
            of = lambda v: None if v is None else v * by  # noqa: E731
            plan = lambda columns: tuple((when, of(v)) for when, v in columns)  # noqa: E731
            return dataclasses.replace(
                whole,
                amount=of(whole.amount),
                quantity=of(whole.quantity),
                amounts=plan(whole.amounts),
                quantities=plan(whole.quantities),
            )

        def table(lines):
            return cost_table(lines, random.Random(1), zh=is_zh(made.costs), settings=made.settings)

        one = dataclasses.replace(made, costs=table([whole]))
        two = dataclasses.replace(made, costs=table([scaled(part), scaled(1 - part)]))
        assert same(call("CRM_TOTAL", one), call("CRM_TOTAL", two), size(made))
        for view in ("cash", "profit and loss"):
            a, b = (split_table(call("CRM_SCHEDULE", m, view), 1)[2] for m in (one, two))
            assert all(same(x, y, a[-1]) for x, y in zip(a, b, strict=True))

    @CHECKED
    @given(models_made(least=1), st.integers(1, 10_000))
    def test_money_scales_with_the_currency(self, made, factor):
        """When money is written in units worth a thousandth part, or seven, the total is so many times as much."""
        by = factor / 100
        rng, zh = random.Random(2), is_zh(made.costs)
        of = lambda v: None if v is None else v * by  # noqa: E731
        lines = [
            dataclasses.replace(
                line,
                unit_cost=of(line.unit_cost),
                amount=of(line.amount),
                amounts=tuple((when, of(money)) for when, money in line.amounts),
            )
            for line in made.lines
        ]
        scaled = dataclasses.replace(made, costs=cost_table(lines, rng, zh=zh, settings=made.settings))
        assert same(call("CRM_TOTAL", scaled), by * call("CRM_TOTAL", made), by * size(made))

    @CHECKED
    @given(models_made(least=1), st.integers(1, 20_000).map(lambda n: n / 1000))
    def test_a_total_in_another_currency_is_divided_by_its_rate(self, made, rate):
        """All lines in CNY: the total in USD is the total in CNY by the one rate, whichever way the pair is written."""
        rng, zh = random.Random(3), is_zh(made.costs)
        lines = [dataclasses.replace(line, currency="CNY") for line in made.lines]
        cny = dataclasses.replace(made.settings, currency="CNY")
        costs = cost_table(lines, rng, zh=zh, settings=made.settings)
        totals = []
        for currency, rates in (
            ("CNY", ()),
            ("USD", ((("USD", "CNY"), ((1, rate),)),)),
            ("USD", ((("CNY", "USD"), ((1, 1 / rate),)),)),
        ):
            model = dataclasses.replace(made.settings, currency=currency, rates=rates)
            table = dataclasses.replace(made, costs=costs, assumptions=assumption_table(model, rng, zh=zh))
            totals.append(call("CRM_TOTAL", table))
        scale = sum(abs(m) for li in lines for m in oracle.cash_of(li, cny).values()) / rate
        assert same(totals[1], totals[0] / rate, scale)
        assert same(totals[2], totals[0] / rate, scale)

    @CHECKED
    @given(st.lists(st.tuples(st.sampled_from(DEPARTMENTS), cents), min_size=1, max_size=6))
    def test_departments_sum_to_the_total(self, rows):
        costs = [["Department", "Component", "Amount"], *([d, "Licence", money] for d, money in rows)]
        total = REGISTRY["CRM_TOTAL"].call
        parts = [total(costs, None, None, None, department) for department in {d for d, _ in rows}]
        assert same(sum(parts), math.fsum(money for _, money in rows))
