"""What programs do to a file as they save it, and what people do with whole files and rows."""

import re

from .edits import edit, whole_file
from .filling import COSTS, FIRST, Filled
from .rawbook import formula, letters_of, number, text

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


# -- formats and units -----------------------------------------------------------------------------------------------


@edit
def unit_in_the_number_format(form: Filled) -> None:
    """12 in a cell that shows "12 万元": 120,000 or 12."""
    value = float(int(form.next()))
    code = form.chance.choice(('0"万元"', "0.0%", '#,##0 "k"', '"€"#,##0', "#,##0\\ [$€-407]", '0" Mio"', '"ca. "0'))
    style = form.book.add_format(form.book.sheet(form.costs).style(f"H{form.row}"), code)
    form.line(number(value), amount=value, may="list", style=style)


@edit
def own_currency_in_the_number_format(form: Filled) -> None:
    value = form.next()
    plain = {"CNY": ('"￥"#,##0.00', "0.00元", '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ '), "USD": ('"$"#,##0.00',)}
    own = (f'#,##0.00" {form.currency}"', f"[${form.currency}] 0.00")
    code = form.chance.choice((*plain.get(form.currency, ()), *own))
    style = form.book.add_format(form.book.sheet(form.costs).style(f"H{form.row}"), code)
    form.line(number(value), amount=value, style=style)


@edit
def scaled_number_format(form: Filled) -> None:
    """Shows thousands or ten thousands; the number is what it is."""
    value = form.next()
    code = form.chance.choice(('0!.0,"万"', '#,##0.0,"k"', "#,##0,", "General", "@", "0.00_);[Red](0.00)", "0;-0;;@"))
    style = form.book.add_format(form.book.sheet(form.costs).style(f"H{form.row}"), code)
    form.line(number(value), amount=value, style=style)


@edit
def chinese_unit_as_text(form: Filled) -> None:
    thousands = int(form.next()) % 900 + 100
    shown = form.chance.choice((f"{thousands / 10:.1f}万元", f"{thousands / 10:.1f}万", f"{thousands}千"))
    amount = thousands * (1000.0 if shown.endswith(("千", "万", "万元")) else 1.0)
    form.line(text(shown), amount=amount, may="either")


@edit
def percent_for_a_price(form: Filled) -> None:
    value = float(int(form.next()))
    form.line(text(f"{value:.0f}%"), amount=value, may="list")


@edit
def help_to_read_a_text(form: Filled) -> None:
    """Phonetic runs, which stand beside a text and are none of it."""
    value = form.next()
    inside = f'<is><t>{value:.2f}</t><rPh sb="0" eb="1"><t>99</t></rPh><phoneticPr fontId="0"/></is>'
    form.line((inside, 't="inlineStr"'), amount=value, may="either")


@edit
def number_in_another_spelling(form: Filled) -> None:
    value = form.next()
    inside, kind = form.chance.choice(
        (
            (f"<v>{value:.17E}</v>", ""), (f"<v>{value!r}</v>", 't="n"'), (f"<v> {value!r} </v>", ""),
            (f"<v>{value!r}000</v>", ""), (f"<v>+{value!r}</v>", ""),
        )
    )  # fmt: skip
    form.line((inside, kind), amount=value, may="either")


@edit
def text_from_a_formula(form: Filled) -> None:
    value = form.next()
    form.line((f"<v>{value:.2f}</v>", 't="str"'), amount=value, may="either")


@edit
def shared_formula(form: Filled) -> None:
    values = [form.next(), form.next()]
    row = form.row
    first = (f'<f t="shared" ref="H{row}:H{row + 1}" si="55">F{row}*1+1</f><v>{values[0]!r}</v>', "")
    form.line(first, amount=values[0])
    form.line((f'<f t="shared" si="55"/><v>{values[1]!r}</v>', ""), amount=values[1])


@edit
def array_formula(form: Filled) -> None:
    value = form.next()
    row = form.row
    form.line((f'<f t="array" ref="H{row}">{value!r}*ROW(1:1)</f><v>{value!r}</v>', ""), amount=value)


@edit
def day_in_a_cell_of_days(form: Filled) -> None:
    """A date as the standard also writes it (t="d"), where a price belongs."""
    row = form.begun()
    form.put(f"H{row}", ("<v>2027-03-01</v>", 't="d"'))
    form.figure(0.0, "list", form.costs, f"H{row}", line=True)


# -- rows ------------------------------------------------------------------------------------------------------------


@edit
def row_inserted(form: Filled) -> None:
    """Among the lines, and filled in."""
    at = form.chance.choice((FIRST, form.row))
    form.book.insert_row(form.costs, at)
    for figure in form.figures:
        row = int(re.sub("[A-Z]", "", figure.cell))
        if figure.sheet == form.costs and row >= at:
            figure.cell = re.sub(r"\d+", str(row + 1), figure.cell)
    form.named = [
        (s, re.sub(r"\d+", lambda m: str(int(m[0]) + (int(m[0]) >= at)), c) if s == form.costs else c)
        for s, c in form.named
    ]
    value = form.next()
    form.words(at, component="Licence", item="inserted")
    form.put(f"H{at}", number(value))
    form.figure(value, "sum", form.costs, f"H{at}", form.total_of(value, {}), line=True)
    form.row += 1


