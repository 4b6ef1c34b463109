"""A served folder: what is recalculated and when, what is left alone, and what people are told."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import openpyxl
import pytest

from crm_xl.hosts import serve
from crm_xl.hosts.child_process import ChildProcess, computed
from crm_xl.hosts.headless import WorkbookError
from crm_xl.hosts.headless.book import Book
from crm_xl.hosts.serve import LOOK_AGAIN, NOTE, Folder

from .books import book, cell, sheet


def workbook(amount=1200, text="CRM_TOTAL(Costs!A1:B2)", stale=7):
    """A workbook whose stored total is stale."""
    costs = sheet(cell("A1", "Component"), cell("B1", "Amount"), cell("A2", "Licence"), cell("B2", amount))
    return book({"Results": sheet(cell("A1", stale, text)), "Costs": costs})


def total(path):
    return openpyxl.load_workbook(path, data_only=True)["Results"]["A1"].value


def keys(found):
    return [served.key for served in found]


@pytest.fixture
def folder(tmp_path):
    """A folder with one workbook in it, served without waiting for files to settle."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.xlsx").write_bytes(workbook())
    return Folder(tmp_path / "in", settled=0)


@pytest.fixture
def path(folder):
    return folder.folder / "b.xlsx"


class TestWhatIsRecalculated:
    def test_a_stale_total_is_made_right(self, folder, path):
        (served,) = folder.sweep()
        assert served.text().startswith("b.xlsx: 1 formulas calculated, 1 cells updated")
        assert served.text("zh").startswith("b.xlsx：计算了 1 个公式，更新了 1 个单元格")
        assert served.ok
        assert total(path) == 1200

    def test_nothing_happens_until_it_is_saved_again(self, folder, path):
        list(folder.sweep())
        assert list(folder.sweep()) == []
        path.write_bytes(workbook(amount=5))
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(path) == 5
        assert list(folder.sweep()) == []

    def test_a_workbook_with_the_right_values_is_not_written(self, folder, path):
        path.write_bytes(before := workbook(stale=1200))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert keys(folder.sweep()) == ["serve_same"]
        assert path.read_bytes() == before
        assert path.stat().st_mtime == 1_700_000_000

    def test_a_workbook_without_our_functions_is_nobodys_business(self, folder, path):
        path.write_bytes(before := workbook(text="SUM(Costs!B1:B2)"))
        assert list(folder.sweep()) == []
        assert path.read_bytes() == before

    def test_subfolders_are_served_and_other_files_are_not(self, folder):
        places = ["sub/c.xlsx", ".hidden/d.xlsx", ".e.xlsx", "~$f.xlsx", "g.xlsx.tmp", "h.txt", "I.XLSX"]
        for place in places:
            (folder.folder / place).parent.mkdir(exist_ok=True)
            (folder.folder / place).write_bytes(workbook())
        assert [s.path.relative_to(folder.folder).as_posix() for s in folder.sweep()] == [
            "I.XLSX",
            "b.xlsx",
            "sub/c.xlsx",
        ]

    @pytest.mark.skipif(sys.platform == "win32", reason="links to files need a right of their own on Windows")
    def test_a_link_does_not_lead_out_of_the_folder(self, folder, tmp_path):
        (tmp_path / "outside.xlsx").write_bytes(before := workbook())
        (folder.folder / "link.xlsx").symlink_to(tmp_path / "outside.xlsx")
        assert [served.path.name for served in folder.sweep()] == ["b.xlsx"]
        assert (tmp_path / "outside.xlsx").read_bytes() == before


