"""What keeps `=CRM_TOTAL()` from working in Excel on this computer, one check after the other, each with its mend.

Nothing is changed here. Where the registry says what, and by whose word, stands in docs/rollout.en.md.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import Any, Literal, TypeAlias

from crm_xl._version import __version__
from crm_xl.data import term
from crm_xl.hosts.excel import defender, settings
from crm_xl.hosts.excel.install import ADD_IN, from_store, installed, places
from crm_xl.hosts.excel.settings import PROJECT
from crm_xl.hosts.excel.system import RegistryValue, System, expanded, folder
from crm_xl.hosts.lite.web_extension import XLWINGS_LITE
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.workbook import read_structure

Severity: TypeAlias = Literal["ok", "note", "warning", "fault"]

_OFFICE = r"HKCU\Software\Microsoft\Office\16.0"
_POLICIES = r"HKCU\Software\Policies\Microsoft\Office\16.0"
_CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
_APP_PATH = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_OLDER = ("15.0", "14.0", "12.0")
# What the machine field in the head of a program says.
_BITS = {0x014C: 32, 0x8664: 64, 0xAA64: 64}
_MACHINE_AT = 4
_SECONDS = 60
# Of what Office keeps of add-ins from its store, no more is looked through.
_MOST_KEPT = 20_000
# Asks the Python of the add-in what it has; it prints one line.
_ASK = """
import json, struct, sys
found = {"python": sys.version.split()[0], "bits": struct.calcsize("P") * 8}
try:
    import win32api, pythoncom
    found["pywin32"] = True
    import xlwings
    found["xlwings"] = xlwings.__version__
    import crm_xl.hosts.excel.com
    from crm_xl._version import __version__
    found["crm_xl"] = __version__
except Exception as fault:
    found["fault"] = f"{type(fault).__name__}: {fault}"
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Finding:
    """What a check found: the term that says it, and its details; a warning or fault has a term `…_mend` too."""

    severity: Severity
    key: str
    details: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """Return what was found."""
        return term(self.key, language, **self.details)

    def mend(self, language: str = "en") -> str:
        """Return what to do about it; empty where nothing is to be done."""
        return term(f"{self.key}_mend", language, **self.details) if self.severity in ("warning", "fault") else ""


def examine(system: System) -> list[Finding]:
    """Return everything that was found, in the order of the way from Excel to the function."""
    if system.platform != "win32":
        return list(_elsewhere(system))
    computer = _Computer(system)
    checks = (_excel, _python, _add_in, _trust, _defender, _running)
    return [finding for check in checks for finding in check(computer)]


