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
    return _changed(content, lambda m: m[1] + _FUNCTION.sub("#N/A", m[2]) + m[3])


def frozen(content: bytes) -> bytes:
    """Return the workbook with the values of CRM_* formulas in place of the formulas."""
    return _changed(content, lambda m: "")


def _changed(content, change):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(r"(<f[^>]*>)([^<]*CRM_[^<]*)(</f>)", change, data.decode()).encode()
            new.writestr(name, data)
    return made.getvalue()
