"""The VBA of the add-in: what a cell can call is held against a reviewed copy, all else against VBA's own rules.

After a change that is meant: `crm-xl vba -o tests/excel/crm_xl.bas`, and read the difference.
"""

import re
from pathlib import Path

import pytest

from crm_xl.cli import main
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel import addin, udfs, vba, words, wrappers
from crm_xl.hosts.excel.errors import MARK, NUMBERS

REVIEWED = Path(__file__).parent / "crm_xl.bas"
# Words that cannot be names in VBA: MS-VBAL 3.3.5.2.
_WORDS = """
abs addressof and any as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cint clng
clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare dim do doevents double each else
elseif empty end endif enum eqv erase event exit false fix for friend function get global gosub goto if imp implements
in input int integer is lbound len lenb let like line lock long longlong longptr loop lset me mod new next not nothing
null on open option optional or paramarray preserve print private pset public put raiseevent redim rem resume return
rset scale seek select set sgn shared single spc static step stop string sub tab then to true type typeof ubound
unlock until variant wend while with withevents write xor
"""
KEYWORDS = set(_WORDS.split())


@pytest.fixture(scope="module")
def text():
    return wrappers.bas()


@pytest.fixture(scope="module")
def code():
    """The modules of the add-in by name."""
    return {module.name: module for module in addin.modules()}


def functions(text):
    """The functions of a module by name, each with its arguments and its body."""
    found = re.findall(r"^Public Function (\w+)\((.*?)\)\r\n(.*?)^End Function", text, re.MULTILINE | re.DOTALL)
    return {name: (arguments, body) for name, arguments, body in found}


def test_the_command_writes_the_reviewed_module(tmp_path):
    with pytest.raises(SystemExit) as done:
        main(["vba", "-o", str(tmp_path / "crm_xl.bas")])
    assert done.value.code == 0
    assert (tmp_path / "crm_xl.bas").read_bytes() == REVIEWED.read_bytes()


def procedures(code):
    """What a module declares: visibility (public where nothing is said), kind, name, and its arguments."""
    joined = re.sub(r" _\r?\n\s*", " ", code)
    pattern = (
        r"^[ \t]*(?:(Public|Private|Friend|Global)[ \t]+)?(?:Static[ \t]+)?"
        r"((?:Declare[ \t]+(?:PtrSafe[ \t]+)?)?(?:Function|Sub|Property[ \t]+\w+))[ \t]+(\w+)[^(\n]*\(([^\n]*)"
    )
    found = re.findall(pattern, joined, re.MULTILINE | re.IGNORECASE)
    return [(visibility.capitalize() or "Public", kind, name, given) for visibility, kind, name, given in found]


def reachable(modules):
    """What a formula, or the dialog of macros, can reach of a project, by VBA's rules.

    A formula calls any function of a standard module that is not private, a declared one of Windows too, whether or
    not the module is private to its project. The dialog, and a button of a sheet, run procedures of standard modules
    and of documents; what `Option Private Module` hides still runs when its name is typed.
    """
    cells, typed = set(), set()
    for module in modules:
        for visibility, kind, name, _ in procedures(module.code):
            if visibility == "Private" or module.kind == "class":
                continue
            if module.kind == "code" and "function" in kind.lower():
                cells.add(name)
            else:
                typed.add(name)
    return cells, typed


