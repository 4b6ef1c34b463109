"""Cells from Office.js and back, without Pyodide."""

import sys
from types import SimpleNamespace

import pytest

from crm_xl.engine.cells import Range
from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.lite import answers
from crm_xl.hosts.lite.answers import AnswerError, answer, for_lite, from_lite

COSTS = [["Component", "Amount"], ["licence", 1200], ["training", 300]]


class JsNull:
    """As newer versions of Pyodide hand over `null` of JavaScript."""


class Strange:
    """An object of JavaScript that nobody foresaw."""


@pytest.mark.parametrize(
    ("handed_over", "wanted"),
    [
        (5, 5.0),
        (True, True),
        ("", None),
        (None, None),
        (JsNull(), None),
        ("text", "text"),
        ({"type": "Error", "basicValue": "#N/A"}, ErrorValue.NA),
        ({"type": "Error", "basicValue": "#CONNECT!"}, ErrorValue.VALUE),
        ({"type": "Error"}, ErrorValue.VALUE),
        ({"type": "Entity", "basicType": "Error", "basicValue": "#VALUE!"}, ErrorValue.VALUE),
        ({"type": "FormattedNumber", "basicValue": 46388}, 46388.0),
        ({"type": "Empty", "basicValue": ""}, None),
        ({"type": "String", "basicValue": "x"}, "x"),
        (Strange(), ErrorValue.VALUE),
    ],
)
def test_one_cell(handed_over, wanted):
    found = from_lite(handed_over)
    assert (found, type(found)) == (wanted, type(wanted))
    inside = from_lite([["head", handed_over], ["a", 1]])
    assert inside.rows[0][1] == wanted


def test_true_is_not_one_and_a_text_is_not_its_number():
    rows = [from_lite([["a"], [value]]).rows[1][0] for value in (1, True, "1", 1.0)]
    assert [(value, type(value)) for value in rows] == [(1.0, float), (True, bool), ("1", str), (1.0, float)]


def test_one_row_comes_as_a_flat_list_and_one_column_as_rows():
    assert from_lite(["a", 1, None]) == Range([["a", 1.0, None]])
    assert from_lite([["a"], [1]]) == Range([["a"], [1.0]])
    assert from_lite([]) == Range([[]])


def test_a_range_that_was_seen_is_the_same_object():
    arguments.forget()
    first = from_lite([["a", 1], ["b", None]])
    assert from_lite([["a", 1], ["b", None]]) is first
    assert from_lite([["a", 1], ["b", 0]]) is not first
    blank = from_lite([["a", JsNull()], ["b", 1]])
    assert from_lite([["a", JsNull()], ["b", 1]]) is blank


def test_results_hold_only_errors_of_which_real_ones_are_made():
    """`#SPILL!` from an input cell would be a text in the cell, which a sum passes over."""
    assert for_lite([[1.0, ErrorValue.NA], [ErrorValue.SPILL, ErrorValue.CALC]]) == [
        [1.0, "#N/A"],
        ["#VALUE!", "#VALUE!"],
    ]
    assert type(for_lite(ErrorValue.NUM)) is str
    spilled = {"type": "Error", "basicValue": "#SPILL!"}
    assert answer("CRM_TOTAL", [*COSTS, ["licence", spilled]]) == "#VALUE!"


@pytest.mark.parametrize(("version", "wanted"), [("1.3", AnswerError), ("1.4", "#N/A"), ("1.5", "#N/A")])
def test_an_excel_that_makes_no_errors_of_texts_gets_an_exception(monkeypatch, version, wanted):
    class Requirements:
        @staticmethod
        def isSetSupported(name, asked):
            return name == "CustomFunctionsRuntime" and asked <= version

    class Js:
        class Office:
            class context:  # noqa: N801
                requirements = Requirements

    monkeypatch.setitem(sys.modules, "js", Js)
    assert answer("CRM_TOTAL", COSTS) == 1500
    if wanted is AnswerError:
        with pytest.raises(AnswerError, match="#N/A"):
            answer("CRM_TOTAL", COSTS, None, "nowhere")
    else:
        assert answer("CRM_TOTAL", COSTS, None, "nowhere") == wanted


def test_too_many_arguments_are_told_by_the_function():
    assert answer("CRM_TOTAL", COSTS, *[None] * 4, 1) == "#VALUE!"


def test_the_version_says_which_core(monkeypatch):
    monkeypatch.setattr(answers, "core", "0123456789ab")
    assert answer("CRM_VERSION").endswith(", xlwings Lite, core 0123456789ab")
    assert "Lite" not in REGISTRY["CRM_VERSION"].call()


@pytest.mark.parametrize("value", [[["a", {"type": "Error", "basicValue": "#N/A"}], ["", 1]], ["a", None], 5, ""])
def test_the_converter_that_the_code_asks_for_changes_nothing(value):
    """xlwings' own one would make None of an error."""
    from xlwings.conversion import accessors

    context = SimpleNamespace(range=None, value=value)
    accessors["raw"].reader({})(context)
    assert context.value is value
