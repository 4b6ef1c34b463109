"""From the call of the add-in's VBA to the answer: xlwings' library, Python, pywin32, our object, the engine."""

import datetime as dt
import os
import signal
import time
from decimal import Decimal
from itertools import chain

import pytest

from crm_xl.engine.cells import Range
from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel import udfs
from crm_xl.hosts.excel.errors import marked
from crm_xl.hosts.excel.macros import calls
from crm_xl.hosts.excel.start import command
from crm_xl.hosts.headless import Spellings, open_workbook

from ..test_same_answers import WORKBOOKS, rows
from .excel import MISSING, Excel, Sheet
from .windows import NAMES

COSTS = (("Component", "Amount"), ("Licence", 1200.0), ("Training", 300.0))
SERVER = "crm_xl.hosts.excel.server"


def called(name, *given):
    """The arguments of a call as a cell hands them over: what is left out is missing."""
    return (name, *given, *[MISSING] * (len(REGISTRY[name].parameters) - len(given)))


def values(answers):
    """The values of calls: what was loaded and started before them is left out."""
    assert [answer.done for answer in answers] == [True] * len(answers), [a.value for a in answers if not a.done]
    return [answer.value for answer in answers[2:]]


# -- the answers ---------------------------------------------------------------------


def handed_over(book, text, wrapped):
    """An argument of an example: a range of a sheet or an array, a text, a number."""
    if not text:
        return MISSING
    if text.startswith('"'):
        return text.strip('"')
    value = book.evaluate(f"={text}")
    return wrapped(map(tuple, value)) if "[" in text else value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_function_gives_over_ranges_and_arrays_what_headless_gives(computer, language):
    book = open_workbook(WORKBOOKS / f"crm_example_{language}.xlsx")
    excel, want = Excel(computer).start(), []
    for function in REGISTRY:
        [(_, texts)] = calls(function.example, Spellings(REGISTRY))
        for wrapped in (Sheet, tuple):
            given = [handed_over(book, text, wrapped) for text in texts] if function.parameters else []
            excel.answer(*called(function.name, *given))
            want.append((function.name, rows(book.evaluate(function.example))))
    got = values(excel.run())
    assert len(got) == len(want) == 2 * len(list(REGISTRY))
    for result, (name, expected) in zip(got, want, strict=True):
        found = rows(result)
        assert [len(row) for row in found] == [len(row) for row in expected], name
        for ours, theirs in zip(chain(*found), chain(*expected), strict=True):
            theirs = float((theirs - dt.date(1899, 12, 30)).days) if isinstance(theirs, dt.date) else theirs
            same = ours == (pytest.approx(theirs, rel=1e-12, abs=1e-9) if isinstance(theirs, float) else theirs)
            assert same, (name, ours, theirs)


def test_each_kind_of_cell_arrives_as_it_is(computer):
    """Numbers, texts, Chinese, dates, booleans, errors, blanks, missing arguments, money: in ranges and in arrays."""
    tables = {
        "a total": (COSTS, 1500.0),
        "Chinese": ((("费用类别", "金额"), ("软件购买", 5.0)), 5.0),
        "a blank": ((("Component", "Amount", "Item"), ("Licence", 5.0, None)), 5.0),
        "money": ((("Component", "Amount"), ("Licence", Decimal("250.1234")), ("x", 1.0)), 251.1234),
        "a date": ((("Component", "Amount"), ("Licence", dt.date(2026, 1, 1))), marked(ErrorValue.VALUE)),
        "a truth": ((("Component", "Amount"), ("Licence", True)), marked(ErrorValue.VALUE)),
        **{
            error.value: ((*COSTS, ("Maintenance", error)), marked(error))
            for error in (ErrorValue.NA, ErrorValue.DIV0, ErrorValue.REF, ErrorValue.NUM, ErrorValue.SPILL)
        },
    }
    excel = Excel(computer).start()
    for table, _ in tables.values():
        for wrapped in (Sheet, tuple):
            excel.answer(*called("CRM_TOTAL", wrapped(table)))
    got = values(excel.run())
    for (name, (_, want)), ranged, arrayed in zip(tables.items(), got[::2], got[1::2], strict=True):
        assert ranged == arrayed == want, name


def test_single_values_arrive_as_they_are(computer):
    excel = Excel(computer).start()
    for nothing in (MISSING, None, "", Sheet([[None]])):
        excel.answer("CRM_TOTAL", COSTS, nothing, nothing, nothing, nothing)
    for component in ("Training", Sheet([["Training"]])):
        excel.answer(*called("CRM_TOTAL", COSTS, MISSING, component))
    for error in (ErrorValue.DIV0, ErrorValue.REF):
        excel.answer(*called("CRM_TOTAL", error))
    excel.answer(*called("CRM_PER_USER", COSTS, Decimal("3"))).answer(*called("CRM_PER_USER", COSTS, 0.0))
    start = (("Start date", dt.date(2027, 1, 1)), ("Years", 2.0))
    excel.answer(*called("CRM_CHECK", (("Component", "Amount"), ("Licence", "a\\b\nc")), start))
    *got, check = values(excel.run())
    zero = marked(ErrorValue.DIV0)
    assert got == [1500.0] * 4 + [300.0] * 2 + [zero, marked(ErrorValue.REF), 500.0, zero]
    ours = udfs.answer("CRM_CHECK", [Range([["Component", "Amount"], ["Licence", "a\\b\nc"]]), Range(start)])
    assert rows(check) == rows(ours)