@whole_file
def table_made_smaller(form: Filled) -> None:
    """The last line stands below the table now."""
    form.line(may="list")
    form.edit = "table made smaller"
    last = form.row - 2
    form.book.sub("xl/tables/table1.xml", r'(<table [^>]*?ref="B5:[A-Z]+)\d+', rf"\g<1>{last}")
    form.book.sub("xl/tables/table1.xml", r'(<autoFilter ref="B5:[A-Z]+)\d+', rf"\g<1>{last}")


@whole_file
def sheet_moved(form: Filled) -> None:
    """The sheet of the lines is dragged to the end."""
    form.book.flush()
    names = form.book.names
    found = re.search(rf'<sheet name="{form.costs}"[^>]*/>', form.book.text("xl/workbook.xml"))
    assert found is not None
    del names
    form.book.sub("xl/workbook.xml", re.escape(found[0]), "")
    form.book.sub("xl/workbook.xml", "</sheets>", f"{found[0]}</sheets>")


# -- the file as such ------------------------------------------------------------------------------------------------


def _sheets(form: Filled) -> list[str]:
    form.book.flush()
    return [part for part in form.book.parts if part.startswith("xl/worksheets/sheet")]


@whole_file
def strict_format(form: Filled) -> None:
    """Saved as Strict Open XML Spreadsheet."""
    _sheets(form)
    for part in form.book.parts:
        if part.endswith((".xml", ".rels")) and part != "[Content_Types].xml":
            new = form.book.text(part).replace(_MAIN, _STRICT)
            new = new.replace("http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                              "http://purl.oclc.org/ooxml/officeDocument/relationships")  # fmt: skip
            form.book.put(part, new)
    form.whole = "any"


@whole_file
def prefixed_names(form: Filled) -> None:
    """Every element with a prefix, as some libraries write sheets."""
    for part in _sheets(form):
        xml = re.sub(r"<(/?)(?=[A-Za-z])(?!x14|xm:|mc:)(?=[A-Za-z]+[\s/>])", r"<\1x:", form.book.text(part))
        form.book.put(part, xml.replace(f'xmlns="{_MAIN}"', f'xmlns:x="{_MAIN}"'))


@whole_file
def cells_without_places(form: Filled) -> None:
    """The standard lets a program leave out the places of cells that follow each other."""
    part = form.book.part_of(form.costs)
    sheet = form.book.sheet(form.costs)
    for row, (attrs, cells) in sheet.rows.items():
        last = max(cells, default=0)
        full = {at: cells.get(at, "<c/>") for at in range(1, last + 1)}
        sheet.rows[row] = attrs, {at: re.sub(r'^<c r="[A-Z]+\d+"', "<c", xml) for at, xml in full.items()}
    form.book.put(part, sheet.xml())


@whole_file
def counts_from_1904(form: Filled) -> None:
    form.book.sub("xl/workbook.xml", "<workbookPr", '<workbookPr date1904="1"')


@whole_file
def saved_with_macros_allowed(form: Filled) -> None:
    """Saved as .xlsm, in which there is no macro."""
    form.book.sub("[Content_Types].xml", r"spreadsheetml\.sheet\.main", "spreadsheetml.sheet.macroEnabled.main")
    form.book.put("[Content_Types].xml", form.book.text("[Content_Types].xml").replace(
        "openxmlformats-officedocument.spreadsheetml.sheet.macroEnabled.main", "ms-excel.sheet.macroEnabled.main"
    ))  # fmt: skip
    form.file = form.file.replace(".xlsx", ".xlsm")
    for figure in form.figures:
        figure.file = form.file


@edit
def names_moved(form: Filled) -> None:
    """The names of the form point elsewhere, and a name is added."""
    name = '<definedName name="total_cost2">99</definedName></definedNames>'
    form.book.sub("xl/workbook.xml", "</definedNames>", name)


@edit
def protection_taken_off(form: Filled) -> None:
    sheet = form.book.sheet(form.costs)
    sheet.tail = re.sub(r"<sheetProtection[^>]*/>", "", sheet.tail)


@edit
def another_form_in_the_workbook(form: Filled) -> None:
    """The sheets of a second form moved into this one, with its lines."""
    sheet = form.book.sheet(form.costs)
    name = f"{form.costs} (2)"
    if name in form.book.names:
        return
    items = re.findall(r"<si>(.*?)</si>", form.book.text("xl/sharedStrings.xml"), re.DOTALL)
    shared = ["".join(re.findall(r"<t[^>]*>([^<]*)</t>", item)) for item in items]
    rows = {}
    for column in range(2, 34):
        place = f"{letters_of(column)}5"
        words = re.search(r"<t[^>]*>([^<]*)</t>|<v>(\d+)</v>", sheet.rows[5][1].get(column, ""))
        if words:
            rows[place] = text(shared[int(words[2])] if words[2] else words[1])
    for row in (6, 7):
        value = form.next()
        rows |= {f"B{row}": text("Licence"), f"{COSTS['amount']}{row}": number(value)}
        form.figure(value, "list", name, f"{COSTS['amount']}{row}")
    value = form.next()
    rows[f"{COSTS['total']}6"] = formula("H6*1", repr(value))
    form.figure(value, "list", name, f"{COSTS['total']}6")
    form.book.add_sheet(name, rows)
