"""The add-in placed and taken away again, on a Windows computer in a folder."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crm_xl.hosts.excel import addin, settings
from crm_xl.hosts.excel import install as module
from crm_xl.hosts.excel.doctor import own_settings
from crm_xl.hosts.excel.install import InstallError, given, install, uninstall
from crm_xl.hosts.excel.system import ThisSystem, expanded
from crm_xl.xlsx.package import WorkbookError

from .computer import XLWINGS, Computer, sound

ADD_IN = b"the add-in"
EXAMPLE = Path(__file__).parents[2] / "workbooks" / "crm_example_en.xlsx"


@pytest.fixture
def computer(tmp_path):
    return sound(tmp_path)


def place(computer, add_in=ADD_IN, **options):
    return [step.key for step in install(computer, add_in, xlwings=XLWINGS, **options)]


def files(computer):
    return sorted(p.relative_to(computer.home).as_posix() for p in computer.home.rglob("*") if p.is_file())


class TestInstall:
    def test_excel_finds_the_add_in_and_the_add_in_finds_python(self, computer):
        assert place(computer) == ["install_add_in", "install_settings"]
        assert computer.add_in.read_bytes() == ADD_IN
        assert computer.settings.read_bytes() == f'"INTERPRETER_WIN","{computer.python}"\r\n'.encode()

    def test_doing_it_again_changes_nothing(self, computer):
        place(computer)
        times = {path: (computer.home / path).stat().st_mtime_ns for path in files(computer)}
        assert place(computer) == ["install_add_in_there", "install_settings_there"]
        assert {path: (computer.home / path).stat().st_mtime_ns for path in files(computer)} == times

    def test_an_update_replaces_the_add_in(self, computer):
        place(computer)
        assert place(computer, b"newer") == ["install_add_in", "install_settings_there"]
        assert computer.add_in.read_bytes() == b"newer"
        assert len(files(computer)) == 3

    def test_a_dry_run_says_it_and_does_nothing(self, computer):
        assert place(computer, dry_run=True) == ["install_add_in", "install_settings"]
        assert not computer.home.exists()

    def test_what_the_user_wrote_into_the_settings_stays(self, computer):
        computer.place(
            computer.settings, '"LANGUAGE","zh"\n\n"interpreter_win","C:\\old.exe"\n"Ünser","ä"\n'.encode("cp1252")
        )
        place(computer)
        lines = computer.settings.read_bytes().decode("cp1252").split("\r\n")
        assert lines == ['"LANGUAGE","zh"', f'"INTERPRETER_WIN","{computer.python}"', '"Ünser","ä"', ""]

    def test_what_the_user_wrote_without_quotation_marks_or_twice_is_read_as_excel_does(self, computer):
        text = 'language,zh\nINTERPRETER_WIN, C:\\old.exe\n"LANGUAGE","en"\n"a, b","c"\n# mine\n'
        computer.place(computer.settings, text.encode("cp1252"))
        assert settings.language(computer.settings) == "zh"
        assert settings.read(computer.settings, "cp1252") == {
            "LANGUAGE": "zh",
            "INTERPRETER_WIN": r"C:\old.exe",
            "A, B": "c",
        }
        place(computer)
        assert computer.settings.read_bytes().decode("cp1252").split("\r\n") == [
            "language,zh", f'"INTERPRETER_WIN","{computer.python}"', '"LANGUAGE","en"', '"a, b","c"', "# mine", "",
        ]  # fmt: skip
        uninstall(computer)
        assert settings.read(computer.settings, "cp1252")["INTERPRETER_WIN"] == r"C:\old.exe"

    def test_another_file_in_its_place_is_put_aside(self, computer):
        computer.place(computer.add_in, b"mine")
        assert place(computer) == ["install_add_in_aside", "install_add_in", "install_settings"]
        assert (computer.home / ".crm_xl" / "crm_xl.previous.xlam").read_bytes() == b"mine"

    def test_python_of_the_company(self, computer):
        place(computer, interpreter=r"%ProgramFiles%\crm_xl\Scripts\python.exe")
        assert settings.read(computer.settings, "cp1252") == {
            "INTERPRETER_WIN": r"%ProgramFiles%\crm_xl\Scripts\python.exe"
        }

    def test_an_environment_of_conda_needs_no_setting_but_its_python(self, computer, tmp_path):
        """An earlier version wrote two more; they go, and what stood there before comes back."""
        computer.place(computer.settings, b'"CONDA ENV","mine"\r\n')
        record = {
            "version": "0.0.9",
            "settings": {"INTERPRETER_WIN": "python", "CONDA PATH": "C:\\conda", "CONDA ENV": "crm"},
            "before": {"INTERPRETER_WIN": None, "CONDA PATH": None, "CONDA ENV": "mine"},
        }
        computer.place(computer.home / ".crm_xl" / "installed.json", json.dumps(record).encode())
        computer.settings.write_bytes(
            b'"INTERPRETER_WIN","python"\r\n"CONDA PATH","C:\\conda"\r\n"CONDA ENV","crm"\r\n'
        )
        computer.python = tmp_path / "conda" / "envs" / "finance" / "python.exe"
        place(computer)
        assert settings.read(computer.settings, "cp1252") == {
            "INTERPRETER_WIN": str(computer.python),
            "CONDA ENV": "mine",
        }

    @pytest.mark.parametrize("where", ["python", "base", "interpreter"])
    def test_a_python_of_the_store_is_refused_before_anything_is_written(self, computer, tmp_path, where):
        store = tmp_path / "Program Files" / "WindowsApps" / "PythonSoftwareFoundation.Python.3.12"
        more = {}
        match where:
            case "python":
                computer.python = store / "python.exe"
            case "base":  # an environment that was made from it
                computer.base = store
            case _:
                computer.environ["LOCALAPPDATA"] = str(tmp_path)
                more = {"interpreter": "%LOCALAPPDATA%/Microsoft/WindowsApps/python.exe"}
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(InstallError, match=r"python\.org") as refused:
            place(computer, **more)
        assert sorted(tmp_path.rglob("*")) == before
        assert "python.org" in refused.value.text("zh")

    def test_a_path_in_the_letters_of_the_computer_is_written_so(self, computer, tmp_path):
        computer.encoding = "gbk"
        computer.python = tmp_path / "张三" / "python.exe"
        place(computer)
        assert "张三".encode("gbk") in computer.settings.read_bytes()
        assert settings.read(computer.settings, "gbk")["INTERPRETER_WIN"] == str(computer.python)

    def test_a_path_that_excel_cannot_read_is_refused_before_anything_is_written(self, computer, tmp_path):
        computer.python = tmp_path / "张三" / "python.exe"
        with pytest.raises(InstallError, match=r"cannot read the path .*张三") as refused:
            place(computer)
        assert "只含普通字母" in refused.value.text("zh")
        assert not computer.home.exists()

    def test_excel_holds_the_file(self, computer, monkeypatch):
        def in_use(*_):
            raise WorkbookError("book_not_written", file="crm_xl.xlam", reason=WorkbookError("system_file_in_use"))

        monkeypatch.setattr(module, "replace_file", in_use)
        with pytest.raises(InstallError, match=r"open in another program\. Close Excel and try again") as failed:
            place(computer)
        assert failed.value.text("zh") == "crm_xl.xlam 无法写入：文件正被其他程序打开。请关闭 Excel 后重试"

    def test_on_another_system_it_says_what_is_possible_there(self, tmp_path):
        with pytest.raises(InstallError, match="on Windows only") as refused:
            place(Computer(tmp_path, "darwin"))
        assert "crm-xl serve-folder" in refused.value.text("zh")


class TestUninstall:
    def test_leaves_nothing_behind(self, computer):
        place(computer)
        assert [s.key for s in uninstall(computer)] == ["uninstall_add_in", "uninstall_settings"]
        assert files(computer) == []
        assert not (computer.home / ".crm_xl").exists()
        assert [s.key for s in uninstall(computer)] == ["uninstall_nothing"]

    def test_a_dry_run_says_it_and_does_nothing(self, computer):
        place(computer)
        before = files(computer)
        assert [s.key for s in uninstall(computer, dry_run=True)] == ["uninstall_add_in", "uninstall_settings"]
        assert files(computer) == before

    def test_what_was_there_before_comes_back(self, computer):
        old = b'"LANGUAGE","zh"\r\n"INTERPRETER_WIN","C:\\old.exe"\r\n'
        computer.place(computer.settings, old)
        place(computer)
        place(computer, b"newer")
        assert [s.key for s in uninstall(computer)] == ["uninstall_add_in", "uninstall_settings_kept"]
        assert computer.settings.read_bytes() == old
        assert files(computer) == [".crm_xl/crm_xl.conf"]

    def test_what_the_user_changed_stays_and_is_told(self, computer):
        place(computer)
        computer.add_in.write_bytes(b"changed")
        computer.settings.write_bytes(b'"INTERPRETER_WIN","C:\\mine.exe"\r\n')
        steps = uninstall(computer)
        assert [(s.key, s.kept) for s in steps] == [
            ("uninstall_changed", True),
            ("uninstall_settings_changed", True),
            ("uninstall_settings_kept", True),
        ]
        assert "INTERPRETER_WIN" in steps[1].text("zh")
        assert computer.add_in.read_bytes() == b"changed"
        assert computer.settings.read_bytes() == b'"INTERPRETER_WIN","C:\\mine.exe"\r\n'

    def test_an_add_in_that_another_placed_stays(self, computer):
        computer.place(computer.add_in, b"of IT")
        (step,) = uninstall(computer)
        assert (step.key, step.kept) == ("uninstall_not_ours", True)
        assert computer.add_in.read_bytes() == b"of IT"

    def test_an_add_in_that_is_gone(self, computer):
        place(computer)
        computer.add_in.unlink()
        assert [s.key for s in uninstall(computer)] == ["uninstall_gone", "uninstall_settings"]

    @pytest.mark.parametrize("record", [b"", b"{", b'{"version": 1, "unknown": 2}', b"[1]"])
    def test_a_broken_record_takes_nothing_away(self, computer, record):
        place(computer)
        (computer.home / ".crm_xl" / "installed.json").write_bytes(record)
        assert [s.key for s in uninstall(computer)] == ["uninstall_changed", "uninstall_settings_kept"]
        assert computer.add_in.read_bytes() == ADD_IN


class TestSystem:
    def test_variables_in_paths(self, computer):
        assert expanded(r"%userprofile%\a;%NOPE%", computer) == rf"{computer.home}\a;%NOPE%"

    def test_this_computer_answers(self):
        system = ThisSystem()
        done = system.run([sys.executable, "-c", "print('ü')"], 30)
        assert done is not None
        assert done.code == 0
        assert system.run(["no such program"], 5) is None
        assert system.run([sys.executable, "-c", "import time; time.sleep(9)"], 0.2) is None
        assert "PATH" in system.environ
        if sys.platform != "win32":
            assert (system.registry(r"HKCU\Software"), list(system.subkeys(r"HKCU\Software"))) == ({}, [])


class TestCommand:
    @staticmethod
    def run(*arguments, language="en", **variables):
        environment = {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8", **variables}
        command = [sys.executable, "-m", "crm_xl", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=60)

    def test_a_folder_for_it_gets_an_add_in_that_names_its_python(self, tmp_path):
        done = self.run("install", "--folder", tmp_path / "share", "--interpreter", r"C:\crm\python.exe")
        assert done.returncode == 0, done.stderr
        assert [p.name for p in (tmp_path / "share").iterdir()] == ["crm_xl.xlam"]
        assert own_settings(tmp_path / "share" / "crm_xl.xlam")["INTERPRETER_WIN"] == r"C:\crm\python.exe"

    def test_only_our_add_in_is_given_to_it(self, tmp_path):
        signed, share = tmp_path / "signed.xlam", tmp_path / "share"
        signed.write_bytes(addin.addin())
        assert given(signed) == signed.read_bytes()
        done = self.run("install", "--folder", share, "--add-in", EXAMPLE, language="zh")
        assert (done.returncode, share.exists()) == (1, False)
        assert done.stderr.startswith("错误：crm_example_en.xlsx 不是 crm_xl 的加载项")
        with zipfile.ZipFile(signed) as old, zipfile.ZipFile(tmp_path / "other.xlam", "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b'name="crm_xl.conf"', b'name="myaddin.conf"'))
        with pytest.raises(InstallError, match=r"other\.xlam is not the add-in of crm_xl"):
            given(tmp_path / "other.xlam")

    @pytest.mark.skipif(sys.platform == "win32", reason="installs for the user who runs the tests there")
    def test_elsewhere_it_says_so(self):
        done = self.run("install", language="zh")
        assert done.returncode == 1
        assert done.stderr.startswith("错误：加载项只能在 Windows 版 Excel 中使用")
        assert self.run("uninstall").stdout == "Nothing is installed here.\n"

    @pytest.mark.skipif(sys.platform == "win32", reason="examines this computer")
    def test_doctor_elsewhere(self):
        done = self.run("doctor", "--json", PATH=str(Path(sys.executable).parent))
        assert done.returncode == 0, done.stderr
        assert [(f["check"], f["severity"]) for f in json.loads(done.stdout)][1] == ("headless", "ok")
