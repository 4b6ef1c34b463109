"""CRM_AMORTISATION."""

import datetime as dt

import pytest

from .calling import call, cell

HEADER = ["Component", "Item", "Amount", "Frequency", "Start", "Treatment", "Life"]


def table(line, *assumptions):
    return call("CRM_AMORTISATION", [HEADER, list(line)], [list(row) for row in assumptions])


def numbers(found):
    return [row[1:] for row in found[1:-1]]


class TestAmortisation:
    def test_header_years_and_totals(self):
        found = table(("Customisation", None, 900, None, None, "capitalise", 3), ("Years", 2))
        assert found[0] == ["Year", "Opening", "Capitalised", "Charge", "Closing"]
        assert [row[0] for row in found[1:]] == ["Year 1", "Year 2", "Year 3", "Total"]
        assert numbers(found) == [
            pytest.approx([0, 900, 300, 600]),
            pytest.approx([600, 0, 300, 300]),
            pytest.approx([300, 0, 300, 0]),
        ]
        assert found[-1] == ["Total", "", 900, 900, ""]

    def test_chinese(self):
        costs = [["费用类别", "金额", "会计处理", "摊销年限"], ["定制开发", 900, "资本化", 3]]
        found = call("CRM_AMORTISATION", costs, [["年数", 1]])
        assert found[0] == ["年度", "期初余额", "本期资本化", "本期摊销", "期末余额"]
        assert [row[0] for row in found[1:]] == ["第1年", "第2年", "第3年", "合计"]

    def test_straight_line_from_the_month_of_payment(self):
        """1,200 over a year from month 10: three months in the first year, nine in the second."""
        line = ("Customisation", None, 1200, None, dt.date(2027, 10, 20), "capitalise", 1)
        found = table(line, ("Years", 2), ("Start date", dt.date(2027, 1, 1)))
        assert numbers(found) == [pytest.approx([0, 1200, 300, 900]), pytest.approx([900, 0, 900, 0])]
        assert [row[0] for row in found[1:]] == [2027, 2028, "Total"]

    def test_years_after_the_model_have_names(self):
        line = ("Customisation", None, 1200, None, None, "capitalise", 3)
        found = table(line, ("Years", 1), ("Start date", dt.date(2027, 7, 1)))
        assert [row[0] for row in found[1:]] == ["2027/28", "2028/29", "2029/30", "Total"]

    def test_every_payment_is_spread_by_itself(self):
        """1,200 a year for two years, each over two: 600, 1,200, 600."""
        found = table(("Customisation", None, 1200, "annual", None, "capitalise", 2), ("Years", 2))
        assert [row[2] for row in numbers(found)] == pytest.approx([600, 1200, 600])
        assert [row[3] for row in numbers(found)] == pytest.approx([600, 600, 0])

    @pytest.mark.parametrize(
        ("life", "assumptions", "years"),
        [(6, (("Hosting term", 3),), 6), (None, (("Hosting term", 3),), 3), (None, (), 2)],
    )
    def test_life_else_hosting_term_else_years(self, life, assumptions, years):
        found = table(("Licence", None, 600, None, None, "capitalise", life), ("Years", 2), *assumptions)
        assert [row[2] for row in numbers(found)] == pytest.approx([600 / years] * years)

    def test_half_years(self):
        found = table(("Licence", None, 600, None, None, "capitalise", 2.5), ("Years", 1))
        assert [row[2] for row in numbers(found)] == pytest.approx([240, 240, 120])

    def test_nothing_is_capitalised(self):
        found = table(("Licence", None, 600, None, None, None, None), ("Years", 2))
        assert found[-1] == ["Total", "", 0, 0, ""]
        assert all(value == 0 for row in numbers(found) for value in row)
        assert call("CRM_AMORTISATION", [HEADER])[-1] == ["Total", "", 0, 0, ""]

    def test_prepaid_lines_are_not_capitalised(self):
        assert table(("Licence", None, 600, None, None, "prepay", 3))[-1][2] == 0

    @pytest.mark.parametrize(
        ("policy", "component", "item", "capitalised"),
        [
            ("expense_all", "Customisation", "Coding", 0),
            ("ifrs_saas", "Customisation", "Coding", 0),
            ("us_gaap", "Customisation", "Coding", 100),
            ("us_gaap", "定制开发", None, 100),
            ("us_gaap", "Customisation", "Requirements analysis", 100),
            ("us_gaap", "Customisation", "Data migration from the old system", 0),
            ("us_gaap", "Customisation", "数据迁移", 0),
            ("us_gaap", "Licence", "Premium edition", 0),
            ("us_gaap", "Training", "Sessions", 0),
            ("us_gaap", "Maintenance", None, 0),
            ("us_gaap", "Travel", None, 0),
        ],
    )
    def test_policy(self, policy, component, item, capitalised):
        found = table((component, item, 100, None, None, None, None), ("Accounting policy", policy))
        assert found[-1][2] == capitalised

    def test_never_capitalised_lines_are_noted(self):
        costs = [HEADER, ["Training", None, 100, None, None, "capitalise", 3]]
        assert call("CRM_AMORTISATION", costs)[-1][2] == 0
        (note,) = call("CRM_CHECK", costs)[1:]
        assert note[1:6] == ["note", "Costs", 2, "Treatment", '"capitalise"']
        assert note[6] == "expense: training, data conversion and maintenance are never capitalised"

    def test_errors(self):
        assert cell("CRM_AMORTISATION") == "#VALUE!"
        assert cell("CRM_AMORTISATION", [HEADER, ["Licence", None, "#DIV/0!", None, None, None, None]]) == "#DIV/0!"
        assert cell("CRM_AMORTISATION", [HEADER, ["Licence", None, 1, None, None, "write off", None]]) == "#VALUE!"
