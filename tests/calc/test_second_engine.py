"""LibreOffice Calc as second engine: the same results, differences that are found, and a program that misbehaves."""

import http.server
import os
import signal
import sys
import threading
import time
from functools import partial

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.calc import office as module
from crm_xl.hosts.calc.model import CalcModel
from crm_xl.hosts.calc.office import Office, find_office
from crm_xl.hosts.calc.verify import same, verify
from crm_xl.hosts.headless import WorkbookError, open_workbook, recalculate
from crm_xl.hosts.headless.calculation.model import Model
from tests.headless.books import book as book_of
from tests.headless.books import cell, sheet

from .books import one_sheet
from .conftest import BOOKS, content

TOTAL, TABLE = "=CRM_TOTAL(Costs[#All])", "=CRM_BREAKDOWN(Costs[#All])"


@pytest.fixture
def book(tmp_path):
    """Write a workbook and return its path."""

    def write(*formulas, name="book.xlsx", **options):
        path = tmp_path / name
        path.write_bytes(one_sheet(*formulas, **options))
        return path

    return write


class TestSame:
    @pytest.mark.parametrize(
        ("one", "other"), [(1.0, 1.0 + 1e-12), (None, ""), (True, 1.0), ("a", "a"), (ErrorValue.NA, ErrorValue.NA)]
    )
    def test_values_that_are(self, one, other):
        assert same(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (1.0, 1.0 + 1e-8),
            (0.0, ""),
            (0.0, None),
            ("1", 1.0),
            (ErrorValue.NA, ErrorValue.NUM),
            (1.0, ErrorValue.NA),
            (0.0, 1e-12),
        ],
    )
    def test_values_that_are_not(self, one, other):
        assert not same(one, other)

    def test_an_error_of_calcs_own_is_an_error(self):
        assert same(ErrorValue.DIV0, ErrorValue.VALUE, calc_only=True)
        assert not same(1.0, ErrorValue.VALUE, calc_only=True)


class _Answers:
    """What Calc answers, without it: the values of column E of the sheet Costs."""

    def __init__(self, values):
        self.values = values

    def calculate(self, data, file, **_):
        return {"cells": {"Costs": [[row, 5, v] for row, v in enumerate(self.values, 1)]}, "arrays": [], "blocked": []}


@pytest.mark.parametrize(("theirs", "differ"), [(0.0, 0), (1e-8, 3000)])
def test_what_large_numbers_leave_over_is_no_difference_thousands_of_cells_later(book, theirs, differ):
    # 3000000*1.1-3300000 leaves 4.7E-10 in the headless engine; 1E-8 is more than that can be.
    length = 3000
    chain = [f"=E{row + 1}" for row in range(1, length)]
    path = book(*chain, f"=E{length + 1}*1.1-3300000", "=1500000*2")
    found = verify(path, _Answers([*[theirs] * length, 3_000_000.0]))
    assert found.cells == length + 1
    assert len(found.differences) == differ


class TestAgainstFile:
    """What Calc gives is held against what the file holds, as the results of the headless engine are."""

    @pytest.fixture
    def calculated(self):
        def make(*cells, given=None, theirs):
            answer = {"cells": {"S": [[row, 2, value] for row, value in theirs.items()]}, "arrays": [], "blocked": []}
            office = type("", (), {"calculate": lambda *_, **__: answer})()
            opened = open_workbook(book_of({"S": sheet(*cells)}, calc=""), make_model=partial(CalcModel, office=office))
            for cell_, value in (given or {}).items():
                opened[f"S!{cell_}"] = value
            return opened, opened.recalculate()

        return make

    CELLS = (cell("A1", 2), cell("B1", 6, "A1*3"), cell("B2", 7, "B1+1"), cell("B3", 4, "A1+C1"), cell("C1", 2))

    def test_what_differs_keeps_its_value_and_is_named(self, calculated):
        opened, report = calculated(*self.CELLS, theirs={1: 6.0, 2: 8.0, 3: 4.0 + 1e-15})
        assert [(p.cell, p.key) for p in report.problems] == [("B2", "formula_differs")]
        assert "it gives 8, and the file holds 7" in report.problems[0].text()
        assert opened["S!B2"] == 7
        assert not opened.changed

    def test_what_reads_it_and_has_changed_is_named_with_it(self, calculated):
        opened, report = calculated(*self.CELLS, given={"C1": 3.0}, theirs={1: 5.0, 2: 6.0, 3: 5.0})
        assert [(p.cell, p.key) for p in report.problems] == [("B1", "formula_differs"), ("B2", "formula_differs")]
        assert [opened[f"S!B{row}"] for row in (1, 2, 3)] == [6, 7, 5]

    def test_what_is_old_is_overwritten(self, calculated):
        opened, _ = calculated(*self.CELLS, theirs={1: 6.0, 2: 8.0, 3: 4.0})
        assert opened.recalculate(stale=True).ok
        assert opened["S!B2"] == 8


