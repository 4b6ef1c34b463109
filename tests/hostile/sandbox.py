"""Reading a hostile workbook in a process of its own, with limits, without a network, and measured.

`python -m tests.hostile.sandbox` is a process that has everything imported. For each line on its input, which names an
action and a file, it forks; the fork does the action and ends, and a line of JSON tells what came of it: the outcome,
seconds of the processor and the largest memory, measured by the system.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

MEMORY = 2 << 30
SECONDS = 60


class Sandbox:
    """The process that forks."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.hostile.sandbox"]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, action, *paths):
        """Return what an action on files came to."""
        self._process.stdin.write(json.dumps([action, *map(str, paths)]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def serve():
    for line in sys.stdin:
        action, *paths = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            outcome = confined(action, paths)
            with os.fdopen(writer, "w") as pipe:
                pipe.write(json.dumps(outcome))
                pipe.flush()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            told = pipe.read()
        _, status, usage = os.wait4(child, 0)
        outcome = json.loads(told) if told else {"outcome": "died", "status": status}
        outcome |= {"seconds": usage.ru_utime + usage.ru_stime, "megabytes": usage.ru_maxrss / 1024}
        print(json.dumps(outcome), flush=True)


def confined(action, paths):
    """Do an action within limits; nothing may be run and no connection be made."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    reached = []

    def watch(event, arguments):
        if event.startswith(
            ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ctypes.dlopen")
        ):
            reached.append(event)
            raise RuntimeError(f"a workbook made this happen: {event}")

    sys.addaudithook(watch)
    from crm_xl.errors import CrmError

    try:
        outcome = ACTIONS[action](*map(Path, paths))
    except CrmError as refused:
        outcome = {"outcome": "refused", "en": refused.text("en"), "zh": refused.text("zh")}
    except BaseException as fault:
        outcome = {"outcome": "broke", "fault": f"{type(fault).__name__}: {fault}"[:500]}
    return {**outcome, "reached": reached}


def recalculated(path, out):
    from crm_xl.hosts.headless import open_workbook, recalculate
    from crm_xl.xlsx.references import cell_name, quoted

    report = recalculate(path, out)
    book = open_workbook(out)
    used = [(sheet, cell_name(*at)) for sheet, xml in book._xml.items() for at in list(xml.cells)[:40]]
    cells = {f"{sheet}!{at}": book[f"{quoted(sheet)}!{at}"] for sheet, at in used}
    texts = {language: [p.text(language) for p in report.problems][:20] for language in ("en", "zh")}
    told = sorted({p.cell for p in report.problems})
    return {"outcome": "read", "cells": cells, "told": told, **texts}


def opened(path):
    """Open many files one after the other: every one is read or refused."""
    from crm_xl.hosts.headless import WorkbookError, open_workbook

    counts = {"read": 0, "refused": 0}
    broke = {}
    for file in sorted(path.iterdir()):
        try:
            open_workbook(file).recalculate()
            counts["read"] += 1
        except WorkbookError as refused:
            counts["refused"] += 1
            if file.name not in refused.text("en") or file.name not in refused.text("zh"):
                broke[file.name] = f"no name in: {refused.text('en')}"
        except BaseException as fault:
            broke[file.name] = f"{type(fault).__name__}: {fault}"[:300]
    return {"outcome": "read", "broke": broke, **counts}


def returned(path):
    """Read a file as one that a department sent back; nothing but findings may come of it."""
    from crm_xl.collection.reading.returned import read_return

    found = read_return(path)
    texts = {language: [f.text(language) for f in found.findings] for language in ("en", "zh")}
    return {"outcome": "refused" if found.rejected else "read", "lines": len(found.costs), **texts}


def all_returned(path):
    """Read many files one after the other as returned."""
    from crm_xl.collection.reading.returned import read_return

    broke = {}
    counts = {"read": 0, "refused": 0}
    for file in sorted(path.iterdir()):
        try:
            counts["refused" if read_return(file).rejected else "read"] += 1
        except BaseException as fault:
            broke[file.name] = f"{type(fault).__name__}: {fault}"[:300]
    return {"outcome": "read", "broke": broke, **counts}


def connected():
    """Make a connection: what no reader may do."""
    import socket

    socket.socket()
    return {"outcome": "read"}


def started():
    """Start a process: what no reader may do."""
    subprocess.run(["true"], check=False)
    return {"outcome": "read"}


ACTIONS = {
    "connect": connected,
    "start a process": started,
    "recalculate": recalculated,
    "open all": opened,
    "return": returned,
    "return all": all_returned,
}

if __name__ == "__main__":
    import crm_xl.collection.reading.returned
    import crm_xl.functions
    import crm_xl.hosts.headless.values_only  # noqa: F401

    serve()
