"""A workbook as a reader without the add-in sees it once it is recalculated: every CRM_* function is an error.

In a spreadsheet program the error is #NAME?; here it is #N/A, because the headless recalculation keeps the value of
a cell whose function it does not know.
"""

import io
import re
import zipfile

_FUNCTION = re.compile(r"CRM_[A-Z_]+\([^()]*\)")


def without_add_in(content: bytes) -> bytes:
    """Return the workbook with every call of a CRM_* function replaced by an error."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(r"(<f[^>]*>)([^<]*CRM_[^<]*)(</f>)", _broken, data.decode()).encode()
            new.writestr(name, data)
    return made.getvalue()


def _broken(formula: re.Match[str]) -> str:
    return formula[1] + _FUNCTION.sub("#N/A", formula[2]) + formula[3]
