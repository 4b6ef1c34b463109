"""A LibreOffice of our own: started with a profile and the extension, watched, ended, and started again when it hangs.

It has nothing to do with the one that the user has open: profile, extension and pipe are its own and are removed.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

from crm_xl.functions import REGISTRY
from crm_xl.hosts.calc import oxt
from crm_xl.hosts.calc.extension.process import LateError, Process, end_with_children, environment
from crm_xl.xlsx.package import WorkbookError

START_SECONDS = 90
# Longer than LibreOffice takes for any honest workbook of ours.
REQUEST_SECONDS = 300
_NAMES = ("soffice", "libreoffice", "soffice.exe")
_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice*/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
)
# LibreOffice's own Python, seen from the folder of soffice; Linux distributions take that of the system.
_OWN_PYTHONS = ("python.exe", "python", "../Resources/python")
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_SYSTEM_PYTHONS = ("/usr/bin/python3", "python3")
_DRIVER = "import sys; sys.path.append(sys.argv[1]); from extension.driver import main; main()"
# Workbooks may come from anybody: no macros, no links to follow, and nothing that waits for an answer.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" \
oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">\
<value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" \
oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value></prop>\
</item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">\
<value>1</value></prop></item>
</oor:items>
"""


def find_office() -> Path:
    """Return the program soffice: that of the environment variable CRM_XL_SOFFICE, else the installed one.

    Raises
    ------
    WorkbookError
        Where LibreOffice is not installed.
    """
    named = os.environ.get("CRM_XL_SOFFICE")
    on_path = (shutil.which(name) for name in ([named] if named else _NAMES))
    at_places = () if named else (path for place in _PLACES for path in sorted(glob.glob(place)))
    found = next((path for path in (*on_path, *at_places) if path), None)
    if found is None:
        raise WorkbookError("office_missing")
    return Path(found).resolve()


def find_python(soffice: Path) -> Path:
    """Return a Python that can talk to LibreOffice.

    Raises
    ------
    WorkbookError
        Where there is none: on Debian it is the package python3-uno.
    """
    for name in (*(str(soffice.parent / own) for own in _OWN_PYTHONS), *_SYSTEM_PYTHONS):
        found = shutil.which(name)
        if found and _knows_uno(found):
            return Path(found)
    raise WorkbookError("office_no_python", program=soffice)


def _knows_uno(python: str) -> bool:
    try:
        done = subprocess.run([python, "-c", "import uno"], capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def surroundings() -> dict[str, str]:
    """Return the environment for LibreOffice: its Python takes the first python3 of the path for itself.

    In a virtual environment that would be one without the modules of LibreOffice.
    """
    own = environment()
    if os.name == "posix":
        own["PATH"] = _SYSTEM_PATH
    return own


class Office:
    """A LibreOffice that calculates and prints; use it in a `with` block, which ends it.

    Parameters
    ----------
    seconds
        How long a request may take. After that LibreOffice is ended, and started anew for the next one.
    """

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        self._seconds = seconds
        self._program = find_office()
        self._python = find_python(self._program)
        self._folder: Path | None = None
        self._office: subprocess.Popen[bytes] | None = None
        self._driver: Process | None = None

    def __enter__(self) -> "Office":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def calculate(
        self,
        book: bytes,
        name: str,
        *,
        inputs: Sequence[Sequence[Any]] = (),
        dynamic: Sequence[Sequence[Any]] = (),
    ) -> dict[str, Any]:
        """Calculate a workbook and return the results of its formulas; the workbook itself is not changed.

        Parameters
        ----------
        inputs
            Sheet, row, column and value of cells to set first.
        dynamic
            Sheet, row and column of the dynamic arrays, which take the size of their results.

        Returns
        -------
        `cells`: by sheet a list of row, column and value; `arrays`: sheet, row, column, rows and columns of the dynamic
        arrays; `blocked`: sheet, row and column of those that have no room.
        """
        return self._asked(book, name, {"inputs": [list(i) for i in inputs], "dynamic": [list(d) for d in dynamic]})

    def print(self, book: bytes, name: str, sheets: Sequence[str]) -> tuple[bytes, list[tuple[str, int, int]]]:
        """Return sheets of a workbook as PDF, freshly calculated, and sheet, row and column of the errors on them."""
        target = self._running() / "printed.pdf"
        target.unlink(missing_ok=True)
        answer = self._asked(book, name, {"pdf": str(target), "sheets": list(sheets)})
        return target.read_bytes(), [(sheet, row, column) for sheet, row, column in answer["errors"]]

    def _asked(self, book: bytes, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask for something; a LibreOffice that has died meanwhile is started once more, one that hangs is not."""
        for last in (False, True):
            path = self._running() / "book.xlsx"
            path.write_bytes(book)
            assert self._driver is not None
            try:
                self._driver.send(
                    {"path": str(path), "tables": [f.name for f in REGISTRY if f.result == "table"], **request}
                )
                answer: dict[str, Any] = self._driver.answer(self._seconds)
            except (OSError, EOFError) as fault:
                self.close()
                if isinstance(fault, LateError):
                    raise WorkbookError("office_late", file=name, seconds=f"{self._seconds:g}") from None
                if last:
                    raise WorkbookError("office_died", file=name) from None
                continue
            if "unreadable" in answer:
                raise WorkbookError("office_not_opened", file=name)
            return answer
        raise AssertionError("one of the two attempts returns or raises")

    def _running(self) -> Path:
        """Start LibreOffice where it is not running, and return the folder that it shares with us."""
        if self._folder is not None:
            return self._folder
        folder = self._folder = Path(tempfile.mkdtemp(prefix="crm_xl_office_"))
        user = folder / "profile" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        # As an extension that came with the program: nothing has to be installed, which unopkg refuses to root.
        with zipfile.ZipFile(BytesIO(oxt.build(sys.executable))) as archive:
            archive.extractall(folder / "extensions" / "crm_xl")
        pipe = f"crm_xl_{uuid.uuid4().hex}"
        command = [
            str(self._program),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"-env:BUNDLED_EXTENSIONS={(folder / 'extensions').as_uri()}",
            *("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            f"--accept=pipe,name={pipe};urp",
        ]
        try:
            self._office = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=surroundings(),
            )
            here = str(Path(__file__).parent)
            self._driver = Process(
                [str(self._python), "-X", "utf8", "-c", _DRIVER, here, pipe, str(self._office.pid), str(folder)]
            )
            self._driver.answer(START_SECONDS)
        except (OSError, EOFError):
            self.close()
            raise WorkbookError("office_not_started", program=self._program) from None
        return folder

    def close(self) -> None:
        """End LibreOffice and remove what it left."""
        if self._driver is not None:
            self._driver.end()
        if self._office is not None:
            end_with_children(self._office.pid)
            self._office.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._driver = self._office = self._folder = None