@pytest.mark.libreoffice
class TestVerify:
    @pytest.mark.parametrize("name", [name for name in BOOKS if "example" in name])
    def test_both_engines_agree_on_every_cell(self, office, tmp_path, name):
        (tmp_path / name).write_bytes(content(name))
        found = verify(tmp_path / name, office)
        assert [difference.text() for difference in found.differences] == []
        assert [left_out.text() for left_out in found.uncompared] == []
        assert found.ok
        assert found.cells > (3000 if "small" in name else 5000)
        assert found.calls > (800 if "small" in name else 1000)

    def test_a_difference_is_found_and_told(self, office, book, monkeypatch):
        right = Model.value

        def wrong(self, sheet, row, column):
            value = right(self, sheet, row, column)
            return value * (1 + 1e-8) if (row, column) == (1, 5) else value

        monkeypatch.setattr(Model, "value", wrong)
        found = verify(book(TOTAL, "=1+1"), office)
        assert not found.ok
        assert [(d.cell, d.calc) for d in found.differences] == [("E1", 570)]
        assert found.differences[0].text() == (
            f"book.xlsx, Costs!E1: =CRM_TOTAL(Costs[#All]): headless {570 * (1 + 1e-8)!r}, Calc 570.0"
        )

    def test_a_table_that_is_longer_in_one_engine_is_a_difference(self, office, book, monkeypatch):
        right = Office.calculate

        def shorter(self, *given, **options):
            answer = right(self, *given, **options)
            cells = answer["cells"]["Costs"]
            answer["cells"]["Costs"] = [cell for cell in cells if cell[0] != 6]
            answer["arrays"] = [[*place, 5, columns] for *place, _, columns in answer["arrays"]]
            return answer

        monkeypatch.setattr(Office, "calculate", shorter)
        found = verify(book(TOTAL, dynamic=[("G1", TABLE)]), office)
        assert [(d.cell, d.headless, d.calc) for d in found.differences] == [
            ("G6", "Total", None),
            ("H6", 570, None),
            ("I6", 1, None),
        ]

    def test_a_formula_that_calc_lost_is_named(self, office, book, monkeypatch):
        right = Office.calculate

        def without(self, *given, **options):
            answer = right(self, *given, **options)
            answer["cells"]["Costs"] = answer["cells"]["Costs"][1:]
            return answer

        monkeypatch.setattr(Office, "calculate", without)
        found = verify(book(TOTAL, "=1+1"), office)
        assert not found.ok
        assert [(u.cell, u.key) for u in found.uncompared] == [("E1", "formula_lost_in_calc")]

    def test_what_calc_cannot_compute_is_named(self, office, book):
        found = verify(book("=_xlfn.LET(_xlpm.x,2,_xlpm.x+1)", "=E1*2", TOTAL), office)
        assert {u.cell for u in found.uncompared} >= {"E1", "E2"}
        assert not found.differences
        assert (found.cells, found.calls) == (1, 1)

    def test_a_call_that_calc_cannot_compute_is_no_success(self, office, book):
        found = verify(book("=_xlfn.LET(_xlpm.x,CRM_TOTAL(Costs[#All]),_xlpm.x+1)"), office)
        assert not found.ok

    def test_errors_are_compared_too(self, office, book):
        found = verify(book('=CRM_TOTAL(Costs[#All],,"Hotel")', "=CRM_IRR(Costs[#All])", "=1/0"), office)
        assert found.ok
        assert found.cells == 3

    def test_a_name_holds_no_sway_over_files(self, office, book):
        path = book(TOTAL)
        before = path.read_bytes()
        verify(path, office)
        assert path.read_bytes() == before


@pytest.mark.libreoffice
class TestRecalculation:
    def test_calcs_values_are_written_and_all_else_stays(self, office, book, tmp_path):
        path = book(TOTAL, "=SUM(1,2)", dynamic=[("G1", TABLE)])
        report = recalculate(path, make_model=partial(CalcModel, office=office))
        assert report.ok
        assert report.written
        written = open_workbook(path)
        assert not written.changed
        assert written["Costs!E1:E2"] == [[570], [3]]
        assert written.table("Costs!G1")[-1] == ["Total", 570, 1]

    def test_a_spill_takes_the_size_of_its_result_and_what_reads_it_follows(self, office, book):
        path = book('=SUMIF(G1:G30,"Total",H1:H30)', "=SUM(H2:H5)", dynamic=[("G1", TABLE)])
        opened = open_workbook(path, make_model=partial(CalcModel, office=office))
        assert opened["Costs!E1:E2"] == [[570], [570]]
        assert len(opened["Costs!G1#"]) == 6

    def test_a_spill_without_room_is_reported(self, office, book):
        path = book(TOTAL, dynamic=[("G1", TABLE), ("G3", TABLE)])
        report = recalculate(path, make_model=partial(CalcModel, office=office))
        assert "formula_spill_blocked" in {problem.key for problem in report.formula_problems}

    def test_changed_inputs_reach_calc(self, office, book):
        opened = open_workbook(book(TOTAL), make_model=partial(CalcModel, office=office))
        assert opened["Costs!E1"] == 570
        opened["Costs!C3"] = 600
        assert opened["Costs!E1"] == 670

    def test_wrong_input_is_told_as_headless_tells_it(self, office, tmp_path):
        path = tmp_path / "book.xlsx"
        path.write_bytes(one_sheet(TOTAL))
        opened = open_workbook(path, make_model=partial(CalcModel, office=office))
        opened["Costs!C3"] = "many"
        assert opened["Costs!E1"] == "#VALUE!"
        assert [problem.cell for problem in opened.recalculate().input_problems] == ["C3"]


