"""The type library that tells Calc the methods of the extension: the interface in UNO IDL, and its compiled form.

The compiled form, `types.rdb`, is shipped, so that nobody needs the developer's kit of LibreOffice to build the
extension; a test compiles it anew. After a function was added or its arguments changed, write it again:

    python -m crm_xl.hosts.calc.typelib
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from crm_xl.functions import REGISTRY, Function
from crm_xl.hosts.calc.names import identifier, method, takes_cells

FILE = "types.rdb"
_CELLS = "com::sun::star::table::XCellRange"
_TABLE = "sequence< sequence< any > >"
_HEAD = """\
#include <com/sun/star/beans/XPropertySet.idl>
#include <com/sun/star/table/XCellRange.idl>
#include <com/sun/star/uno/XInterface.idl>

module org { module crmxl {

interface XAddIn : com::sun::star::uno::XInterface
{
"""
# Where the developer's kit and the libraries of types stand below the folder of LibreOffice.
_COMPILER = "unoidl-write"
_KITS = ("/usr/lib/libreoffice", "/opt/libreoffice", "/usr/lib64/libreoffice")


def interface() -> str:
    """Return the interface in UNO IDL: a method for each function; Calc fills in the document by itself."""
    return _HEAD + "".join(f"    {line}\n" for line in map(_declaration, REGISTRY)) + "};\n\n}; };\n"


def _declaration(function: Function) -> str:
    result = _TABLE if function.result == "table" else "any"
    return f"{result} {method(function)}({', '.join(_arguments(function))});"


def _arguments(function: Function) -> Iterator[str]:
    yield "[in] com::sun::star::beans::XPropertySet document"
    for parameter in function.parameters:
        yield f"[in] {_CELLS if takes_cells(parameter) else 'any'} {identifier(parameter.name)}"


def shipped() -> bytes:
    """Return the compiled type library of this version."""
    return files(__package__).joinpath(FILE).read_bytes()


def compiler() -> tuple[Path, Path] | None:
    """Return the compiler and the folder `program` of its LibreOffice, or None where they are not installed."""
    on_path = shutil.which(_COMPILER)
    for kit in map(Path, _KITS):
        program = kit / "program"
        tool = Path(on_path) if on_path else kit / "sdk" / "bin" / _COMPILER
        if tool.is_file() and (program / "types.rdb").is_file():
            return tool, program
    return None


def compiled() -> bytes:
    """Compile the interface with the developer's kit of LibreOffice.

    Raises
    ------
    FileNotFoundError
        Where the kit is not installed.
    """
    found = compiler()
    if found is None:
        raise FileNotFoundError(f"{_COMPILER} of the LibreOffice SDK")
    tool, program = found
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "XAddIn.idl"), Path(folder, FILE)
        source.write_text(interface(), encoding="ascii")
        known = [program / "types.rdb", program / "types" / "offapi.rdb"]
        subprocess.run([tool, *known, source, target], check=True, capture_output=True, timeout=60)
        return target.read_bytes()


if __name__ == "__main__":
    Path(__file__).with_name(FILE).write_bytes(compiled())
