"""A Windows computer in a folder: its registry is a dictionary, its files are real, its programs answer as told."""

import io
import json
import struct
from pathlib import Path

import xlsxwriter

from crm_xl._version import __version__
from crm_xl.hosts.excel.system import Finished

XLWINGS = "0.37.8"
OFFICE = r"HKCU\Software\Microsoft\Office\16.0"
POLICIES = r"HKCU\Software\Policies\Microsoft\Office\16.0"
CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
APP_PATH = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
TRUSTED = r"Excel\Security\Trusted Locations"


def program(bits):
    """The head of a program for Windows of 32 or 64 bits, as the PE format has it."""
    machine = {32: 0x014C, 64: 0x8664}[bits]
    return b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40) + b"PE\0\0" + struct.pack("<H", machine)


def add_in(**settings):
    """An add-in of which only its sheet of settings is real."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("crm_xl.conf")
        for i, line in enumerate(settings.items()):
            sheet.write_row(i, 0, line)
    return buffer.getvalue()


class Computer:
    """What `System` asks for."""

    def __init__(self, root: Path, platform: str = "win32") -> None:
        self.platform, self.root, self.encoding = platform, root, "cp1252"
        self.home = root / "Users" / "ann"
        self.environ = {
            "USERPROFILE": str(self.home),
            "APPDATA": str(self.home / "AppData" / "Roaming"),
            "LOCALAPPDATA": str(self.home / "AppData" / "Local"),
        }
        self.python = root / "Python" / "python.exe"
        self.base = self.python.parent
        self.keys: dict[str, dict[str, object]] = {}
        self.answers: dict[str, Finished | None] = {}
        self.commands: list[list[str]] = []

    def registry(self, key):
        assert key.split("\\")[0] in ("HKCU", "HKLM")
        found = {k.lower(): v for k, v in self.keys.items()}.get(key.lower(), {})
        return {name.lower(): value for name, value in found.items()}

    def subkeys(self, key):
        start = key.lower() + "\\"
        below = (k[len(start) :] for k in self.keys if k.lower().startswith(start))
        return [name for name in below if "\\" not in name]

    def run(self, command, seconds):
        self.commands.append(list(command))
        return self.answers.get(Path(command[0]).name)

    # -- putting something onto it -----------------------------------------------------------------------------

    def place(self, path, data=b""):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    @property
    def xlstart(self):
        return Path(self.environ["APPDATA"]) / "Microsoft" / "Excel" / "XLSTART"

    @property
    def add_in(self):
        return self.xlstart / "crm_xl.xlam"

    @property
    def settings(self):
        return self.home / ".crm_xl" / "crm_xl.conf"

    def answer(self, **more):
        """Let Python answer the doctor's question."""
        found = {"python": "3.12.4", "bits": 64, "pywin32": True, "xlwings": XLWINGS, "crm_xl": __version__, **more}
        found = {key: value for key, value in found.items() if value is not None}
        self.answers["python.exe"] = Finished(0, json.dumps(found) + "\n", "")


def sound(root):
    """A computer with Microsoft 365 and a Python into which crm_xl was installed with pip."""
    computer = Computer(root)
    excel = computer.place(root / "Office16" / "EXCEL.EXE", program(64))
    computer.keys[APP_PATH] = {"": str(excel)}
    computer.keys[CLICK_TO_RUN] = {
        "Platform": "x64",
        "VersionToReport": "16.0.17928.20114",
        "ProductReleaseIds": "O365ProPlusRetail",
    }
    computer.keys[rf"{OFFICE}\{TRUSTED}\Location2"] = {"Path": r"%APPDATA%\Microsoft\Excel\XLSTART"}
    computer.place(computer.python)
    for bits in (32, 64):
        computer.place(computer.python.with_name(f"xlwings{bits}-{XLWINGS}.dll"))
    computer.answer()
    computer.answers["tasklist"] = Finished(0, "INFO: No tasks are running which match the specified criteria.\n", "")
    return computer
