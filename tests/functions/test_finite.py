"""Every number that a function gives out is finite, at the edge of what reading accepts and beyond it."""

import warnings
from dataclasses import replace
from itertools import chain
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.data import rows
from crm_xl.engine.cells import Range
from crm_xl.engine.schema import TABLES, assumption_fields, columns
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY, arguments, checks

from .calling import call, cell, reason

EDGES = [0.0, 1.0, 1e-3, 2.0, 1e15, -1e15, 1e-15, -1.0, 5e-324, -5e-324, 1e-100, 1e-99, 1e-308, 0.5]
KINDS = ("number", "money", "rate", "integer")
# The table that an argument holds, where its name is another one.
HELD = {"budget": "actuals", "actual": "actuals", "pool": "costs", "cash_flow": "costs"}


def texts(field):
    """What may stand in a column that holds no numbers."""
    own = {
        "currency": ["USD", "CNY"], "yesno": ["yes", "no"], "when": [1.0, 3.0], "date": [46388.0],
        "component": ["Licence", "Customisation", "Training", "Maintenance"],
        "field": ["Cost", "Quantity", "Unit cost", "Price growth", "Discount rate", "Years", "USD/CNY", "Benefits"],
        "key": ["licence_light", "turnover"],
    }  # fmt: skip
    kinds = [row["en"] for row in rows("choices") if row["choice"] == field.choices]
    return st.sampled_from([*(own.get(field.key) or own.get(field.type) or kinds or ["A", "B"]), None])


def numbers(field):
    """Numbers at the edge of what a field takes; now and then one that it does not take."""
    low = -1e15 if field.minimum is None else field.minimum
    high = 1e15 if field.maximum is None else field.maximum
    within = [float(v) for v in {low, high, *EDGES} if low <= v <= high]
    return st.sampled_from([*within * 20, None, 1e308])


# Of these one says the same as the others together, and a row states one side.
SAME = {"costs": ("amount", {"unit_cost", "quantity"}), "benefits": ("amount", {"volume", "effect", "unit_value"})}


@st.composite
def tables(draw, name):
    """A table of one to three rows: every column, numbers at the edge."""
    fields = columns(name)
    body = []
    for _ in range(draw(st.integers(1, 3))):
        row = {key: draw(numbers(f) if f.type in KINDS else texts(f)) for key, f in fields.items()}
        if name in SAME:
            one, others = SAME[name]
            for key in others if draw(st.booleans()) else {one}:
                row[key] = None
        if {"low", "likely", "high"} <= row.keys():
            ordered = sorted(0.0 if row[key] is None else row[key] for key in ("low", "likely", "high"))
            row |= dict(zip(("low", "likely", "high"), ordered, strict=True))
        if name in ("options", "tiers", "catalogue"):  # whose blank names are refused
            row |= {key: row[key] or "A" for key, field in fields.items() if field.required and field.type == "text"}
        if name == "options":  # whose list price would have to be looked up
            row |= {"vendor": None, "edition": None, "price": row["price"] or 1.0}
        body.append(list(row.values()))
    return Range([[field.en for field in fields.values()], *body])


@st.composite
def assumptions(draw):
    body = [
        [field.en, value]
        for key, field in assumption_fields().items()
        if field.type in KINDS and key != "years" and (value := draw(numbers(field))) is not None
    ]
    rate = draw(st.sampled_from([7.1, 1e15, 1e-15, 5e-324]))
    return Range([["Years", draw(st.sampled_from([1.0, 5.0, 30.0]))], *body, ["USD/CNY", rate]])


