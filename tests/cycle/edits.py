"""What people, programs and bad days do to a form, each with what has to come of the figures in it."""

from collections.abc import Callable
from typing import TypeAlias

from .filling import BENEFITS, COSTS, FIRST, HEADER, LINES, SHEETS, Filled
from .rawbook import formula, letters_of, number, number_of, rich, text

Edit: TypeAlias = Callable[[Filled], None]
EDITS: dict[str, Edit] = {}
# What moves cells or names is done when everything is typed, and only one of it to a form.
LAST: list[str] = []
# Sheets of templates, in either language, and names that look like one.
_NAMES = (
    "Savings", "Options", "Breakdown", "Scenarios", "Actuals", "Usage", "Risk", "Costs ", "costs2", "Costs (2)",
    "费用 ", "收益2", "节约", "方案", "Sheet1", "备注", "Mehr",
)  # fmt: skip
_HEADS = {
    "en": ("Component", "Item", "Department", "Vendor", "Quantity", "Unit cost", "Amount", "Currency"),
    "zh": ("费用构成", "明细项目", "部门", "供应商", "数量", "单价", "金额", "币种"),
}


def edit(function: Edit) -> Edit:
    """Enter a kind of edit into the list, by its name."""
    EDITS[function.__name__] = function
    return function


def whole_file(function: Edit) -> Edit:
    """Enter an edit that is done last."""
    LAST.append(function.__name__)
    return edit(function)


# -- numbers that were typed otherwise -------------------------------------------------------------------------------


_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def _grouped(value: float) -> str:
    return f"{value:,.2f}"


@edit
def number_as_text(form: Filled) -> None:
    value = form.next()
    shown = form.chance.choice(
        (f"{value:.2f}", _grouped(value), f" {value:.2f} ", f"{value:.2f}".translate(_WIDE),
         f"{form.currency} {_grouped(value)}", f"{value:.2f} {form.currency}", f"'{value:.2f}",
         f"{value:,.2f}".replace(",", " "))
    )  # fmt: skip
    form.line(text(shown), amount=value, may="either")


@edit
def number_below_zero_as_text(form: Filled) -> None:
    value = -form.next()
    shown = form.chance.choice((f"({-value:.2f})", f"-{-value:.2f}", f"−{-value:.2f}", f"{-value:.2f}-"))
    form.line(text(shown), amount=value, may="either")


@edit
def number_with_a_dash_for_cents(form: Filled) -> None:
    value = float(int(form.next()))
    form.line(text(f"{value:.0f}" + form.chance.choice((".-", ".–", ",-", ".--"))), amount=value, may="either")


@edit
def number_that_may_be_two(form: Filled) -> None:
    thousands = int(form.next()) % 900 + 100
    mark = form.chance.choice((".", ","))
    form.line(
        text(f"{thousands // 100}{mark}{thousands:03d}"), amount=float(f"{thousands // 100}{thousands:03d}"), may="list"
    )


@edit
def footnote_mark(form: Filled) -> None:
    value = float(int(form.next()))
    form.line(text(f"{value:.0f}{form.chance.choice('²³¹①②⒈₁½ⅰ*†')}"), amount=value, may="list")


@edit
def part_is_struck_or_raised(form: Filled) -> None:
    value = float(int(form.next()))
    font = form.chance.choice(("<strike/>", '<vertAlign val="superscript"/>', '<vertAlign val="subscript"/>'))
    first, second = (
        ((f"{value:.0f}", ""), ("1", font)) if form.chance.random() < 0.5 else (("45", font), (f" {value:.0f}", ""))
    )
    form.line(rich(first, second), amount=value, may="list")


@edit
def whole_line_is_struck(form: Filled) -> None:
    row = form.line(may="list")
    sheet = form.book.sheet(form.costs)
    for column in "BCDEFGHIJKLM":
        cells = sheet.rows[row][1]
        at = ord(column) - 64
        style = form.book.add_style(sheet.style(f"{column}{row}"), "<strike/>")
        if at in cells:
            before, _, rest = cells[at].partition('s="')
            if rest:
                cells[at] = f'{before}s="{style}"{rest.partition(chr(34))[2]}'