class TestWaiting:
    @pytest.mark.parametrize("lock", ["~$b.xlsx", ".~lock.b.xlsx#"])
    def test_an_open_workbook_waits_and_is_told_once(self, folder, path, lock):
        mark = folder.folder / lock
        mark.write_bytes(b"ann")
        assert [served.text() for served in folder.sweep()] == ["b.xlsx is open: it is calculated once it is closed"]
        assert list(folder.sweep()) == []
        assert total(path) == 7
        mark.unlink()
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(path) == 1200

    def test_a_file_that_is_still_growing_waits(self, folder, path, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(serve.time, "monotonic", lambda: now[0])
        folder.settled = 1.0
        assert list(folder.sweep()) == []
        now[0] += 0.9
        path.write_bytes(workbook(amount=50))
        assert list(folder.sweep()) == []
        now[0] += 0.9
        assert list(folder.sweep()) == []
        now[0] += 0.2
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(path) == 50

    @pytest.mark.parametrize("event", ["saved", "opened"])
    def test_what_happens_while_it_is_computed_wins(self, folder, path, monkeypatch, event):
        real = Book.recalculate

        def meanwhile(book):
            report = real(book)
            if event == "saved":
                path.write_bytes(workbook(amount=99, stale=8))
            else:
                path.with_name("~$b.xlsx").write_bytes(b"ann")
            return report

        monkeypatch.setattr(Book, "recalculate", meanwhile)
        assert list(folder.sweep()) == []
        assert total(path) == (8 if event == "saved" else 7)
        monkeypatch.setattr(Book, "recalculate", real)
        assert keys(folder.sweep()) == (["serve_done"] if event == "saved" else ["serve_open"])
        assert total(path) == (99 if event == "saved" else 7)

    def test_a_file_that_cannot_be_replaced_is_tried_again_later(self, folder, path, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(serve.time, "monotonic", lambda: now[0])

        def in_use(*_):
            raise WorkbookError("book_not_written", file="b.xlsx", reason=WorkbookError("system_file_in_use"))

        with monkeypatch.context() as blocked:
            blocked.setattr(serve, "replace_file", in_use)
            assert [s.text() for s in folder.sweep()] == [
                "b.xlsx was left as it is: b.xlsx cannot be written: the file is open in another program"
            ]
            assert list(folder.sweep()) == []
            now[0] += LOOK_AGAIN
            assert list(folder.sweep()) == []
        assert total(path) == 7
        now[0] += LOOK_AGAIN + 1
        assert keys(folder.sweep()) == ["serve_done"]


class TestProblems:
    def test_a_wrong_input_is_named_by_cell_and_shown_as_an_error(self, folder, path):
        path.write_bytes(workbook(amount="a few"))
        (served,) = folder.sweep()
        assert not served.ok
        assert 'b.xlsx, Costs!B2: found "a few"; expected a number' in served.lines()
        assert total(path) == "#VALUE!"
        note = path.with_name(path.name + NOTE).read_bytes().decode("utf-8-sig")
        assert 'Costs!B2: found "a few"' in note
        assert "\r\n" in note

    def test_the_note_is_in_the_language_of_the_server_and_goes_with_the_last_problem(self, folder, path):
        folder.language = "zh"
        note = path.with_name(path.name + NOTE)
        path.write_bytes(workbook(amount="a few"))
        list(folder.sweep())
        assert "b.xlsx 中需要人工处理的内容" in note.read_text(encoding="utf-8-sig")
        assert "Costs!B2" in note.read_text(encoding="utf-8-sig")
        path.write_bytes(workbook())
        list(folder.sweep())
        assert not note.exists()

    def test_the_note_goes_with_its_workbook(self, folder, path):
        path.write_bytes(b"no workbook")
        list(folder.sweep())
        path.unlink()
        list(folder.sweep())
        assert list(folder.folder.iterdir()) == []

    def test_a_broken_workbook_is_told_once_and_the_rest_goes_on(self, folder, path):
        (folder.folder / "a.xlsx").write_bytes(b"PK no zip")
        first, second = folder.sweep()
        assert first.text().startswith("a.xlsx was left as it is: a.xlsx is cut off")
        assert second.key == "serve_done"
        assert list(folder.sweep()) == []
        assert (folder.folder / "a.xlsx").read_bytes() == b"PK no zip"

    def test_a_panic_of_the_engine_leaves_the_rest_alone(self, folder, path, monkeypatch):
        class PanicException(BaseException):  # what a panic in Rust becomes
            pass

        (folder.folder / "a.xlsx").write_bytes(workbook())
        real = Book.recalculate

        def panic(book):
            if book.name == "a.xlsx":
                raise PanicException
            return real(book)

        monkeypatch.setattr(Book, "recalculate", panic)
        assert keys(folder.sweep()) == ["serve_failed", "serve_done"]
        assert "PanicException" in (folder.folder / ("a.xlsx" + NOTE)).read_text(encoding="utf-8-sig")

    def test_a_folder_that_is_away_is_told_once_and_served_when_it_is_back(self, folder, path):
        away = folder.folder.with_name("away")
        folder.folder.rename(away)
        (served,) = folder.sweep()
        assert served.text().startswith("The folder in cannot be reached (No such file or directory)")
        assert list(folder.sweep()) == []
        away.rename(folder.folder)
        assert keys(folder.sweep()) == ["serve_done"]

    @pytest.mark.parametrize("out", [False, True], ids=["in place", "out"])
    def test_a_note_that_cannot_be_taken_away_does_not_end_the_service(self, folder, path, monkeypatch, out):
        if out:
            folder.out = folder.folder.with_name("results")
        path.write_bytes(b"no workbook")
        list(folder.sweep())
        note = (folder.out or folder.folder) / ("b.xlsx" + NOTE)
        path.unlink()
        (folder.folder / "c.xlsx").write_bytes(workbook(amount=3))
        real = os.unlink

        def read_only(name, **options):
            if os.fspath(name) == str(note):
                raise PermissionError(errno.EACCES, "Permission denied", str(name))
            real(name, **options)

        with monkeypatch.context() as held:
            held.setattr(os, "unlink", read_only)
            first, second = folder.sweep()
            assert first.text() == f"b.xlsx{NOTE} was left as it is: no permission"
            assert first.text("zh") == f"b.xlsx{NOTE} 未作改动：没有权限"
            assert second.key == "serve_done"
            assert list(folder.sweep()) == []  # told once
        assert note.exists()
        assert list(folder.sweep()) == []
        assert not note.exists()

    def test_a_subfolder_that_nobody_may_enter_leaves_the_rest_alone(self, folder, path, monkeypatch):
        (folder.folder / "closed").mkdir()
        (folder.folder / "closed" / "a.xlsx").write_bytes(workbook())
        for name in ("stat", "lstat"):
            real = getattr(os, name)

            def refuse(at, *arguments, real=real, **options):
                if os.fspath(at).endswith("a.xlsx"):
                    raise PermissionError(errno.EACCES, "Permission denied", os.fspath(at))
                return real(at, *arguments, **options)

            monkeypatch.setattr(os, name, refuse)
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(path) == 1200

    def test_a_missing_folder_is_refused(self, tmp_path):
        with pytest.raises(WorkbookError, match="there is no folder"):
            Folder(tmp_path / "nope")
        with pytest.raises(WorkbookError, match="need another folder"):
            Folder(tmp_path, out=tmp_path)


def dies(path, language):
    """What a formula that the engine cannot stand does to the process."""
    os.abort()


def hangs(path, language):
    time.sleep(60)


class TestApart:
    @pytest.fixture
    def child(self):
        child = ChildProcess()
        yield child
        child.end()

    def test_the_same_comes_back(self, folder, path, child):
        here, there = computed(path, "en"), child(path, "en")
        assert (there.formulas, there.changed, there.problems, there.data, there.differs) == (
            here.formulas, here.changed, here.problems, here.data, here.differs
        )  # fmt: skip

    def test_what_is_wrong_with_a_workbook_comes_back_in_words(self, folder, path, child):
        path.write_bytes(b"PK no zip")
        with pytest.raises(WorkbookError) as refused:
            child(path, "zh")
        assert refused.value.text("zh") == "b.xlsx 不完整：缺少文件末尾，请重新复制"
        path.write_bytes(workbook(amount="a few"))
        assert child(path, "zh").problems[0].startswith("b.xlsx 的 Costs!B2")

    @pytest.mark.parametrize(
        ("work", "seconds", "key"),
        [(dies, "60", "book_engine_died"), (hangs, "1", "book_too_slow")],
        ids=["dies", "hangs"],
    )
    def test_a_process_that_dies_or_hangs_costs_one_workbook(
        self, folder, path, child, monkeypatch, work, seconds, key
    ):
        child.work = work
        monkeypatch.setenv("CRM_XL_MAX_SECONDS", seconds)
        with pytest.raises(WorkbookError) as failed:
            child(path, "en")
        assert failed.value.key == key
        assert failed.value.text("zh")
        child.work = computed
        monkeypatch.delenv("CRM_XL_MAX_SECONDS")
        assert child(path, "en").changed == 1


class TestOut:
    def test_the_workbooks_themselves_stay(self, folder, path):
        (folder.folder / "sub").mkdir()
        (folder.folder / "sub" / "c.xlsx").write_bytes(workbook(amount=3))
        before = path.read_bytes()
        folder.out = folder.folder / "results"
        assert keys(folder.sweep()) == ["serve_done", "serve_done"]
        assert path.read_bytes() == before
        assert total(folder.out / "b.xlsx") == 1200
        assert total(folder.out / "sub" / "c.xlsx") == 3
        assert list(folder.sweep()) == []

    def test_an_open_workbook_is_computed_as_it_was_saved(self, folder, path):
        path.with_name("~$b.xlsx").write_bytes(b"ann")
        folder.out = folder.folder.with_name("results")
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(folder.out / "b.xlsx") == 1200

    def test_a_result_that_is_right_is_not_written_again(self, folder, path):
        folder.out = folder.folder.with_name("results")
        list(folder.sweep())
        os.utime(folder.out / "b.xlsx", (1_700_000_000, 1_700_000_000))
        os.utime(path)
        assert keys(folder.sweep()) == ["serve_done"]
        assert (folder.out / "b.xlsx").stat().st_mtime == 1_700_000_000

    @pytest.mark.parametrize("obstacle", ["file for folder", "folder for file", "open", "unreadable"])
    def test_what_is_in_the_way_of_a_result_is_said_and_the_result_follows(self, folder, path, monkeypatch, obstacle):
        now = [100.0]
        monkeypatch.setattr(serve.time, "monotonic", lambda: now[0])
        path.unlink()
        (folder.folder / "sub").mkdir()
        (folder.folder / "sub" / "c.xlsx").write_bytes(workbook(amount=3))
        folder.out = folder.folder.with_name("results")
        folder.out.mkdir()
        target = folder.out / "sub" / "c.xlsx"
        way = target.parent if obstacle == "file for folder" else target
        if obstacle == "file for folder":
            way.write_bytes(b"")
            said = "c.xlsx was left as it is: sub cannot be written: the system reports “File exists”"
        elif obstacle == "folder for file":
            way.mkdir(parents=True)
            said = "c.xlsx was left as it is: c.xlsx is a folder, not a workbook"
        else:
            target.parent.mkdir()
            target.write_bytes(b"old")
            way = target.with_name("~$c.xlsx")
            way.write_bytes(b"ann")
            said = "c.xlsx was left as it is: c.xlsx is open in another program (~$c.xlsx lies beside it)"
        if obstacle == "unreadable":
            way.unlink()
            real = Path.read_bytes

            def denied(self):
                if self == target:
                    raise PermissionError(errno.EACCES, "Permission denied", str(self))
                return real(self)

            monkeypatch.setattr(Path, "read_bytes", denied)
            said = "c.xlsx was left as it is: c.xlsx cannot be written: no permission"
        (served,) = folder.sweep()
        assert served.text().startswith(said)
        now[0] += LOOK_AGAIN + 1
        assert list(folder.sweep()) == []  # told once
        if obstacle == "unreadable":
            monkeypatch.setattr(Path, "read_bytes", real)
        elif way.is_dir():
            way.rmdir()
        else:
            way.unlink()
        now[0] += LOOK_AGAIN + 1
        assert keys(folder.sweep()) == ["serve_done"]
        assert total(target) == 3

    def test_notes_stand_beside_the_results(self, folder, path):
        folder.out = folder.folder.with_name("results")
        path.write_bytes(b"no workbook")
        list(folder.sweep())
        assert [p.name for p in folder.out.iterdir()] == ["b.xlsx" + NOTE]
        assert [p.name for p in folder.folder.iterdir()] == ["b.xlsx"]


class TestWatching:
    @pytest.mark.parametrize("polling", [True, None])
    def test_a_workbook_is_served_soon_after_it_was_saved(self, folder, path, polling):
        folder.settled = 0.2
        stop = threading.Event()
        found = []

        def work():
            for served in folder.watch(stop, polling=polling):
                found.append(served.key)
                if len(found) == 1:
                    path.with_name("new.xlsx").write_bytes(workbook(amount=4))
                else:
                    stop.set()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)
        stop.set()
        assert found == ["serve_done", "serve_done"]
        assert total(path.with_name("new.xlsx")) == 4

    def test_watching_goes_on_when_the_system_refuses_to_watch(self, folder, path, monkeypatch):
        import watchfiles

        def refused(*_, **__):
            raise RuntimeError("too many watches")

        monkeypatch.setattr(watchfiles, "watch", refused)
        stop = threading.Event()
        for served in folder.watch(stop):
            assert served.key == "serve_done"
            stop.set()
        assert total(path) == 1200


class TestCommand:
    @staticmethod
    def command(*arguments):
        return [sys.executable, "-m", "crm_xl", "serve-folder", *map(str, arguments)]

    @staticmethod
    def environment(language="en"):
        return {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}

    def test_once_tells_what_needs_a_person(self, folder, path, tmp_path):
        (folder.folder / "bad.xlsx").write_bytes(workbook(amount="a few"))
        (folder.folder / "open.xlsx").write_bytes(workbook())
        (folder.folder / "~$open.xlsx").write_bytes(b"ann")
        command = self.command(folder.folder, "--once", "--log", tmp_path / "served.log")
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", env=self.environment(), check=False, timeout=60
        )
        assert done.returncode == 1
        assert "b.xlsx: 1 formulas calculated, 1 cells updated" in done.stdout
        assert 'Costs!B2: found "a few"' in done.stderr
        assert "open.xlsx is open" in done.stderr
        log = (tmp_path / "served.log").read_text(encoding="utf-8")
        assert [name in log for name in ("b.xlsx", 'Costs!B2: found "a few"', "open.xlsx")] == [True] * 3
        assert (total(path), total(folder.folder / "open.xlsx")) == (1200, 7)

    def test_a_log_that_cannot_be_written_is_told_before_anything_is_done(self, folder, path, tmp_path):
        command = self.command(folder.folder, "--once", "--log", tmp_path / "nowhere" / "served.log")
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", env=self.environment(), check=False, timeout=60
        )
        assert (done.returncode, done.stdout, total(path)) == (1, "", 7)
        assert "served.log: the file or its folder is no longer there" in done.stderr

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is had so easily on Linux only")
    def test_a_full_disk_under_the_log_does_not_end_the_service(self, folder, path):
        (folder.folder / "c.xlsx").write_bytes(workbook())
        command = self.command(folder.folder, "--once", "--log", "/dev/full")
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", env=self.environment("zh"), check=False, timeout=60
        )
        assert (done.returncode, total(path), total(folder.folder / "c.xlsx")) == (0, 1200, 1200)
        assert done.stderr.count("/dev/full 无法写入（") == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to another process there")
    def test_ctrl_c_ends_it_cleanly(self, folder, path):
        command = self.command(folder.folder)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=self.environment("zh")
        ) as process:
            late = threading.Timer(40, process.kill)
            late.start()
            first, second = process.stdout.readline(), process.stdout.readline()
            process.send_signal(signal.SIGINT)
            last, err = process.communicate(timeout=20)
            late.cancel()
        assert process.returncode == 0, err
        assert err == ""
        assert first.startswith("正在服务")
        assert "b.xlsx：计算了 1 个公式" in second
        assert last == "已停止；所有工作簿都是完整的。\n"
        assert total(path) == 1200
        assert sorted(p.name for p in folder.folder.iterdir()) == ["b.xlsx"]
