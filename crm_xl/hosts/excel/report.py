"""What `crm-xl doctor --report FILE` gathers for whoever helps: versions, checks, self-tests, a workbook from Excel.

Nothing private is in it: no figure, no text and no name of a file of the user's, no name of a user or computer, and of
a path its last part alone.
"""

import datetime as dt
import json
import platform
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl.utils.datetime import to_excel

from crm_xl._version import __version__
from crm_xl.engine.cells import Range
from crm_xl.errors import ErrorValue
from crm_xl.hosts.excel import udfs
from crm_xl.hosts.excel.doctor import Finding, interpreter
from crm_xl.hosts.excel.errors import marked
from crm_xl.hosts.excel.start import started
from crm_xl.hosts.excel.system import System

# Names by which Windows tells who works where.
_WHO = ("USERNAME", "USERDOMAIN", "COMPUTERNAME", "USERDNSDOMAIN", "LOGONSERVER")
_SHORTEST = 3
_CLOSE = 1e-9
_TABLE = (("Component", "Amount"), ("Licence", 1200.0), ("Training", 300.0))
_ASKED = (("Component", "Amount"), ("Licence", ErrorValue.NA))
_SELF_TESTS: Mapping[str, tuple[str, Sequence[Any], object]] = {
    "a total": ("CRM_TOTAL", [_TABLE], 1500.0),
    "a Chinese table": ("CRM_TOTAL", [(("费用类别", "金额"), ("软件购买", 5.0))], 5.0),
    "an error is handed on": ("CRM_TOTAL", [_ASKED], marked(ErrorValue.NA)),
    "a text is no amount": ("CRM_TOTAL", [(("Component", "Amount"), ("Licence", "twelve"))], marked(ErrorValue.VALUE)),
    "a component that is not there": ("CRM_TOTAL", [_TABLE, None, "Hotel"], marked(ErrorValue.NA)),
    "a table in order": ("CRM_CHECK", [(("费用类别", "金额"), ("软件购买", 5.0))], "正常"),
}


def report(system: System, findings: Sequence[Finding], workbook: Path | None = None) -> str:
    """Return the report as a text that people can read before they send it.

    Parameters
    ----------
    findings
        What the doctor found.
    workbook
        A workbook that Excel has saved: the stored values of its CRM_ formulas are held against headless.

    Raises
    ------
    WorkbookError
        Where the workbook cannot be read.
    """
    found = {
        "report": "crm-xl doctor",
        "versions": versions(system),
        "checks": [
            {"check": f.key.removeprefix("doctor_"), "severity": f.severity, "details": _plain(f.details)}
            for f in findings
        ],
        "self_tests": list(self_tests()),
        "start": start(system),
    }
    if workbook is not None:
        found["workbook"] = from_excel(workbook)
    return _nameless(json.dumps(found, ensure_ascii=False, indent=1), system) + "\n"


def versions(system: System) -> dict[str, str]:
    """Return the versions of what computes, and the code page in which VBA reads files."""
    import numpy
    import xlwings

    return {
        "crm_xl": __version__,
        "python": platform.python_version(),
        "bits": platform.architecture()[0],
        "system": f"{platform.system()} {platform.version()}",
        "code page": system.encoding,
        "xlwings": xlwings.__version__,
        "numpy": numpy.__version__,
    }


def start(system: System) -> dict[str, object]:
    """Start Python through the library of xlwings as the add-in does, and ask it for its version."""
    import xlwings

    python = interpreter(system)
    bits = platform.architecture()[0].removesuffix("bit")
    name = f"xlwings{bits}-{xlwings.__version__}.dll"
    places = [] if python is None else [python.parent / name, python.parent.parent / name]
    library = next((place for place in places if place.is_file()), None)
    if python is None or library is None:
        return {"answered": False, "fault": "no Python" if python is None else "no library"}
    return started(python, library)