def interpreter(system: System) -> Path | None:
    """Return the Python that the add-in starts; None where the settings name none."""
    return _Computer(system).interpreter


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing is a fault."""
    return all(finding.severity != "fault" for finding in findings)


def _elsewhere(system: System) -> Iterator[Finding]:
    yield Finding("note", "doctor_mac" if system.platform == "darwin" else "doctor_not_windows")
    yield Finding("ok", "doctor_headless")
    office = system.run(["soffice", "--version"], _SECONDS)
    if office is not None and office.code == 0:
        yield Finding("ok", "doctor_calc", {"version": " ".join(office.out.split()[:2])})
    else:
        yield Finding("note", "doctor_no_calc")


class _Computer:
    """What several checks need, looked up once."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.at = places(system)
        self.record = installed(system)

    @cached_property
    def excel(self) -> Path | None:
        """The program Excel."""
        for hive in ("HKCU", "HKLM"):
            given = self.system.registry(f"{hive}\\{_APP_PATH}").get("")
            if isinstance(given, str) and given.strip():
                return Path(expanded(given.strip('"'), self.system))
        return None

    @cached_property
    def bits(self) -> int | None:
        """How many bits Excel has, by the head of the program, else by what its installer noted."""
        try:
            with (self.excel or Path()).open("rb") as file:
                head = file.read(4096)
            (at,) = struct.unpack_from("<I", head, 0x3C)
            return _BITS.get(struct.unpack_from("<H", head, at + _MACHINE_AT)[0])
        except (OSError, struct.error):
            noted = self.system.registry(_CLICK_TO_RUN).get("platform")
            noted = noted or self.system.registry(r"HKLM\SOFTWARE\Microsoft\Office\16.0\Outlook").get("bitness")
            return {"x86": 32, "x64": 64}.get(str(noted).lower())

    @cached_property
    def add_ins(self) -> list[Path]:
        """Every file of the add-in that Excel opens when it starts."""
        return list(dict.fromkeys(_add_ins(self)))

    @cached_property
    def settings(self) -> dict[str, str]:
        """The settings that hold: what the add-in itself says goes before what the user's file says."""
        own = own_settings(self.add_ins[0]) if self.add_ins else {}
        return settings.read(self.at.settings, self.system.encoding) | own

    @cached_property
    def interpreter(self) -> Path | None:
        """The Python that the add-in starts; None where the settings name none."""
        given = expanded(self.settings.get("INTERPRETER_WIN", ""), self.system)
        return Path(given) if given else None

    @cached_property
    def answer(self) -> dict[str, Any] | None:
        """What the interpreter has: versions of Python, xlwings and crm_xl; None where it does not answer."""
        if self.interpreter is None or not self.interpreter.is_file():
            return None
        done = self.system.run([str(self.interpreter), "-B", "-P", "-c", _ASK], _SECONDS)
        try:
            found: dict[str, Any] = json.loads(done.out.strip().splitlines()[-1]) if done is not None else {}
        except (ValueError, IndexError):
            return None
        return found or None

    def setting(self, name: str, *, of: str = "Excel", under: str = "Security") -> RegistryValue:
        """Return a security setting: what the company prescribes, else what the user chose."""
        for root in (_POLICIES, _OFFICE):
            found = self.system.registry("\\".join(part for part in (root, of, under) if part)).get(name.lower())
            if found is not None:
                return found
        return None


# -- Excel -------------------------------------------------------------------------------------------------------------


def _excel(computer: _Computer) -> Iterator[Finding]:
    system = computer.system
    if computer.excel is None:
        yield Finding("fault", "doctor_no_excel")
        return
    configuration = system.registry(_CLICK_TO_RUN)
    version = configuration.get("versiontoreport")
    current = isinstance(version, str) or _has_root(system, "16.0")
    details = {"version": version or ("16.0" if current else "?"), "bits": computer.bits or "?"}
    older = [number for number in _OLDER if _has_root(system, number)]
    if not current:
        yield Finding("fault", "doctor_old_excel", details)
        return
    yield Finding("ok", "doctor_excel", details)
    if "WindowsApps" in computer.excel.parts:
        yield Finding("warning", "doctor_store_excel", {"path": computer.excel})
    if older:
        yield Finding("warning", "doctor_two_excels", {"version": older})
    products = str(configuration.get("productreleaseids") or "")
    names = [name for name in products.split(",") if name.strip()]
    if not names or all("2016" in name or "2019" in name for name in names):
        yield Finding("warning", "doctor_no_spill")


def _has_root(system: System, number: str) -> bool:
    found = system.registry(rf"HKLM\SOFTWARE\Microsoft\Office\{number}\Excel\InstallRoot").get("path")
    return isinstance(found, str) and bool(found)


# -- Python ------------------------------------------------------------------------------------------------------------


def _python(computer: _Computer) -> Iterator[Finding]:
    interpreter, settings = computer.interpreter, computer.at.settings
    if interpreter is None:
        yield Finding("fault", "doctor_no_settings", {"path": settings})
        return
    if not (interpreter.is_absolute() and interpreter.is_file()):
        yield Finding("fault", "doctor_no_interpreter", {"path": interpreter})
        return
    if from_store(interpreter):
        yield Finding("fault", "doctor_store_python", {"path": interpreter})
    try:
        str(interpreter).encode(computer.system.encoding)
    except UnicodeEncodeError:
        yield Finding("fault", "doctor_letters", {"path": interpreter})
    if _synced(computer.system, interpreter):
        yield Finding("warning", "doctor_synced", {"path": interpreter})
    answer = computer.answer
    if answer is None:
        yield Finding("fault", "doctor_no_answer", {"path": interpreter, "seconds": _SECONDS})
        return
    if "fault" in answer:
        key = "doctor_server_fault" if "pywin32" in answer else "doctor_no_pywin32"
        yield Finding("fault", key, {"path": interpreter, "fault": answer["fault"]})
        return
    yield Finding("ok", "doctor_python", {"path": interpreter, "version": answer["python"], "bits": answer["bits"]})
    if answer["crm_xl"] != __version__:
        yield Finding("warning", "doctor_two_versions", {"found": answer["crm_xl"], "this": __version__})
    yield from _library(computer, interpreter, answer["xlwings"])


