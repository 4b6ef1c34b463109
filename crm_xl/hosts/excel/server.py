"""Python as Excel's add-in starts it: `python.exe -B -P -m crm_xl.hosts.excel.server {CLSID}`.

xlwings' COM server runs here, and offers two calls only: a function of the registry, and what a button of the ribbon
does. xlwings' own object would run any statement.
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


def offered(com_server: Any) -> type:
    """Return the class that xlwings' COM server is to offer, over its module `com_server`."""
    from crm_xl.hosts.excel import udfs

    class Offered(com_server.XLPython):  # type: ignore[misc]
        """The two calls of the add-in."""

        _public_methods_ = ("Answer", "Press")

        def Answer(self, name: str, given: Any) -> Any:
            """Return what a function of the registry gives for the arguments of a cell."""
            return self.CallUDF(udfs.MODULE, name, given)

        def Press(self, button: str, argument: Any) -> str:
            """Do what a button does and return what it has to say."""
            from crm_xl.hosts.excel import macros  # reads workbooks, which no formula needs

            return macros.BUTTONS[button](com_server.FromVariant(argument))

    return Offered


def main(clsid: str) -> None:
    """Serve until Excel is gone; what is missing ends the process at once, and Excel shows #VALUE!."""
    folders = [str(folder) for folder in library_folders(Path(sys.prefix))]
    if folders and sys.platform == "win32":
        os.environ["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", "")])
        for folder in folders:
            os.add_dll_directory(folder)
    com_server: Any = import_module("xlwings.com_server")
    com_server.XLPython = offered(com_server)
    com_server.serve(clsid)


if __name__ == "__main__":
    main(sys.argv[1])
