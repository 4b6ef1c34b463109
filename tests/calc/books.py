"""Workbooks of the tests."""

import io

import xlsxwriter

COSTS = [["Licence", 500], ["Training", 70]]


def odd_book(lines=COSTS):
    """CRM_* where one would not look: in a name, nested, beside its own name as a text, hidden, behind a password.

    The values stored for them are wrong on purpose.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    costs, odd = book.add_worksheet("Costs"), book.add_worksheet("Odd ones")
    locked, hidden = book.add_worksheet("Locked"), book.add_worksheet("Hidden")
    columns = [{"header": "Component"}, {"header": "Amount"}]
    costs.add_table(1, 1, 1 + len(lines), 2, {"name": "Costs", "data": lines, "columns": columns})
    book.define_name("My_total", "=CRM_TOTAL(Costs!$B$2:$C$4)")
    for row, formula in enumerate(ODD):
        odd.write_formula(row, 0, formula, None, -1)
    odd.write_array_formula("C1:E6", "{=CRM_BREAKDOWN(Costs[#All])}", None, -1)
    odd.write_formula("G1", '=SUMIF(C1:C6,"Training",D1:D6)', None, -1)
    locked.write_formula("A1", "=CRM_TOTAL(Costs[#All])", None, -1)
    locked.protect("a password")
    odd.protect("", {"autofilter": True, "format_rows": True})
    hidden.write_formula("A1", "=CRM_TOTAL(Costs[#All])", None, -1)
    hidden.hide()
    book.close()
    return buffer.getvalue()


ODD = [
    "=SUM(CRM_TOTAL(Costs[#All]),1)",
    "=My_total",
    '="crm_total("&"[#All]"',
    '=IFERROR(CRM_TOTAL(Costs[#All],,"Hotel"),"none")',
    "=_xldudf_CRM_TOTAL(Costs[#All])",
]


def one_sheet(*formulas, dynamic=()):
    """A workbook of one table of costs and formulas in column E."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Costs")
    columns = [{"header": "Component"}, {"header": "Amount"}]
    sheet.add_table(1, 1, 3, 2, {"name": "Costs", "data": COSTS, "columns": columns})
    for row, formula in enumerate(formulas):
        sheet.write_formula(row, 4, formula, None, -1)
    for place, formula in dynamic:
        sheet.write_dynamic_array_formula(place, formula, None, -1)
    book.close()
    return buffer.getvalue()
