"""LibreOffice as an alternative: started once, without a screen, and driven over UNO; start-up is left out.

UNO belongs to a Python of its own (Debian: the package python3-uno), so that `libreoffice_driver.py` runs in that one.
"""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crm_xl.hosts.calc.office import find_office, find_python
from crm_xl.xlsx.package import WorkbookError

DRIVER = Path(__file__).with_name("libreoffice_driver.py")


class Office:
    """A running LibreOffice."""

    def __init__(self, driver: subprocess.Popen[str]) -> None:
        self._driver = driver

    def recalculate(self, path: Path, out: Path) -> dict[str, float]:
        """Load a workbook, calculate every formula anew, and write it as .xlsx; return the seconds of each."""
        requests, answers = self._driver.stdin, self._driver.stdout
        assert requests is not None
        assert answers is not None
        print(json.dumps([str(path), str(out)]), file=requests, flush=True)
        answer = json.loads(answers.readline())
        return {str(key): float(value) for key, value in answer.items()}


@contextlib.contextmanager
def office() -> Iterator[Office | None]:
    """Start LibreOffice and give it, or None where it or a Python that knows UNO is not installed."""
    try:
        soffice = find_office()
        python = find_python(soffice)
    except WorkbookError:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        pipe = f"crm_xl_benchmarks_{os.getpid()}"
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [str(soffice), profile, "--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp"]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        driver = subprocess.Popen(
            [str(python), str(DRIVER), pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert driver.stdout is not None
            if driver.stdout.readline() != "ready\n":
                raise RuntimeError("LibreOffice does not answer")
            yield Office(driver)
        finally:
            driver.communicate(timeout=60)  # closes its input, whereupon it ends LibreOffice
            program.wait(60)
