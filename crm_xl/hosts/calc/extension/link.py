"""The link to the process that computes: finds a Python for it, starts it, asks it, and starts it again when it died.

Nothing here knows LibreOffice.
"""

from __future__ import annotations

import collections
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from .process import LateError, Process

# Longer than any honest call takes; one that never ends is stopped together with its process.
CALL_SECONDS = 120
START_SECONDS = 60
# After a failure nothing is tried for so long: a workbook has many formulas, and each would wait for all of it.
PAUSE_SECONDS = 15
# Ranges that the process keeps; the least recently used go first.
KEPT_RANGES = 64
KEPT_RESULTS = 256
_ENTRY = "import sys; sys.path.insert(0, sys.argv[1]); from crm_xl.hosts.calc.worker import main; main()"


class NoEngineError(Exception):
    """There is no process that could compute: `key` is the reason among the texts of the extension."""

    def __init__(self, key: str, details: str) -> None:
        super().__init__(key, details)
        self.key = key
        self.details = details


class Link:
    """Computes calls in a process that is started with the first of them.

    Parameters
    ----------
    folder
        Where the package crm_xl of the extension stands.
    pythons
        The Pythons that may run it, in the order of preference; the first that has what it needs is taken.
    """

    def __init__(self, folder: str, pythons: Iterable[str], call_seconds: float = CALL_SECONDS) -> None:
        self._folder, self._pythons, self._seconds = folder, list(pythons), call_seconds
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._ranges: collections.OrderedDict[Any, int] = collections.OrderedDict()
        self._numbered = 0
        self._results: collections.OrderedDict[Any, Any] = collections.OrderedDict()
        self._failure: NoEngineError | None = None
        self._failed_at = 0.0

    def call(self, function: str, arguments: Sequence[Any]) -> Any:
        """Compute a function; a range among its arguments is a tuple of rows.

        Raises
        ------
        NoEngineError
            Where no process can be started, or it does not answer.
        """
        # The same call gives the same result: array formulas hold theirs several times, and cells are computed anew.
        call = (function, *arguments)
        with self._lock:
            if call not in self._results:
                self._results[call] = self._computed(function, arguments)
            self._results.move_to_end(call)
            while len(self._results) > KEPT_RESULTS:
                self._results.popitem(last=False)
            return self._results[call]

    def _computed(self, function: str, arguments: Sequence[Any]) -> Any:
        for last in (False, True):
            process = self._running()
            try:
                process.send(self._message(function, arguments))
                return process.answer(self._seconds)["result"]
            except (OSError, EOFError, ValueError) as fault:
                self._drop()
                # One that died is started once more; one that hung would hang again.
                if last or isinstance(fault, LateError):
                    raise self._failed(NoEngineError("engine_stopped", function)) from None
        raise AssertionError("one of the two attempts returns or raises")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._process is not None:
            self._process.end()
        self._process = None
        self._ranges.clear()

    def _running(self) -> Process:
        if self._failure is not None and time.monotonic() - self._failed_at < PAUSE_SECONDS:
            raise self._failure
        if self._process is not None:
            return self._process
        looked_at = []
        for python in self._pythons:
            try:
                process = Process([python, "-X", "utf8", "-c", _ENTRY, self._folder])
            except OSError:
                looked_at.append(python)
                continue
            try:
                process.answer(START_SECONDS)
            except EOFError:
                process.end()
                looked_at.append(python)
                continue
            self._process, self._failure = process, None
            return process
        raise self._failed(NoEngineError("no_engine", ", ".join(looked_at)))

    def _failed(self, failure: NoEngineError) -> NoEngineError:
        self._failure, self._failed_at = failure, time.monotonic()
        return failure

    def _message(self, function: str, arguments: Sequence[Any]) -> dict[str, Any]:
        """Return the message of a call, with those ranges that the process does not have yet."""
        new, named, forgotten = [], [], []
        for value in arguments:
            if not isinstance(value, tuple):
                named.append(value)
                continue
            number = self._ranges.pop(value, None)
            if number is None:
                self._numbered += 1
                number = self._numbered
                new.append((number, [[_sent(cell) for cell in row] for row in value]))
            self._ranges[value] = number
            named.append({"range": number})
        while len(self._ranges) > max(KEPT_RANGES, len(arguments)):
            forgotten.append(self._ranges.popitem(last=False)[1])
        return {"function": function, "arguments": named, "ranges": new, "forget": forgotten}


class Error(str):
    """An error in a cell, under the name that it has in files, such as `#N/A`."""

    __slots__ = ()


def _sent(cell: Any) -> Any:
    return {"error": str(cell)} if isinstance(cell, Error) else cell


def pythons(recorded: str | None, own: str | None) -> list[str]:
    """Return the Pythons to try: the one asked for, the one that built the extension, LibreOffice's, those of the path.

    Parameters
    ----------
    recorded
        The one that was named when the extension was built.
    own
        The one of LibreOffice, where it is a program of its own.
    """
    found = [os.environ.get("CRM_XL_PYTHON"), recorded, own]
    found += [
        shutil.which(name) for name in ("python3", "python", "python3.14", "python3.13", "python3.12", "python3.11")
    ]
    return list(dict.fromkeys(python for python in found if python))


def own_python() -> str | None:
    """Return the Python in which this runs, where it is a program: on Windows and macOS it may be soffice itself."""
    name = "python.exe" if os.name == "nt" else "python3"
    folders = [os.path.dirname(sys.executable or ""), os.path.join(sys.prefix, "bin"), sys.prefix]
    places = [os.path.join(folder, name) for folder in folders if folder]
    return next((place for place in places if os.path.isfile(place)), None)
