"""The process that computes for the extension: found, started with the first call, asked, started again."""

import os
import signal
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from crm_xl.hosts.calc import oxt
from crm_xl.hosts.calc.extension import link as module
from crm_xl.hosts.calc.extension.link import Error, Link, NoEngineError, pythons

COSTS = (("Component", "Amount"), ("Licence", 500.0), ("Training", 70.0))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The package as it comes along in the extension."""
    folder = tmp_path_factory.mktemp("extension")
    with zipfile.ZipFile(BytesIO(oxt.build())) as archive:
        archive.extractall(folder)
    return folder / "engine"


@pytest.fixture
def link(engine):
    made = Link(str(engine), [sys.executable])
    yield made
    made.close()


def sent(link, monkeypatch):
    """Note what is sent to the process."""
    messages = []
    original = link._message

    def note(*call):
        messages.append(original(*call))
        return messages[-1]

    monkeypatch.setattr(link, "_message", note)
    return messages


def pid(link):
    return link._process._process.pid


def fake(folder, body):
    """A package in which the process that computes behaves badly."""
    path = folder / "crm_xl" / "hosts" / "calc"
    path.mkdir(parents=True)
    for place in (path, *list(path.parents)[:2]):
        (place / "__init__.py").write_text("")
    (path / "worker.py").write_text("import json, struct, sys, time\n" + body)
    return str(folder)


HELLO = """
def say(message):
    data = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
    sys.stdout.buffer.flush()
"""


class TestCalls:
    def test_results_and_errors(self, link):
        assert link.call("CRM_TOTAL", [COSTS]) == 570
        assert link.call("CRM_TOTAL", [COSTS, None, "training"]) == 70
        assert link.call("CRM_BREAKDOWN", [COSTS])[-1] == ["Total", 570, 1]
        assert link.call("CRM_TOTAL", [COSTS, None, "Hotel"]) == {"error": "#N/A"}
        assert link.call("CRM_TOTAL", []) == {"error": "#VALUE!"}

    def test_an_error_in_a_cell_is_handed_on(self, link):
        broken = (COSTS[0], ("Licence", Error("#REF!")))
        assert link.call("CRM_TOTAL", [broken]) == {"error": "#REF!"}
        assert link.call("CRM_CHECK", [broken])[1][5] == "#REF!"

    def test_chinese_goes_both_ways(self, link):
        costs = (("费用类别", "金额"), ("软件购买", 5.0))
        assert link.call("CRM_BREAKDOWN", [costs])[-1][0] == "合计"

    def test_what_the_engine_gets_is_what_was_in_the_cells(self, link):
        """Numbers go through text and come back the same to the last digit."""
        amounts = (0.1, 1 / 3, 1e-90, 123456789.123456789)
        for amount in amounts:
            assert link.call("CRM_TOTAL", [(COSTS[0], ("Licence", amount))]) == amount

    def test_the_package_needs_numpy_alone(self, engine):
        """No pandas, openpyxl or formualizer may be needed by whoever installs one file."""
        files = list(engine.rglob("*.py"))
        assert len(files) > 40
        text = "\n".join(file.read_text(encoding="utf-8") for file in files)
        assert "import formualizer" not in text
        assert "import openpyxl" not in text
        assert "from openpyxl" not in text


class TestRanges:
    def test_a_range_is_sent_once(self, link, monkeypatch):
        messages = sent(link, monkeypatch)
        for year in range(1, 6):
            link.call("CRM_TOTAL", [tuple(COSTS), None, None, float(year)])
        link.call("CRM_BREAKDOWN", [tuple(map(tuple, COSTS))])
        assert [len(message["ranges"]) for message in messages] == [1, 0, 0, 0, 0, 0]

    def test_a_changed_range_is_sent_again(self, link, monkeypatch):
        messages = sent(link, monkeypatch)
        assert link.call("CRM_TOTAL", [COSTS]) == 570
        assert link.call("CRM_TOTAL", [(*COSTS, ("Training", 1.0))]) == 571
        assert [len(message["ranges"]) for message in messages] == [1, 1]

    def test_the_same_call_is_asked_once(self, link, monkeypatch):
        messages = sent(link, monkeypatch)
        assert [link.call("CRM_TOTAL", [COSTS]) for _ in range(3)] == [570] * 3
        assert len(messages) == 1

    def test_forgotten_ranges_come_back(self, link, monkeypatch):
        monkeypatch.setattr(module, "KEPT_RANGES", 2)
        monkeypatch.setattr(module, "KEPT_RESULTS", 1)
        tables = [(COSTS[0], ("Licence", float(amount))) for amount in range(5)]
        for _ in range(2):
            assert [link.call("CRM_TOTAL", [table]) for table in tables] == [0, 1, 2, 3, 4]
        assert len(link._ranges) == 2

    def test_an_error_is_no_text(self, link):
        """A cell that holds #N/A and one with that text are equal in Python."""
        assert link.call("CRM_TOTAL", [(COSTS[0], ("Licence", Error("#N/A")))]) == {"error": "#N/A"}


