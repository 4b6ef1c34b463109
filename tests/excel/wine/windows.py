"""A computer with Windows under Wine: Python with pywin32, xlwings and numpy, a program in the place of Excel.

Python's own library and extension modules for Windows come out of the wheel of panda3d, which carries them; the
standard library is that of the Python that runs the tests. The wheels lie in the folder that CRM_XL_WINE_WHEELS
names; .ci/run fills it.
"""

import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import crm_xl

HERE = Path(__file__).parent
VERSION = f"{sys.version_info.major}{sys.version_info.minor}"
COMPILER = "x86_64-w64-mingw32-gcc"
# What is needed of PyPI: the first four with compiled parts, the others for the command line.
PACKAGES = ("panda3d", "pywin32", "xlwings", "numpy", "click", "colorama", "openpyxl", "et_xmlfile", "xlsxwriter")
# Programs that a workbook's folder could hold under the name of another one.
NAMES = ("cmd", "python", "pythonw", "conda", "py", "chcp.com")


def wheels():
    """The folder of the wheels."""
    return Path(os.environ.get("CRM_XL_WINE_WHEELS") or Path.home() / ".cache" / "crm_xl" / "wine")


def missing():
    """Why the chain cannot be run here; empty where it can."""
    for program, package in (("wine", "wine64"), (COMPILER, "gcc-mingw-w64-x86-64")):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian's package {package})"
    if not Path("/usr/share/i18n/locales/zh_CN").is_file():
        return "the descriptions of locales are not installed (Debian's package locales)"
    for package in PACKAGES:
        if not wheel(package):
            return f"no wheel of {package} for Windows and Python {VERSION} lies in {wheels()} (.ci/run puts it there)"
    return ""


def wheel(package):
    """The wheel of a package for Windows."""
    fitting = re.compile(
        rf"{package}-[^-]+-(cp{VERSION}-.*win_amd64|(py2\.)?py3-none-any|py3-none-win_amd64)\.whl", re.I
    )
    return next((path for path in sorted(wheels().glob("*.whl"), reverse=True) if fitting.fullmatch(path.name)), None)


class Windows:
    """The computer, in a folder of its own."""

    def __init__(self, root, language="en_US.UTF-8", python="Python"):
        self.root, self.drive = root, root / "prefix" / "drive_c"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(root), "WINEPREFIX": str(root / "prefix"), "WINEDEBUG": "-all",
            "LC_ALL": language, "LOCPATH": str(root), "WINEDLLOVERRIDES": "mscoree,mshtml=", "TMPDIR": str(root),
        }  # fmt: skip
        root.mkdir(parents=True, exist_ok=True)
        # The code page of Windows, and the letters of file names, follow from the locale.
        subprocess.run(["localedef", "-i", language[:5], "-f", "UTF-8", str(root / language)], check=False)
        self.run("wineboot", "-i")
        self.python = self.drive / python
        self._install_python()
        for name, sources, more in (
            ("driver.exe", ("driver.c", "range.c"), ("-lole32", "-loleaut32", "-luuid")),
            ("planted.exe", ("planted.c",), ()),
        ):
            self._build(name, sources, more)

        self._stay()

    def _stay(self):
        """Keep a program with a desktop running: without one each start starts Wine's explorer, which holds pipes."""
        script = self.root / "stay.txt"
        script.write_text("sleep 3600000\n")
        self.keeper = subprocess.Popen(
            ["wine", str(self.drive / "driver.exe"), str(script), str(self.root / "stay.out")],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 120
        while not (self.root / "stay.out").exists() and time.monotonic() < end:
            time.sleep(0.1)

    def _build(self, name, sources, more=()):
        command = [COMPILER, "-municode", "-O1", *(HERE / source for source in sources), "-o", self.drive / name, *more]
        subprocess.run(command, check=True)

    def _install_python(self):
        self.python.mkdir(parents=True)
        self._build("python.exe", ("python.c",), (f'-DPYTHON=L"python{VERSION}.dll"',))
        shutil.move(self.drive / "python.exe", self.python / "python.exe")
        (self.python / "DLLs").mkdir()
        with zipfile.ZipFile(wheel("panda3d")) as archive:
            for entry in archive.infolist():
                name = Path(entry.filename).name
                if entry.filename.startswith("deploy_libs/") and name.endswith((".pyd", ".dll")):
                    place = self.python if name.startswith("python") else self.python / "DLLs"
                    (place / name).write_bytes(archive.read(entry))
        library = self.python / "Lib"
        library.mkdir()
        for entry in Path(sysconfig.get_path("stdlib")).iterdir():
            if entry.name not in ("site-packages", "dist-packages", "lib-dynload"):
                (library / entry.name).symlink_to(entry)
        self.packages = library / "site-packages"
        for package in PACKAGES[1:]:
            self._install(wheel(package))
        compileall.compile_dir(self.packages, quiet=2)  # as pip does: what is read at every start is compiled once
        (self.packages / "crm_xl").symlink_to(Path(crm_xl.__file__).parent)

    def _install(self, path):
        """Unpack a wheel as pip does: what its `.data` folder holds belongs elsewhere."""
        places = {"data": self.python, "scripts": self.python / "Scripts"}
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.is_dir() or "/tests/" in entry.filename:
                    continue
                found = re.fullmatch(r"[^/]+\.data/(\w+)/(.+)", entry.filename)
                base, name = (
                    (places.get(found[1], self.packages), found[2]) if found else (self.packages, entry.filename)
                )
                (base / name).parent.mkdir(parents=True, exist_ok=True)
                (base / name).write_bytes(archive.read(entry))

    # -- paths and programs --------------------------------------------------------------------------------------

    def path(self, place):
        """A path as Windows has it."""
        return "C:\\" + str(Path(place).relative_to(self.drive)).replace("/", "\\")

    def run(self, *command, seconds=150, folder=None, environment=None, check=True):
        """Run a program of Windows (or one of Wine's own) and return what it printed."""
        first = str(command[0])
        whole = [first] if first == "wineboot" else ["wine", first]
        done = subprocess.run(
            [*whole, *map(str, command[1:])], cwd=folder or self.root, timeout=seconds, capture_output=True,
            env={**self.environment, **(environment or {})}, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}\n{done.stderr}")
        return done

    def processes(self, word):
        """The numbers of this computer's programs whose command line holds a word."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                line = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if word in line and self.environment["WINEPREFIX"].encode() in environment:
                found.append(int(folder.name))
        return found

    def wait_for_none(self, word, seconds=15):
        """Wait until no program whose command line holds a word runs; what is left after that time."""
        end = time.monotonic() + seconds
        while (left := self.processes(word)) and time.monotonic() < end:
            time.sleep(0.1)
        return left

    def planted(self):
        """What ran in the place of another program; empty where nothing did."""
        mark = self.drive / "planted.txt"
        return mark.read_text(errors="replace") if mark.is_file() else ""

    def end(self):
        """End what still runs on this computer."""
        self.keeper.kill()
        subprocess.run(["wineserver", "-k"], env=self.environment, capture_output=True, check=False, timeout=60)
        for number in self.processes(".exe"):
            os.kill(number, signal.SIGKILL)
        self.keeper.wait(10)
