"""Reading in other processes, on a cluster, and as files arrive: a reader that dies costs one file and nothing else."""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from functools import partial
from pathlib import Path

import pytest

from crm_xl.collection.collecting import cluster
from crm_xl.collection.collecting.cluster import read_there
from crm_xl.collection.collecting.collect import Order, collect
from crm_xl.collection.collecting.discovery import find
from crm_xl.collection.collecting.readings import digest_of, unpacked_head
from crm_xl.collection.collecting.watch import arrivals
from crm_xl.collection.collecting.workers import ReaderError, Task, read_here
from crm_xl.data import term

from .made import line, returned
from .test_collect import read_plainly

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def make(folder: Path, count: int) -> list[Task]:
    """Returns of departments that each cost as many as their number."""
    tasks = []
    for i in range(count):
        path = returned(folder / f"{i}.xlsx", [line(amount=float(i))], department=f"D{i}")
        tasks.append(Task(path=path, name=path.name, digest=digest_of(path)))
    return tasks


def endless(folder: Path) -> Task:
    """A file that nobody reads to its end: a pipe into which nothing is written."""
    path = folder / "endless.xlsx"
    os.mkfifo(path)
    return Task(path=path, name=path.name, digest="endless")


def reasons(answers) -> dict[str, list[str]]:
    return {task.name: [f.key for f in unpacked_head(reading.head).findings] for task, reading in answers}


