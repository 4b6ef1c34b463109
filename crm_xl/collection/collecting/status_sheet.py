"""The status of a collection: the verdict, the total, what came, the reconciliation, and what became of every file."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from crm_xl.collection.collecting.amounts import KINDS, Booked, Kind
from crm_xl.collection.collecting.consolidation import Result
from crm_xl.collection.collecting.discovery import UNREAD
from crm_xl.collection.collecting.drawing import Drawing
from crm_xl.collection.collecting.long_tables import STATUS, status_columns, table_name, wraps
from crm_xl.collection.collecting.reconciliation import FATES, Account
from crm_xl.collection.collecting.streamed_rows import Rows
from crm_xl.collection.collecting.totals_sheets import Cuts, cross_check
from crm_xl.collection.collecting.versions import STATES
from crm_xl.data import term
from crm_xl.engine.cells import Cell
from crm_xl.engine.schema import columns, currencies
from crm_xl.templates.styles import BAD, GOOD, OPEN

_BOOKS = (
    "table", "currency", "read_lines", "read_amount", "sum_lines", "sum_amount", "out_lines", "out_amount", "left",
)  # fmt: skip
_LAST = len(STATUS) - 1
# Open questions on the sheet; the command names all.
_QUESTIONS = 50
# Which stated amounts are of a kind, as a criterion of COUNTIFS; what cannot be read is in no sum.
_CRITERIA: dict[Kind, str] = {"positive": '">=0"', "negative": '"<0"', "blank": '""'}


def draw(drawing: Drawing, cuts: Cuts) -> Rows:
    """Add the sheet, and return the rows of its list of returns; they are the caller's to close."""
    result = drawing.result
    drawn = status_columns(drawing.language, result.basis.currency)
    sheet = drawing.sheet("status", [column.width for column in drawn])
    row = _summary(drawing, sheet, 3, cuts)
    row = _reconciliation(drawing, sheet, row + 1)
    drawing.section(sheet, row + 1, drawing.say("returns"), _LAST)
    header = row + 2
    drawing.headers(sheet, header, [column.header for column in drawn])
    sheet.set_row(header, 34)
    rows = Rows(drawing.numbers["status"], header + 1, drawing.folder, wraps=wraps(drawn))
    rows.add(missing_rows(result))
    rows.add(not_read_rows(result))
    rows.add(result.files)
    if len(rows):
        drawing.fill(sheet, header + 1, drawn, rows)
        sheet.autofilter(header, 0, header + len(rows), _LAST)
        states = {"counted": GOOD, "rejected": BAD, "conflict": BAD, "not_read": BAD}
        states |= dict.fromkeys(("missing", "empty", "replaced", "same"), OPEN)
        colours = {drawing.say(f"state_{state}"): pair for state, pair in states.items()}
        _coloured(drawing, sheet, (header + 1, 1, header + len(rows), 1), colours)
    sheet.activate()
    return rows


def missing_rows(result: Result) -> list[Sequence[Cell]]:
    """Return the rows of the departments of which nothing came."""
    word = term("collect_state_missing", result.language)
    return [(department, word, *[None] * (len(STATUS) - 2)) for department in result.missing]


def not_read_rows(result: Result) -> list[Sequence[Cell]]:
    """Return the rows of what lies among the returns and was not opened."""
    language = result.language
    word, why = term("collect_state_not_read", language), {w: term(f"collect_skipped_{w}", language) for w in UNREAD}
    blank = [None] * (len(STATUS) - 4)
    return [(None, word, *blank, name, why[reason]) for name, reason in result.not_read]


def _coloured(
    drawing: Drawing, sheet: Worksheet, cells: tuple[int, int, int, int], colours: dict[str, tuple[str, str]]
) -> None:
    """Colour cells by the words in them."""
    for word, pair in colours.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": drawing.styles.tint(pair)}
        sheet.conditional_format(*cells, rule)


# -- the summary -------------------------------------------------------------------------------------------------------


