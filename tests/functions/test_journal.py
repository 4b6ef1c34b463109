"""CRM_JOURNAL: debits equal credits, and the balances are those of the other views, in every month."""

import datetime as dt
import time
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings

import crm_xl
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY
from tests.engine.contracts import models_made
from tests.engine.test_against_oracle import is_zh

START = [["Start date", dt.date(2027, 1, 1)], ["Years", 2]]
HEADER = ["Component", "Department", "Amount", "Frequency", "Start", "Treatment", "Life", "Tax rate", "Account"]
CHART = [
    ["Component", "Treatment", "Account expense", "Account prepaid", "Account asset", "Account payable", "Account tax"],
    [None, None, "6602", "1123", "1701", "2202", "222101"],
    ["Training", None, "6605", None, None, None, None],
]


def call(costs, *arguments):
    return REGISTRY["CRM_JOURNAL"].call(costs, *arguments)


def line(component="Licence", amount=1200.0, frequency="annual", start=None, **more):
    values = {"Component": component, "Amount": amount, "Frequency": frequency, "Start": start, **more}
    return [values.get(name.replace(" ", "_"), values.get(name)) for name in HEADER]


def postings(table):
    return [(row[1], row[2], row[3], row[6] or 0.0, row[7] or 0.0) for row in table[1:-1]]