@pytest.mark.libreoffice
class TestTheProgram:
    def test_it_is_started_again_when_it_died(self, office, book):
        path = book(TOTAL)
        assert verify(path, office).ok
        os.killpg(office._office.pid, signal.SIGKILL)
        time.sleep(0.3)
        assert verify(path, office).ok

    def test_one_that_hangs_is_ended_and_started_again(self, book, monkeypatch):
        with Office() as own:
            assert verify(book(TOTAL), own).ok
            process, folder = own._office, own._folder
            os.killpg(process.pid, signal.SIGSTOP)
            monkeypatch.setattr(own, "_seconds", 1)
            with pytest.raises(WorkbookError) as raised:
                verify(book(TOTAL), own)
            assert raised.value.key == "office_late"
            assert process.poll() is not None
            assert not folder.exists()
            monkeypatch.setattr(own, "_seconds", 120)
            assert verify(book(TOTAL), own).ok
            folder = own._folder
        assert not folder.exists()

    def test_nothing_stays_behind_when_ours_is_killed(self, tmp_path):
        """The driver sees that nobody asks any more, and ends LibreOffice."""
        import subprocess

        (tmp_path / "book.xlsx").write_bytes(one_sheet(TOTAL))
        code = (
            "import sys; from crm_xl.hosts.calc.office import Office; office = Office();"
            "office._running(); print(office._office.pid, office._folder, flush=True); sys.stdin.read()"
        )
        ours = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        group, folder = ours.stdout.readline().split()
        ours.kill()
        ours.communicate()
        for _ in range(100):
            if not os.path.exists(folder):
                break
            time.sleep(0.1)
        assert not os.path.exists(folder)
        alive = subprocess.run(["ps", "-o", "stat=", "-g", group], capture_output=True, text=True).stdout.split()
        assert all(state.startswith("Z") for state in alive)

    def test_a_workbook_reaches_neither_network_nor_files(self, office, tmp_path):
        """Whatever its formulas ask for: nobody knocks, and nothing of the file stands in a result."""
        asked = []

        class Server(http.server.BaseHTTPRequestHandler):
            def handle(self):
                asked.append(self.client_address)

        secret = tmp_path / "secret.csv"
        secret.write_text("4711\n")
        with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}"
            formulas = [
                f'=_xlfn.WEBSERVICE("{address}/a")',
                f'=_xlfn.FILTERXML(_xlfn.WEBSERVICE("{address}/b"),"//a")',
                f"='{address}/[c.xlsx]S'!A1",
                f'=_xlfn.WEBSERVICE("{secret.as_uri()}")',
                f'=DDE("soffice","{secret}","A1")',
            ]
            cells = office.calculate(one_sheet(*formulas), "book.xlsx")["cells"]["Costs"]
            office.print(one_sheet(*formulas), "book.xlsx", ["Costs"])
            server.shutdown()
        assert len(cells) == len(formulas)
        assert all(isinstance(value, dict) for _, _, value in cells)
        assert asked == []

    def test_a_file_that_is_no_workbook_is_refused_before_it_is_started(self, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(b"PK nothing")
        with pytest.raises(WorkbookError, match="cut off"):
            verify(tmp_path / "book.xlsx", None)


@pytest.mark.libreoffice
class TestSurroundings:
    def test_an_active_virtual_environment_is_kept_from_it(self, book, monkeypatch):
        """Its Python took the one of the environment for itself, and every function was Err:504."""
        monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
        monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
        with Office() as own:
            found = verify(book(TOTAL), own)
        assert found.ok
        assert found.cells == 1


class TestNotInstalled:
    def test_it_is_said(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CRM_XL_SOFFICE", str(tmp_path / "soffice"))
        with pytest.raises(WorkbookError) as raised:
            find_office()
        assert raised.value.text().startswith("LibreOffice is not installed")
        assert raised.value.text("zh").startswith("未安装 LibreOffice")

    def test_a_program_that_does_not_listen_is_given_up(self, monkeypatch, tmp_path):
        program = tmp_path / "soffice"
        program.write_text("#!/bin/sh\nsleep 60\n")
        program.chmod(0o755)
        monkeypatch.setenv("CRM_XL_SOFFICE", str(program))
        monkeypatch.setattr(module, "find_python", lambda program: sys.executable)
        monkeypatch.setattr(module, "START_SECONDS", 1)
        with Office() as office, pytest.raises(WorkbookError) as raised:
            office.calculate(one_sheet(TOTAL), "book.xlsx")
        assert raised.value.key == "office_not_started"
