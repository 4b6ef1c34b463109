"""A benchmark whose alternative does other work stops and says so, before it takes a time."""

from itertools import islice
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from benchmarks import excel_call, recalculation, risk, templates
from benchmarks.agreement import agree
from crm_xl.templates.spec import TemplateSpec


@pytest.fixture(autouse=True)
def untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare every size, but take no time."""

    def prepared(title: str, unit: str, note: str, sizes: list[int], ways) -> str:  # type: ignore[no-untyped-def]
        return f"{title}: {', '.join(way for size in islice(sizes, 1) for way in ways(size))}"

    for module in (excel_call, recalculation, risk, templates):
        monkeypatch.setattr(module, "measure", prepared)


class TestAgree:
    def test_what_another_order_of_adding_up_leaves_over_is_no_difference(self) -> None:
        agree("sums", [0.1 + 0.2, 1e12, 0.0], [0.3, 1e12 + 1e-3, 1e-17])
        agree("cells", {"A1": "x", "B1": 2}, {"B1": 2.0, "A1": "x"})

    @pytest.mark.parametrize(
        ("own", "other", "told"),
        [
            (100.0, 100.0000002, "sums differ: 100.0 and 100.0000002"),
            ([1.0, 2.0], [1.0, 2.5], "sums differ at 1: 2.0 and 2.5"),
            ([1.0, 2.0], [1.0], "sums differ at 1: 2.0 and None"),
            ({"A1": 1.0}, {"A1": "1"}, "sums differ: 1.0 and '1'"),
            (1.0, float("nan"), "sums differ: 1.0 and nan"),
            ([], [], "sums: there is nothing to compare"),
        ],
    )
    def test_a_difference_ends_the_run_with_its_place(self, own: object, other: object, told: str) -> None:
        with pytest.raises(SystemExit, match=r"^benchmark stopped: ") as stopped:
            agree("sums", own, other)
        assert str(stopped.value).removeprefix("benchmark stopped: ") == told


def test_risk(monkeypatch: pytest.MonkeyPatch) -> None:
    model, spread = risk.uncertain()
    own, other = risk.simulate(model, spread, trials=100_000, seed=1).totals, risk.matrix(spread, 100_000)
    risk.check("PERT", own, other)
    middle = float(other.mean())
    for wrong, told in (
        (other * 1.005, "means"),
        (middle + (other - middle) * 1.05, "deviations"),
        (middle + other.std() * np.random.default_rng(1).uniform(-(3**0.5), 3**0.5, 100_000), "quantiles"),
    ):
        with pytest.raises(SystemExit, match=f"PERT, the {told} of crm_xl and numpy, differ"):
            risk.check("PERT", own, wrong)
    monkeypatch.setattr(risk, "matrix", lambda *given, **more: other * 1.005)
    with pytest.raises(SystemExit, match="differ"):
        list(risk.series(quick=True))


def test_a_call_from_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(excel_call.series(quick=True))) == 3
    monkeypatch.setattr(
        excel_call, "total", lambda costs: sum(v for row in costs[:-1] for v in row if type(v) is float)
    )
    with pytest.raises(SystemExit, match="the bare sum and a plain loop differ"):
        list(excel_call.series(quick=True))


def test_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = templates._ways(TemplateSpec(kind="department", lines=50))
    assert list(ways) == ["crm_xl", "XlsxWriter"]
    right = templates.Cells.written

    def wrong(cells: templates.Cells) -> bytes:
        name, written, formulas = cells.sheets[0]
        cells.sheets[0] = (name, written[:-1], formulas)
        try:
            return right(cells)
        finally:
            cells.sheets[0] = (name, written, formulas)

    monkeypatch.setattr(templates.Cells, "written", wrong)
    with pytest.raises(SystemExit, match="the cells of crm_xl and XlsxWriter, department, differ"):
        templates._ways(TemplateSpec(kind="department", lines=50))


@pytest.mark.parametrize("native", [False, True], ids=["CRM_TOTAL", "SUMIFS"])
def test_recalculation(native: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculation, "SIZES", (20, 30))
    found = recalculation._made_up(tmp_path, None, True, native=native)
    assert str(found).endswith("from file to file: crm_xl, formulas")
    right = recalculation.theirs

    def wrong(path: Path) -> Path:
        out = right(path)
        book = openpyxl.load_workbook(out)
        book.worksheets[1]["A7"] = (book.worksheets[1]["A7"].value or 0) + 0.01
        book.save(out)
        return out

    monkeypatch.setattr(recalculation, "theirs", wrong)
    with pytest.raises(SystemExit, match=r"crm_xl and formulas, .* differ at Results!A7"):
        recalculation._made_up(tmp_path, None, True, native=native)


def test_what_a_recalculated_file_holds_is_read_where_formulas_stood(tmp_path: Path) -> None:
    """By hand: two components of 500 lines, a total of each year; constants are not compared."""
    path = tmp_path / "made.xlsx"
    recalculation.write(path, 8, native=True)
    assert list(recalculation.results(path, path).values()) == [0] * 8  # as XlsxWriter writes what nobody calculated
    held = recalculation.results(recalculation.ours(path), path)
    rows = list(openpyxl.load_workbook(path)["Costs"].iter_rows(min_row=2, values_only=True))
    for i in range(8):
        wanted = sum(row[6] for row in rows if row[0] == recalculation.COMPONENTS[i % 4] and row[3] >= i % 300)
        assert held[f"Results!A{i + 1}"] == pytest.approx(wanted, rel=1e-9)
