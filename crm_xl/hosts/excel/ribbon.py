"""The tab CRM of the ribbon: its XML, and its words in both languages, which VBA looks up when the tab is shown."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.resources import files

from crm_xl.data import term
from crm_xl.hosts.excel import vba

PART = "customUI/customUI14.xml"
RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
NAMESPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"
TEXTS = "crm_xl_texts"
# What the buttons say besides their labels.
MESSAGES = ("no_answer", "no_costs", "where", "occupied", "protected", "not_bound", "not_saved", "carries")


def xml() -> bytes:
    """Return the part of the package."""
    return (files("crm_xl.hosts.excel") / "sources" / "customUI14.xml").read_bytes()


def keys() -> Iterator[str]:
    """Return the terms that the ribbon and its buttons need: a label for each control, a tip for each button."""
    for element in ET.fromstring(xml()).iter():
        if identity := element.get("id"):
            yield identity
            if element.get("getSupertip"):
                yield f"{identity}_tip"
    yield from (f"excel_{message}" for message in MESSAGES)


def texts() -> str:
    """Return the module of VBA that knows these words."""
    lines = [
        "Option Explicit",
        "",
        "'Made by crm-xl from its terms.",
        "Public Function CrmSay(ByVal Key As String) As String",
    ]
    lines.append("    Select Case Key")
    for key in keys():
        lines.append(f'        Case "{key}"')
        for head, language in (("If CrmChinese() Then CrmSay", "zh"), ("If Not CrmChinese() Then CrmSay", "en")):
            lines.append(f"            {head} = {vba.literal(term(key, language))}")
    return vba.module(TEXTS, [*lines, "    End Select", "End Function"])
