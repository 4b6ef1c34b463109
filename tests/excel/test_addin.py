"""The add-in as a file: read back by oletools and olefile, run in LibreOffice's Basic. Excel has not opened it."""

import io
import json
import re
import shutil
import struct
import subprocess
import sys
import warnings
import zipfile
from importlib.resources import files

import olefile
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.cli import main
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel import addin, ribbon
from crm_xl.hosts.excel.compound import compound_file
from crm_xl.hosts.excel.vbaproject import Module, compressed, encrypted, vba_project

from .test_vba import procedures

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # oletools uses a name that pyparsing gives up
    from oletools.olevba import VBA_Parser, decompress_stream

NAMES = ["ThisWorkbook", "Sheet1", "CrmBridge", "CrmWords", "crm_xl_udfs", "crm_xl_macros"]


@pytest.fixture(scope="module")
def package():
    """The parts of the add-in."""
    with zipfile.ZipFile(io.BytesIO(addin.addin())) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def project(data):
    return olefile.OleFileIO(io.BytesIO(data))


def records(data):
    """The records of the directory of a VBA project: number and content."""
    found, at = [], 0
    while at < len(data):
        number, size = struct.unpack_from("<HI", data, at)
        size = 6 if number == 0x09 else size  # the one whose size does not count all of it (MS-OVBA 2.3.4.2.1.11)
        found.append((number, bytes(data[at + 6 : at + 6 + size])))
        at += 6 + size
    return found


def directory(data):
    return records(decompress_stream(bytearray(project(data).openstream("VBA/dir").read())))


def of_xlwings():
    """The project of the add-in that xlwings ships, made without Excel as well."""
    with zipfile.ZipFile(files("xlwings") / "quickstart_addin_ribbon.xlam") as parts:
        return parts.read("xl/vbaProject.bin")


class TestFile:
    def test_the_command_writes_it_and_its_sources(self, tmp_path):
        with pytest.raises(SystemExit) as done:
            main(["addin", "-o", str(tmp_path / "a.xlam"), "--sources", str(tmp_path / "src")])
        assert done.value.code == 0
        assert (tmp_path / "a.xlam").read_bytes() == addin.addin()
        assert sorted(p.name for p in (tmp_path / "src").iterdir()) == [
            "CrmBridge.cls", "CrmWords.cls", "ThisWorkbook.txt", "build_addin.ps1", "crm_xl_macros.bas",
            "crm_xl_udfs.bas", "customUI14.xml", "settings.csv",
        ]  # fmt: skip

    @pytest.mark.parametrize("command", [["addin", "-o", "a.xlsm"], ["vba", "-o", "a.txt"]])
    def test_a_name_that_excel_would_not_know_is_refused(self, tmp_path, monkeypatch, capsys, command):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as done:
            main(command)
        assert (done.value.code, list(tmp_path.iterdir())) == (1, [])
        assert f"{command[-1]} must end in ." in capsys.readouterr().err

    def test_it_is_an_add_in_hidden_with_code_and_ribbon(self, package):
        types = package["[Content_Types].xml"].decode()
        assert "application/vnd.ms-excel.addin.macroEnabled.main+xml" in types
        assert "application/vnd.ms-office.vbaProject" in types
        assert 'visibility="hidden"' in package["xl/workbook.xml"].decode()
        assert 'codeName="ThisWorkbook"' in package["xl/workbook.xml"].decode()
        assert 'codeName="Sheet1"' in package["xl/worksheets/sheet1.xml"].decode()
        assert package["customUI/customUI14.xml"] == ribbon.xml()
        assert f'Type="{ribbon.RELATION}" Target="customUI/customUI14.xml"' in package["_rels/.rels"].decode()

    def test_the_same_version_gives_the_same_bytes(self):
        assert addin.addin() == addin.addin()

    def test_its_sheet_of_settings_is_there_and_says_nothing_by_itself(self, package):
        assert 'name="crm_xl.conf"' in package["xl/workbook.xml"].decode()
        assert "<sheetData/>" in package["xl/worksheets/sheet1.xml"].decode()

    def test_it_can_say_which_python_computes(self):
        path = r"C:\Program Files\Python 3\pythonw.exe"
        with zipfile.ZipFile(io.BytesIO(addin.addin(path))) as parts:
            assert path in parts.read("xl/sharedStrings.xml").decode()
        with pytest.raises(CrmError, match="a character that a path on Windows cannot have"):
            addin.addin('C:\\a"b')