class TestReach:
    CALLBACKS = frozenset({"CrmRibbonLoad", "CrmLabel", "CrmTip", "CrmAction"})
    # What Excel itself calls once a workbook is open; they take nothing, and look after the formulas of open workbooks.
    OF_EXCEL = frozenset({"CrmStart", "CrmBindOpened"})

    def test_a_cell_reaches_the_functions_of_the_registry_and_nothing_else(self, code):
        cells, _ = reachable(code.values())
        assert cells == {function.name for function in REGISTRY}

    def test_whoever_types_a_name_reaches_what_the_ribbon_and_excel_call_and_nothing_else(self, code):
        _, typed = reachable(code.values())
        assert typed == self.CALLBACKS | self.OF_EXCEL | {"CrmOpened"}
        macros = code["crm_xl_macros"].code
        # The dialog lists none of them, and only two can be run from a name without anything handed over.
        assert "\r\nOption Private Module\r\n" in macros
        bare = {name for _, kind, name, given in procedures(macros) if kind == "Sub" and given.startswith(")")} & typed
        assert bare == self.OF_EXCEL

    def test_the_rules_find_what_a_formula_could_call(self, code):
        """xlwings' own module is the proof: with it a formula of any workbook started any program."""
        from importlib.resources import files

        from crm_xl.hosts.excel.vbaproject import Module

        theirs = (files("xlwings") / "xlwings_custom_addin.bas").read_text(encoding="ascii")
        cells, _ = reachable([Module(name="xlwings", code=theirs)])
        assert {"RunPython", "RunFrozenPython", "ExecuteWindows", "ReadFile", "SaveConfigToFile", "GetConfig"} <= cells
        for line in ("Function F()", "public function F() as Long", 'Declare PtrSafe Function F Lib "kernel32" ()'):
            assert reachable([Module(name="m", code=line)])[0] == {"F"}
        assert reachable([Module(name="m", code="Private Function F()\r\nSub S()")]) == (set(), {"S"})

    def test_nothing_public_that_is_no_procedure_stands_in_a_module(self, code):
        for module in code.values():
            if module.kind != "class":
                assert not re.search(r"^(Public|Global) (?!Function|Sub)", module.code, re.MULTILINE), module.name
            # Unknown names must not become variables.
            assert not module.code.strip() or "Option Explicit" in module.code, module.name

    def test_the_classes_are_known_inside_the_project_alone(self, code):
        assert {module.name for module in code.values() if module.kind == "class"} == {"CrmBridge", "CrmWords"}
        for name in ("CrmBridge", "CrmWords"):
            source = code[name].source.decode()
            for attribute in ("GlobalNameSpace", "Creatable", "PredeclaredId", "Exposed"):
                assert f"Attribute VB_{attribute} = False\r\n" in source

    def test_no_procedure_runs_a_text_or_starts_another_program(self, code):
        whole = "\n".join(module.code for module in code.values())
        for word in ("Shell", "CreateObject", "GetObject", "Application.Run", "ExecuteExcel4Macro", "Kill ", "cmd"):
            assert word.lower() not in whole.lower()
        assert re.findall(r"Declare PtrSafe Function (\w+) Lib \"([\w.@-]+)\"", whole.replace(_version(), "V")) == [
            ("CrmActivate", "xlwings64-V.dll"), ("CrmActivate", "xlwings32-V.dll"),
            ("CrmLoad", "kernel32"), ("CrmShow", "user32"),
        ]  # fmt: skip


def _version():
    import xlwings

    return xlwings.__version__


class TestWrappers:
    def test_every_function_of_the_registry_has_one_with_its_arguments(self, text):
        found = functions(text)
        assert list(found) == [f.name for f in REGISTRY]
        for function in REGISTRY:
            want = [("Optional " if p.optional else "") + udfs.argument_name(p.name) for p in function.parameters]
            assert [part for part in found[function.name][0].split(", ") if part] == want

    def test_no_name_of_an_argument_is_a_word_of_vba(self, text):
        names = {name for arguments, _ in functions(text).values() for name in re.findall(r"\w+", arguments)}
        assert not (names - {"Optional"}) & KEYWORDS
        assert "currency" in KEYWORDS  # the reason for currency_

    def test_each_hands_its_arguments_to_the_bridge_and_leaves_no_other_way(self, text):
        """A line before it, or none reached, would leave a function with an empty result, which a cell shows as 0."""
        for name, (arguments, body) in functions(text).items():
            given = ", ".join(part.removeprefix("Optional ") for part in arguments.split(", ") if part)
            assert body == f'    {name} = Bridge.Answer("{name}", Array({given}))\r\n'

    def test_no_workbook_is_handed_to_python(self, text, code):
        """xlwings looks into a workbook that it is handed for sheets of Python code."""
        bridge = code["CrmBridge"].code
        assert "Server().Answer(FunctionName, Arguments)" in bridge
        assert "ActiveWorkbook" not in text + bridge
        assert "Application.Volatile" not in text