def _summary(drawing: Drawing, sheet: Worksheet, row: int, cuts: Cuts) -> int:
    """Write what came, the total, what checks it, and the verdict; return the next row."""
    result = drawing.result
    drawing.section(sheet, row, drawing.say("summary"), _LAST)
    lines: list[tuple[str, Cell, str]] = [
        (drawing.say("cycle"), result.expected.cycle, ""),
        (drawing.say("period"), result.expected.period, ""),
    ]
    for state in (*STATES, "missing", "not_read"):
        counts = {"missing": len(result.missing), "not_read": len(result.not_read)}
        count = counts.get(state, result.states[state])
        lines.append((drawing.say(f"count_{state}"), float(count), "count"))
    for i, (label, value, number) in enumerate(lines, row + 1):
        sheet.write_string(i, 0, label, drawing.styles.get("label"))
        sheet.merge_range(i, 1, i, 2, "", drawing.styles.get("formula", number))
        drawing.cell(sheet, i, 1, value, "formula", number)
    i = row + 1 + len(lines)
    style = drawing.styles.get("total", "money")
    sheet.write_string(i, 0, drawing.say("total_of", currency=result.basis.currency), drawing.styles.get("total"))
    sheet.merge_range(i, 1, i, 2, "", style)
    columns_of = ",".join(f"{name}[{drawing.say('in_sum')}]" for name in _tables(result, "costs"))
    sheet.write_formula(i, 1, f"=SUM({columns_of})", style, result.total)
    sheet.write_string(i + 1, 0, drawing.say("crm_check"), drawing.styles.get("label"))
    formula, text = cross_check(drawing, f"$B${i + 1}", cuts)
    drawing.merged(sheet, i + 1, 1, 8, text, formula=formula)
    words = {drawing.say(f"crm_{key}"): pair for key, pair in (("agrees", GOOD), ("differs", BAD), ("silent", OPEN))}
    _coloured(drawing, sheet, (i + 1, 1, i + 1, 8), words)
    sheet.write_string(i + 2, 0, drawing.say("verdict"), drawing.styles.get("label"))
    tint = GOOD if result.complete else OPEN if result.balanced else BAD
    verdict = drawing.say("balanced" if result.complete else "unknown" if result.balanced else "not_balanced")
    drawing.merged(sheet, i + 2, 1, 8, verdict, bg_color=tint[0], font_color=tint[1], bold=True)
    return i + 3


# -- the reconciliation ------------------------------------------------------------------------------------------------


def _tables(result: Result, table: str) -> list[str]:
    """The names of the Excel tables of the lines."""
    return [table_name(table, number) for number in range(max(len(result.rows[table].counts), 1))]


def _kinds(booked: Booked) -> list[Kind]:
    """What the lines state: every kind of which there is one."""
    return [kind for kind in KINDS if booked.of(kind)[0]]


def _labels(drawing: Drawing, sheet: Worksheet, row: int, account: Account, kind: Kind) -> None:
    table = term(f"table_{account.table}", drawing.language)
    texts = drawing.say(f"kind_{kind}", table=table), account.currency or drawing.say("currency_unknown")
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, drawing.styles.get("label"))


def _reconciliation(drawing: Drawing, sheet: Worksheet, row: int) -> int:
    """Write what was read and what became of it, for each table, currency and kind; return the next row."""
    books = drawing.result.books
    drawing.section(sheet, row, drawing.say("reconciliation"), _LAST)
    drawing.headers(sheet, row + 1, [drawing.say(f"books_{key}") for key in _BOOKS])
    sheet.set_row(row + 1, 34)
    row += 2
    for account in books.accounts:
        for kind in _kinds(account.read):
            _booked(drawing, sheet, row, account, kind)
            row += 1
    row = _not_in_sum(drawing, sheet, row + 1)
    for key, value in (
        ("stated", sum(account.read.stated for account in books.accounts)),
        ("cells", books.cells),
        ("cells_differ", len(books.differing) + len(books.uncounted) + len(books.unseen)),
        ("strays", books.strays.booked.stated),
        ("strays_amount", books.strays.booked.amount),
        ("unknown", len(books.unknown)),
    ):
        sheet.write_string(row, 0, drawing.say(f"books_{key}"), drawing.styles.get("label"))
        number = "price" if key == "strays_amount" else "count"
        sheet.write_number(row, 1, value, drawing.styles.get("formula", number))
        row += 1
    for text in open_questions(drawing.result, drawing.language)[:_QUESTIONS]:
        drawing.merged(sheet, row, 0, 8, text)
        row += 1
    return row