class TestCode:
    def test_olevba_reads_every_module_back(self, package):
        parser = VBA_Parser("crm_xl.xlam", data=addin.addin())
        found = {stream.removeprefix("VBA/"): code for _, stream, _, code in parser.extract_macros()}
        assert list(found) == NAMES
        for module in addin.modules():
            assert found[module.name].replace("\r\n", "\n") == module.source.decode().replace("\r\n", "\n")
        for function in REGISTRY:
            assert f"Function {function.name}(" in found["crm_xl_udfs"]

    def test_nothing_of_the_vba_of_xlwings_is_in_it(self):
        """Its procedures are public: a formula in any workbook could start a program with them."""
        with open(files("xlwings") / "xlwings_custom_addin.bas") as file:
            theirs = {name for _, _, name, _ in procedures(file.read())}
        ours = {name for module in addin.modules() for _, _, name, _ in procedures(module.code)}
        assert "RunFrozenPython" in theirs  # the trap itself
        assert ours & theirs == set()

    def test_python_imports_nothing_from_the_folder_of_a_workbook(self, tmp_path):
        """Excel's current folder is that of the last workbook opened; without -P Python imports from there first."""
        (tmp_path / "xlwings.py").write_text("print('harm')")
        code = "import xlwings; print(xlwings.__file__)"
        for options, harmed in ([[], True], [["-P"], False]):
            run = subprocess.run(
                [sys.executable, "-B", *options, "-c", code], cwd=tmp_path, capture_output=True, text=True
            )
            assert ("harm" in run.stdout) == harmed

    def test_another_library_of_xlwings_is_noticed(self, monkeypatch, tmp_path):
        with open(files("xlwings") / "xlwings_custom_addin.bas") as file:
            theirs = file.read()
        (tmp_path / "xlwings_custom_addin.bas").write_text(
            theirs.replace("ByVal mode As Long = 1", "ByVal mode As Byte")
        )
        monkeypatch.setattr(addin, "files", lambda package: tmp_path)
        with pytest.raises(CrmError, match="The add-in cannot be made with xlwings 0"):
            addin.bridge()

    def test_formulas_of_a_workbook_that_is_opened_are_looked_after(self):
        code = {module.name: module.code for module in addin.modules()}
        assert "Private WithEvents CrmApplication As Application" in code["ThisWorkbook"]
        assert "Private Sub CrmApplication_WorkbookOpen(ByVal Wb As Workbook)" in code["ThisWorkbook"]
        assert "Public Sub CrmOpened(ByVal Book As Workbook)" in code["crm_xl_macros"]
        called = re.findall(r"'!(\w+)\"", code["ThisWorkbook"] + code["crm_xl_macros"])
        assert called == ["CrmStart", "CrmBindOpened"]
        for procedure in called:
            assert f"Public Sub {procedure}()" in code["crm_xl_macros"]
        assert "Application.CalculateFullRebuild" in code["crm_xl_macros"]

    def test_the_sources_hold_the_same_modules_and_a_script_that_builds_from_them(self):
        written = addin.sources("C:\\Python\\python.exe")
        for module in addin.modules():
            if module.kind == "code":
                assert written[f"{module.name}.bas"] == module.source
            elif module.kind == "class":
                text = written[f"{module.name}.cls"].decode()
                assert text.startswith("VERSION 1.0 CLASS\r\nBEGIN\r\n  MultiUse = -1  'True\r\nEND\r\n")
                assert text.endswith(module.source.decode().split("Attribute VB_Customizable = False\r\n")[1])
                assert "Attribute VB_Base" not in text  # of a project alone, an editor does not read it
        script = written["build_addin.ps1"].decode("utf-8-sig")
        for name in re.findall(r"Join-Path \$here '([^']+)'", script):
            assert name in written
        assert "@" not in re.sub(r"= '@'|@'|'@", "", script)  # no place is left unfilled
        assert "信任中心" in script
        assert "C:\\Python\\python.exe" in written["settings.csv"].decode("utf-8-sig")


