"""Lines whose price is not known yet: every table over cost lines names and counts them in its last row."""

import pytest

from crm_xl.functions import REGISTRY

from .calling import call

COSTS = {
    "en": [
        ["Component", "Item", "Amount", "Frequency"],
        ["Licence", "Seats", 1000, "annual"],
        ["Licence", "Analytics module", None, "annual"],
        ["Training", None, None, None],
    ],
    "zh": [
        ["费用类别", "项目", "金额", "频率"],
        ["软件购买", "席位", 1000, "每年"],
        ["软件购买", "分析模块", None, "每年"],
        ["员工培训", None, None, None],
    ],
}  # fmt: skip
TOLD = {"en": "Not priced: 2 line(s) — Analytics module, #4", "zh": "未定价：2 行 — 分析模块、#4"}
# What each function is asked for beside its costs, in the language of the costs.
BESIDE = {
    "CRM_BREAKDOWN": {"en": (), "zh": ()},
    "CRM_SCHEDULE": {"en": (), "zh": ()},
    "CRM_AMORTISATION": {"en": (), "zh": ()},
    "CRM_CALENDAR": {"en": (), "zh": ()},
    "CRM_JOURNAL": {"en": (), "zh": ()},
    "CRM_FORECAST": {
        "en": ([["Component", "Month", "Actual"], ["Licence", 1, 900]],),
        "zh": ([["费用类别", "月份", "实际"], ["软件购买", 1, 900]],),
    },
    "CRM_CASHFLOW": {"en": (), "zh": ()},
    "CRM_RISK": {"en": (None, 10), "zh": (None, 10)},
    "CRM_SCENARIO": {
        "en": ([["Scenario", "Field", "Value"], ["Dear", "Cost", 2]],),
        "zh": ([["情景", "字段", "值"], ["涨价", "费用", 2]],),
    },
    "CRM_SENSITIVITY": {
        "en": ([["Driver", "Field", "Low", "High"], ["Price", "Cost", 0.5, 2]],),
        "zh": ([["驱动因素", "字段", "低值", "高值"], ["价格", "费用", 0.5, 2]],),
    },
    "CRM_ALLOCATE": {
        "en": ([["Name", "Key"], ["a", 1], ["b", 1]],),
        "zh": ([["名称", "分摊依据"], ["甲", 1], ["乙", 1]],),
    },
    "CRM_SAVINGS": {
        "en": ([["Item", "Needed share"], ["Seats", 0.5]],),
        "zh": ([["项目", "所需维护占比"], ["席位", 0.5]],),
    },
}


def over_cost_lines():
    """The functions that spill a table over cost lines, CRM_CHECK aside, which lists them as problems."""
    tables = [entry for entry in REGISTRY if entry.result == "table" and entry.name != "CRM_CHECK"]
    return {entry.name for entry in tables if entry.parameters and entry.parameters[0].name in ("costs", "pool")}


def test_no_table_over_cost_lines_is_left_out_here():
    assert set(BESIDE) == over_cost_lines()


@pytest.mark.parametrize("name", sorted(BESIDE))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_last_row_names_and_counts_them(name, language):
    table = call(name, COSTS[language], *BESIDE[name][language])
    assert list(table[-1]) == [TOLD[language], *[""] * (len(table[0]) - 1)]
    assert [row[0] for row in table].count(TOLD[language]) == 1


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_no_such_row_where_every_line_has_a_price(name):
    priced = [[*row[:2], 5 if row[2] is None else row[2], row[3]] for row in COSTS["en"]]
    assert not any("Not priced" in str(row[0]) for row in call(name, priced, *BESIDE[name]["en"]))


def test_an_amount_that_is_allocated_has_no_lines():
    assert [row[0] for row in call("CRM_ALLOCATE", 100, *BESIDE["CRM_ALLOCATE"]["en"])] == ["Name", "a", "b", "Total"]


def test_they_take_part_in_no_figure():
    scenarios = call("CRM_SCENARIO", COSTS["en"], *BESIDE["CRM_SCENARIO"]["en"])
    assert [row[1] for row in scenarios] == ["Total", 5000, 10000, ""]  # 1000 a year for 5 years
    assert call("CRM_ALLOCATE", COSTS["en"], *BESIDE["CRM_ALLOCATE"]["en"])[-2][2] == 5000