def open_questions(result: Result, language: str) -> list[str]:
    """Return what is not known of the amounts, in words with file, sheet and cells: nothing where all is known."""
    books, found = result.books, []
    for file, table, rows in books.differing:
        where = [*rows[:5], "…"] if len(rows) > 5 else rows
        found.append(term("collect_differs", language, file=file, table=term(f"table_{table}", language), rows=where))
    for file, table in books.uncounted:
        found.append(term("collect_uncounted", language, file=file, table=term(f"table_{table}", language)))
    unseen: dict[tuple[str, str], list[str]] = {}
    for file, sheet, cell in books.unseen:
        unseen.setdefault((file, sheet), []).append(cell)
    for (file, sheet), cells in unseen.items():
        some = [*cells[:5], "…"] if len(cells) > 5 else cells
        found.append(term("collect_unseen", language, file=file, sheet=sheet, cells=some))
    found += [term("collect_amounts_unknown", language, file=file) for file in books.unknown]
    return found


def _booked(drawing: Drawing, sheet: Worksheet, row: int, account: Account, kind: Kind) -> None:
    """Write a row: what was read, what is in the sum by formulas over the lines, what is not, and what is left."""
    counts, amounts = drawing.styles.get("formula", "count"), drawing.styles.get("formula", "price")
    read, counted, out, left = (
        b.of(kind) for b in (account.read, account.fates["counted"], account.out, account.difference)
    )
    _labels(drawing, sheet, row, account, kind)
    for column, (lines, amount) in ((2, read), (4, counted), (6, out)):
        sheet.write_number(row, column, lines, counts)
        sheet.write_number(row, column + 1, amount, amounts)
    # Of a currency that nobody knows there is no line in the sum, and its text may be anything.
    if kind in _CRITERIA and account.currency in currencies().values():
        of_currency = f"[{columns(account.table)['currency'].label(drawing.language)}],$B{row + 1}"
        stated = f"[{drawing.say('stated')}]"
        names = _tables(drawing.result, account.table)
        chosen = [f"{name}{of_currency},{name}{stated},{_CRITERIA[kind]})" for name in names]
        sheet.write_formula(row, 4, "=" + "+".join(f"COUNTIFS({rest}" for rest in chosen), counts, counted[0])
        if kind in ("positive", "negative"):
            sums = "+".join(f"SUMIFS({name}{stated},{rest}" for name, rest in zip(names, chosen, strict=True))
            sheet.write_formula(row, 5, f"={sums}", amounts, counted[1])
    n = row + 1
    if kind in ("positive", "negative"):
        style = drawing.styles.get("sum", "difference")
        sheet.write_formula(row, 8, f"=ROUND(D{n}-F{n}-H{n},2)", style, round(left[1], 2) + 0.0)
    else:
        sheet.write_formula(row, 8, f"=C{n}-E{n}-G{n}", drawing.styles.get("sum", "count"), left[0])


def _not_in_sum(drawing: Drawing, sheet: Worksheet, row: int) -> int:
    """Write what is not in the sum, by the reason; return the next row."""
    found = [
        (account, fate, kind)
        for account in drawing.result.books.accounts
        for fate in FATES[1:]
        for kind in _kinds(account.fates[fate])
    ]
    if not found:
        return row
    heads = [drawing.say(f"books_{key}") for key in ("table", "currency", "lines", "amount", "reason")]
    drawing.headers(sheet, row, heads)
    sheet.merge_range(row, 4, row, 5, heads[-1], drawing.styles.get("header"))
    for i, (account, fate, kind) in enumerate(found, row + 1):
        lines, amount = account.fates[fate].of(kind)
        _labels(drawing, sheet, i, account, kind)
        sheet.write_number(i, 2, lines, drawing.styles.get("formula", "count"))
        sheet.write_number(i, 3, amount, drawing.styles.get("formula", "price"))
        drawing.merged(sheet, i, 4, 5, drawing.say(f"fate_{fate}"))
    return row + len(found) + 2