class TestProject:
    def test_its_directory_has_the_records_of_xlwings_own_project_in_the_same_order(self, package):
        ours, theirs = directory(package["xl/vbaProject.bin"]), directory(of_xlwings())
        references = {0x16, 0x3E, 0x33, 0x2F, 0x30, 0x0D}

        def head(found):
            return [number for number, _ in found[: next(i for i, r in enumerate(found) if r[0] == 0x19)]]

        def modules(found):
            """The records of each module: its kind aside, which are there in which order."""
            numbers = "".join(f"{number:02x} " for number, _ in found if number not in references)
            return set(re.findall("19 47 .*?2b ", numbers.replace("21", "kind").replace("22", "kind")))

        assert [n for n in head(ours) if n not in references] == [n for n in head(theirs) if n not in references]
        assert modules(ours) == modules(theirs)
        assert ours[-1] == theirs[-1] == (0x10, b"")

    def test_sizes_and_kinds_of_the_modules_are_told_right(self, package):
        found = directory(package["xl/vbaProject.bin"])
        assert (0x0F, struct.pack("<H", len(NAMES))) in found
        assert [content.decode() for number, content in found if number == 0x19] == NAMES
        assert [number for number, _ in found if number in (0x21, 0x22)] == [0x22, 0x22, 0x22, 0x22, 0x21, 0x21]
        assert {content for number, content in found if number == 0x31} == {bytes(4)}  # source from the first byte

    def test_excel_is_told_to_compile_from_source_as_by_xlwings_own_project(self, package):
        marks = [project(d).openstream("VBA/_VBA_PROJECT").read() for d in (package["xl/vbaProject.bin"], of_xlwings())]
        assert marks[0] == bytes.fromhex("CC61FFFF000000")
        assert marks[1][:5] == marks[0][:5]  # the rest is to be ignored
        assert len(marks[1]) == 7  # and nothing compiled stands behind it

    def test_the_protection_reads_as_none(self, package):
        text = project(package["xl/vbaProject.bin"]).openstream("PROJECT").read().decode()
        for key, want in (("CMG", [0, 0, 0, 0]), ("DPB", [0]), ("GC", [255])):
            for source in (text, project(of_xlwings()).openstream("PROJECT").read().decode()):
                identity = re.search('^ID="(.*)"', source)[1]
                assert decrypted(re.search(f'{key}="(.*)"', source)[1], identity) == want
        assert 'Name="CrmXl"' in text
        assert all(f"Module={name}\r\n" in text for name in NAMES[4:])
        assert all(f"Class={name}\r\n" in text for name in NAMES[2:4])
        assert all(f"Document={name}/&H00000000\r\n" in text for name in NAMES[:2])

    def test_a_class_has_the_attributes_of_one_in_xlwings_own_project(self):
        parser = VBA_Parser("theirs", data=(files("xlwings") / "quickstart_addin_ribbon.xlam").read_bytes())
        theirs = next(code for _, stream, _, code in parser.extract_macros() if stream == "VBA/Dictionary")
        given = [line for line in theirs.splitlines() if line.startswith("Attribute VB_")][1:8]
        ours = next(module.source.decode() for module in addin.modules() if module.name == "CrmBridge")
        # Theirs is known outside of its project; ours must not be.
        assert [line for line in ours.splitlines() if line.startswith("Attribute VB_")][1:] == [
            line.replace("VB_Exposed = True", "VB_Exposed = False") for line in given
        ]

    def test_names_of_modules_stand_in_both_alphabets(self, package):
        names = project(package["xl/vbaProject.bin"]).openstream("PROJECTwm").read()
        assert names == b"".join(n.encode() + b"\0" + n.encode("utf-16-le") + b"\0\0" for n in NAMES) + b"\0\0"

    @given(st.binary(max_size=9), st.integers(0, 255))
    @settings(max_examples=30, deadline=None)
    def test_what_is_encrypted_reads_back(self, data, seed):
        assert bytes(decrypted(encrypted("{ABC}", data, seed), "{ABC}")) == data


