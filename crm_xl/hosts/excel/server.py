"""Python as Excel's add-in starts it: `python.exe -B -P -m crm_xl.hosts.excel.server {CLSID}`.

xlwings' COM server runs here, with the object of ours (`com`) in the place of its own.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

# Where an environment of conda keeps the libraries that its numpy needs; `conda activate` puts them on PATH.
_CONDA = (".", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin")


def library_folders(prefix: Path) -> list[Path]:
    """Return the folders of libraries of a conda environment; none where Python is not of conda."""
    if not (prefix / "conda-meta").is_dir():
        return []
    return [prefix / part for part in _CONDA if (prefix / part).is_dir()]


def main(clsid: str) -> None:
    """Serve until Excel is gone; what is missing ends the process at once, and Excel shows #VALUE!."""
    folders = [str(folder) for folder in library_folders(Path(sys.prefix))]
    if folders and sys.platform == "win32":
        os.environ["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", "")])
        for folder in folders:
            os.add_dll_directory(folder)
    from crm_xl.hosts.excel.com import offered  # needs numpy, which needs the libraries

    com_server: Any = import_module("xlwings.com_server")
    com_server.XLPython = offered(com_server)
    com_server.serve(clsid)


if __name__ == "__main__":
    main(sys.argv[1])
