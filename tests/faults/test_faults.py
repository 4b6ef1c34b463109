"""Faults around a run: the old file or the new one is there, whole, and the message says what to do."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crm_xl.hosts.headless import WorkbookError, open_workbook, recalculate
from crm_xl.xlsx import package
from crm_xl.xlsx.package import Package, replace_file
from tests.headless.books import book, cell, sheet

OLD = book({"S": sheet(cell("A1", 1), cell("A2", 0, "A1+1"))})
WRITE = "import sys; from crm_xl.hosts.headless import recalculate; recalculate(sys.argv[1], sys.argv[2])"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "book.xlsx"
    made.write_bytes(OLD)
    return made


def refused(action, *arguments, **options):
    """The message in both languages."""
    with pytest.raises(WorkbookError) as caught:
        action(*arguments, **options)
    return caught.value.text("en"), caught.value.text("zh")


def run(*arguments, language="en", **options):
    environment = {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8"} | options.pop("more", {})
    command = [sys.executable, "-m", "crm_xl", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=120, **options
    )


@posix
def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new_one():
    from .kill import run as kill

    tallies = kill(15)
    assert sum(t.kills for t in tallies.values()) == 15
    assert [text for t in tallies.values() for text in t.wrong] == []
    # Were all runs over before they were killed, nothing would have been tried.
    assert sum(t.ended_before for t in tallies.values()) < 15


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_over_what_a_run_wrote_changes_nothing(language, tmp_path):
    """Else a run that was killed after its file stood would be followed by one that writes something else."""
    from .kill import WORKBOOKS, prepare_recalc

    prepare_recalc(WORKBOOKS / f"crm_example_{language}.xlsx", tmp_path)
    book = tmp_path / "book.xlsx"
    for stale in (False, True):  # what was typed by hand differs from the stored results: some are held against it
        assert recalculate(book, stale=stale).written
        before = book.read_bytes()
        assert not recalculate(book, stale=stale).written
        assert book.read_bytes() == before


class TestLeftOvers:
    def left(self, folder, name="book.xlsx"):
        left = folder / f".{name}.a1b2c3d4.tmp"
        left.write_bytes(b"half")
        return left

    def test_what_a_killed_run_left_is_cleared_away_by_the_next(self, path):
        left, other = self.left(path.parent), self.left(path.parent, "other.xlsx")
        recalculate(path)
        assert not left.exists()
        assert other.exists()

    def test_a_file_of_the_user_is_never_cleared_away(self, path):
        mine = [path.with_name(n) for n in (".book.xlsx.tmp", "book.xlsx.a1b2c3d4.tmp", ".book.xlsx.A1B2C3D4.tmp")]
        for file in mine:
            file.write_bytes(b"mine")
        recalculate(path)
        assert all(file.exists() for file in mine)

    @posix
    def test_the_file_that_another_run_is_writing_stays(self, path):
        with package.replacing(path) as first:
            first.write(b"first")
            replace_file(path, b"second")
            assert path.read_bytes() == b"second"
        assert path.read_bytes() == b"first"
        assert os.listdir(path.parent) == ["book.xlsx"]

    def test_two_that_write_one_file_at_once_leave_one_of_both(self, path):
        contents = [bytes([i]) * 200_000 for i in range(8)]
        faults = []

        def write(content):
            try:
                for _ in range(5):
                    replace_file(path, content)
            except WorkbookError as fault:  # pragma: no cover
                faults.append(fault)

        threads = [threading.Thread(target=write, args=(content,)) for content in contents]
        for thread in threads:
            thread.start()
        seen = {path.read_bytes() for _ in range(50)}
        for thread in threads:
            thread.join()
        assert faults == []
        assert seen <= {OLD, *contents}
        assert path.read_bytes() in contents
        assert os.listdir(path.parent) == ["book.xlsx"]


class TestDiskFull:
    @posix
    def test_a_limit_on_the_size_of_files(self, path, tmp_path):
        """What a full disk does, made by the system: a write that fails half-way."""
        import resource

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

        for language, text in (
            ("en", "out.xlsx cannot be written: the file is larger than the disk allows"),
            ("zh", "out.xlsx 无法写入：文件大小超过磁盘允许的上限"),
        ):
            done = run("recalc", path, "-o", tmp_path / "out.xlsx", language=language, preexec_fn=no_room)
            assert done.returncode == 1
            assert text in done.stderr
            assert os.listdir(tmp_path) == ["book.xlsx"]
        assert path.read_bytes() == OLD

    def test_a_disk_that_is_full(self, path, monkeypatch):
        class Full:
            def __init__(self, file):
                self.file = file

            def write(self, data):
                self.file.write(data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

            def __getattr__(self, name):
                return getattr(self.file, name)

            def __enter__(self):
                return self

            def __exit__(self, *fault):
                self.file.close()

        real = os.fdopen
        monkeypatch.setattr(package.os, "fdopen", lambda *a: Full(real(*a)))
        assert refused(recalculate, path) == (
            "book.xlsx cannot be written: the disk is full",
            "book.xlsx 无法写入：磁盘空间已满",
        )
        assert path.read_bytes() == OLD
        assert os.listdir(path.parent) == ["book.xlsx"]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_output_that_finds_no_room(self, path):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "crm_xl", "functions"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr


class TestReadOnly:
    @posix
    def test_a_folder_in_which_nobody_may_write(self, path, monkeypatch):
        path.parent.chmod(0o555)
        monkeypatch.chdir(path.parent)  # the folders above belong to the user who runs the tests
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            told = refused(recalculate, "book.xlsx")
        finally:
            if root:
                os.seteuid(0)
            path.parent.chmod(0o755)
        assert told == ("book.xlsx cannot be written: no permission", "book.xlsx 无法写入：没有权限")
        assert path.read_bytes() == OLD

    @posix
    def test_a_file_that_nobody_may_read(self, path, monkeypatch):
        path.chmod(0)
        monkeypatch.chdir(path.parent)
        path.parent.chmod(0o755)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            told = refused(recalculate, "book.xlsx")
        finally:
            if root:
                os.seteuid(0)
        assert told == ("book.xlsx: no permission to read this file", "book.xlsx：没有读取此文件的权限")


class TestOpenElsewhere:
    @pytest.mark.parametrize("lock", ["~$book.xlsx", ".~lock.book.xlsx#"])
    def test_a_workbook_that_is_open_is_not_replaced(self, lock, path):
        path.with_name(lock).write_bytes(b"\x05Smith" + b" " * 159)
        en, zh = refused(recalculate, path)
        assert en == (
            f"book.xlsx is open in another program ({lock} lies beside it): close it there or write to another file; "
            f"if it is open nowhere, delete {lock}"
        )
        assert (
            zh == f"book.xlsx 正被其他程序打开（旁边有 {lock}）：请先关闭，或写入其他文件；如果并未打开，请删除 {lock}"
        )
        assert path.read_bytes() == OLD
        assert sorted(os.listdir(path.parent)) == sorted([lock, "book.xlsx"])

    def test_its_results_can_be_written_to_another_file(self, path):
        path.with_name("~$book.xlsx").write_bytes(b"")
        out = path.with_name("out.xlsx")
        assert recalculate(path, out).written
        assert open_workbook(out)["S!A2"] == 2

    def test_the_note_itself_is_told_from_a_workbook(self, tmp_path):
        note = tmp_path / "~$book.xlsx"
        note.write_bytes(b"\x05Smith")
        assert refused(recalculate, note) == (
            "~$book.xlsx is no workbook but the note of a program that it has book.xlsx open",
            "~$book.xlsx 不是工作簿，而是某个程序打开 book.xlsx 时留下的标记",
        )

    def test_a_template_is_not_written_over_an_open_workbook(self, path):
        path.with_name("~$book.xlsx").write_bytes(b"")
        done = run("template", "-o", path, "--force", "--lines", 10)
        assert done.returncode == 1
        assert "book.xlsx is open in another program" in done.stderr
        assert path.read_bytes() == OLD


class TestChanging:
    def test_a_file_that_grows_while_it_is_read(self, path, monkeypatch):
        real = os.fstat
        calls = []

        def later(handle):
            calls.append(handle)
            if len(calls) == 2:
                with path.open("ab") as file:
                    file.write(b"more")
            return real(handle)

        monkeypatch.setattr(package.os, "fstat", later)
        assert refused(Package.open, path) == (
            "book.xlsx was being changed while it was read: wait until it is saved, and run the command again",
            "book.xlsx 在读取时正被修改：请等它保存完毕后重新运行",
        )

    def test_what_another_program_saved_meanwhile_is_not_written_over(self, path):
        opened = open_workbook(path)
        opened.recalculate()
        newer = book({"S": sheet(cell("A1", 5), cell("A2", 0, "A1+1"))})
        path.write_bytes(newer)
        assert refused(opened.save) == (
            "book.xlsx was changed by another program since it was read: nothing was written, run the command again",
            "book.xlsx 在读取之后被其他程序修改：未写入任何内容，请重新运行",
        )
        assert path.read_bytes() == newer
        recalculate(path)
        assert open_workbook(path)["S!A2"] == 6

    def test_a_workbook_can_be_saved_again_and_again(self, path):
        opened = open_workbook(path)
        for value in (10, 20):
            opened["S!A1"] = value
            opened.save()
            assert open_workbook(path)["S!A2"] == value + 1

    @posix
    def test_a_pipe_in_place_of_a_file_does_not_hang(self, tmp_path):
        os.mkfifo(tmp_path / "book.xlsx")
        en, _ = refused(recalculate, tmp_path / "book.xlsx")
        assert en == "book.xlsx is not an Excel workbook (.xlsx or .xlsm)"


class TestClock:
    def test_a_clock_that_goes_backwards_changes_nothing(self, path, monkeypatch):
        out, again = path.with_name("out.xlsx"), path.with_name("again.xlsx")
        recalculate(path, out)
        now = iter(range(2_000_000_000, 0, -86_400))
        monkeypatch.setattr(time, "time", lambda: float(next(now)))
        os.utime(path, (4_000_000_000, 4_000_000_000))
        assert recalculate(path, again).written
        assert again.read_bytes() == out.read_bytes()

    def test_a_template_does_not_hold_the_time(self, monkeypatch):
        from crm_xl.templates.build import build
        from crm_xl.templates.spec import TemplateSpec

        spec = TemplateSpec(language="en", kind="department", lines=10)
        built = build(spec)
        monkeypatch.setattr(time, "time", lambda: 1.0)
        assert build(spec) == built


class TestGuard:
    """A formula that asks for too much ends in a sentence, and nothing is written."""

    def bomb(self, path):
        path.write_bytes(book({"S": sheet(cell("A1", 1), cell("A2", 5, "SUM(TRANSPOSE(B:K))"))}))
        return path.read_bytes()

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of memory")
    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "book.xlsx: the calculation ended abnormally, most likely for want of memory (limit 700 MB"),
            ("zh", "book.xlsx：计算异常终止，很可能是内存不足（上限 700 MB"),
        ],
    )
    def test_too_much_memory(self, path, language, text):
        before = self.bomb(path)
        done = run("recalc", path, language=language, more={"CRM_XL_MAX_MEMORY_MB": "700"})
        assert done.returncode == 1
        assert text in done.stderr
        assert "Traceback" not in done.stderr
        assert path.read_bytes() == before

    def test_too_much_time(self, path):
        slow = "".join(
            cell(f"A{row}", 5, f"SUM(MMULT(SEQUENCE(900,900,{row}),SEQUENCE(900,900)))") for row in range(1, 400)
        )
        path.write_bytes(book({"S": sheet(slow)}))
        before = path.read_bytes()
        done = run("recalc", path, more={"CRM_XL_MAX_SECONDS": "1"})
        assert done.returncode == 1
        assert "book.xlsx: the calculation was stopped after 1 seconds (limit set by CRM_XL_MAX_S" in done.stderr
        assert path.read_bytes() == before

    def test_a_limit_that_is_no_number(self, path):
        done = run("recalc", path, more={"CRM_XL_MAX_CELLS": "many"})
        assert done.returncode == 1
        assert "CRM_XL_MAX_CELLS is set to “many”: it must be a whole number above 0" in done.stderr
        done = run("recalc", path, language="zh", more={"CRM_XL_MAX_CELLS": "0"})
        assert "CRM_XL_MAX_CELLS 设为“0”：必须是大于 0 的整数" in done.stderr

    def test_modules_that_lie_in_the_folder_of_returns_are_not_run(self, path, tmp_path):
        """A file called json.py beside the workbooks must not become part of the program."""
        for name in ("json", "numpy", "crm_xl", "csv"):
            (tmp_path / f"{name}.py").write_text(f"open('run_{name}', 'w')", encoding="utf-8")
        main = "import sys; sys.path.remove('') if '' in sys.path else None; from crm_xl.cli import main; main()"
        command = [sys.executable, "-P", "-c", main, "recalc", "book.xlsx"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.glob("run_*"))
        assert open_workbook(path)["S!A2"] == 2


class TestCollecting:
    @pytest.fixture
    def returns(self, tmp_path):
        from tests.collection.forms import Form

        folder = tmp_path / "returns"
        folder.mkdir()
        Form().line(6, component="Licence", item="Seats", amount=1234.56).save(folder)
        return folder

    def collect(self, returns, out):
        from crm_xl.collection.collecting.collect import Order, collect

        from .kill import here

        return collect(Order(folders=[returns], out=out), here)

    def test_two_collectors_of_one_workbook(self, returns, tmp_path):
        """The second is told so at once; the first ends as if there were no other."""
        from crm_xl.collection.collecting.store import Store

        out = tmp_path / "all.xlsx"
        with Store(out):
            for language, text in (
                ("en", "all.xlsx is being collected by another crm-xl at this moment: wait until it has finished"),
                ("zh", "另一个 crm-xl 正在汇总 all.xlsx：请等它完成，或写入另一个文件"),
            ):
                done = run("collect", returns, "-o", out, language=language)
                assert done.returncode == 1
                assert text in done.stderr
                assert "Traceback" not in done.stderr
        assert not out.exists()
        assert self.collect(returns, out).result.states["counted"] == 1

    def test_two_collectors_in_one_folder_with_an_output_each(self, returns, tmp_path):
        """They read the same files and do not meet."""
        from crm_xl.collection.collecting.store import Store

        with Store(tmp_path / "one.xlsx"):
            assert self.collect(returns, tmp_path / "two.xlsx").result.states["counted"] == 1

    @posix
    def test_a_disk_that_is_full(self, returns, tmp_path):
        import resource

        out = tmp_path / "all.xlsx"
        assert self.collect(returns, out).result.states["counted"] == 1
        older = out.read_bytes()

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        done = run("collect", returns, "-o", out, preexec_fn=no_room)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("Error: ")
        assert out.read_bytes() == older
        assert self.collect(returns, out).result.states["counted"] == 1
        assert sorted(os.listdir(tmp_path)) == ["all.xlsx", "all.xlsx.readings", "returns"]

    def test_a_return_that_is_open_in_excel_is_read(self, returns, tmp_path):
        (returns / "~$sales.xlsx").write_bytes(b"\x05Smith")
        report = self.collect(returns, tmp_path / "all.xlsx")
        assert report.result.states["counted"] == 1
        assert report.skipped == (("~$sales.xlsx", "lock"),)

    def test_a_consolidation_that_is_open_in_excel_is_not_replaced(self, returns, tmp_path):
        out = tmp_path / "all.xlsx"
        self.collect(returns, out)
        before = out.read_bytes()
        (tmp_path / "~$all.xlsx").write_bytes(b"\x05Smith")
        en, zh = refused(self.collect, returns, out)
        assert "all.xlsx is open in another program" in en
        assert "all.xlsx 正被其他程序打开" in zh
        assert out.read_bytes() == before
