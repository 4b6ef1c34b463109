import re

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.sheet_writing import number_text, written

from ..headless.books import HEAD, MAIN, cell, sheet


def new_bytes(xml, values, spills=None, texts=()):
    data, _ = written(SheetXml(xml.encode(), "f.xlsx", "s.xml"), texts, values, spills)
    return data.decode()


def value_of(xml, position):
    read = SheetXml(xml.encode(), "f.xlsx", "s.xml")
    return read.value(read.cells[position], ())


def test_same_values_give_the_same_bytes():
    xml = sheet(cell("A1", 1.50, "B1"), cell("B1", "a", "C1"), cell("C1", True, "D1"), cell("D1", "#N/A", "NA()"))
    values = {(1, 1): 1.5, (1, 2): "a", (1, 3): True, (1, 4): ErrorValue.NA}
    data, changed = written(sheet_xml := SheetXml(xml.encode(), "f", "p"), (), values)
    assert data is sheet_xml.xml
    assert changed == 0


def test_only_the_changed_cell_changes():
    xml = sheet(cell("A1", 1, "B1*2", style=7, attributes=' ph="1"'), cell("A2", 5, "B2"), before="<!-- <c r='A1'> -->")
    new = new_bytes(xml, {(1, 1): 2.0, (2, 1): 5.0})
    assert new == xml.replace("<v>1</v>", "<v>2</v>")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (1e16, "1E+16"),
        (123456789012345.0, "123456789012345"),
        (1.5e-7, "1.5E-07"),
        (1e300, "1E+300"),
        (-2.5, "-2.5"),
        (5e-324, "5E-324"),
    ],
)
def test_numbers_read_back_as_the_same_number(value, text):
    assert number_text(value) == text
    assert float(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > \"d\" 'e'",
        "  leading and trailing  ",
        "中文 与 English",
        "two\nlines\tand a tab",
        "windows\r\nline",
        "bell \x07 and \x00",
        "_x000D_ as it stands",
        "_x000d_",
        "😀",
        "",
        "]]>",
        "<c r='A1'>",
    ],
)
def test_texts_come_back_as_they_were(text):
    for before in (1, "x"):
        xml = sheet(cell("A1", before, "B1"), cell("A2", 1, "B1"))
        assert value_of(new_bytes(xml, {(1, 1): text}), (1, 1)) == text


def test_types_change_with_the_value():
    xml = sheet(cell("A1", "x", "B1", style=3))
    for value, tag in [
        (2.0, '<c r="A1" s="3"><f>B1</f><v>2</v></c>'),
        (True, '<c r="A1" s="3" t="b"><f>B1</f><v>1</v></c>'),
        ("y", '<c r="A1" s="3" t="str"><f>B1</f><v>y</v></c>'),
        ("", '<c r="A1" s="3" t="str"><f>B1</f><v></v></c>'),
        (ErrorValue.DIV0, '<c r="A1" s="3" t="e"><f>B1</f><v>#DIV/0!</v></c>'),
        (ErrorValue.CALC, '<c r="A1" s="3" t="e"><f>B1</f><v>#VALUE!</v></c>'),
        (None, '<c r="A1" s="3"><f>B1</f></c>'),
    ]:
        assert tag in new_bytes(xml, {(1, 1): value})


def test_a_stored_error_that_stands_for_a_newer_one_is_no_change():
    xml = sheet(cell("A1", "#VALUE!", "B1"))
    assert new_bytes(xml, {(1, 1): ErrorValue.CALC}) == xml


def test_one_and_true_are_not_the_same():
    assert "<v>1</v>" in (new := new_bytes(sheet(cell("A1", True, "B1")), {(1, 1): 1.0}))
    assert 't="b"' not in new


def test_value_metadata_goes_with_the_value_and_cell_metadata_stays():
    xml = sheet(cell("A1", "#VALUE!", "B1", dynamic=True, array="A1", attributes=' vm="1"'))
    assert '<c r="A1" cm="1"><f t="array" ref="A1">B1</f><v>3</v></c>' in new_bytes(xml, {(1, 1): 3.0})
    assert '<f t="array" ref="A1">B1</f><v>#N/A</v></c>' in (new := new_bytes(xml, {(1, 1): ErrorValue.NA}))
    assert "vm=" not in new


def test_cells_and_rows_are_put_in_order():
    xml = sheet(cell("B2", 1), cell("D2", 1), cell("A5", 1), dimension="A2:D5")
    new = new_bytes(xml, {(2, 3): 2.0, (2, 1): 3.0, (2, 5): 4.0, (1, 1): 5.0, (3, 2): 6.0, (4, 2): "t", (9, 9): 7.0})
    assert re.findall(r'<row r="(\d+)"', new) == ["1", "2", "3", "4", "5", "9"]
    assert re.findall(r'<c r="(\w+)"', new) == ["A1", "A2", "B2", "C2", "D2", "E2", "B3", "B4", "A5", "I9"]
    assert '<dimension ref="A1:I9"/>' in new
    assert value_of(new, (4, 2)) == "t"