def _library(computer: _Computer, interpreter: Path, xlwings: str) -> Iterator[Finding]:
    """Check the library of xlwings: Excel loads the one of its own bits and of the version of the add-in."""
    wanted = computer.record.xlwings or xlwings
    if wanted != xlwings:
        yield Finding("fault", "doctor_other_xlwings", {"add_in": wanted, "found": xlwings})
        return
    # Both come with xlwings, so that Python may have other bits than Excel.
    for bits in [computer.bits] if computer.bits else [32, 64]:
        name = f"xlwings{bits}-{wanted}.dll"
        if any((place / name).is_file() for place in (interpreter.parent, interpreter.parent.parent)):
            yield Finding("ok", "doctor_library", {"name": name})
        else:
            yield Finding("fault", "doctor_no_library", {"name": name, "path": interpreter.parent})


def _synced(system: System, path: Path) -> bool:
    """Whether a file lies in a folder that OneDrive moves about."""
    folders = (system.environ.get(name) for name in ("ONEDRIVE", "ONEDRIVECOMMERCIAL", "ONEDRIVECONSUMER"))
    return any(folder and Path(folder) in path.parents for folder in folders)


# -- the add-in --------------------------------------------------------------------------------------------------------


def _add_in(computer: _Computer) -> Iterator[Finding]:
    found = computer.add_ins
    if not found:
        yield Finding("fault", "doctor_no_add_in", {"path": computer.at.add_in})
        return
    if len(found) > 1:
        yield Finding("fault", "doctor_two_add_ins", {"paths": found})
    else:
        yield Finding("ok", "doctor_add_in", {"path": found[0]})
    made = computer.record.version
    if computer.at.add_in in found and made and made != __version__:
        yield Finding("warning", "doctor_old_add_in", {"found": made, "this": __version__})
    for path in found:
        if _from_internet(path):
            yield Finding("fault", "doctor_marked", {"path": path})
    yield from _disabled(computer)
    if _has_lite(computer.system):
        yield Finding("note", "doctor_lite")


def _has_lite(system: System) -> bool:
    """Whether Office keeps the add-in xlwings Lite for this user: some workbooks bring our functions along for it."""
    kept = folder(system, "LOCALAPPDATA", "Microsoft", "Office", "16.0", "Wef").rglob("*")
    return any(XLWINGS_LITE in path.name.lower() for path in islice(kept, _MOST_KEPT))


def _add_ins(computer: _Computer) -> Iterator[Path]:
    options = computer.system.registry(rf"{_OFFICE}\Excel\Options")
    folders = [computer.at.add_in.parent]
    if computer.excel is not None:
        folders.append(computer.excel.parent / "XLSTART")
    other = options.get("altstartup")
    if isinstance(other, str) and other:
        folders.append(Path(expanded(other, computer.system)))
    yield from (place / ADD_IN for place in folders if (place / ADD_IN).is_file())
    default = computer.at.add_in.parents[2] / "AddIns"
    for name, value in options.items():
        # What is ticked in the list of add-ins: OPEN, OPEN1, … with the file, perhaps with switches before it.
        if name.startswith("open") and isinstance(value, str) and ADD_IN in value.lower():
            file = expanded(value.split('"')[1] if '"' in value else value.split()[-1], computer.system)
            yield Path(file) if len(PureWindowsPath(file).parts) > 1 or Path(file).is_absolute() else default / file


def own_settings(path: Path) -> dict[str, str]:
    """Return what the sheet of settings in the add-in says."""
    try:
        package = Package.open(path)
        structure = read_structure(package)
        part = next(sheet.part for sheet in structure.sheets if sheet.name == f"{PROJECT}.conf")
        sheet = SheetXml(package.parts[part], package.name, part)
    except (WorkbookError, StopIteration):
        return {}
    cells = {place: sheet.value(cell, structure.texts) for place, cell in sheet.cells.items()}
    return {str(name).upper(): str(cells.get((row, 2)) or "") for (row, column), name in cells.items() if column == 1}


