"""A command that is killed takes with it the processes that it started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at the processes in /proc")


def children(pid):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[1]) == pid and stat[0] != "Z":
                found.append(int(entry.name))
    return found


def alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_distribute_takes_its_workers_with_it(tmp_path):
    names = [f"Department {i}" for i in range(400)]
    (tmp_path / "list.csv").write_text("\n".join(["Department", *names]) + "\n", encoding="utf-8")
    call = [sys.executable, "-m", "crm_xl", "distribute", tmp_path / "list.csv", "-o", tmp_path / "sent", "--jobs", "2"]
    run = subprocess.Popen(
        list(map(str, [*call, "--cycle", "c"])), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    workers = []
    end = time.monotonic() + 90
    while time.monotonic() < end and len(workers) < 2 and run.poll() is None:
        workers = [p for p in children(run.pid) if b"spawn_main" in (Path("/proc") / str(p) / "cmdline").read_bytes()]
        time.sleep(0.05)
    assert workers, "it came to its end before it had any worker"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    end = time.monotonic() + 30
    while time.monotonic() < end and any(map(alive, workers)):
        time.sleep(0.1)
    assert not any(map(alive, workers))
