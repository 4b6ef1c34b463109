"""LibreOffice as an alternative: started once, without a screen, and driven over UNO; start-up is left out.

UNO belongs to the Python of the system (Debian: python3-uno), so that `libreoffice_driver.py` runs in that one.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
    """Start LibreOffice and give it, or None where it or its Python is not installed."""
    soffice, python = shutil.which("soffice"), _python_with_uno()
    if soffice is None or python is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        pipe = f"crm_xl_{os.getpid()}"
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        flags = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        program = subprocess.Popen([soffice, profile, *flags], **quiet)  # type: ignore[call-overload]
        driver = subprocess.Popen(
            [python, str(DRIVER), pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        try:
            assert driver.stdout is not None
            if driver.stdout.readline() != "ready\n":
                raise RuntimeError("LibreOffice does not answer")
            yield Office(driver)
        finally:
            assert driver.stdin is not None
            driver.stdin.close()
            driver.wait(30)
            program.wait(30)


def _python_with_uno() -> str | None:
    for folder in os.get_exec_path():
        python = shutil.which("python3", path=folder)
        if python and subprocess.run([python, "-c", "import uno"], capture_output=True).returncode == 0:
            return python
    return None