def self_tests() -> Iterator[dict[str, object]]:
    """Call functions as a cell does, and hold what they give against what is known."""
    for name, (function, given, want) in _SELF_TESTS.items():
        since = time.perf_counter()
        got = udfs.answer(function, [Range(one) if isinstance(one, tuple) else one for one in given])
        passed = got == want or (isinstance(got, float) and isinstance(want, float) and abs(got - want) < _CLOSE)
        # CRM_CHECK speaks the language that the user chose.
        passed = passed or (function == "CRM_CHECK" and got == "OK")
        yield {"test": name, "passed": passed, "milliseconds": round((time.perf_counter() - since) * 1000, 1)}


def from_excel(path: Path) -> dict[str, object]:
    """Return, for each CRM_ formula of a workbook that Excel saved, how its stored value stands against headless.

    Returns
    -------
    How many formulas there are and how many agree; of the others the cell, the function's name, and `differs`, the
    error that is stored, or that headless cannot compute it; and which spellings of the functions the file has. No
    figure and no text of a cell.
    """
    from crm_xl.functions import REGISTRY
    from crm_xl.hosts.headless import Spellings, open_workbook
    from crm_xl.xlsx.package import Package
    from crm_xl.xlsx.references import cell_name, quoted
    from crm_xl.xlsx.workbook import read_sheets, read_structure

    structure = read_structure(Package.open(path))
    stored = read_sheets(structure)
    book, spellings = open_workbook(path), Spellings(REGISTRY)
    # Every formula anew: what is stored must not vouch for itself.
    unknown = {(problem.sheet, problem.cell) for problem in book.recalculate(stale=True).formula_problems}
    same, other, written = 0, [], dict[str, int]()
    for number, (name, sheet) in enumerate(stored.items(), 1):
        shared: dict[str, str] = {}  # a formula that is filled down stands once in the file
        for (row, column), cell in sorted(sheet.cells.items()):
            if cell.formula is None:
                continue
            group = cell.formula.group
            text = cell.formula.text or shared.get(group, "")
            if group:
                shared[group] = text
            if not spellings.mentioned(text):
                continue
            for prefix in re.findall(r"(?:\[\d+\]!|_xludf\.|_xll\.|_xldudf_)?(?=CRM_\w+\()", text):
                written[prefix or "plain"] = written.get(prefix or "plain", 0) + 1
            kept, place = sheet.value(cell, structure.texts), cell_name(row, column)
            if (name, place) not in unknown and _same(kept, book[f"{quoted(name)}!{place}"]):
                same += 1
                continue
            said = str(kept) if isinstance(kept, ErrorValue) else "differs"
            said = "not computed here" if (name, place) in unknown else said
            called = re.findall(r"CRM_\w+", text)
            other.append({"sheet": number, "cell": place, "functions": called, "stored": said})
    return {"formulas": same + len(other), "agree": same, "others": other, "spellings": written}


def _same(kept: object, wanted: object) -> bool:
    if isinstance(wanted, dt.datetime):
        wanted = float(to_excel(wanted))
    if isinstance(kept, float) and isinstance(wanted, float):
        return abs(kept - wanted) <= _CLOSE * max(1.0, abs(kept), abs(wanted))
    return (kept or "") == (wanted or "") or str(kept) == str(wanted)


def _plain(value: Any) -> Any:
    """A detail of a finding without what is private: of a path the last part, of a fault its kind."""
    if isinstance(value, Mapping):
        return {key: value[key].split(":")[0] if key == "fault" else _plain(value[key]) for key in value}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, int | float):
        return value
    parts = re.split(r"[\\/]", str(value))
    return parts[-1] if len(parts) == 1 else f"…\\{parts[-1]}"


def _nameless(text: str, system: System) -> str:
    """A text in which no name of a user, a computer or a domain stands."""
    names = {system.environ.get(name, "").strip("\\") for name in _WHO}
    names.add(Path(system.environ.get("USERPROFILE", "")).name)
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= _SHORTEST:
            text = re.sub(re.escape(json.dumps(name, ensure_ascii=False)[1:-1]), "…", text, flags=re.IGNORECASE)
    return text