def test_a_name_that_is_no_function_or_button_runs_nothing(computer):
    answers = Excel(computer).start().answer("__import__", "os").press("Tokenizer", "x").press("forget", "").run()
    assert [answer.done for answer in answers] == [True, True, False, False, True]


# -- where Python is, and what lies beside the workbook --------------------------------------------------------------


def test_a_chinese_windows_with_python_in_a_chinese_folder_answers(chinese):
    done = chinese.run(
        chinese.python / "python.exe", "-c", "import locale, sys; print(locale.getencoding(), ascii(sys.prefix))"
    )
    assert done.stdout.split(maxsplit=1)[0] == "cp936"
    table = (("费用类别", "项目", "金额"), ("软件购买", "客户关系管理系统", 5.0), ("培训", "", "十二"))
    folder = chinese.drive / "users" / "财务部"
    folder.mkdir(parents=True, exist_ok=True)
    total, check = values(
        Excel(chinese, folder).start().answer(*called("CRM_TOTAL", table[:2])).answer(*called("CRM_CHECK", table)).run()
    )
    assert total == 5.0
    assert check[1][5] == "“十二”"


def test_programs_that_lie_in_the_folder_of_a_workbook_do_not_run(computer):
    folder = computer.drive / "users" / "workbooks"
    folder.mkdir(parents=True, exist_ok=True)
    data = (computer.drive / "planted.exe").read_bytes()
    for name in NAMES:
        (folder / (name if "." in name else f"{name}.exe")).write_bytes(data)
    for module in ("xlwings", "numpy", "crm_xl", "encodings", "json"):
        (folder / f"{module}.py").write_text("open('C:/planted.txt', 'a').write('imported')")
    assert values(Excel(computer, folder).start().answer(*called("CRM_TOTAL", COSTS)).run()) == [1500.0]
    assert computer.planted() == ""
    # The trap itself: a command that names no path runs what lies there.
    trap = Excel(computer, folder).start()
    trap.script[1] = "activate cmd.exe /K python $(CLSID)"
    trap.run()
    assert "cmd" in computer.planted()
    (computer.drive / "planted.txt").unlink()


def test_a_python_that_cannot_serve_is_noticed_at_once(computer):
    """Through cmd.exe, which stays, Excel stood still for two minutes."""
    answers = Excel(computer).start()
    answers.script[1] = answers.script[1].replace("hosts.excel.server", "hosts.excel.nothing")
    loaded, started = answers.run()
    assert loaded.done
    assert not started.done
    assert "exited before it was possible" in started.value
    assert started.milliseconds < 60_000


# -- processes ---------------------------------------------------------------------


def test_two_hosts_at_once_have_each_their_own_python_and_do_not_mix(computer):
    assert computer.wait_for_none(SERVER) == []
    many = [Excel(computer).start().do("sleep 1500") for _ in range(2)]
    for number, excel in enumerate(many, 1):
        excel.repeat(100, *called("CRM_TOTAL", (COSTS[0], ("Licence", float(number)))))
    processes = [excel.begin() for excel in many]
    end = time.monotonic() + 120
    while len(computer.processes(SERVER)) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(computer.processes(SERVER)) == 2
    for process in processes:
        process.wait(180)
    assert [values(excel.answers()) for excel in many] == [[1.0], [2.0]]
    assert computer.wait_for_none(SERVER) == []


def test_a_host_that_is_killed_leaves_no_python(computer):
    Excel(computer).start().answer(*called("CRM_TOTAL", COSTS)).do("die").answer("CRM_VERSION").run()
    assert computer.wait_for_none(SERVER) == []


def test_where_a_python_died_another_one_is_started(computer):
    excel = Excel(computer).start().do("sleep 4000")
    # The bridge tries the same command first, and then another one: under Wine the place of the dead one stays taken.
    excel.do(f"activate {command(excel.python)}").do(f"activate {command(excel.python, attempt=1)}")
    excel.answer(*called("CRM_TOTAL", COSTS))
    process = excel.begin()
    end = time.monotonic() + 120
    while not (excel.place.with_suffix(".out").is_file() and len(excel.answers()) == 2) and time.monotonic() < end:
        time.sleep(0.1)
    for number in computer.processes(SERVER):
        os.kill(number, signal.SIGKILL)
    process.wait(180)
    *_, again, total = excel.answers()
    assert (again.done, total.done, total.value) == (True, True, 1500.0)


def test_the_times_of_start_and_calls(computer, record_property):
    """The times are printed; what was measured stands in docs/excel-design."""
    table = (COSTS[0], *(("Licence", float(i)) for i in range(500)))
    excel = Excel(computer).start().answer("CRM_VERSION")
    for wrapped in (tuple, Sheet):
        excel.answer(*called("CRM_TOTAL", wrapped(table))).repeat(100, *called("CRM_TOTAL", wrapped(table)))
    _, started, first, _, arrays, _, ranges = excel.run()
    times = {
        "start": started.milliseconds, "first call": first.milliseconds,
        "a call over an array": arrays.milliseconds / 100, "a call over a range": ranges.milliseconds / 100,
    }  # fmt: skip
    print("\nunder Wine, milliseconds:", times)
    for name, milliseconds in times.items():
        record_property(name, milliseconds)
    assert (arrays.value, ranges.value) == (124750.0, 124750.0)
