import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import openpyxl
import pytest

from crm_xl.collection.checking.annotate import annotate
from crm_xl.collection.checking.check import check
from crm_xl.collection.collecting.collect import Order, collect
from crm_xl.collection.reading.returned import read_return
from crm_xl.xlsx.package import Package
from tests.collection.forms import SHEETS, Form
from tests.collection.test_check import run
from tests.collection.test_collect import read_plainly


def annotated(tmp_path: Path, form: Form) -> Path:
    source, target = form.save(tmp_path), tmp_path / "copy.xlsx"
    assert annotate(source, check(source), target, "en") is None
    return target


def wrong() -> Form:
    form = (
        Form().line(6, component="Licence", item="=1+1", amount="1.200").line(7, component="Licence", amount="1,200.00")
    )
    return form.line(8, component='=HYPERLINK("x")', amount=5.0, frequency="weekly")


class TestTheCopy:
    def test_the_findings_lead_to_their_cells(self, tmp_path):
        path = annotated(tmp_path, wrong())
        book = openpyxl.load_workbook(path)
        sheet = book["Findings"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
        links = {sheet.cell(i, 3).value: sheet.cell(i, 3).hyperlink for i in range(5, 5 + len(rows))}
        assert rows[0][:4] == ["blocks", "Costs", "H6", "Amount: 1.200 may mean 1.2 or 1200; the line is not counted"]
        assert {cell: link.location for cell, link in links.items() if link} == {
            cell: f"Costs!{cell}" for cell in ("H6", "H7", "B8", "L8")
        } | {"C7": "Results!C7"}
        assert book.active.title == "Findings"

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_the_rows_of_findings_are_high_enough_for_their_words(self, tmp_path, language):
        form = Form(language).line(
            6, sheet=SHEETS[language]["costs"], component="Licence", amount=5.0, frequency="每周" * 30
        )
        sheet = openpyxl.load_workbook(annotated(tmp_path, form)).worksheets[-1]
        widths = [sheet.column_dimensions[c].width for c in "ABCDE"]
        for row in sheet.iter_rows(min_row=5):
            # A Chinese character is two wide; a line of 10 points needs 13.
            texts = [str(cell.value or "") for cell in row]
            lines = max(
                -(-sum(1 + (c > "\u2e80") for c in text) // int(width))
                for text, width in zip(texts, widths, strict=True)
            )
            assert lines == 1 or sheet.row_dimensions[row[0].row].height >= lines * 13, texts
        assert any(sheet.row_dimensions[row[0].row].height for row in sheet.iter_rows(min_row=5))

    def test_the_cells_are_marked_by_what_they_do_to_the_sum(self, tmp_path):
        sheet = openpyxl.load_workbook(annotated(tmp_path, wrong()))["Costs"]
        fills = {cell: sheet[cell].fill.fgColor.rgb for cell in ("H6", "H7", "L8", "H8")}
        assert fills["H6"] == fills["L8"] == "FFF7C9C4"
        assert fills["H7"] == "FFF9D77E"
        assert fills["H8"] == "FFFFF8E1"
        assert not sheet["H6"].protection.locked
        assert sheet["H6"].number_format == sheet["H8"].number_format

    def test_every_value_formula_and_rule_is_kept(self, tmp_path):
        form = wrong()
        path = annotated(tmp_path, form)
        for values in (False, True):
            one = openpyxl.load_workbook(io.BytesIO(form.bytes()), data_only=values)
            two = openpyxl.load_workbook(path, data_only=values)
            assert two.sheetnames == [*one.sheetnames, "Findings"]
            for name in one.sheetnames:
                assert [[c.value for c in row] for row in one[name].iter_rows()] == [
                    [c.value for c in row] for row in two[name].iter_rows()
                ]
        before, after = Package.open(form.bytes()).parts, Package.open(path).parts
        rules = [
            re.findall(rb"<dataValidations.*?</dataValidations>", p[form.part("Costs")], re.DOTALL)
            for p in (before, after)
        ]
        assert rules[0] == rules[1] != []
        changed = {name for name in before if before[name] != after[name]}
        book = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"}
        assert changed <= book | {form.part("Start"), form.part("Costs"), form.part("Results")}

    def test_only_the_findings_are_chosen(self, tmp_path):
        parts = Package.open(annotated(tmp_path, wrong())).parts
        chosen = [name for name, xml in parts.items() if b'tabSelected="1"' in xml]
        assert chosen == ["xl/worksheets/findings1.xml"]

    def test_a_text_of_the_workbook_never_becomes_a_formula(self, tmp_path):
        form = Form().line(6, component='=HYPERLINK("http://x.example","y")', amount="=cmd|' /c calc'!A0")
        xml = Package.open(annotated(tmp_path, form)).parts["xl/worksheets/findings1.xml"]
        assert b"=cmd|" in xml
        assert {e.tag.rpartition("}")[2] for e in ET.fromstring(xml).iter()} & {"f", "v"} == set()

    def test_signs_of_xml_and_of_terminals_do_no_harm(self, tmp_path):
        form = Form().line(6, component="Licence", amount='<&">]]>\x1b\u202e')
        sheet = openpyxl.load_workbook(annotated(tmp_path, form))["Findings"]
        assert '<&">]]>' in sheet["D5"].value
        assert "\x1b" not in sheet["D5"].value

    def test_a_sheet_name_with_an_apostrophe_is_led_to(self, tmp_path):
        form = wrong().change_part("xl/workbook.xml", b'<sheet name="Costs"', '<sheet name="Bob\'s &amp; Co"')
        form.parts["xl/workbook.xml"] = form.text("xl/workbook.xml").replace(b"Costs!", b"'Bob''s &amp; Co'!")
        sheet = openpyxl.load_workbook(annotated(tmp_path, form))["Findings"]
        locations = [link.location for row in sheet.iter_rows(min_row=5) if (link := row[2].hyperlink)]
        assert "'Bob''s & Co'!H6" in locations

    def test_a_chinese_workbook_has_chinese_findings(self, tmp_path):
        form = Form("zh").line(6, sheet="\u8d39\u7528", component="\u8f6f\u4ef6\u8d2d\u4e70", amount="1.200")
        sheet = openpyxl.load_workbook(annotated(tmp_path, form))["\u68c0\u67e5\u7ed3\u679c"]
        assert sheet["A1"].value == "\u68c0\u67e5\u7ed3\u679c\uff1asales.xlsx"
        assert sheet["D5"].value.startswith("\u91d1\u989d\uff1a1.200")


class TestWhatComesBackOfIt:
    def test_a_copy_that_nobody_corrected_is_no_return(self, tmp_path):
        returned = read_return(annotated(tmp_path, wrong()))
        assert [f.key for f in returned.findings] == ["annotated"]

    def test_a_copy_that_was_corrected_and_saved_is_one(self, tmp_path):
        copy = Form(content=annotated(tmp_path, wrong()).read_bytes())
        copy.enter("Costs", {"H6": 1200.0, "L8": "annual"})
        copy.change_part("docProps/core.xml", rb"(<dcterms:modified[^>]*>)[^<]*", "\\g<1>2027-01-05T08:00:00Z")
        returned = read_return(copy.save(tmp_path, "corrected.xlsx"))
        assert not returned.rejected
        assert [line.rejected for line in returned.costs] == [False, False, False]
        assert returned.strays == ()

    def test_a_corrected_copy_counts_under_whatever_name_and_an_uncorrected_one_beside_its_original_does_not(
        self, tmp_path
    ):
        folder = tmp_path / "returned"
        folder.mkdir()
        original = wrong().save(folder)
        target = folder / "sales.checked.xlsx"
        assert annotate(original, check(original), target, "en") is None
        order = Order(folders=[folder], out=tmp_path / "total.xlsx")
        result = collect(order, read_plainly).result
        assert result.states == {"counted": 1, "same": 1}
        assert sum(result.sums[0].money.values()).tolist() == [1200.0, 0.0, 0.0]  # only row 7 can be read
        copy = Form(content=target.read_bytes()).enter("Costs", {"H6": 1000.0, "L8": "annual"})
        copy.change_part("docProps/core.xml", rb"(<dcterms:modified[^>]*>)[^<]*", "\\g<1>2027-01-05T08:00:00Z")
        target.write_bytes(copy.bytes())
        report = collect(order, read_plainly)
        assert report.result.states == {"counted": 1, "replaced": 1}
        assert sum(report.result.sums[0].money.values()).tolist() == [2205.0, 5.0, 5.0]  # 1000 + 1200 + 5 a year
        original.unlink()
        assert collect(order, read_plainly).ok

    def test_an_uncorrected_copy_alone_is_rejected_and_says_why(self, tmp_path):
        folder = tmp_path / "returned"
        folder.mkdir()
        shutil.move(annotated(tmp_path, wrong()), folder / "a.xlsx")
        result = collect(Order(folders=[folder], out=tmp_path / "total.xlsx"), read_plainly).result
        assert result.states == {"rejected": 1}
        assert "nothing was corrected in it" in dict(result.troubles)["a.xlsx"]

    def test_it_is_annotated_again_on_the_same_sheet(self, tmp_path):
        copy = Form(content=annotated(tmp_path, wrong()).read_bytes()).enter("Costs", {"H6": 1200.0})
        copy.change_part("docProps/core.xml", rb"(<dcterms:modified[^>]*>)[^<]*", "\\g<1>2027-01-05T08:00:00Z")
        again = openpyxl.load_workbook(annotated(tmp_path, copy))
        assert again.sheetnames.count("Findings") == 1
        assert "H6" not in [row[2].value for row in again["Findings"].iter_rows(min_row=5)]


class TestTheCommand:
    def test_the_original_stays_and_the_copy_stands_beside_it(self, tmp_path):
        source = wrong().save(tmp_path)
        before = source.read_bytes()
        result = run(source, "--annotate")
        assert source.read_bytes() == before
        assert (tmp_path / "sales.checked.xlsx").is_file()
        assert "annotated: " in result.stderr

    def test_a_good_file_gets_no_copy(self, tmp_path):
        run(Form().save(tmp_path), "--annotate")
        assert [path.name for path in tmp_path.iterdir()] == ["sales.xlsx"]

    def test_copies_may_go_to_a_folder(self, tmp_path):
        (tmp_path / "out").mkdir()
        run(wrong().save(tmp_path), "--annotate", "-o", tmp_path / "out")
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["sales.checked.xlsx"]

    def test_copies_of_workbooks_in_folders_keep_their_place(self, tmp_path):
        places = [tmp_path / "returned" / "north", tmp_path / "returned" / "south"]
        for place in places:
            place.mkdir(parents=True)
            wrong().save(place)
        run(tmp_path / "returned", "--annotate", "-o", tmp_path / "out")  # there is no such folder yet
        run(*places, "--annotate", "-o", tmp_path / "out")
        assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.glob("out/**/*.xlsx")) == [
            "north/sales.checked.xlsx",
            "south/sales.checked.xlsx",
        ]
        (tmp_path / "flat").mkdir()
        result = run(*(place / "sales.xlsx" for place in places), "--annotate", "-o", tmp_path / "flat")
        assert "the copy of another workbook of that name" in result.stderr

    def test_copies_are_left_out_when_a_folder_is_checked_again(self, tmp_path):
        wrong().save(tmp_path)
        run(tmp_path, "--annotate")
        result = run(tmp_path, "--annotate")
        assert "sales.checked.xlsx: a copy that check made and nobody has corrected; left out" in result.stderr
        assert "sales.checked.xlsx" not in result.stdout
        assert sorted(path.name for path in tmp_path.iterdir()) == ["sales.checked.xlsx", "sales.xlsx"]

    def test_a_copy_that_was_corrected_is_checked_and_never_written_over(self, tmp_path):
        wrong().save(tmp_path)
        run(tmp_path, "--annotate")
        copy = tmp_path / "sales.checked.xlsx"
        corrected = Form(content=copy.read_bytes()).enter("Costs", {"H6": 1200.0})
        corrected.change_part("docProps/core.xml", rb"(<dcterms:modified[^>]*>)[^<]*", "\\g<1>2027-01-05T08:00:00Z")
        corrected.save(tmp_path, copy.name)
        before = copy.read_bytes()
        result = run(tmp_path, "--annotate")
        assert "sales.checked.xlsx:\n" in result.stdout
        assert "stands there already and is no copy that check made" in result.stderr
        assert copy.read_bytes() == before

    def test_the_copy_never_takes_the_place_of_the_original(self, tmp_path):
        source = wrong().save(tmp_path)
        before = source.read_bytes()
        assert "would take the place" in run(source, "--annotate", "-o", source).exception.format_message()
        assert source.read_bytes() == before

    @pytest.mark.parametrize(
        ("part", "words"),
        [("xl/vbaProject.bin", "macros"), ("xl/externalLinks/externalLink1.xml", "links to other workbooks")],
    )
    def test_a_workbook_that_reaches_outside_is_not_copied(self, tmp_path, part, words):
        form = wrong()
        form.parts[part] = b"<x/>"
        result = run(form.save(tmp_path), "--annotate")
        assert re.search(f"is not annotated: .*{words}", result.stderr)
        assert not (tmp_path / "sales.checked.xlsx").exists()

    def test_a_formula_that_calls_outside_is_not_copied(self, tmp_path):
        form = wrong().formula("Results", "C8", 'WEBSERVICE("http://x.example")', "1")
        assert "the sheet Results reaches outside" in run(form.save(tmp_path), "--annotate").stderr


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="there is no soffice")
def test_libreoffice_opens_the_copy_with_its_links_and_values(tmp_path):
    path = annotated(tmp_path, wrong())
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "out"), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    book = openpyxl.load_workbook(tmp_path / "out" / "copy.xlsx")
    assert book["Findings"]["C5"].hyperlink.location.replace("$", "").replace("'", "") in (
        "Costs!H6",
        "Costs.H6",
        "#Costs.H6",
    )
    assert book["Costs"]["H6"].value == "1.200"
    assert book["Costs"]["H6"].fill.fgColor.rgb == "FFF7C9C4"
    assert len(book["Costs"].data_validations.dataValidation) >= 15
