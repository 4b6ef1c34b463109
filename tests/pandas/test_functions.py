"""The functions over data frames: the same figures as in cells, typed, and nothing left out without a word."""

import datetime as dt
import inspect
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_xl
from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless import WorkbookError
from crm_xl.hosts.pandas.frames import layouts
from crm_xl.hosts.pandas.stubs import stubs

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "workbooks" / "crm_example_en.xlsx"
COSTS = pd.DataFrame(
    {
        "Component": ["Licence", "Training", "Hosting"],
        "Amount": [1200.0, 300.0, 50.0],
        "Frequency": ["annual", "one-off", "annual"],
        "Start": [pd.NaT, pd.Timestamp(2028, 3, 1), pd.NaT],
    }
)
SPENT = [["Component", "Month", "Actual"], ["Licence", dt.date(2027, 1, 31), 9.0]]
ASSUMPTIONS = pd.DataFrame({"Key": ["Start date", "Years"], "Value": [dt.date(2027, 1, 1), 2]})


@pytest.fixture(scope="module")
def table():
    """A table of the example workbook by name."""
    return lambda name: (EXAMPLE, name)


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", crm_xl.CrmWarning)
        yield


class TestResults:
    def test_the_total_is_a_number(self):
        assert crm_xl.total(COSTS, ASSUMPTIONS) == 2 * 1200 + 300 + 2 * 50
        assert crm_xl.total(COSTS, ASSUMPTIONS, year=2028, component="training") == 300

    def test_a_breakdown_has_a_row_for_each_figure_and_no_totals(self):
        found = crm_xl.breakdown(COSTS, ASSUMPTIONS, columns="year")
        assert found.columns.tolist() == ["component", "year", "amount"]
        assert (found["year"].dtype, found["amount"].dtype) == (np.int64, np.float64)
        assert found["amount"].sum() == crm_xl.total(COSTS, ASSUMPTIONS)
        assert found[found["year"] == 2028].set_index("component")["amount"]["Training"] == 300

    def test_dimensions_are_columns_under_their_keys(self):
        assert crm_xl.breakdown(COSTS, ASSUMPTIONS, rows="费用类别，频率").columns.tolist() == [
            "component", "frequency", "amount", "share",
        ]  # fmt: skip

    def test_what_is_charged_after_the_model_has_a_name(self):
        """A sum by year must not lose it, as groupby loses blanks."""
        costs = COSTS.assign(Treatment="capitalise", Life=4)
        found = crm_xl.schedule(costs, ASSUMPTIONS, view="profit and loss")
        by_year = found.groupby("year", observed=True)["amount"].sum()
        assert by_year.index[-1] == "later"
        assert by_year.sum() == pytest.approx(crm_xl.total(costs, ASSUMPTIONS), rel=1e-12)

    def test_a_cash_flow_has_a_column_for_each_figure(self, table, quiet):
        flow = crm_xl.cashflow(table("Costs"), table("Benefits"), table("Assumptions"))
        assert (flow["costs"] + flow["benefits"]).to_numpy() == pytest.approx(flow["net"].to_numpy())
        npv = crm_xl.npv(table("Costs"), table("Benefits"), table("Assumptions"))
        assert flow["present_value"].sum() == pytest.approx(npv, rel=1e-12)

    def test_years_of_a_model_that_begins_in_july(self):
        assumptions = pd.DataFrame({"Key": ["Start date", "Years"], "Value": [dt.date(2027, 7, 1), 2]})
        assert crm_xl.breakdown(COSTS, assumptions, rows="year")["year"].tolist() == [2027, 2028]

    def test_a_check_that_finds_nothing_has_no_rows(self):
        found = crm_xl.check([["Component", "Amount"], ["Licence", 1]])
        assert len(found) == 0
        assert found.columns.tolist()[1:5] == ["severity", "table", "row", "column"]

    def test_a_check_lists_problems(self):
        found = crm_xl.check(COSTS.assign(Amount=["x", 1, 2]))
        assert found.loc[0, ["severity", "row", "column"]].tolist() == ["error", 2, "Amount"]

    def test_every_table_function_has_the_columns_that_its_layout_says(self, table, quiet):
        """A function that gains a column gains a name for it here, too."""
        costs, assumptions = table("Costs"), table("Assumptions")
        called = {
            "breakdown": (costs, assumptions), "schedule": (costs, assumptions),
            "cashflow": (costs, table("Benefits"), assumptions),
            "scenario": (costs, table("Scenarios"), None, assumptions),
            "sensitivity": (costs, table("Drivers"), assumptions),
            "risk": (costs, None, 100, None, assumptions),
            "price": ("Salesforce", "Enterprise", "USD"), "catalogue": ("Zoho",),
            "compare": (table("Options"), assumptions, table("Prices"), table("Tiers")),
            "estimate": (300, None, None, None, None, assumptions), "variance": (table("Actuals"),),
            "allocate": (costs, table("Keys"), assumptions), "savings": (costs, table("Usage"), assumptions),
            "amortisation": (costs, assumptions), "calendar": (costs, assumptions),
            "journal": (costs, assumptions),
            "forecast": (costs, SPENT, assumptions),
            "check": (costs, assumptions),
        }  # fmt: skip
        assert {f"CRM_{name.upper()}" for name in called} == {f.name for f in REGISTRY if f.result == "table"}
        assert set(layouts()) == {f.name for f in REGISTRY if f.result == "table"}
        for name, given in called.items():
            found = getattr(crm_xl, name)(*given)
            assert len(found) > 0, name
            assert all(column.isidentifier() for column in found.columns), name
            printed = REGISTRY[f"CRM_{name.upper()}"].call(*self.ranges(given))
            if not layouts()[f"CRM_{name.upper()}"].across:
                assert len(found.columns) == len(printed[0]), name
            for column in found.columns:
                assert found[column].dtype != object, (name, column)
            assert not found.isin(["Total"]).any().any(), name

    @staticmethod
    def ranges(given):
        from crm_xl.hosts.pandas.tables import as_table

        return [as_table(value) if isinstance(value, tuple) else value for value in given]


