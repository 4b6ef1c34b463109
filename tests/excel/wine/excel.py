"""What stands for Excel: a run of the driver, which is told what to do in lines of text and answers in the same way."""

import datetime as dt
import re
import subprocess
from decimal import Decimal
from itertools import count

from crm_xl.errors import ErrorValue
from crm_xl.hosts.excel import addin
from crm_xl.hosts.excel.errors import NUMBERS
from crm_xl.hosts.excel.start import command

MISSING = object()
_NUMBER = count()


class Sheet(tuple):
    """Rows of cells that are handed over as a range of a sheet and not as an array."""


def library():
    """The library that the VBA of the add-in loads in Excel of 64 bits."""
    return re.search(r'CrmLibrary As String = "(xlwings64-.*)"', addin.bridge())[1]


# -- values of cells ---------------------------------------------------------------------------------------------------


def lines(value):
    """A value as the driver reads it."""
    if value is MISSING:
        return ["M"]
    if value is None:
        return ["E"]
    if isinstance(value, ErrorValue):
        return [f"X {NUMBERS[value]}"]
    if isinstance(value, bool):
        return [f"B {int(value)}"]
    if isinstance(value, int | float):
        return [f"N {float(value)!r}"]
    if isinstance(value, Decimal):
        return [f"C {int(value * 10000)}"]
    if isinstance(value, dt.date):
        value = value.date() if isinstance(value, dt.datetime) else value
        return [f"D {(value - dt.date(1899, 12, 30)).days}"]
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
        return [f"T {text}"]
    kind = "R" if isinstance(value, Sheet) else "A"
    return [f"{kind} {len(value)} {len(value[0])}", *(line for row in value for cell in row for line in lines(cell))]


def value(answers):
    """A value as the driver writes it: arrays as lists of rows, a single row as one of them."""
    kind, _, rest = next(answers).partition(" ")
    if kind == "E":
        return None
    if kind in "ND":
        return float(rest)
    if kind == "B":
        return rest == "1"
    if kind == "T":
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), rest)
    if kind == "V":
        return [[value(answers) for _ in range(int(rest))]]
    if kind == "A":
        rows, columns = map(int, rest.split())
        return [[value(answers) for _ in range(columns)] for _ in range(rows)]
    raise AssertionError(f"a value of a kind that Excel does not know: {kind} {rest}")


class Answer:
    """What one command gave: whether it was done, after how many milliseconds, and with what value."""

    def __init__(self, answers):
        head = next(answers).split()
        self.done, self.milliseconds = head[0] == "done", int(head[1])
        self.value = value(answers)


# -- a run -------------------------------------------------------------------------------------------------------------


class Excel:
    """A run of the driver; commands are gathered and run at once."""

    def __init__(self, windows, folder=None, python=None):
        self.windows, self.folder = windows, folder or windows.drive
        self.python = python or windows.path(windows.python / "python.exe")
        self.place = windows.root / f"run{next(_NUMBER)}"
        self.script = []

    def start(self, folder=None):
        """Load the library from beside Python, or from another folder, and start Python, as the bridge does."""
        folder = folder or self.python.rpartition("\\")[0]
        self.script += [f"load {folder}\\{library()}", f"activate {command(self.python)}"]
        return self

    def answer(self, name, *given):
        """Call a function with arguments."""
        self.script += [f"answer {name} {len(given)}", *(line for one in given for line in lines(one))]
        return self

    def repeat(self, times, name, *given):
        """Call a function many times; the answer is the last one, its time that of all."""
        self.script += [f"repeat {times} {name} {len(given)}", *(line for one in given for line in lines(one))]
        return self

    def press(self, name, given=None):
        """Press a button."""
        self.script += [f"press {name}", *lines(given)]
        return self

    def do(self, line):
        """Sleep or die."""
        self.script.append(line)
        return self

    def begin(self):
        """Start the program and return its process."""
        self.place.with_suffix(".txt").write_text("\n".join([*self.script, ""]), encoding="utf-8")
        paths = [f"Z:{self.place.with_suffix(suffix)}".replace("/", "\\") for suffix in (".txt", ".out")]
        driver = str(self.windows.drive / "driver.exe")
        return subprocess.Popen(
            ["wine", driver, *paths], cwd=self.folder, env=self.windows.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def answers(self):
        """What was answered, in order: library and start first."""
        text = self.place.with_suffix(".out").read_text(encoding="utf-8")
        remaining = iter(text.splitlines())
        found = []
        while True:
            try:
                found.append(Answer(remaining))
            except StopIteration:
                return found

    def run(self, seconds=180):
        """Run to the end and return what was answered."""
        process = self.begin()
        try:
            process.wait(seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        return self.answers()
