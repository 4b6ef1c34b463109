"""CRM_CHECK over all tables of the decision functions at once, and what every one of these functions has in common."""

import pytest

from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

from .calling import call, cell, check, reason
from .plain import GAINS, MIXED, Line, Settings, benefit_table, cost_table

SOUND = {
    "costs": cost_table(MIXED),
    "assumptions": Settings().table(),
    "benefits": benefit_table((*GAINS, Line(name="Better decisions", amount=900_000, frequency="annual"))),
    "actuals": [["Component", "Year", "Budget", "Actual"], ["Licence", 2027, 5, 6]],
    "scenarios": [["Scenario", "Field", "Operation", "Value"], ["Dear", "Cost", "multiply", 1.1]],
    "drivers": [["Driver", "Field", "Low", "High"], ["Price", "Cost", 0.9, 1.2]],
    "options": [["Option", "Vendor", "Edition", "Users", "Currency"], ["Z", "Zoho", "Standard", 9, "USD"]],
    "usage": [["Item", "Active seats"], ["Seats", 90]],
    "keys": [["Name", "Seats"], ["Sales", 5]],
    "catalogue": [["Vendor", "Edition", "Price", "Currency"], ["Acme", "Pro", 5, "CNY"]],
    "tiers": [["Option", "From", "Price"], ["Z", 5, 13]],
    "coefficients": [["Key", "Low", "Likely", "High"], ["turnover", 0.1, 0.2, 0.3]],
}
# One wrong cell for each table: the table, the row and column it stands in, and the place that the check must name.
WRONG = {
    "costs": [["Component", "Amount"], ["Licence", "dear"]],
    "assumptions": [["Key", "Value"], ["Discount rte", 0.1]],
    "benefits": [["Benefit", "Amount", "Probability"], ["a", 5, 7]],
    "actuals": [["Component", "Budget", "Actual"], ["Licence", 5, "six"]],
    "scenarios": [["Scenario", "Field", "Operation", "Value"], ["Dear", "Cost", "divide", 1.1]],
    "drivers": [["Driver", "Field", "Low", "High"], ["Price", "Costs of all", 0.9, 1.2]],
    "options": [["Option", "Vendor", "Edition", "Users"], ["O", "Odoo", "Standard", 9]],
    "usage": [["Item", "Active seats"], ["Seats", "all"]],
    "keys": [["Name", "Seats"], ["Sales", -5]],
    "catalogue": [["Vendor", "Edition", "Price", "Currency"], ["Acme", "Pro", 5, "doubloon"]],
    "tiers": [["Option", "From", "Price"], ["Z", 5, None]],
    "coefficients": [["Key", "Low", "Likely", "High"], ["turnover", 0.3, 0.2, 0.1]],
}
PLACES = {
    "costs": ("Costs", "费用", "Amount"), "assumptions": ("Assumptions", "假设", "Discount rte"),
    "benefits": ("Benefits", "收益", "Probability"), "actuals": ("Budget and actuals", "预算与实际", "Actual"),
    "scenarios": ("Scenarios", "情景", "Operation"), "drivers": ("Drivers", "驱动因素", "Field"),
    "options": ("Options", "方案", "Edition"), "usage": ("Usage", "使用情况", "Active seats"),
    "keys": ("Allocation keys", "分摊依据", "Seats"), "catalogue": ("Catalogue", "价目表", "Currency"),
    "tiers": ("Tiers", "档位", "Price"), "coefficients": ("Coefficients", "系数", "Likely"),
}  # fmt: skip
# A call of each function over sound tables, by the names of its arguments.
CALLS = {
    "CRM_NPV": ("costs", "benefits", "assumptions"),
    "CRM_IRR": ("costs", "benefits", "assumptions"),
    "CRM_MIRR": ("costs", "benefits", "assumptions"),
    "CRM_ROI": ("costs", "benefits", "assumptions"),
    "CRM_PAYBACK": ("costs", "benefits", "assumptions"),
    "CRM_VALUE": ("costs", "benefits", "assumptions"),
    "CRM_CASHFLOW": ("costs", "benefits", "assumptions"),
    "CRM_SCENARIO": ("costs", "scenarios", None, "assumptions"),
    "CRM_SENSITIVITY": ("costs", "drivers", "assumptions"),
    "CRM_RISK": ("costs", None, None, None, "assumptions"),
    "CRM_COMPARE": ("options", "assumptions", "catalogue", "tiers"),
    "CRM_SAVINGS": ("costs", "usage", "assumptions"),
    "CRM_VARIANCE": ("actuals",),
    "CRM_ALLOCATE": ("costs", "keys", "assumptions"),
    "CRM_PER_ACTIVE_USER": ("costs", "assumptions"),
}
ODD = (
    0,
    -1,
    1e308,
    float("inf"),
    True,
    "text",
    "#REF!",
    [[]],
    [[None]],
    [["x"]],
    [[1, 2], [3, 4]],
    [["Component"], [1]],
)
WITH_USERS = [*SOUND["assumptions"], ["Active users", 9, None]]


