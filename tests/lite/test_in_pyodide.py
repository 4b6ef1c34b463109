"""The code that stands in a workbook, taken out of it and run inside Pyodide as xlwings Lite runs it."""

import datetime as dt
import math
from functools import cache

import pytest

from crm_xl.functions import REGISTRY
from crm_xl.hosts.lite.core import digest
from crm_xl.hosts.lite.main_module import main_module
from crm_xl.hosts.lite.workbook import carrying
from crm_xl.xlsx.package import Package

from . import office, pyodide, suite

pytestmark = [pytest.mark.lite, pyodide.needed]
STAND_IN = (pyodide.HERE / "stand_in.py").read_text(encoding="utf-8")
COSTS = [["Component", "Amount"], ["licence", 1200], ["training", 300]]


def main_of(language):
    """The code out of a workbook that carries it."""
    data, _ = carrying(Package.open(office.example(language), "example.xlsx"), language=language)
    return office.files(data)["main.py"]


def ran(calls, language="en", **options):
    return pyodide.run(STAND_IN, {"main": main_of(language), "calls": calls}, **options)["result"]


def same(one, two):
    """Whether two results are the same to 1e-9."""
    if [len(row) for row in one] != [len(row) for row in two]:
        return False
    # A date of a journal or a calendar reaches Excel as its number, with a format that shows it as one.
    one = [[v["basicValue"] if isinstance(v, dict) and "basicValue" in v else v for v in row] for row in one]
    pairs = [pair for rows in zip(one, two, strict=True) for pair in zip(*rows, strict=True)]
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        if type(a) in (int, float) and type(b) in (int, float)
        else a == b
        for a, b in pairs
    )


# -- cells of every kind ---------------------------------------------------------------------------------------------

DAY = (dt.date(2028, 3, 1) - office.EPOCH).days
DIVISION = {"type": "Error", "basicType": "Error", "basicValue": "#DIV/0!", "errorType": "Div0"}
NEWER = {"type": "Error", "basicType": "Error", "basicValue": "#BLOCKED!", "errorType": "Blocked"}
MONEY = {"type": "FormattedNumber", "basicType": "Double", "basicValue": 12.5, "numberFormat": "0.00"}
STOCK = {"type": "LinkedEntity", "basicType": "Error", "basicValue": "#VALUE!", "text": "MSFT"}
DATED = [["Component", "Amount", "Start"], ["Licence", 5, DAY]]
MODEL = [["Start date", (dt.date(2027, 1, 1) - office.EPOCH).days]]
VALUE, MISSING, NUMBER, DIV0 = (
    {"type": "Error", "errorType": kind} for kind in ("Value", "NotAvailable", "Num", "Div0")
)
CELLS = {
    "a table": (("CRM_TOTAL", [COSTS]), 1500),
    "an error": (("CRM_TOTAL", [[*COSTS, ["licence", DIVISION]]]), DIV0),
    "an error newer than our list": (("CRM_TOTAL", [[*COSTS, ["licence", NEWER]]]), VALUE),
    "a stock": (("CRM_TOTAL", [[*COSTS, ["licence", STOCK]]]), VALUE),
    "a number with a format of its own": (("CRM_TOTAL", [[*COSTS, ["licence", MONEY]]]), 1512.5),
    "blank rows": (("CRM_TOTAL", [[*COSTS, ["", ""], [None, None]]]), 1500),
    "a date in its year": (("CRM_TOTAL", [DATED, MODEL, None, [[2028]]]), 5),
    "a date in another year": (("CRM_TOTAL", [DATED, MODEL, None, [[2027]]]), 0),
    "a header alone, which is one row": (("CRM_TOTAL", [[["Component", "Amount"]]]), 0),
    "one blank cell": (("CRM_TOTAL", [[[""]]]), VALUE),
    "one cell with an error": (("CRM_TOTAL", [[[DIVISION]]]), DIV0),
    "a blank cell for an optional table": (("CRM_TOTAL", [COSTS, [[""]], [["training"]]]), 300),
    "what is not there": (("CRM_TOTAL", [COSTS, None, [["nowhere"]]]), MISSING),
    "two cells for one": (("CRM_TOTAL", [COSTS, None, [["training", "licence"]]]), VALUE),
    "a stock for a text": (("CRM_TOTAL", [COSTS, None, ["__xlwings_not_an_object_handle__"]]), VALUE),
    "Chinese": (("CRM_TOTAL", [[["类别", "金额"], ["软件购买", 7]], [["年数", 3]], [["软件购买"]]]), 7),
    "TRUE for a number": (("CRM_TOTAL", [[*COSTS, ["licence", True]]]), VALUE),
    "no answer": (("CRM_IRR", [COSTS]), NUMBER),
    "no such price": (("CRM_PRICE", [[["Nobody"]], [["None"]]]), MISSING),
}

