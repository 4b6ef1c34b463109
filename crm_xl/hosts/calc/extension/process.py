"""A process to which one talks over its own pipes, so that nobody else can: messages, and waiting with an end.

A message is four bytes of length and JSON; nothing that could run code is ever unpacked.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import struct
import subprocess
import threading
from collections.abc import Sequence
from typing import IO, Any

_LENGTH = struct.Struct("<I")
# What LibreOffice sets for its own Python, and what would lead another one astray.
_FOREIGN = (
    "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip


class LateError(EOFError):
    """No answer came in time."""


class Process:
    """One running process; a thread reads its answers, so that waiting for one can end."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._answers: queue.Queue[Any] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        source = self._process.stdout
        assert source is not None
        message: Any = ...
        while message is not None:
            try:
                message = receive(source)
            except (OSError, ValueError):
                message = None
            self._answers.put(message)

    def send(self, message: Any) -> None:
        """Send a message; an OSError says that the process is gone."""
        target = self._process.stdin
        assert target is not None
        send(target, message)

    def answer(self, seconds: float) -> Any:
        """Wait for a message of the process; an EOFError says that it is gone, or that the time is over."""
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise LateError from None
        if answer is None:
            raise EOFError
        return answer

    def end(self) -> None:
        """End the process at once and leave nothing of it behind."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what stood in the pipe cannot be written any more
                if stream is not None:
                    stream.close()


def environment() -> dict[str, str]:
    """Return the environment without what is meant for another Python than the one that is started."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN}


def send(target: IO[bytes], message: Any) -> None:
    """Write one message."""
    data = json.dumps(message).encode()
    target.write(_LENGTH.pack(len(data)) + data)
    target.flush()


def receive(source: IO[bytes]) -> Any:
    """Read one message, or None where there are no more."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return json.loads(source.read(_LENGTH.unpack(head)[0]))


def end_with_children(process: int) -> None:
    """End a program that leads a group of processes, together with those that it started."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process)], capture_output=True)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