@edit
def amount_alone_is_struck(form: Filled) -> None:
    value = form.next()
    style = form.book.add_style(form.book.sheet(form.costs).style(f"H{form.row}"), "<strike/>")
    form.line(number(value), amount=value, may="list", style=style)


@edit
def sign_of_another_currency(form: Filled) -> None:
    value = form.next()
    sign = "$" if form.currency == "HKD" else "€" if form.currency == "CNY" else "¥"
    form.line(text(f"{sign}{_grouped(value)}"), amount=value, may="list")


@edit
def words_for_a_price(form: Filled) -> None:
    value = float(int(form.next()))
    form.line(
        text(
            form.chance.choice(
                (
                    f"about {value:.0f}",
                    f"{value:.0f}?",
                    f"{value:.0f}/月",
                    f"{value:.0f}+tax",
                    f"约{value:.0f}",
                    f"{value:.0f} x 2",
                )
            )
        ),
        amount=value,
        may="list",
    )


@edit
def truth_for_a_price(form: Filled) -> None:
    row = form.begun()
    form.put(f"H{row}", ("<v>1</v>", 't="b"'))
    form.figure(1.0, "list", form.costs, f"H{row}", line=True)


@edit
def date_for_a_price(form: Filled) -> None:
    row = form.begun()
    sheet = form.book.sheet(form.costs)
    form.put(f"H{row}", number(46388.0), style=sheet.style(f"{COSTS['start']}{row}"))
    form.figure(46388.0, "list", form.costs, f"H{row}", line=True)


# -- errors and formulas ---------------------------------------------------------------------------------------------


@edit
def error_in_a_price(form: Filled) -> None:
    error = form.chance.choice(("#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!"))
    column = form.chance.choice("GH")
    row = form.begun(**({"quantity": 3.0} if column == "G" else {}))
    content = (f"<v>{error}</v>", 't="e"') if form.chance.random() < 0.5 else formula("1/0", error, "e")
    form.put(f"{column}{row}", content)
    form.figure(0.0, "list", form.costs, f"{column}{row}", line=True)


@edit
def formula_with_its_value(form: Filled) -> None:
    value = form.next()
    form.line(formula(f"{value!r}*1", repr(value)), amount=value, may="sum")


@edit
def formula_without_value(form: Filled) -> None:
    value = form.next()
    form.line(formula(f"{value!r}*1", None), amount=value, may="list")


@edit
def formula_that_reaches_out(form: Filled) -> None:
    value = form.next()
    form.line(
        formula(form.chance.choice(("[1]Sheet1!A1", 'WEBSERVICE("http://x")', "cmd|'/c calc'!A0")), repr(value)),
        amount=value,
        may="list",
    )


@edit
def formula_text(form: Filled) -> None:
    value = form.next()
    form.line(formula(f'"{value:.2f}"', f"{value:.2f}", "str"), amount=value, may="either")


# -- lines that sum others -------------------------------------------------------------------------------------------


@edit
def line_that_sums_others(form: Filled) -> None:
    first = form.row
    values = [form.next(), form.next()]
    for value in values:
        form.line(amount=value, frequency="annual")
    total = sum(values)
    word = form.chance.choice(("Total", "小计", "合计", "Subtotal", "Sum total"))
    where = form.chance.choice(("component", "item", "vendor"))
    area = f"H{first}:H{form.row - 1}"
    content = form.chance.choice(
        (number(total), formula(f"SUM({area})", repr(total)), formula(f"SUBTOTAL(9,{area})", repr(total)))
    )
    form.edit = "line that sums others"
    form.line(content, amount=total, may="list", **{where: word}, frequency="annual")