class TestEntries:
    def test_a_licence_paid_a_year_ahead(self):
        costs = [HEADER, line(amount=1200.0, Treatment="prepay", Tax_rate=0.06)]
        table = call(costs, START, dt.date(2027, 1, 15))
        assert [row[3:4] + row[6:] for row in table[1:-1]] == [
            ["Prepaid expenses", 1200.0, ""], ["Input tax", 72.0, ""], ["Accounts payable", "", 1272.0],
            ["Software and service expense", 100.0, ""], ["Prepaid expenses", "", 100.0],
        ]  # fmt: skip
        assert table[1][:3] == ["2027-01-001", dt.date(2027, 1, 31), "Invoice, prepaid"]
        assert table[-1] == ["Total", "", "", "", "", "", 1372.0, 1372.0]

    def test_expensed_at_once_and_credited(self):
        costs = [HEADER, line("Training", 100.0, "one-off"), line("Training", -30.0, "one-off", Department="HR")]
        table = call(costs, START, "Jan-27")
        assert [row[3:] for row in table[1:-1]] == [
            ["Software and service expense", "", "Training", 100.0, ""],
            ["Accounts payable", "", "Training", "", 100.0],
            ["Software and service expense", "HR", "Training", "", 30.0],
            ["Accounts payable", "HR", "Training", 30.0, ""],
        ]

    def test_tax_that_is_part_of_the_cost_is_not_posted(self):
        costs = [HEADER, line("Training", 100.0, "one-off", Tax_rate=0.06)]
        table = call(costs, [*START, ["Tax basis", "gross"]], 1)
        assert [row[6] or row[7] for row in table[1:-1]] == [106.0, 106.0]

    def test_accounts_from_a_table_and_from_the_line(self):
        costs = [HEADER, line(Treatment="prepay"), line("Training", Treatment="expense"), line("Training", Account="X")]
        accounts = {row[3] for row in call(costs, START, 2027, CHART)[1:-1]}
        assert accounts == {"1123", "6602", "2202", "6605", "X"}

    def test_long_term_prepaid_has_a_name_of_its_own(self):
        costs = [["费用类别", "金额", "频率", "会计处理", "摊销年限"], ["软件购买", 3600.0, "一次性", "预付", 3]]
        table = call(costs, [["起始日期", dt.date(2027, 1, 1)], ["年数", 1]], "2027年2月")
        assert [row[2:4] for row in table[1:-1]] == [["待摊费用摊销", "管理费用"], ["待摊费用摊销", "长期待摊费用"]]
        assert table[0] == ["凭证号", "日期", "摘要", "会计科目", "成本中心", "费用类别", "借方", "贷方"]

    def test_thirds_of_a_cent_leave_nothing(self):
        """100 over three months, each to the cent: 33.33, 33.34, 33.33."""
        costs = [HEADER, line(amount=100.0, frequency="quarterly", start=dt.date(2028, 10, 1), Treatment="prepay")]
        released = [row[6] for row in call(costs, START)[1:-1] if row[2] == "Release of prepaid" and row[6]]
        assert released == [33.33, 33.34, 33.33]

    def test_a_currency_without_a_smaller_unit(self):
        costs = [HEADER, line(amount=1000.0, frequency="quarterly", start=dt.date(2028, 10, 1), Treatment="prepay")]
        table = call(costs, [*START, ["Currency", "JPY"]])
        assert [row[6] for row in table[1:-1] if row[2] == "Release of prepaid" and row[6]] == [333.0, 334.0, 333.0]

    def test_what_is_billed_in_arrears_is_accrued(self):
        """300 and 18 of tax, billed on 31 March for the quarter: 100 a month, and nothing stands after the bill."""
        costs = [HEADER, line("Hosting", 300.0, "quarterly", dt.date(2027, 3, 31), Treatment="accrue", Tax_rate=0.06)]
        table = call(costs, START)
        january = [row[2:4] + row[6:] for row in table[1:-1] if row[1] == dt.date(2027, 1, 31)]
        assert january == [
            ["Accrual", "Software and service expense", 100.0, ""], ["Accrual", "Accrued expenses", "", 100.0],
        ]  # fmt: skip
        march = [row[2:4] + row[6:] for row in table[1:-1] if row[1] == dt.date(2027, 3, 31)]
        assert march[:3] == [
            ["Invoice, accrued", "Accrued expenses", 300.0, ""], ["Invoice, accrued", "Input tax", 18.0, ""],
            ["Invoice, accrued", "Accounts payable", "", 318.0],
        ]  # fmt: skip
        accrued = sum((row[6] or 0) - (row[7] or 0) for row in table[1:-1] if row[3] == "Accrued expenses")
        assert accrued == 0
        profit = REGISTRY["CRM_SCHEDULE"].call(costs, START, "profit and loss", "quarter")
        assert profit[-1][1:4] == [300.0, 300.0, 300.0]

    def test_what_was_used_before_the_model_is_accrued_in_its_first_month(self):
        costs = [HEADER, line("Hosting", 300.0, "quarterly", dt.date(2027, 1, 31), Treatment="accrue")]
        assert [row[6] for row in call(costs, START, "Jan-27")[1:-1] if row[2] == "Accrual" and row[6]] == [300.0]
        notes = REGISTRY["CRM_CHECK"].call(costs, START)
        told = [row[3:5] for row in notes[1:] if "before the model begins" in row[6]]
        assert told == [[2, "Treatment"]]

    def test_model_years_have_months_for_days(self):
        table = call([HEADER, line()], [["Years", 1]], "第1个月")
        assert table[1][:2] == ["M01-001", "Month 1"]
        assert crm_xl.journal([HEADER, line()], [["Years", 1]])["date"].tolist()[0] == "Month 1"


def exact(value):
    return Fraction(str(value or 0))


def moved(table):
    """Debit less credit by month and account, and by entry."""
    by_month, by_entry = defaultdict(Fraction), defaultdict(Fraction)
    for row in table[1:]:
        if row[0] and row[3]:
            by_month[row[1], row[3]] += exact(row[6]) - exact(row[7])
            by_entry[row[0]] += exact(row[6]) - exact(row[7])
    return by_month, by_entry