def _from_internet(path: Path) -> bool:
    """Whether Windows marks a file as downloaded; Excel then runs no macro of it."""
    try:
        mark = Path(f"{path}:Zone.Identifier").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    zones = (line.partition("=")[2].strip() for line in mark.splitlines() if line.lower().startswith("zoneid"))
    return any(zone in ("3", "4") for zone in zones)


def _disabled(computer: _Computer) -> Iterator[Finding]:
    items = computer.system.registry(rf"{_OFFICE}\Excel\Resiliency\DisabledItems").values()
    mark = ADD_IN.encode("utf-16-le")
    if any(isinstance(item, bytes) and mark in item.lower() for item in items):
        yield Finding("fault", "doctor_disabled")
    managed = computer.system.registry(rf"{_POLICIES}\Excel\Resiliency\AddinList").get(ADD_IN)
    only = computer.system.registry(rf"{_POLICIES}\Excel\Resiliency").get("restricttolist")
    if str(managed) == "0" or (managed is None and _on(only)):
        yield Finding("fault", "doctor_forbidden", {"file": ADD_IN})


# -- trust -----------------------------------------------------------------------------------------------------------


def _trust(computer: _Computer) -> Iterator[Finding]:
    if _on(computer.setting("DisableAllAddins")):
        yield Finding("fault", "doctor_all_add_ins_off")
    signed = _on(computer.setting("RequireAddinSig"))
    if signed or _on(computer.setting("RequireAlwaysOnMacroSig", of="Common")):
        yield Finding("warning", "doctor_signature")
    macros = computer.setting("VBAWarnings")
    if _trusted(computer):
        yield Finding("ok", "doctor_trusted")
    elif macros == 1:
        yield Finding("ok", "doctor_all_macros")
    elif macros in (3, 4):
        yield Finding("fault", "doctor_macros_off")
    else:
        yield Finding("warning", "doctor_macros_asked")
    if _on(computer.setting("AccessVBOM")):
        yield Finding("note", "doctor_vbom")


def _defender(computer: _Computer) -> Iterator[Finding]:
    python = str(computer.interpreter or "")
    details = {"python": python or "python.exe", "add_in": computer.at.add_in}
    for rule in defender.rules(computer.system, python, str(computer.at.add_in)):
        key = "doctor_rule_programs" if rule.number == defender.PROGRAMS else "doctor_rule_calls"
        said = {**details, "rule": rule.number, "source": rule.source}
        if rule.mode == "notes" or rule.excluded:
            yield Finding("note", f"{key}_{'excluded' if rule.excluded else 'noted'}", said)
        elif rule.mode == "warns" or rule.number == defender.CALLS:
            yield Finding("warning", key, said)
        else:
            yield Finding("fault", key, said)


def _trusted(computer: _Computer) -> bool:
    """Whether Excel trusts the folder in which the add-in lies."""
    if _on(computer.setting("AllLocationsDisabled", under=r"Security\Trusted Locations")):
        return False
    wanted = _plain(str(computer.at.add_in.parent))
    listed = 0
    for root in (_OFFICE, _POLICIES):
        key = rf"{root}\Excel\Security\Trusted Locations"
        for name in computer.system.subkeys(key):
            location = computer.system.registry(rf"{key}\{name}")
            path = location.get("path")
            if not isinstance(path, str):
                continue
            listed += 1
            trusted = _plain(expanded(path, computer.system))
            if wanted == trusted or (_on(location.get("allowsubfolders")) and wanted.startswith(trusted + "/")):
                return True
    # Where the user has no list, Excel's own holds, and XLSTART is in it.
    return listed == 0


def _plain(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").casefold()


def _on(value: RegistryValue) -> bool:
    return str(value) == "1"


def _running(computer: _Computer) -> Iterator[Finding]:
    tasks = computer.system.run(["tasklist", "/FI", "IMAGENAME eq EXCEL.EXE", "/FO", "CSV", "/NH"], _SECONDS)
    if tasks is not None and "excel.exe" in tasks.out.lower():
        yield Finding("note", "doctor_running")
