"""The VBA module of the functions: held against a reviewed copy, and against what VBA and xlwings ask for.

After a change that is meant: `crm-xl vba -o tests/excel/crm_xl.bas`, and read the difference.
"""

import re
from pathlib import Path

import pytest

from crm_xl.cli import main
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel import udfs, vba, wrappers
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


def functions(text):
    """The functions of a module by name, each with its text."""
    return dict(re.findall(r"^Function (\w+)\((.*?)^End Function", text, re.MULTILINE | re.DOTALL))


def test_the_command_writes_the_reviewed_module(tmp_path):
    with pytest.raises(SystemExit) as done:
        main(["vba", "-o", str(tmp_path / "crm_xl.bas")])
    assert done.value.code == 0
    assert (tmp_path / "crm_xl.bas").read_bytes() == REVIEWED.read_bytes()


class TestWrappers:
    def test_every_function_of_the_registry_has_one_with_its_arguments(self, text):
        found = functions(text)
        assert list(found) == sorted(f.name for f in REGISTRY)
        for function in REGISTRY:
            head = found[function.name].split(")")[0]
            want = [("Optional " if p.optional else "") + udfs.argument_name(p.name) for p in function.parameters]
            assert [part for part in head.split(", ") if part] == want

    def test_no_name_of_an_argument_is_a_word_of_vba(self, text):
        names = {name for body in functions(text).values() for name in re.findall(r"\w+", body.split(")")[0])}
        assert not (names - {"Optional"}) & KEYWORDS
        assert "currency" in KEYWORDS  # the reason for currency_

    def test_a_fault_is_value_and_never_a_text(self, text):
        assert "Err.Description" not in text
        for name, body in functions(text).items():
            assert body.count("On Error GoTo failed") == 1
            assert body.rstrip().endswith(f"failed:\n    {name} = CVErr({NUMBERS['#VALUE!']})".replace("\n", "\r\n"))
            assert body.index("On Error GoTo failed") < body.index("XLPy.CallUDF")

    def test_every_result_is_looked_through_for_marked_errors(self, text):
        for name, body in functions(text).items():
            assert body.count(f"{name} = CrmResult(XLPy.CallUDF(") == body.count("XLPy.CallUDF(") == 2
        assert f"ChrW$(&H{ord(MARK):X})" in text

    def test_the_wizard_computes_nothing(self, text):
        guard = 'If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function'
        assert all(body.count(guard) == 1 for body in functions(text).values())
        assert "Application.Volatile" not in text

    def test_the_open_workbook_is_never_handed_to_xlwings(self, text):
        """An .xlam would pass ActiveWorkbook, and xlwings looks into that for sheets of Python code."""
        assert "ActiveWorkbook" not in "".join(functions(text).values())
        assert text.count("ThisWorkbook, Application.Caller") == len(REGISTRY)

    def test_they_call_the_module_by_its_full_name_through_xlpy(self, text):
        assert text.count(f'XLPy.CallUDF("{udfs.MODULE}", ') == 2 * len(REGISTRY)
        assert not re.search(r"\bPy\.CallUDF", text)  # the name until xlwings 0.33, that of Excel's =PY() since

    def test_a_generator_that_writes_something_else_is_noticed(self, monkeypatch):
        written = wrappers.generated().replace("= Err.Description", "= Err.Number")
        monkeypatch.setattr(wrappers, "generated", lambda: written)
        with pytest.raises(CrmError, match="The add-in cannot be made with xlwings 0"):
            wrappers.bas()


class TestTexts:
    def test_every_text_of_the_wizard_is_there_in_both_languages(self, text):
        found = unescaped(text)
        for function in REGISTRY:
            for said in (function.summary, *(p.text for p in function.parameters)):
                for language in ("en", "zh"):
                    assert said.in_(language) in found, (function.name, said.in_(language))

    def test_each_function_hands_over_one_text_for_itself_and_one_for_each_argument(self, text):
        for function in REGISTRY:
            body = re.search(rf"Private Sub CrmHelp_{function.name}\(.*?^End Sub", text, re.DOTALL | re.MULTILINE)[0]
            assert body.count("CrmText ") == 2 * (1 + len(function.parameters))
            assert f'CrmDescribe "{function.name}", "CRM"' in body
            assert f"    CrmHelp_{function.name} Chinese\r\n" in text

    def test_the_module_is_plain_ascii_with_short_lines_ended_as_on_windows(self):
        data = REVIEWED.read_bytes()
        assert data.isascii()
        assert data.count(b"\n") == data.count(b"\r\n")
        assert max(map(len, data.split(b"\r\n"))) <= 1023
        assert data.startswith(b'Attribute VB_Name = "crm_xl_udfs"\r\n')

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