NAMES = {
    False: (
        "Prepaid expenses",
        "Long-term prepaid expenses",
        "Intangible assets",
        "Accrued expenses",
        "Accounts payable",
        "Input tax",
    ),
    True: (
        "待摊费用",
        "长期待摊费用",
        "无形资产",
        "其他应付款—预提费用",
        "应付账款",
        "应交税费—应交增值税（进项税额）",
    ),
}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(models_made(least=1))
def test_identities_over_made_up_lines(made):
    journal = call(made.costs, made.assumptions)
    by_month, by_entry = moved(journal)
    assert all(left == 0 for left in by_entry.values()), "debits equal credits in each entry"
    zh = is_zh(made.costs)
    short, long, asset, accrued = NAMES[zh][:4]
    balances = defaultdict(Fraction)
    _, *rolled = REGISTRY["CRM_AMORTISATION"].call(made.costs, made.assumptions, "month")
    closing = {i: row[4] for i, row in enumerate(rolled) if row[4] != ""}
    cash, charged = (
        REGISTRY["CRM_SCHEDULE"].call(made.costs, made.assumptions, view, "month") for view in ("cash", "profit")
    )
    total = next(i for i, row in enumerate(cash) if row[0] in ("Total", "合计"))
    months = list(dict.fromkeys(row[1] for row in journal[1:] if row[0] and row[3]))
    start = made.settings.start or dt.date(2001, 1, 1)

    def index(day):
        if isinstance(day, str):
            return int("".join(c for c in day if c.isdigit())) - 1
        return (day.year - start.year) * 12 + day.month - start.month

    size = sum(abs(float(v)) for row in cash[1:] for v in row[1:] if isinstance(v, float))
    within = len(made.lines) * unit_of(made) + 1e-12 * size  # of each group two sums are cut, to half a unit
    at = {index(day): day for day in months}
    difference = 0.0
    for month in range(12 * made.settings.years):
        for account in NAMES[zh]:
            balances[account] += by_month.get((at.get(month), account), Fraction(0))
        difference += cash[total][month + 1] - charged[total][month + 1]
        assert abs(float(balances[asset]) - closing.get(month, 0.0)) <= within
        held = balances[short] + balances[long] + balances[asset] + balances[accrued]
        assert abs(float(held) - difference) <= within, (month, float(held), difference)
    for day, account in by_month:
        if index(day) >= 12 * made.settings.years:
            balances[account] += by_month[day, account]
    assert balances[short] == balances[long] == balances[asset] == balances[accrued] == 0, (
        "nothing is left when all is charged"
    )


def unit_of(made):
    return {"JPY": 1.0, "KRW": 1.0}.get(made.settings.currency, 0.01)


class TestBadInput:
    def test_every_account_that_is_not_there_is_named(self):
        costs = [HEADER, line(Treatment="prepay"), line("Customisation", 900.0, "one-off", Treatment="capitalise")]
        chart = [CHART[0], ["Licence", None, "6602", None, None, "2202", None]]
        found = REGISTRY["CRM_CHECK"].call(costs, START, *[None] * 11, chart)
        told = [row[6] for row in found[1:] if row[2] == "Accounts"]
        assert "an account in the column Account prepaid for Licence, prepay" in told
        assert "an account in the column Account asset for Customisation, capitalise" in told
        assert len(told) == 4
        with pytest.raises(CrmError):
            call(costs, START, None, chart)

    def test_rows_that_say_the_same_twice_and_components_that_no_line_has(self):
        chart = [*CHART, [None, None, "1", "1", "1", "1", "1"], ["Hosting", None, "1", "1", "1", "1", "1"]]
        found = REGISTRY["CRM_CHECK"].call([HEADER, line()], START, *[None] * 11, chart)
        rows = {row[3]: row[1] for row in found[1:] if row[2] == "Accounts"}
        assert rows == {4: "error", 3: "note", 5: "note"}

    @pytest.mark.parametrize("period", [2035, "spring", dt.date(2026, 12, 1)])
    def test_a_period_that_is_not_there_is_named(self, period):
        with pytest.raises(CrmError, match="expected a year of the model"):
            call([HEADER, line()], START, period)


def test_ten_thousand_lines_and_a_year_in_half_a_second():
    """Ten times the aim, so that a busy machine does not fail it; benchmarks measure."""
    costs = [HEADER]
    for i in range(10_000):
        month = dt.date(2027, 1 + i % 12, 1)
        frequency = ("monthly", "quarterly", "annual", "one-off")[i % 4]
        costs.append(line("Licence", 100.0 + i % 700, frequency, month, Department=f"D{i % 20}", Treatment="prepay"))
    REGISTRY["CRM_TOTAL"].call(costs, START)
    began = time.perf_counter()
    assert len(call(costs, START, 2027)) > 100
    assert time.perf_counter() - began < 5
