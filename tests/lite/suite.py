"""The tests of the engine and of the functions inside Pyodide, where numbers of places have 32 bits.

`python -m tests.lite.suite` runs all of them, minutes long; names of files or folders run these alone.
"""

import json
import sys

from tests.lite import pyodide

WHOLE = ("tests/engine", "tests/functions", "tests/decisions")
# What needs another process, or a package that was installed: there is neither inside a browser.
_ELSEWHERE = (
    "test_the_core_needs_numpy_alone",
    "test_is_the_version_of_the_installed_package",
    # Data frames are a host of its own, which reads files.
    "test_frames",
    "test_a_frame",
    "test_model_years_have_months_for_days",
)
_IN_PYODIDE = """
import json, os, sys

sys.path[:0] = ["/site", "/project"]
sys.dont_write_bytecode = True
os.chdir("/project")
import pytest


class Counted:
    def __init__(self):
        self.passed = self.skipped = 0
        self.failed = []

    def pytest_runtest_logreport(self, report):
        self.passed += report.when == "call" and report.passed
        self.skipped += report.skipped
        if report.failed:
            self.failed.append(f"{report.nodeid}: {report.longreprtext[-1500:]}")


counted = Counted()
options = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys"]
code = pytest.main([*options, *given], plugins=[counted])
json.dumps({"code": int(code), "passed": counted.passed, "skipped": counted.skipped, "failed": counted.failed})
"""


def run(*names: str, properties: bool = True) -> dict[str, object]:
    """Run tests inside Pyodide and return how many passed, were skipped, and what failed.

    Without `properties` those are left out that try hundreds of made-up tables.
    """
    given = [*names, "-k", " and ".join(f"not {name}" for name in _ELSEWHERE)]
    given += [] if properties else ["-m", "not hypothesis"]
    return pyodide.run(
        _IN_PYODIDE, given, project=pyodide.ROOT, site=pyodide.folder() / "site", packages=("scipy", "pandas")
    )


if __name__ == "__main__":
    found = run(*(sys.argv[1:] or WHOLE))
    print(json.dumps(found["result"], indent=2, ensure_ascii=False))
    sys.exit(found["result"]["code"])