@edit
def sum_without_a_word(form: Filled) -> None:
    first = form.row
    values = [form.next(), form.next(), form.next()]
    for value in values:
        form.line(amount=value)
    total = sum(values)
    area = f"H{first}:H{form.row - 1}"
    form.edit = "sum without a word"
    form.line(
        formula(
            form.chance.choice(
                (f"SUM({area})", f"SUBTOTAL(109,{area})", "+".join(f"H{r}" for r in range(first, form.row)))
            ),
            repr(total),
        ),
        amount=total,
        may="list",
    )


# -- elsewhere on the sheets -----------------------------------------------------------------------------------------


@edit
def below_the_table(form: Filled) -> None:
    value, row = form.next(), FIRST + LINES + form.chance.randrange(1, 40)
    form.words(row, component="Licence", item="more")
    form.put(f"H{row}", number(value))
    form.figure(value, "list", form.costs, f"H{row}")


@edit
def text_below_the_table(form: Filled) -> None:
    row = FIRST + LINES + form.chance.randrange(2, 10)
    form.put(f"H{row}", text(form.chance.choice(("Signed: Li", "n/a", "abc 12", "—"))))


@edit
def beside_the_table(form: Filled) -> None:
    value, cell = form.next(), f"{form.chance.choice(('AI', 'AK', 'AM', 'BZ'))}{form.chance.randrange(1, 60)}"
    form.put(cell, number(value))
    form.figure(value, "list", form.costs, cell)


@edit
def above_the_table(form: Filled) -> None:
    value, cell = form.next(), f"{form.chance.choice('FGHIJ')}{form.chance.choice((1, 2, 3))}"
    form.put(cell, number(value))
    form.figure(value, "list", form.costs, cell)


@edit
def many_beside_the_table(form: Filled) -> None:
    for i in range(120):
        value, cell = form.next(), f"AL{3 + i}"
        form.put(cell, number(value))
        form.figure(value, "list", form.costs, cell)


@edit
def number_in_the_notes(form: Filled) -> None:
    form.line()
    value = form.next()
    form.put(f"{COSTS['note']}{form.row - 1}", number(value))
    form.figure(value, "list", form.costs, f"{COSTS['note']}{form.row - 1}")


@edit
def figure_on_another_sheet(form: Filled) -> None:
    """On a sheet of the form itself, where nothing is asked for."""
    others = [name for name in form.book.names if name not in SHEETS[form.language].values()]
    sheet = form.chance.choice(others)
    value, cell = form.next(), f"{form.chance.choice(('AZ', 'BB', 'CA'))}{form.chance.randrange(2, 90)}"
    form.put(cell, number(value) if form.chance.random() < 0.6 else formula("5*1000", repr(value)), sheet)
    form.figure(value, "list", sheet, cell)


@edit
def figure_over_a_formula(form: Filled) -> None:
    """A computed cell of the form, typed over."""
    sheet = form.book.names[6]
    row = form.chance.choice(sorted(form.book.sheet(sheet).rows))
    cells = form.book.sheet(sheet).rows[row][1]
    places = [at for at, xml in cells.items() if "<f" in xml]
    if not places:
        return
    at = form.chance.choice(places)
    cell = cells[at].split('r="')[1].split('"')[0]
    value = form.next()
    form.put(cell, number(value), sheet)
    form.figure(value, "list", sheet, cell)


@edit
def added_sheet(form: Filled) -> None:
    name = form.chance.choice(_NAMES)
    if name in form.book.names:
        return
    heads = _HEADS[form.chance.choice(("en", "zh"))]
    rows = {f"{chr(66 + i)}5": text(head) for i, head in enumerate(heads)} if form.chance.random() < 0.6 else {}
    for row in range(6, 6 + form.chance.randrange(1, 4)):
        value = form.next()
        rows |= {f"B{row}": text("Licence"), f"H{row}": number(value)}
        form.figure(value, "list", name, f"H{row}")
    form.book.add_sheet(name, rows, form.chance.choice(("", "", "hidden", "veryHidden")))


