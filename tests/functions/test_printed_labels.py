"""Every name that a result prints is taken where such an argument is asked for, in either language."""

import datetime as dt

import pytest

from .calling import call, cell

COSTS = [
    ["Component", "Department", "Amount", "Frequency"],
    ["Licence", "Sales", 1000, "annual"],
    ["Training", None, 20, "annual"],
    ["Hardware", "IT", 300, None],
    ["Travel", "IT", 4, None],
]
CHINESE = [["费用类别", "部门", "金额", "频率"], *COSTS[1:]]
MODEL_YEARS = [["Key", "Value"], ["Years", 3]]
FROM_JULY = [*MODEL_YEARS, ["Start date", dt.date(2027, 7, 1)]]


@pytest.mark.parametrize("costs", [COSTS, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("made", [MODEL_YEARS, FROM_JULY], ids=["model years", "from July"])
def test_a_formula_filled_over_the_schedule_gives_its_figures(costs, made):
    """=CRM_TOTAL(costs, made, $A2, B$1) in every cell, the totals included."""
    header, *rows = call("CRM_SCHEDULE", costs, made)
    assert [len(rows), len(header)] == [7, 5]
    for component, *figures in rows:
        for year, figure in zip(header[1:], figures, strict=True):
            assert call("CRM_TOTAL", costs, made, component, year) == pytest.approx(figure), (component, year)


@pytest.mark.parametrize("costs", [COSTS, CHINESE], ids=["en", "zh"])
def test_a_formula_filled_over_the_breakdown_by_department_gives_its_figures(costs):
    for department, figure, _ in call("CRM_BREAKDOWN", costs, MODEL_YEARS, "department")[1:]:
        assert call("CRM_TOTAL", costs, MODEL_YEARS, None, None, department) == pytest.approx(figure), department


@pytest.mark.parametrize(
    ("component", "total"),
    [
        ("Other: Hardware", 300), ("other: hardware", 300), ("其他：Hardware", 300), ("其他:hardware", 300),
        ("Hardware", 300), ("Other", 304), ("其他", 304), ("Total", 3364), ("合计", 3364), ("员工培训", 60),
        ("Customisation", 0), ("维护", 0), ("Other: Software", "#N/A"), ("Others", "#N/A"), ("(not stated)", "#N/A"),
    ],
)  # fmt: skip
def test_components(component, total):
    assert cell("CRM_TOTAL", COSTS, MODEL_YEARS, component) == total


@pytest.mark.parametrize(
    ("department", "total"),
    [("(not stated)", 60), ("(NOT STATED)", 60), ("（未填）", 60), ("(未填)", 60), ("it", 304), ("合计", 3364)],
)
def test_departments(department, total):
    assert cell("CRM_TOTAL", COSTS, MODEL_YEARS, None, None, department) == total


@pytest.mark.parametrize("word", ["Other", "other", "其他", "misc"])
def test_other_is_not_there_where_no_line_is_other(word):
    assert cell("CRM_TOTAL", COSTS[:3], MODEL_YEARS, word) == "#N/A"


@pytest.mark.parametrize("word", ["(not stated)", "（未填）"])
def test_not_stated_is_not_there_where_every_line_states_it(word):
    assert cell("CRM_TOTAL", [*COSTS[:2], COSTS[3]], None, None, None, word) == "#N/A"


def test_a_name_of_ones_own_goes_before_the_word():
    costs = [["Component", "Department", "Amount"], ["Licence", "(not stated)", 5], ["Licence", None, 7]]
    assert call("CRM_TOTAL", costs, None, None, None, "(not stated)") == 5
    own = [["Component", "Amount"], ["Other: Hardware", 5], ["Hardware", 7]]
    assert call("CRM_TOTAL", own, None, "other: hardware") == 5
