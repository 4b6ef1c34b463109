"""CRM_MIRR against Excel's documentation and numpy-financial; CRM_RISK of the net present value."""

import numpy_financial as npf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

from .calling import call, reason
from .test_returns import tables


def test_the_example_of_excels_documentation():
    money = [-120_000, 39_000, 30_000, 21_000, 37_000, 46_000]
    assert call("CRM_MIRR", *tables(money), 0.10, 0.12) == pytest.approx(0.126094, abs=5e-7)
    assert call("CRM_MIRR", *tables(money), 0.10, 0.14) == pytest.approx(0.134759, abs=5e-7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-9_999, 9_999), min_size=2, max_size=8),
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.5),
)
def test_as_numpy_financial_has_it(money, finance, reinvest):
    assume(min(money) < 0 < max(money))
    found = call("CRM_MIRR", *tables(money), finance, reinvest)
    assert found == pytest.approx(float(npf.mirr(money, finance, reinvest)), rel=1e-9, abs=1e-9)


def test_flows_of_one_sign_have_none():
    assert reason("CRM_MIRR", *tables([-100, -50]))


class TestRiskOfTheNetPresentValue:
    COSTS = (["Component", "Amount", "Frequency", "Low", "Likely", "High"],)
    TERMS = (["Years", 2], ["Discount rate", 0.1])

    def test_a_line_that_can_only_be_dearer(self):
        """1,000 to 3,000 triangular with its peak at 1,000, beside a benefit of 1,500: P(cost > 1,500) = 0.75²."""
        costs = [*self.COSTS, ["Licence", 1000.0, "one-off", 1.0, 1.0, 3.0]]
        benefits = [["Benefit", "Amount", "Frequency"], ["Gain", 1500.0, "one-off"]]
        table = call("CRM_RISK", costs, None, 200_000, 1, self.TERMS, "triangular", None, benefits)
        assert table[1][:2] == ["Point estimate", 500.0]
        assert table[2][1] == pytest.approx(1500 - 5000 / 3, abs=5)
        assert table[-1][0] == "Chance that the net present value is below 0"
        assert table[-1][1] == pytest.approx(0.5625, abs=0.005)

    def test_later_years_count_at_present_value(self):
        """A certain multiplier of 2 on 100 a year: 200 ÷ 1.1 + 200 ÷ 1.21 is paid."""
        costs = [[*self.COSTS[0], "Low to High are"], ["Licence", 100.0, "annual", 2.0, 2.0, 2.0, "multipliers"]]
        benefits = [["Benefit", "Amount", "Frequency"], ["Gain", 300.0, "one-off"]]
        table = call("CRM_RISK", costs, None, 100, 1, self.TERMS, None, None, benefits)
        assert table[2][1] == pytest.approx(300 - 200 / 1.1 - 200 / 1.21)
        assert table[-1][1] == 1.0


@pytest.mark.parametrize(("at", "argument"), [(3, "finance_rate"), (4, "reinvest_rate")])
def test_ten_for_ten_percent_is_an_error_that_shows_both(at, argument):
    rates = {3: 0.1, 4: 0.12} | {at: 10}
    with pytest.raises(CrmError) as caught:
        REGISTRY["CRM_MIRR"].call(*tables([-120000, 39000, 30000]), *rates.values())
    assert caught.value.text("en") == (
        f"argument {argument}: found 10; expected a percentage from -99% to 100%. "
        "As a number this is 1000%: enter 10% or 0.1"
    )
    assert "此数字表示 1000%：请填 10% 或 0.1" in caught.value.text("zh")


@pytest.mark.parametrize("value", ["12%", True, -1])
def test_what_is_no_rate_is_told_with_the_percentages_that_are(value):
    with pytest.raises(CrmError, match="expected a number from -99% to 100%"):
        REGISTRY["CRM_MIRR"].call(*tables([-120000, 39000, 30000]), value)