@edit
def copied_sheet(form: Filled) -> None:
    """The sheet of the lines copied within the workbook, with a line more on the copy."""
    name = f"{form.costs} (3)"
    heads = _HEADS[form.language]
    rows = {f"{chr(66 + i)}5": text(head) for i, head in enumerate(heads)}
    value = form.next()
    rows |= {"B6": text("Licence"), "H6": number(value)}
    form.figure(value, "list", name, "H6")
    form.book.add_sheet(name, rows)


@edit
def another_column(form: Filled) -> None:
    """A column of one's own at the end of the table, which is an Excel table no more."""
    value, row = form.next(), form.row
    form.line()
    own = letters_of(number_of(COSTS["note"]) + 1)
    form.put(f"{own}{HEADER}", text(form.chance.choice(("Old budget", "2026", "去年"))))
    form.put(f"{own}{row}", number(value))
    form.figure(value, "list", form.costs, f"{own}{row}")


# -- headers, order, names -------------------------------------------------------------------------------------------


@edit
def header_with_its_currency(form: Filled) -> None:
    word = "Amount" if form.language == "en" else "金额"
    form.put(
        f"H{HEADER}",
        text(
            form.chance.choice(
                (f"{word} ({form.currency})", f"{word}（{form.currency}）", f"{word} *", f" {word}\u00a0")
            )
        ),
    )


@whole_file
def columns_change_places(form: Filled) -> None:
    """Vendor and Item change places, with what stands below them."""
    sheet = form.book.sheet(form.costs)
    for row, (_, cells) in sheet.rows.items():
        if HEADER <= row < FIRST + LINES:
            one, two = cells.pop(3, ""), cells.pop(5, "")
            if one:
                cells[5] = one.replace(f'r="C{row}"', f'r="E{row}"')
            if two:
                cells[3] = two.replace(f'r="E{row}"', f'r="C{row}"')


@whole_file
def sheet_renamed(form: Filled) -> None:
    old, new = form.costs, form.chance.choice(("Our costs", "本部门费用", "Costs 2027"))
    form.book.rename(old, new)
    for figure in form.figures:
        if figure.sheet == old:
            figure.sheet = new


@edit
def hidden_rows(form: Filled) -> None:
    row = form.line()
    form.book.sheet(form.costs).hide(row)


@edit
def merged_cells(form: Filled) -> None:
    """The prices of two lines merged by a program that keeps what is covered."""
    first = form.line(may="either")
    second = form.line(may="list")
    merged = f'<mergeCells count="1"><mergeCell ref="H{first}:H{second}"/></mergeCells><dataValidations'
    sheet = form.book.sheet(form.costs)
    sheet.tail = sheet.tail.replace("<dataValidations", merged, 1)


# -- what the lines say ----------------------------------------------------------------------------------------------


@edit
def outside_the_years(form: Filled) -> None:
    row = form.line(may="list")
    form.put(f"{COSTS['start']}{row}", text(form.chance.choice(("2037-01-01", "2031-05-01"))))


@edit
def ended_before_the_years(form: Filled) -> None:
    row = form.line(may="list", frequency="annual")
    form.put(f"{COSTS['start']}{row}", text("2020-01-01"))
    form.put(f"{COSTS['end']}{row}", text("2021-12-31"))


@edit
def currency_without_rate(form: Filled) -> None:
    form.line(may="list", currency=form.chance.choice(("EUR", "JPY", "XYZ", "?", "\u202eDSU", "_x001B_]0;x_x0007_")))


@edit
def another_department(form: Filled) -> None:
    form.line(may="list", department="Somebody else")


@edit
def unknown_frequency(form: Filled) -> None:
    row = form.line(may="list")
    form.put(f"{COSTS['frequency']}{row}", text("now and then"))


