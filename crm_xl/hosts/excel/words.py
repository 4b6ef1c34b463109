"""The class of VBA that knows every text of the add-in in both languages: ribbon, messages, function wizard."""

from collections.abc import Iterator

from crm_xl.data import term
from crm_xl.functions import REGISTRY
from crm_xl.functions.registry import WIZARD_TEXT
from crm_xl.hosts.excel import vba
from crm_xl.hosts.excel.ribbon import keys
from crm_xl.hosts.excel.udfs import CATEGORY

NAME = "CrmWords"


def cls() -> str:
    """Return the text of the class."""
    text = "\n".join([vba.source("words.cls"), *_said(), *_help()])
    vba.check(text, NAME)
    return text


def _said() -> Iterator[str]:
    """What the ribbon and its buttons say, by the keys of its terms."""
    yield "Public Function Say(ByVal Key As String) As String"
    yield "    Select Case Key"
    for key in keys():
        yield f'        Case "{key}"'
        for head, language in (("If Chinese Then Say", "zh"), ("If Not Chinese Then Say", "en")):
            yield f"            {head} = {vba.literal(term(key, language))}"
    yield "    End Select"
    yield "End Function\n"


def _help() -> Iterator[str]:
    """The registration of the wizard's texts, a procedure for each function: one of them all would be too long."""
    yield "'Hands the texts of every function to the function wizard."
    yield "Public Sub Register()"
    yield from (f"    Help_{function.name}" for function in REGISTRY)
    yield "End Sub\n"
    for function in REGISTRY:
        yield f"Private Sub Help_{function.name}()"
        for condition, language in (("If Chinese Then", "zh"), ("Else", "en")):
            yield f"    {condition}"
            for text in (function.summary, *(parameter.text for parameter in function.parameters)):
                yield f"        Add {vba.literal(text.in_(language)[:WIZARD_TEXT])}"
        yield "    End If"
        yield f'    Describe "{function.name}", "{CATEGORY}"'
        yield "End Sub\n"