def test_empty_rows_and_sheets_take_cells():
    xml = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="2" ht="20"/><row r="4"></row></sheetData></worksheet>'
    new = new_bytes(xml, {(2, 1): 1.0, (4, 1): 2.0})
    assert '<row r="2" ht="20"><c r="A2"><v>1</v></c></row><row r="4"><c r="A4"><v>2</v></c></row>' in new
    empty = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    assert '<sheetData><row r="3"><c r="B3"><v>1</v></c></row></sheetData>' in new_bytes(empty, {(3, 2): 1.0})


def test_cells_of_one_tag_are_replaced_whole():
    xml = sheet('<c r="A1" s="2"/>', '<c r="B1"><f>A1</f><v/></c>', '<c r="C1" t="str"><f t="shared" si="0"/></c>')
    new = new_bytes(xml, {(1, 1): 1.0, (1, 2): 2.0, (1, 3): 3.0})
    assert '<c r="A1" s="2"><v>1</v></c><c r="B1"><f>A1</f><v>2</v></c>' in new
    assert '<c r="C1"><f t="shared" si="0"/><v>3</v></c></row>' in new


def test_spans_grow():
    row = '<row r="1" spans="2:3" s="1"><c r="B1"/></row>'
    xml = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    assert '<row r="1" spans="1:6" s="1">' in new_bytes(xml, {(1, 6): 1.0, (1, 1): 1.0})


def test_new_cells_take_the_style_of_row_or_column():
    xml = (
        f'{HEAD}<worksheet xmlns="{MAIN}"><cols><col min="2" max="3" style="4"/></cols><sheetData>'
        '<row r="1" s="9" customFormat="1"/></sheetData></worksheet>'
    )
    new = new_bytes(xml, {(1, 2): 1.0, (2, 2): 2.0, (2, 4): 3.0})
    assert '<c r="B1" s="9">' in new
    assert '<c r="B2" s="4">' in new
    assert '<c r="D2"><v>3</v>' in new


def test_cells_without_references_and_prefixed_tags():
    xml = (
        f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        "<x:row><x:c><x:v>1</x:v></x:c><x:c><x:f>A1</x:f></x:c></x:row>"
        "<x:row><x:c/><x:c t='str' ><x:f>B1</x:f><x:v>a</x:v></x:c ></x:row></x:sheetData></x:worksheet>"
    )
    new = new_bytes(xml, {(1, 2): 5.0, (2, 2): 6.0, (2, 1): 7.0, (3, 1): "t"})
    assert "<x:c><x:f>A1</x:f><x:v>5</x:v></x:c>" in new
    assert "<x:c><x:v>7</x:v></x:c><x:c><x:f>B1</x:f><x:v>6</x:v></x:c>" in new
    assert '<x:row r="3"><x:c r="A3" t="str"><x:v>t</x:v></x:c></x:row>' in new


def test_the_extent_of_an_array_changes_in_its_formula_only():
    xml = sheet(cell("A1", 1, 'F(A3:A9,"<&>")', array="A1:A2", dynamic=True), cell("A2", 1))
    new = new_bytes(xml, {(1, 1): 1.0, (2, 1): 1.0}, {(1, 1): "A1:A3"})
    assert new == xml.replace('ref="A1:A2"', 'ref="A1:A3"')


def test_byte_order_mark_and_multibyte_text_do_not_move_the_places():
    xml = b"\xef\xbb\xbf" + sheet(cell("A1", "中文😀"), cell("B1", 1, "A1")).encode()
    data, changed = written(SheetXml(xml, "f", "p"), (), {(1, 2): "中文😀"})
    assert changed == 1
    assert data == xml.replace(
        b'<c r="B1"><f>A1</f><v>1</v></c>', '<c r="B1" t="str"><f>A1</f><v>中文😀</v></c>'.encode()
    )


def test_values_of_every_type():
    xml = sheet(
        '<c r="A1" t="s"><v>1</v></c>',
        '<c r="B1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r>'
        '<rPh sb="0" eb="1"><t>x</t></rPh></is></c>',
        '<c r="C1" t="d"><v>2027-01-01T00:00:00</v></c>',
        '<c r="D1"><v> 1.5 </v></c>',
        '<c r="E1" t="e"><v>#BLOCKED!</v></c>',
        '<c r="F1" s="2"/>',
    )
    read = SheetXml(xml.encode(), "f", "p")
    values = [read.value(read.cells[1, column], ("no", "yes")) for column in range(1, 7)]
    assert values == ["yes", "a b", 46388.0, 1.5, ErrorValue.VALUE, None]


def test_a_date_that_was_left_blank_is_blank():
    assert value_of(sheet('<c r="A1" t="d"><v> </v></c>'), (1, 1)) is None


def test_a_column_that_does_not_say_which_it_is_makes_the_sheet_a_damaged_one():
    xml = sheet(cell("A1", 1)).replace("<sheetData", '<cols><col style="1"/></cols><sheetData')
    with pytest.raises(WorkbookError, match="damaged") as raised:
        SheetXml(xml.encode(), "f.xlsx", "s.xml")
    assert raised.value.key == "book_broken_part"