def given(name, **other):
    tables = SOUND | {"assumptions": WITH_USERS} | other
    return [None if argument is None else tables[argument] for argument in CALLS[name]]


def fault(name, values):
    """What failed inside a call, or None: it answers, or shows an error with its reason in both languages."""
    try:
        call(name, *values)
    except CrmError as error:
        return error if error.key == "internal_fault" or not (error.text("en") and error.text("zh")) else None
    return None


class TestCheck:
    def test_sound_tables_are_ok(self):
        found = [line for line in check(**SOUND) if line[1] != "note"]
        assert found == []
        assert call("CRM_CHECK", [["Component", "Amount"], ["Licence", 1]]) == [["OK"]]

    @pytest.mark.parametrize("name", list(WRONG))
    def test_each_wrong_table_is_named_with_its_place(self, name):
        tables = SOUND | {name: WRONG[name]}
        found = [line for line in check(**tables) if line[1] == "error" and line[2] == PLACES[name][0]]
        assert [line[3:5] for line in found] == [[2, PLACES[name][2]]]

    def test_all_at_once(self):
        found = check(**WRONG)
        assert {line[2] for line in found if line[1] == "error"} == {place[0] for place in PLACES.values()}
        assert [line[0] for line in found] == list(range(1, len(found) + 1))
        severities = [line[1] for line in found]
        assert severities == sorted(severities)  # errors before notes

    def test_all_at_once_in_chinese(self):
        found = check(**WRONG | {"assumptions": [["假设项", "值"], ["语言", "中文"], ["折现绿", 0.1]]})
        assert {line[2] for line in found if line[1] == "错误"} == {place[1] for place in PLACES.values()}
        for line in found:
            assert line[6]
            assert not line[6].isascii(), line

    def test_no_sentence_has_a_hole(self):
        """Every message fills in its details, in both languages."""
        for language in ("en", "zh"):
            tables = WRONG | {"assumptions": [["Key", "Value"], ["Language", language], ["Discount rte", 0.1]]}
            for line in check(**tables):
                assert not set("{}") & set(f"{line[5]}{line[6]}")
                assert "None" not in str(line[6])


class TestEveryFunction:
    @pytest.mark.parametrize("name", list(CALLS))
    def test_answers_over_sound_tables(self, name):
        found = cell(name, *given(name))
        assert not (isinstance(found, str) and found.startswith("#")), found

    @pytest.mark.parametrize(("name", "wrong"), [(n, a) for n, args in CALLS.items() for a in args if a])
    def test_a_wrong_table_is_an_error_and_the_check_says_why(self, name, wrong):
        values = given(name, **{wrong: WRONG[wrong]})
        expected = "#N/A" if wrong == "options" else "#VALUE!"  # Odoo publishes no price
        assert cell(name, *values) == expected
        for language in ("en", "zh"):
            text = reason(name, *values, language=language)
            assert text
            assert not set("{}") & set(text)

    @pytest.mark.parametrize("name", [*CALLS, "CRM_PRICE", "CRM_CATALOGUE", "CRM_ESTIMATE"])
    @pytest.mark.parametrize("odd", ODD, ids=repr)
    def test_nothing_but_an_error_of_a_cell_comes_out(self, name, odd):
        """Whatever stands in an argument: an answer, or an error with its reason, and never a fault of ours."""
        count = len(REGISTRY[name].parameters)
        sound = (
            given(name) if name in CALLS else {"CRM_ESTIMATE": [5], "CRM_CATALOGUE": []}.get(name, ["Zoho", "Standard"])
        )
        for at in range(count):
            values = [*sound, *[None] * (count - len(sound))]
            values[at] = odd
            assert fault(name, values) is None, at

    @pytest.mark.parametrize("name", list(CALLS))
    def test_spilled_tables_are_rectangles_without_holes(self, name):
        found = call(name, *given(name))
        if isinstance(found, list):
            assert len({len(row) for row in found}) == 1
            assert not any(value is None or value != value for row in found for value in row)