class TestWords:
    def test_lines_without_a_price_are_told(self):
        with pytest.warns(crm_xl.CrmWarning, match="Not priced: 1"):
            assert crm_xl.total(COSTS.assign(Amount=[1.0, 2.0, None]), ASSUMPTIONS) > 0

    def test_problems_are_data(self):
        with pytest.raises(crm_xl.CrmError) as raised:
            crm_xl.total(COSTS.assign(Amount=["x", "y", 1]), ASSUMPTIONS)
        assert [(p.row, p.header, p.found) for p in raised.value.problems] == [(1, "Amount", "x"), (2, "Amount", "y")]

    def test_another_error_has_no_problems(self):
        with pytest.raises(crm_xl.CrmError) as raised:
            crm_xl.total(COSTS, ASSUMPTIONS, component="Hotel")
        assert raised.value.problems == ()

    def test_an_unknown_argument_is_a_mistake_of_the_programmer(self):
        with pytest.raises(TypeError, match="yaer"):
            crm_xl.total(COSTS, yaer=2028)


class TestNames:
    @pytest.mark.parametrize("item", list(REGISTRY), ids=lambda f: f.name)
    def test_every_function_stands_under_its_name(self, item):
        function = getattr(crm_xl, item.name.removeprefix("CRM_").lower())
        assert list(inspect.signature(function).parameters) == [p.name for p in item.parameters]
        assert item.summary.en in function.__doc__
        assert function.__name__ in dir(crm_xl)

    def test_nothing_else_does(self):
        for name in ("TOTAL", "nothing", "_total"):
            with pytest.raises(AttributeError, match=name):
                getattr(crm_xl, name)

    def test_type_hints_are_those_of_the_registry(self):
        made = (ROOT / "crm_xl" / "__init__.pyi").read_text(encoding="utf-8")
        assert made == stubs(), "write it anew: python -m crm_xl.hosts.pandas.stubs > crm_xl/__init__.pyi"


class TestWorkbooks:
    def test_a_table_of_a_workbook(self):
        found = crm_xl.read_table(EXAMPLE, "costs")
        assert found.columns[0] == "Component"
        assert {type(day) for day in found["Start"].dropna()} <= {dt.date, float}

    def test_a_sheet_of_a_workbook(self, tmp_path):
        book = pd.DataFrame({"Component": ["Licence"], "Amount": [5.0]})
        book.to_excel(tmp_path / "b.xlsx", sheet_name="Lines", index=False)
        assert crm_xl.read_table(tmp_path / "b.xlsx", "LINES").to_dict("list") == {
            "Component": ["Licence"], "Amount": [5.0],
        }  # fmt: skip
        assert crm_xl.total((tmp_path / "b.xlsx", "Lines")) == 5

    @pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
    def test_a_formula_without_a_value_is_told_and_not_blank(self, tmp_path, engine):
        """openpyxl stores no value, XlsxWriter stores 0 and asks for calculation on opening."""
        lines = pd.DataFrame({"Component": ["Licence"], "Amount": ["=2+3"]})
        lines.to_excel(tmp_path / "b.xlsx", index=False, engine=engine)
        with pytest.raises(WorkbookError, match=r"Sheet1!B2: the value of this formula is not stored"):
            crm_xl.read_table(tmp_path / "b.xlsx", "Sheet1")

    def test_a_table_that_is_not_there(self):
        with pytest.raises(WorkbookError, match="no table or filled sheet Nothing; it has Costs, Assumptions"):
            crm_xl.read_table(EXAMPLE, "Nothing")

    def test_the_figures_are_those_of_the_workbook(self, table, quiet):
        book = crm_xl.open_workbook(EXAMPLE)
        for name, formula in {
            "total": "=CRM_TOTAL(Costs[#All],Assumptions[#All])",
            "per_user": "=CRM_PER_USER(Costs[#All],,Assumptions[#All])",
        }.items():
            options = {"assumptions": table("Assumptions")}
            assert getattr(crm_xl, name)(table("Costs"), **options) == pytest.approx(book.evaluate(formula), rel=1e-12)