def decrypted(text, identity):
    """MS-OVBA 2.4.3.3, written from the specification."""
    data = bytes.fromhex(text)
    seed, version, key = data[0], data[0] ^ data[1], data[0] ^ data[2]
    assert (version, key) == (2, sum(identity.encode()) % 256)
    plain, before = [], key
    for i in range(3, len(data)):
        before = data[i] ^ (data[i - 2] + before) % 256
        plain.append(before)
    body = plain[(seed & 6) // 2 :]
    assert int.from_bytes(body[:4], "little") == len(body) - 4
    return body[4:]


class TestCompression:
    @given(st.one_of(st.binary(max_size=300), st.text("ab \n", max_size=6000).map(str.encode)))
    @settings(max_examples=60, deadline=None)
    def test_any_content_reads_back(self, data):
        assert data == b"" or bytes(decompress_stream(bytearray(compressed(data)))) == data

    def test_chunks_end_where_they_must(self):
        for size in (4095, 4096, 4097, 8192, 12_289):
            data = (b'Attribute VB_Name = "module"\r\n' * 500)[:size]
            assert bytes(decompress_stream(bytearray(compressed(data)))) == data
            assert len(compressed(data)) < size / 4

    def test_what_cannot_be_made_smaller_is_kept(self):
        import random

        data = random.Random(1).randbytes(4096)
        assert bytes(decompress_stream(bytearray(compressed(data)))) == data


class TestContainer:
    @given(st.dictionaries(st.text("abcdefgXYZ_", min_size=1, max_size=12), st.integers(0, 9000), max_size=20))
    @settings(max_examples=40, deadline=None)
    def test_any_streams_read_back(self, sizes):
        sizes = {name.lower(): size for name, size in sizes.items()}  # names differ by more than their case
        streams = {name: bytes([len(name)]) * size for name, size in sizes.items()}
        found = project(compound_file({"Inner": streams, "beside": b"x" * 5000}))
        assert not found.parsing_issues
        assert {name: found.openstream(["Inner", name]).read() for name in streams} == streams
        assert found.openstream("beside").read() == b"x" * 5000

    def test_a_container_of_many_sectors_reads_back(self):
        data = bytes(range(256)) * 12_000
        assert project(compound_file({"a": data})).openstream("a").read() == data
        with pytest.raises(ValueError, match="too large"):
            compound_file({"a": bytes(8_000_000)})


# What Refresh formulas makes of a formula.
STORED = {
    "=1+'C:\\Users\\a b\\XLSTART\\crm_xl.xlam'!CRM_TOTAL(A1)": "=1+CRM_TOTAL(A1)",
    "='C:\\Users\\O''Brien\\CRM_XL.XLAM'!CRM_TOTAL(A1)&'a''b'!B1": "=CRM_TOTAL(A1)&'a''b'!B1",
    "=crm_xl.xlam!CRM_TOTAL(old-crm_xl.xla!crm_npv(A1))": "=CRM_TOTAL(old-crm_npv(A1))",
    "=_xludf.CRM_TOTAL(A1)&_xll.CRM_VERSION()&_xldudf_CRM_X()": "=CRM_TOTAL(A1)&CRM_VERSION()&CRM_X()",
    "='C:\\x\\crm_xl.xlam'!_xludf.CRM_TOTAL(A1)": "=CRM_TOTAL(A1)",
    "=@CRM_TOTAL(Costs[#All])": "=@CRM_TOTAL(Costs[#All])",
    "='C:\\x\\other.xlam'!OTHER(A1)+'C:\\x.xlam\\[b.xlsx]S'!CRM_RATE": (
        "='C:\\x\\other.xlam'!OTHER(A1)+'C:\\x.xlam\\[b.xlsx]S'!CRM_RATE"
    ),
}


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
class TestLibreOffice:
    """Basic with VBA support: another program that has to compile what Excel will compile."""

    ANSWERS = """
Public Function Answer(ByVal Name As String, ByVal Arguments As Variant) As Variant
    Dim Table(1, 1) As Variant
    Dim Row(1) As Variant
    Select Case Name
        Case "CRM_VERSION": Err.Raise 1000, "Python", "Traceback (most recent call last)"
        Case "CRM_TOTAL": Answer = ChrW(&HE001) & "2042"
        Case "CRM_NPV": Answer = 12.5
        Case "CRM_CHECK": Answer = "OK"
        Case "CRM_CATALOGUE"
            Row(0) = ChrW(&HE001) & "2007"
            Row(1) = 3
            Answer = Row
        Case Else
            Table(0, 0) = "Head"
            Table(1, 1) = ChrW(&HE001) & "2036"
            Answer = Table
    End Select
End Function
"""
    PROBES = """
Public Function Corner(ByVal Table As Variant, ByVal i As Long, ByVal j As Long) As Variant
    If j < 0 Then Corner = Table(i) Else Corner = Table(i, j)
End Function
Public Function Inner(ByVal Name As String, ByVal i As Long, ByVal j As Long) As String
    If Name = "CRM_CATALOGUE" Then Inner = CStr(Corner(CRM_CATALOGUE("x"), i, j)) Else _
        Inner = CStr(Corner(CRM_BREAKDOWN("x"), i, j))
End Function
"""
    ASKED = """
Public Function Plain(ByVal Formula) As String
    Plain = CrmPlain(Formula)
End Function
Public Function Said(ByVal Key) As String
    Words.Chinese = True
    Said = Words.Say(Key)
End Function
Public Function Same(ByVal One, ByVal Other) As String
    Same = CStr(CrmSame(One, Other))
End Function
Public Function SameError(ByVal One, ByVal Other) As String
    SameError = CStr(CrmSame(CVErr(One), CVErr(Other))) & CStr(CrmSame(CVErr(One), 0))
End Function
Public Function Holds(ByVal Stored, ByVal Becomes, ByVal Anew) As String
    Dim Cell As New Pretended
    Cell.Formula = "=IFERROR(CRM_TOTAL(A1),0)"
    Cell.Value2 = Stored
    Cell.Becomes = Becomes
    Cell.Anew = Anew
    If Anew = "table" Then Cell.Anew = Array(Becomes, 2)
    If Becomes = 2029 Then Cell.Becomes = CVErr(2029)
    Holds = CStr(CrmHolds(Cell))
End Function
Public Function Probed() As String
    Dim Cells As New Collection
    Dim Formula As Variant
    Dim Cell As Pretended
    For Each Formula In Array("=1+CRM_TOTAL(A1)", "='C:\\x\\crm_xl.xlam'!CRM_NPV(A1)", "=CRM_TOTAL(A1)")
        Set Cell = New Pretended
        Cell.Formula = Formula
        Cells.Add Cell
    Next Formula
    Probed = CrmProbe(Cells).Formula
End Function
Public Function Found() As String
    Dim Cell As Object
    For Each Cell In CrmCells(ActiveWorkbook.Worksheets(1))
        Found = Found & Cell.Row & " "
    Next Cell
End Function
"""

    # A cell: what is stored, what it becomes once it is calculated, what its formula gives when it is read anew.
    PRETENDED = """
Public Value2 As Variant
Public Formula As String
Public Becomes As Variant
Public Anew As Variant
Public Sub Calculate()
    Value2 = Becomes
End Sub
Public Property Get Worksheet() As Object
    Set Worksheet = Me
End Property
Public Function Evaluate(ByVal Text As String) As Variant
    Evaluate = Anew
End Function
"""

    @pytest.fixture
    def shown(self, tmp_path):
        python = "/usr/bin/python3"
        if shutil.which(python) is None or subprocess.run([python, "-c", "import uno"], capture_output=True).returncode:
            pytest.skip("the Python of the system does not know LibreOffice (python3-uno)")

        def shown(modules, formulas):
            path = tmp_path / "probe.xlsm"
            book = xlsxwriter.Workbook(path)
            documents = [Module(name="ThisWorkbook", kind="workbook", code=""),
                         Module(name="Sheet1", kind="worksheet", code="")]  # fmt: skip
            book.add_vba_project(io.BytesIO(vba_project("CrmXl", "{A}", [*documents, *modules])), True)
            sheet = book.add_worksheet()
            for i, formula in enumerate(formulas):
                sheet.write_formula(i, 0, formula)
            book.close()
            driver = files("tests.excel") / "basic_driver.py"
            command = [python, str(driver), str(path), str(len(formulas)), str(tmp_path / "profile")]
            return json.loads(subprocess.run(command, capture_output=True, timeout=120, check=True).stdout)

        return shown

    def test_the_modules_compile_and_the_wrappers_give_errors_and_never_a_text(self, shown):
        modules = {module.name: module for module in addin.modules()}
        code = {name: module.code for name, module in modules.items() if module.kind in ("code", "class")}
        # What only Windows and Excel have is taken out; all else is as in the add-in.
        declared = re.compile(
            r"^ *(Private Declare.*?( _\r?\n.*?)?|Private Const CrmLibrary.*|#(If|Else|End).*)$", re.M
        )
        code = {name: declared.sub("", text) for name, text in code.items()}
        code["CrmBridge"] = code["CrmBridge"].replace("Server().Answer(", "Answered(").replace("xlErrValue", "2015")
        code["CrmBridge"] += self.ANSWERS.replace("Answer", "Answered")
        code["crm_xl_udfs"] += self.PROBES
        # Blocks of seven rows in place of many, and a property that only Excel has.
        code["crm_xl_macros"] = code["crm_xl_macros"].replace("= 200000", "= 7").replace("CountLarge", "Count")
        code["crm_xl_macros"] = code["crm_xl_macros"].replace("Option Private Module", "") + self.ASKED
        for name in ("crm_xl_udfs", "crm_xl_macros"):
            code[name] += f'\r\nPublic Function Probe_{name}()\r\n    Probe_{name} = "compiled"\r\nEnd Function\r\n'
        cells = {
            "=CRM_VERSION()": "Error 2015",  # Python has failed: #VALUE! and not its text
            "=CRM_TOTAL(A1)": "Error 2042",  # LibreOffice writes an error of VBA that way
            "=CRM_NPV(A1)": "12.5",
            "=CRM_CHECK(A1)": "OK",
            '=Inner("CRM_BREAKDOWN",0,0)': "Head",
            '=Inner("CRM_BREAKDOWN",1,1)': "Error 2036",
            '=Inner("CRM_CATALOGUE",0,-1)': "Error 2007",
            '=Inner("CRM_CATALOGUE",1,-1)': "3",
            '=Said("excel_check")': "检查工作簿",
            "=Same(1,1.0000000001)": "True",
            "=Same(0,100)": "False",
            '=Same("a",1)': "False",
            '=Same("","")': "True",
            "=SameError(2029,2029)": "TrueFalse",
            "=Holds(100,100,100)": "True",
            '=Holds(100,100,"table")': "True",  # of a table that spills, its first cell
            "=Holds(100,2029,100)": "False",  # #NAME? once it is calculated
            "=Holds(100,0,100)": "False",  # IFERROR makes 0 of it
            "=Holds(0,0,100)": "False",  # and did so when the file was saved
            "=Probed()": "='C:\\x\\crm_xl.xlam'!CRM_NPV(A1)",
            "=SameError(2029,2015)": "FalseFalse",
            **{f'=Plain("{stored}")': plain for stored, plain in STORED.items()},
            "=Probe_crm_xl_udfs()": "compiled",
            "=Probe_crm_xl_macros()": "compiled",
        }
        # The buttons look at every formula that names a function, in small letters too, and at no other.
        rows = [row for row, formula in enumerate(cells, 1) if "CRM_" in formula.upper()]
        cells["=Found()"] = "".join(f"{row} " for row in rows)
        assert 7 < rows[-1] < len(cells)
        given = [Module(name=name, code=text, kind=modules[name].kind) for name, text in code.items()]
        given.append(Module(name="Pretended", code=self.PRETENDED, kind="class"))
        assert shown(given, cells) == list(cells.values())
        broken = Module(name="broken", code="Public Function Broken()\nIf Then Else\nEnd Function\n")
        assert shown([*given, broken], ["=Probe_crm_xl_udfs()"]) == [""]  # a module that does not compile is noticed

    def test_it_opens_the_add_in_and_shows_the_source(self, tmp_path):
        (tmp_path / "a.xlam").write_bytes(addin.addin())
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "ods",
             "--infilter=Calc MS Excel 2007 VBA XML", "--outdir", str(tmp_path), str(tmp_path / "a.xlam")],
            capture_output=True, timeout=120, check=True,
        )  # fmt: skip
        with zipfile.ZipFile(tmp_path / "a.ods") as parts:
            for name in NAMES:
                assert f"Basic/CrmXl/{name}.xml" in parts.namelist()
            assert "Function CRM_TOTAL(costs" in parts.read("Basic/CrmXl/crm_xl_udfs.xml").decode()
            assert "Declare PtrSafe Function CrmActivate" in parts.read("Basic/CrmXl/CrmBridge.xml").decode()