# -- a table of 2,000 lines --------------------------------------------------------------------------------------------

LINES = [
    ["Component", "Department", "Amount", "Frequency", "Start"],
    *([f"c{i % 7}", f"d{i % 11}", 100 + i, "annual", 1 + i % 3] for i in range(2000)),
]
LARGE = [("CRM_TOTAL", [LINES]), ("CRM_BREAKDOWN", [LINES]), ("CRM_TOTAL", [LINES, None, None, [[2]]])]
AGAIN = LARGE[0]


@pytest.fixture(scope="module", params=["en", "zh"])
def every(request):
    """Every function over the tables of the example: what the workbook's code gives, and what headless gives."""
    return run_of(request.param)


@cache
def run_of(language):
    """One run of everything that is asked in a language."""
    cases = list(office.examples(language))
    more = [call for call, _ in CELLS.values()] if language == "en" else []
    large = [*LARGE, AGAIN] if language == "en" else []
    found = ran([*((name, given) for name, given, _ in cases), *more, *large], language)
    return language, cases, found


class TestEveryFunction:
    def test_equals_headless(self, every):
        _, cases, found = every
        assert [name for name, *_ in cases] == [function.name for function in REGISTRY]
        different = {
            name: (got, wanted)
            for (name, _, wanted), got in zip(cases, found["answers"], strict=False)
            if name != "CRM_VERSION" and not (isinstance(got, list) and same(got, wanted))
        }
        assert different == {}

    def test_the_version_says_which_host_and_core(self, every):
        _, cases, found = every
        place = [name for name, *_ in cases].index("CRM_VERSION")
        assert found["answers"][place] == [[f"{cases[place][2][0][0]}, xlwings Lite, core {digest()[:12]}"]]

    def test_has_its_texts_in_the_language(self, every):
        language, _, found = every
        assert found["functions"] == {
            function.name: {
                "summary": function.summary.in_(language),
                "arguments": [p.name for p in function.parameters],
                "docs": {p.name: p.text.in_(language).strip() for p in function.parameters} or None,
            }
            for function in REGISTRY
        }

    def test_it_ran_on_32_bits(self, every):
        assert every[2]["bits"] == 32

    def test_loaded_anew_it_is_there_at_once(self, every):
        first, *later = every[2]["loading"]
        assert max(later) < first / 3


def test_cells_of_every_kind():
    _, cases, found = run_of("en")
    answers = found["answers"][len(cases) : len(cases) + len(CELLS)]
    assert dict(zip(CELLS, answers, strict=True)) == {name: [[wanted]] for name, (_, wanted) in CELLS.items()}


def test_in_an_older_excel_an_error_is_an_exception():
    """There a text `#N/A` would stay a text, which a sum passes over; of an exception Excel makes #VALUE!."""
    found = ran([("CRM_TOTAL", [COSTS]), ("CRM_TOTAL", [COSTS, None, [["nowhere"]]])], old=True)["answers"]
    assert found == [[[1500]], "AnswerError: #N/A"]


def test_a_core_that_is_installed_does_the_same():
    """As `--from-index` has it: the package lies where xlwings Lite installs packages."""
    given = {"main": main_module(from_index=True), "calls": [("CRM_TOTAL", [COSTS])], "installed": ["/project"]}
    found = pyodide.run(STAND_IN, given, project=pyodide.ROOT)["result"]
    assert found["answers"] == [[[1500]]]
    assert len(found["functions"]) == len(REGISTRY)


def test_two_thousand_lines():
    """A large table gives the same, and is read once."""
    found = run_of("en")[2]
    count = len(LARGE) + 1
    for (name, given), got in zip(LARGE, found["answers"][-count:], strict=False):
        plain = (value if value is None or len(value) > 1 else value[0][0] for value in given)
        assert same(got, office.returned(REGISTRY[name].call(*plain))), name
    first, *_, again = found["seconds"][-count:]
    assert again < first / 3
    assert first < 5


def test_engine_and_functions_pass_their_tests_there():
    """But for those that try hundreds of made-up tables: these too are run by `python -m tests.lite.suite`."""
    found = suite.run(*suite.WHOLE, properties=False)["result"]
    assert found["failed"] == []
    assert (found["code"], found["skipped"]) == (0, 0)
    assert found["passed"] > 1900