@edit
def rate_as_whole_number(form: Filled) -> None:
    row = form.line(may="list")
    form.put(f"{COSTS['tax_rate']}{row}", number(13.0))


@edit
def same_line_twice(form: Filled) -> None:
    for _ in range(2):
        form.line(item="Twin")


@edit
def huge_amount(form: Filled) -> None:
    form.line(amount=1e16 + form.next(), may="list")


@edit
def strange_texts(form: Filled) -> None:
    words = (
        "x_xD83D_",
        "_xD83D__xDE00_ ok",
        "_x0000_",
        "\u202eabc",
        "=1+1",
        "@SUM(A1)",
        "[red]markup[/red]",
        "a\u0085b",
        "_x001B_[31m",
    )
    form.line(item=form.chance.choice(words))


@edit
def long_text(form: Filled) -> None:
    form.line(vendor="v" * form.chance.choice((250, 5000, 32000)))


@edit
def strange_header(form: Filled) -> None:
    form.put("AI5", text("x_xD83D_"))
    value = form.next()
    form.put("AI6", number(value))
    form.figure(value, "list", form.costs, "AI6")


@edit
def number_where_a_day_belongs(form: Filled) -> None:
    """Neither a year of the model nor a day: nothing says what it is, and the line waits for an answer."""
    key = form.chance.choice(("committed", "start", "end"))
    row = form.line(may="either")
    form.put(f"{COSTS[key]}{row}", number(float(form.chance.choice((77, 15000, 123456)))))
    form.named.append((form.costs, f"{COSTS[key]}{row}"))


@edit
def unpriced(form: Filled) -> None:
    form.begun()


@edit
def blank_lines_between(form: Filled) -> None:
    form.row += form.chance.randrange(1, 3)
    form.line()


@edit
def benefit_outside(form: Filled) -> None:
    row = form.first_benefit
    form.first_benefit += 1
    value = form.next()
    form.put(f"{BENEFITS['benefit']}{row}", text("Late"), form.benefits)
    form.put(f"{BENEFITS['amount']}{row}", number(value), form.benefits)
    form.put(f"{BENEFITS['start']}{row}", text("2044-01-01"), form.benefits)
    form.figure(value, "list", form.benefits, f"H{row}", table="benefits", line=True)


@edit
def benefit_beside(form: Filled) -> None:
    value = form.next()
    form.put("AQ9", number(value), form.benefits)
    form.figure(value, "list", form.benefits, "AQ9")


@edit
def assumption_changed(form: Filled) -> None:
    """Another discount rate: it concerns no amount."""
    form.put("C9", number(0.2), form.book.names[1])


@edit
def figure_among_the_assumptions(form: Filled) -> None:
    value = form.next()
    form.put("C40", number(value), form.book.names[1])
    form.figure(value, "list", form.book.names[1], "C40")


# -- the file as such ------------------------------------------------------------------------------------------------


@edit
def saved_in_year_one(form: Filled) -> None:
    form.book.saved(
        form.chance.choice(
            ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00", "yesterday", "1601-01-01T00:00:00Z")
        )
    )


@whole_file
def stamp_with_a_rate_that_is_none(form: Filled) -> None:
    form.book.sub("docProps/custom.xml", r'(name="crm_xl_rates"><vt:lpwstr>)[^<]*', r"\1EUR/CNY:nan:")
    form.book.sub("xl/workbook.xml", r'<definedName name="crm_xl_stamp".*?</definedName>', "")
    form.whole = "any"


@whole_file
def stamp_of_endless_years(form: Filled) -> None:
    form.book.sub("docProps/custom.xml", r'(name="crm_xl_years"><vt:lpwstr>)[^<]*', r"\g<1>999999999")
    form.book.sub("xl/workbook.xml", r'<definedName name="crm_xl_stamp".*?</definedName>', "")
    form.whole = "any"


@whole_file
def macros(form: Filled) -> None:
    form.book.parts["xl/vbaProject.bin"] = b"x"
    form.whole = "rejected"
