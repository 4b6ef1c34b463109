"""Returned workbooks made in a moment: the tables of the department template with its stamp, without the rest of it."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import xlsxwriter

from crm_xl.collection.form.stamp import TEMPLATE, Stamp, stamp_parts
from crm_xl.data import SCHEMA_VERSION
from crm_xl.engine.schema import columns
from crm_xl.xlsx.package import Package

SHEETS = {"en": ("Costs", "Benefits"), "zh": ("费用", "收益")}
SAVED = dt.datetime(2026, 11, 20, 9, 0)


def stamp(department: str = "Sales", **changes: Any) -> Stamp:
    """The stamp of a workbook that was sent to a department."""
    given: dict[str, Any] = {
        "schema": SCHEMA_VERSION, "template": TEMPLATE, "department": department, "period": "2027", "cycle": "2027-1",
        "sequence": 1, "language": "en", "layout": "0" * 64, "version": "0.1.0", "contact": "", "deadline": None,
        "currency": "CNY", "years": 3, "start": dt.date(2027, 1, 1), "lines": 100,
        "rates": (("USD/CNY", 7.0, None),),
    }  # fmt: skip
    return Stamp(**given | changes)


def line(component: str = "Licence", amount: Any = None, **more: Any) -> dict[str, Any]:
    """A cost line by column key."""
    return {"component": component, "amount": amount, **more}


def returned(
    path: Path,
    costs: list[dict[str, Any]],
    benefits: list[dict[str, Any]] | None = None,
    *,
    of: Stamp | None = None,
    department: str = "Sales",
    saved: dt.datetime = SAVED,
    date_format: str | int = "yyyy-mm-dd",
    **changes: Any,
) -> Path:
    """Write a returned workbook; `of` is its stamp, made of a department and changes where it is not given."""
    mark = of or stamp(department, **changes)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": saved})
    book.define_name("Department", "='Costs'!$A$1" if mark.language == "en" else "='费用'!$A$1")
    for name, table, lines in zip(SHEETS[mark.language], ("costs", "benefits"), (costs, benefits or []), strict=True):
        sheet = book.add_worksheet(name)
        fields = list(columns(table).values())
        day = book.add_format({"num_format": date_format})
        headers = [{"header": field.label(mark.language)} for field in fields]
        sheet.add_table(4, 1, 4 + max(len(lines), 1), len(fields), {"name": table.title(), "columns": headers})
        for i, values in enumerate(lines, 5):
            for j, field in enumerate(fields, 1):
                value = values.get(field.key)
                if isinstance(value, dt.date):
                    sheet.write_datetime(i, j, value, day)
                elif value is not None:
                    sheet.write(i, j, value)
    book.close()
    package = Package.open(buffer.getvalue(), path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(package.to_bytes(stamp_parts(package, mark)))
    return path