class TestBridge:
    def body(self, code, name):
        return re.search(rf"^\w+ (?:Function|Sub) {name}\(.*?^End ", code, re.MULTILINE | re.DOTALL)[0]

    def test_a_fault_is_value_and_never_a_text(self, code):
        bridge = code["CrmBridge"].code
        assert "Err.Description" not in bridge
        answer = self.body(bridge, "Answer")
        assert answer.index("On Error GoTo failed") < answer.index("Server()")
        assert answer.splitlines()[-2:] == ["    Answer = CVErr(xlErrValue)", "End "]
        assert NUMBERS["#VALUE!"] == 2015  # xlErrValue
        assert f"ChrW$(&H{ord(MARK):X})" in bridge

    def test_python_is_started_by_its_full_path_and_imports_nothing_beside_a_workbook(self, code):
        bridge = code["CrmBridge"].code
        started, server = self.body(bridge, "Started"), self.body(bridge, "Server")
        assert 'Command = """" & Python & """ -B -P -m crm_xl.hosts.excel.server $(CLSID) " & Attempt' in started
        assert "CrmActivate(Result, Command, Mode)" in started
        assert len(re.findall(r"CrmActivate\(Result", bridge)) == 1
        assert server.index('Python Like "[A-Za-z]:\\*"') < server.index("Started(")

    def test_a_start_that_failed_is_not_tried_again_by_every_formula(self, code):
        server = self.body(code["CrmBridge"].code, "Server")
        assert (
            server.index("If Now < Pause Then")
            < server.index("Started(Python, 0)")
            < server.index("Started(Python, 1)")
        )
        for name in ("Press", "Answers"):  # a person who asks for it is answered
            assert "Pause = 0" in self.body(code["CrmBridge"].code, name)

    def test_every_range_names_its_sheet(self, code):
        """Without its sheet a range is one of the sheet in front, which a chart has none of."""
        for name in ("CrmBridge", "crm_xl_macros"):
            assert not re.search(r"(?<![.\w])(Range|Cells|Rows|Columns|Sheets|Worksheets)\(", code[name].code), name

    def test_settings_are_read_once_and_again_when_a_file_has_changed(self, code):
        setting = self.body(code["CrmBridge"].code, "Setting")
        guard = "If Kept Is Nothing Or Found <> KeptOf Then"
        for read in ("ReadSheet ThisWorkbook", "ReadSaved Beside", "ReadSaved Own"):
            assert setting.index(guard) < setting.index(read)
        order = [setting.index(read) for read in ("ReadSheet ThisWorkbook", "ReadSaved Beside", "ReadSaved Own")]
        assert order == sorted(order)


class TestTexts:
    def test_every_text_of_the_wizard_is_there_in_both_languages(self):
        found = unescaped(words.cls())
        for function in REGISTRY:
            for said in (function.summary, *(p.text for p in function.parameters)):
                for language in ("en", "zh"):
                    assert said.in_(language) in found, (function.name, said.in_(language))

    def test_each_function_hands_over_one_text_for_itself_and_one_for_each_argument(self):
        text = words.cls()
        for function in REGISTRY:
            body = re.search(rf"Private Sub Help_{function.name}\(.*?^End Sub", text, re.DOTALL | re.MULTILINE)[0]
            assert len(re.findall(r"^ +Add ", body, re.MULTILINE)) == 2 * (1 + len(function.parameters))
            assert f'Describe "{function.name}", "CRM"' in body
            assert f"    Help_{function.name}\n" in text

    def test_every_module_is_plain_ascii_with_short_lines_ended_as_on_windows(self, code):
        for module in code.values():
            data = module.source
            assert data.isascii()
            assert data.count(b"\n") == data.count(b"\r\n")
            assert max(map(len, data.split(b"\r\n"))) <= 1023
            assert data.startswith(f'Attribute VB_Name = "{module.name}"\r\n'.encode())

    def test_what_vba_cannot_read_is_refused(self):
        with pytest.raises(ValueError, match="not plain ASCII"):
            vba.module("m", ["' 总额"])
        with pytest.raises(ValueError, match="line 2 of the module m has 1024"):
            vba.module("m", ["x" * 1024])
        with pytest.raises(ValueError, match="too many lines"):
            vba.module("m", ["x _"] * 25)
        with pytest.raises(ValueError, match="too long for one statement"):
            vba.literal("总" * 2000)

    @pytest.mark.parametrize("said", ["plain", 'a "quoted" word', "费用 100 % {x}", "😀", "x" * 450, ""])
    def test_a_text_comes_back_whole_from_its_literal(self, said):
        assert unescaped(vba.literal(said)) == said


def unescaped(text):
    """What VBA makes of the literals of a module, by rules of its own: joins, quotation marks, numbers in braces."""
    joined = re.sub(r'" & _\r?\n\s*"', "", text)
    pieces = [piece.replace('""', '"') for piece in re.findall(r'"((?:[^"\r\n]|"")*)"', joined)]
    return "\n".join(re.sub(r"\{([0-9A-F]+)\}", lambda m: bytes.fromhex(m[1]).decode("utf-16-be"), p) for p in pieces)
