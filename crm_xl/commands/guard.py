"""Commands that calculate anybody's workbook do it in a process of their own, with limits of memory and time.

The calculation engine is machine code: a formula that asks for too much ends its process. Then only that one ends, and
the command says in words what happened. Nothing is lost by it: a file is replaced when the new one is whole.
"""

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

import crm_xl

# Set in the process that has the limits.
_INSIDE = "CRM_XL_INSIDE"
_PIPE = "pipe "
# Formulon runs in WebAssembly, which reserves addresses for the most that it may ever take, and takes few of them.
_RESERVED_BY_WASM = 16 * 2**30
_ASKS_FOR_WASM = frozenset({"--second-engine", "formulon", "--engine=formulon"})
# How a command of ours ends; anything else is the end of a process that something broke.
_CODES = (0, 1, 2, 130)


def limited(function: Callable[..., int]) -> Callable[..., int]:
    """Let a command that takes a `book` run in a process with limits, where it was typed by a user."""

    @functools.wraps(function)
    def run(book: Path, **options: Any) -> int:
        typed = click.get_current_context().find_root().obj
        if typed is not None:
            return _run(typed, book)
        try:
            return function(book=book, **options)
        except MemoryError:
            from crm_xl.xlsx.package import stopped

            raise stopped("book_no_memory", book.name) from None

    return run


def bounded(function: Callable[..., int]) -> Callable[..., int]:
    """Let a command that works on many files have no more memory than the limit, where it was typed by a user.

    Each file is read in a process of its own; this bounds what is left to do with what they hand over.
    """

    @functools.wraps(function)
    def run(**options: Any) -> int:
        if click.get_current_context().find_root().obj is not None:
            from crm_xl.xlsx.limits import bound_memory, limits

            bound_memory(limits().memory_mb * 2**20)
        try:
            return function(**options)
        except MemoryError:
            from crm_xl.xlsx.package import stopped

            raise stopped("command_no_memory", "") from None

    return run


def typed(arguments: Sequence[str] | None) -> list[str] | None:
    """Return what the user typed; None where a program calls, and in the process that has the limits."""
    return None if os.environ.get(_INSIDE) or arguments is not None else sys.argv[1:]


def keep_limits() -> None:
    """Take on the limits, in the process that is meant to have them."""
    if inside := os.environ.get(_INSIDE):
        from crm_xl.xlsx.limits import bound_memory, end_when, limits

        if inside.startswith(_PIPE):
            pipe = int(inside.removeprefix(_PIPE))
            end_when(lambda: os.read(pipe, 1))  # nothing is ever written there: it ends when the parent is gone
        reserved = _RESERVED_BY_WASM if _ASKS_FOR_WASM.intersection(sys.argv) else 0
        bound_memory(limits().memory_mb * 2**20 + reserved)


def _run(arguments: Sequence[str], book: Path) -> int:
    from crm_xl.xlsx.limits import limits
    from crm_xl.xlsx.package import stopped

    seconds = limits().seconds
    # The process has this very package, and never one that lies in the folder where the command is run (-P).
    search = [str(Path(crm_xl.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    # The child holds one end of a pipe; its other end closes when this process is gone, however that ends.
    theirs, ours = os.pipe() if os.name == "posix" else (-1, -1)
    inside = f"{_PIPE}{theirs}" if theirs >= 0 else "1"
    environment = {**os.environ, _INSIDE: inside, "PYTHONPATH": os.pathsep.join(filter(None, search))}
    environment |= {"RUST_BACKTRACE": "0", "OPENBLAS_NUM_THREADS": "1"}  # threads would each reserve memory
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "crm_xl", *arguments], env=environment, pass_fds=(theirs,) if theirs >= 0 else ()
    )
    if theirs >= 0:
        os.close(theirs)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise stopped("book_too_slow", book.name) from None
    except KeyboardInterrupt:
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        if ours >= 0:
            os.close(ours)
    if code in _CODES:
        return code
    raise stopped("book_engine_died", book.name)