class TestProcess:
    def test_it_starts_with_the_first_call_and_stays(self, link):
        assert link._process is None
        link.call("CRM_TOTAL", [COSTS])
        first = pid(link)
        link.call("CRM_VERSION", [])
        assert pid(link) == first

    def test_one_that_died_is_started_again_and_gets_its_ranges(self, link):
        assert link.call("CRM_TOTAL", [COSTS]) == 570
        first = pid(link)
        os.kill(first, signal.SIGTERM)
        time.sleep(0.2)
        assert link.call("CRM_TOTAL", [COSTS, None, "licence"]) == 500
        assert pid(link) != first

    def test_it_ends_with_its_input(self, link):
        """LibreOffice may be killed: nothing of ours stays behind."""
        link.call("CRM_VERSION", [])
        process = link._process._process
        process.stdin.close()
        assert process.wait(timeout=10) == 0

    def test_close_leaves_nothing(self, link):
        link.call("CRM_VERSION", [])
        process = link._process._process
        link.close()
        assert process.poll() is not None

    def test_one_that_hangs_is_ended_and_not_waited_for_again(self, tmp_path):
        body = HELLO + "def main():\n    say({'version': '0'})\n    time.sleep(60)\n"
        link = Link(fake(tmp_path, body), [sys.executable], call_seconds=0.5)
        started = time.monotonic()
        for _ in range(3):
            with pytest.raises(NoEngineError) as raised:
                link.call("CRM_TOTAL", [COSTS])
            assert (raised.value.key, raised.value.details) == ("engine_stopped", "CRM_TOTAL")
        assert time.monotonic() - started < 10
        assert link._process is None

    def test_one_that_always_dies_is_given_up(self, tmp_path):
        body = HELLO + "def main():\n    say({'version': '0'})\n    sys.stdin.buffer.read(4)\n    sys.exit(1)\n"
        link = Link(fake(tmp_path, body), [sys.executable])
        with pytest.raises(NoEngineError) as raised:
            link.call("CRM_TOTAL", [COSTS])
        assert raised.value.key == "engine_stopped"

    def test_one_that_talks_nonsense_is_given_up(self, tmp_path):
        body = HELLO + "def main():\n    say({'version': '0'})\n    print('What?' * 9, flush=True)\n    time.sleep(9)\n"
        link = Link(fake(tmp_path, body), [sys.executable], call_seconds=1)
        with pytest.raises(NoEngineError):
            link.call("CRM_TOTAL", [COSTS])


class TestPythons:
    def test_the_first_that_can_compute_is_taken(self, engine, tmp_path):
        broken = tmp_path / "python"
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
        link = Link(str(engine), [str(tmp_path / "nothing"), str(broken), sys.executable])
        assert link.call("CRM_TOTAL", [COSTS]) == 570
        link.close()

    def test_where_none_can_all_are_named(self, engine, tmp_path):
        tried = [str(tmp_path / "one"), str(tmp_path / "two")]
        link = Link(str(engine), tried)
        for _ in range(2):
            with pytest.raises(NoEngineError) as raised:
                link.call("CRM_TOTAL", [COSTS])
            assert (raised.value.key, raised.value.details) == ("no_engine", ", ".join(tried))

    def test_the_one_asked_for_comes_first(self, monkeypatch):
        monkeypatch.setenv("CRM_XL_PYTHON", "/asked/for")
        assert pythons("/recorded", "/own")[:3] == ["/asked/for", "/recorded", "/own"]
        monkeypatch.delenv("CRM_XL_PYTHON")
        assert pythons(None, None)[:1] != [None]
        assert len(set(pythons("/own", "/own"))) == len(pythons("/own", "/own"))

    def test_what_libreoffice_sets_for_its_own_python_is_not_handed_on(self, engine, monkeypatch):
        monkeypatch.setenv("PYTHONHOME", str(Path(os.sep, "nowhere")))
        link = Link(str(engine), [sys.executable])
        assert link.call("CRM_TOTAL", [COSTS]) == 570
        link.close()
