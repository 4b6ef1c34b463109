"""Pyodide in Node, for tests: where it is, and Python run inside it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Where tests/lite/install.sh is told to put it.
VARIABLE = "CRM_XL_PYODIDE"


def folder() -> Path:
    """The folder that `install.sh` fills; there may be none."""
    return Path(os.environ.get(VARIABLE) or Path.home() / ".cache" / "crm_xl" / "pyodide")


def missing() -> str:
    """Why nothing can be run; empty where it can."""
    if shutil.which("node") is None:
        return "there is no node"
    if not (folder() / "complete").exists():
        return f"there is no Pyodide in {folder()}: bash tests/lite/install.sh FOLDER, and {VARIABLE}=FOLDER"
    return ""


needed = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


def run(code: str, given: Any, *, packages: tuple[str, ...] = (), old: bool = False, **folders: Path) -> dict[str, Any]:
    """Run Python inside Pyodide: `given` as data, folders seen by their names; return its result and what it took."""
    with tempfile.TemporaryDirectory() as place:
        at = Path(place)
        (at / "code.py").write_text(code, encoding="utf-8")
        (at / "given.json").write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        command = ["node", HERE / "run.mjs", folder() / "runtime", at / "code.py", at / "given.json", at / "out.json"]
        words = [*(f"{name}={path}" for name, path in folders.items()), *(f"+{name}" for name in packages)]
        done = subprocess.run(
            [*command, *words, *(["-old"] if old else [])], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return json.loads((at / "out.json").read_text(encoding="utf-8"))