class TestProcesses:
    def test_two_processes_read_what_one_reads_to_the_byte(self, tmp_path):
        make(tmp_path / "in", 6)
        for jobs, name in ((1, "one.xlsx"), (2, "two.xlsx")):
            collect(Order(folders=[tmp_path / "in"], out=tmp_path / name), partial(read_here, jobs=jobs))
        collect(Order(folders=[tmp_path / "in"], out=tmp_path / "here.xlsx"), read_plainly)
        assert len({(tmp_path / name).read_bytes() for name in ("one.xlsx", "two.xlsx", "here.xlsx")}) == 1
        assert multiprocessing.active_children() == []

    @needs_pipes
    def test_a_file_that_takes_too_long_is_given_up_and_the_rest_is_read(self, tmp_path):
        tasks = [endless(tmp_path), *make(tmp_path, 3)]
        answers = list(read_here(tasks, jobs=1, time_limit=1.0))
        assert reasons(answers) == {"endless.xlsx": ["reader_late"], "0.xlsx": [], "1.xlsx": [], "2.xlsx": []}
        late = next(reading for task, reading in answers if task.name == "endless.xlsx")
        assert (late.digest, late.reliable) == ("endless", False), "the next run tries again"

    @needs_pipes
    def test_a_reader_that_dies_twice_costs_its_file(self, tmp_path):
        tasks = [endless(tmp_path), *make(tmp_path, 2)]
        done = threading.Event()

        def kill() -> None:
            """Ends a reader whenever one hangs at the pipe: only then can the pipe be opened at its other end."""
            while not done.wait(0.05):
                try:
                    end = os.open(tmp_path / "endless.xlsx", os.O_WRONLY | os.O_NONBLOCK)
                except OSError:
                    continue
                for process in multiprocessing.active_children():
                    os.kill(process.pid, signal.SIGKILL)
                os.close(end)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            found = reasons(read_here(tasks, jobs=1, time_limit=60.0))
        finally:
            done.set()
            killer.join()
        assert found["endless.xlsx"] == ["reader_died"]
        assert found["0.xlsx"] == found["1.xlsx"] == []

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and limits the memory of a process")
    def test_a_reader_has_so_much_memory_and_no_more(self):
        code = (
            "from crm_xl.collection.collecting import workers\n"
            "workers.MEMORY_LIMIT = 2**28\n"
            "workers._limit_memory()\n"
            "workers.read_file = lambda path, name: bytearray(2**29)\n"
            "print(workers.read_safely(None, 'x', 'd').head)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
        assert "reader_memory" in done.stdout

    def test_a_fault_of_the_reading_itself_is_told_and_stops_nothing(self, monkeypatch, tmp_path):
        monkeypatch.setattr("crm_xl.collection.collecting.workers.read_file", lambda path, name: 1 // 0)
        found = reasons(read_plainly(make(tmp_path, 1)))
        assert found == {"0.xlsx": ["reader_fault"]}

    @pytest.mark.parametrize("key", ["reader_late", "reader_died", "reader_memory", "reader_fault"])
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_the_reasons_have_their_words(self, key, language):
        details = {"seconds": "60", "megabytes": "2048", "fault": "ValueError"}
        assert term(f"finding_{key}", language, **details)
        assert term(f"finding_{key}_do", language)


@pytest.fixture(scope="module")
def two_workers():
    """A cluster on this machine with two worker processes, which nobody starts again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what distributed and its parts warn of is not ours
        distributed = pytest.importorskip("distributed")
        settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        made = distributed.LocalCluster(**settings, silence_logs=50)
        try:
            yield made
        finally:
            made.close()


@pytest.mark.filterwarnings("ignore")  # what distributed warns of when a worker is lost is not ours
class TestCluster:
    def test_gives_the_same_bytes_though_a_worker_is_killed_in_the_middle(self, two_workers, tmp_path, monkeypatch):
        make(tmp_path / "in", 24)
        collect(Order(folders=[tmp_path / "in"], out=tmp_path / "here.xlsx"), read_plainly)
        monkeypatch.setattr(cluster, "_BATCH", 2)
        with cluster.connect(two_workers.scheduler_address) as client:
            workers = client.run(os.getpid)
            assert len(set(workers.values())) == 2
            killed = []

            def read(tasks):
                for number, answer in enumerate(read_there(client, tasks, time_limit=20.0)):
                    if number == 4:
                        killed.append(next(iter(workers.values())))
                        os.kill(killed[0], signal.SIGKILL)
                    yield answer

            report = collect(Order(folders=[tmp_path / "in"], out=tmp_path / "there.xlsx"), read)
        assert len(killed) == 1
        assert report.read == 24
        assert report.result.states == {"counted": 24}
        assert (tmp_path / "there.xlsx").read_bytes() == (tmp_path / "here.xlsx").read_bytes()

    def test_a_file_that_went_away_is_rejected_with_the_reason(self, two_workers, tmp_path):
        tasks = make(tmp_path, 2)
        tasks[1].path.unlink()
        with cluster.connect(two_workers.scheduler_address) as client:
            found = dict(reasons(read_there(client, tasks)))
        assert found == {"0.xlsx": [], "1.xlsx": ["not_read"]}

    def test_a_cluster_that_does_not_answer_is_named(self, monkeypatch):
        import distributed

        def refused(*args, **kwargs):
            raise OSError("Timed out trying to connect to tcp://127.0.0.1:1 after 15 s")

        monkeypatch.setattr(distributed, "Client", refused)
        with pytest.raises(ReaderError, match=r"no Dask cluster answers at tcp://127\.0\.0\.1:1"):
            cluster.connect("tcp://127.0.0.1:1")

    def test_says_what_to_install_where_dask_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(ReaderError, match=r"crm-xl\[distributed\]"):
            cluster.connect("tcp://127.0.0.1:1")


class TestWatch:
    def looks(self, folder: Path, out: Path, events: list):
        """Yields after each arrival how many events had happened; an event happens in each pause."""
        happened = 0

        def pause(seconds: float) -> None:
            nonlocal happened
            if happened == len(events):
                raise KeyboardInterrupt
            events[happened]()
            happened += 1

        told = []
        with contextlib.suppress(KeyboardInterrupt):
            for _ in arrivals([folder], [out], quiet=0.05, pause=pause):
                told.append(happened)
        assert happened == len(events)
        return told

    def test_a_file_is_told_when_it_has_stopped_growing(self, tmp_path):
        file, out = tmp_path / "a.xlsx", tmp_path / "total.xlsx"

        def grow() -> None:
            with file.open("ab") as end:
                end.write(b"more")

        def wait() -> None:
            time.sleep(0.06)

        told = self.looks(tmp_path, out, [grow, grow, grow, wait, wait])
        assert told == [0, 4], "at once, and when it had been quiet"

    def test_the_output_and_lock_files_are_no_arrivals(self, tmp_path):
        out = tmp_path / "total.xlsx"

        def write(name: str):
            return lambda: ((tmp_path / name).write_bytes(b"x"), time.sleep(0.06))

        names = ("total.xlsx", "~$a.xlsx", "a.xlsx.tmp", "notes.txt")
        assert self.looks(tmp_path, out, [write(name) for name in names] + [lambda: time.sleep(0.06)] * 2) == [0]

    def test_a_share_that_is_away_for_a_while_ends_nothing(self, tmp_path):
        place = tmp_path / "share"
        returned(place / "a.xlsx", [])
        away = tmp_path / "away"
        told = self.looks(
            place, tmp_path / "total.xlsx",
            [lambda: place.rename(away), lambda: time.sleep(0.06), lambda: away.rename(place)],
        )  # fmt: skip
        assert told[0] == 0
        assert [source.name for source in find([place], []).files] == ["a.xlsx"]


def command(*arguments, language="en", **more):
    environment = {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8"}
    typed = [sys.executable, "-m", "crm_xl", "collect", *map(str, arguments)]
    return subprocess.Popen(
        typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment, **more
    )


def run(*arguments, **more):
    process = command(*arguments, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


class TestCommand:
    def test_prints_the_reconciliation_and_ends_well(self, tmp_path):
        make(tmp_path / "in", 3)
        code, out, err = run(tmp_path / "in", "-o", tmp_path / "total.xlsx", "--jobs", 1)
        assert (code, err) == (0, "")
        assert "3 files: 3 read, 0 known from before" in out
        assert "Every amount is in the sum or listed with its reason." in out
        assert "Total cost in the sum: 3.00 CNY" in out
        assert (tmp_path / "total.xlsx").is_file()

    def test_ends_with_1_and_says_why_when_something_is_not_in_the_sum(self, tmp_path):
        make(tmp_path / "in", 2)
        returned(tmp_path / "in" / "bad.xlsx", [line(amount="twelve")], department="Bad")
        (tmp_path / "in" / "empty.xlsx").write_bytes(b"")
        code, out, _ = run(tmp_path / "in", "-o", tmp_path / "total.xlsx", "--lang", "zh", language="zh")
        assert code == 1
        assert "  empty.xlsx：无法读取此工作簿：empty.xlsx 是空文件" in out
        assert "有 1 行或金额未计入；“检查结果”表列出其位置和原因" in out
        assert "凡可读取的金额均已计入，或已列出未计入的原因；" in out

    def test_amounts_below_zero_and_unreadable_ones_are_not_netted_away(self, tmp_path):
        make(tmp_path / "in", 2)
        lines = [line(amount=500.0, start="soon"), line(amount=-500.0, start="soon"), line(amount="twelve")]
        returned(tmp_path / "in" / "bad.xlsx", lines, department="Bad")
        code, out, _ = run(tmp_path / "in", "-o", tmp_path / "total.xlsx")
        rows = [text.split() for text in out.splitlines()]
        assert code == 1
        assert next(row for row in rows if "rejected" in row)[-2:] == ["500.00", "-500.00"]
        assert "Costs CNY: amounts that cannot be read: 1" in out

    def test_json_has_the_books(self, tmp_path):
        make(tmp_path / "in", 3)
        manifest = tmp_path / "manifest.jsonl"
        manifest.write_text(
            "\n".join(
                json.dumps({"department": f"D{i}", "cycle": "2027-1", "period": "2027", "sequence": 1})
                for i in range(4)
            )
        )
        code, out, _ = run(tmp_path / "in", "-o", tmp_path / "total.xlsx", "--json", "--manifest", manifest)
        found = json.loads(out)
        assert code == 1, "one is missing"
        assert found["missing"] == ["D3"]
        assert found["states"] == {"counted": 3}
        assert found["reconciles"] is True
        counted = {"lines": 3, "amount": 3.0, "below_zero": 0.0, "unreadable_lines": 0}
        assert found["reconciliation"][0]["counted"] == counted
        assert found["total"] == 3.0

    def test_wrong_typing_is_told(self, tmp_path):
        assert run("-o", "x.xlsx")[0] == 2
        code, _, err = run(tmp_path, "-o", tmp_path / "total.csv")
        assert code == 1
        assert "must end in .xlsx" in err
        assert run(tmp_path, "-o", tmp_path / "t.xlsx", "--currency", "Taler")[0] == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot be sent Ctrl-C alone")
    def test_watching_collects_what_arrives_and_ends_with_ctrl_c(self, tmp_path):
        make(tmp_path / "in", 2)
        out = tmp_path / "total.xlsx"
        process = command(tmp_path / "in", "-o", out, "--watch", "--jobs", 1)
        try:
            assert process.stderr is not None
            assert "Watching" in process.stderr.readline()
            first = out.read_bytes()
            source = returned(tmp_path / "new.xlsx", [line(amount=7.0)], department="New").read_bytes()
            (tmp_path / "in" / "new.xlsx").write_bytes(source[: len(source) // 2])  # half-copied …
            time.sleep(0.5)
            (tmp_path / "in" / "new.xlsx").write_bytes(source)  # … and whole
            assert "Watching" in process.stderr.readline()
            assert out.read_bytes() != first
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            process.communicate()
        assert printed.count("Written:") == 2, "the half-copied file was waited for"
        assert "3 files: 1 read, 2 known from before" in printed
        assert "Total cost in the sum: 8.00 CNY" in printed
        assert process.returncode == 0