@pytest.mark.parametrize("item", REGISTRY, ids=lambda item: item.name)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_function_gives_finite_numbers_or_a_reason(item, data):
    values = []
    for parameter in item.parameters:
        name = HELD.get(parameter.name, parameter.name)
        if parameter.name == "assumptions":
            values.append(data.draw(assumptions()))
        elif name in TABLES and parameter.kind == "table":
            values.append(data.draw(tables(name) if not parameter.optional else tables(name) | st.none()))
        else:
            values.append(data.draw(st.sampled_from([*[None] * 4 * parameter.optional, 1.0, 1e15, 1e-100, 5e-324])))
    arguments.forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result, refused = item.call(*values), None
        except CrmError as error:
            result, refused = [], error
        if refused is not None:
            assert refused.key != "internal_fault"
            assert refused.text("en") != refused.text("zh")
        cells = chain.from_iterable(result) if isinstance(result, list | tuple) else [result]
        assert all(isfinite(v) for v in cells if isinstance(v, float))
        checks.problems(item.name, [v if isinstance(v, Range) else None for v in values])


HEAD = ["Component", "Amount", "Price growth", "Quantity growth"]


def test_the_largest_numbers_that_are_read_have_a_total():
    """30 years of both growths at their bounds, summed in whole numbers."""
    costs = [[*HEAD, "Frequency"], ["Licence", 1e15, "1000%", "1000%", "annual"]]
    assert call("CRM_TOTAL", costs, [["Years", 30]]) == pytest.approx(
        10**15 * sum(121**y for y in range(30)), rel=1e-12
    )


def test_a_growth_of_five_hundred_percent_is_typed_with_its_sign_and_of_eleven_hundred_an_error():
    assert call("CRM_TOTAL", [[*HEAD, "Frequency"], ["Licence", 100, "500%", 0, "annual"]], [["Years", 2]]) == 700
    found = call("CRM_CHECK", [HEAD, ["Licence", 1, 5, 11]])
    assert [line[1:6] for line in found[1:]] == [
        ["error", "Costs", 2, "Price growth", "5"],
        ["error", "Costs", 2, "Quantity growth", "11"],
    ]


CHANGES = ["Scenario", "Field", "Operation", "Value"]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("Price growth", "the change leads Price growth to 50; expected at most 10"),
        ("Years", "the change leads Years to 5000; expected at most 30"),
        ("USD/CNY", "the change leads USD/CNY to 1e+16; expected at most 1e+15"),
    ],
)
def test_a_change_past_the_limit_of_its_field_has_no_answer(field, told):
    costs = [[*HEAD, "Currency"], ["Licence", 100, 0.05, 0, "USD"]]
    given = [["Years", 5], ["USD/CNY", 1e13]]
    changes = [CHANGES, ["s", field, "multiply", 1000]]
    assert cell("CRM_SCENARIO", costs, changes, "s", given) == "#NUM!"
    assert reason("CRM_SCENARIO", costs, changes, "s", given) == told


def test_a_product_past_every_number_has_no_answer_and_says_so_in_both_languages():
    changes = [CHANGES, *[["s", "Cost", "multiply", 1e15]] * 30]
    assert cell("CRM_SCENARIO", [HEAD, ["Licence", 1, 0, 0]], changes, "s") == "#NUM!"
    for language, words in (("en", "grows past what a number can hold"), ("zh", "数值超出可表示的范围")):
        told = reason("CRM_SCENARIO", [HEAD, ["Licence", 1, 0, 0]], changes, "s", language=language)
        assert words in told
        assert "CRM_SCENARIO" in told


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_never_leaves_a_function(number):
    """Also where numpy and Python say nothing, alone or in a table."""
    for result in (number, [["Total"], [number]]):
        broken = replace(REGISTRY["CRM_VERSION"], implementation=lambda result=result: result)
        with pytest.raises(CrmError) as raised:
            broken.call()
        assert (raised.value.code, raised.value.key) == ("#NUM!", "figure_too_large")


def test_what_adding_up_left_over_counts_as_nothing():
    costs = [["Component", "Item", "Quantity", "Unit cost"], ["Licence", "CRM", 10, 5e-324]]
    assert call("CRM_TOTAL", costs) == 0
    usage = [["Item", "Needed price"], ["CRM", 1e15]]
    assert cell("CRM_SAVINGS", costs, usage) == "#VALUE!"  # a unit cost of 0 has no cheaper edition
