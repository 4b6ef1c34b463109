"""The tab of the ribbon: its XML by the rules of its schema, its words in both languages, its buttons in VBA.

Microsoft's customui14.xsd may not stand in this repository. The table below is what it says of the elements used here;
the file was also held against the whole schema when it was written.
"""

import re
import xml.etree.ElementTree as ET

import pytest

from crm_xl.data import term
from crm_xl.hosts.excel import addin, ribbon, vba, words

from .test_vba import unescaped

LABELLED = {"id", "label", "getLabel", "screentip", "getScreentip", "supertip", "getSupertip", "visible", "getVisible",
            "keytip", "getKeytip", "tag"}  # fmt: skip
PLACED = {"insertAfterMso", "insertBeforeMso"}
# Element: what it may hold, and its attributes.
SCHEMA = {
    "customUI": ({"commands", "ribbon", "backstage", "contextMenus"}, {"onLoad", "loadImage"}),
    "ribbon": ({"qat", "tabs", "contextualTabs"}, {"startFromScratch"}),
    "tabs": ({"tab"}, set()),
    "tab": ({"group"}, (LABELLED - {"screentip", "getScreentip", "supertip", "getSupertip"}) | PLACED),
    "group": ({"button", "menu", "separator", "box"}, LABELLED | PLACED | {"image", "imageMso", "getImage"}),
    "button": (
        set(),
        LABELLED | PLACED | {"size", "getSize", "image", "imageMso", "getImage", "showLabel", "showImage", "onAction",
                             "enabled", "getEnabled", "description"},
    ),
}  # fmt: skip
EXCLUSIVE = [("label", "getLabel"), ("screentip", "getScreentip"), ("supertip", "getSupertip"), ("size", "getSize"),
             ("image", "imageMso", "getImage")]  # fmt: skip


def broken_rules(xml):
    """What is wrong with a customUI part, in words."""
    found, identities = [], set()

    def look(element):
        name = element.tag.removeprefix(ribbon.NAMESPACE)
        if name not in SCHEMA:
            found.append(f"unknown element {element.tag}")
            return
        children, attributes = SCHEMA[name]
        found.extend(f"{name} has {a}" for a in element.keys() if a not in attributes)  # noqa: SIM118
        for group in EXCLUSIVE:
            if sum(a in element.keys() for a in group) > 1:  # noqa: SIM118
                found.append(f"{name} has more than one of {group}")
        if "size" in element.attrib and element.get("size") not in ("normal", "large"):
            found.append(f"size {element.get('size')}")
        if "id" in attributes:
            identity = element.get("id", "")
            if not re.fullmatch(r"[A-Za-z_][\w.-]{0,1023}", identity) or identity in identities:
                found.append(f"id {identity!r}")
            identities.add(identity)
        found.extend(f"{a} is too long" for a, value in element.items() if not 1 <= len(value) <= 1024)
        for child in element:
            if child.tag.removeprefix(ribbon.NAMESPACE) not in children:
                found.append(f"{name} holds {child.tag}")
            look(child)

    look(ET.fromstring(xml))
    return found


def test_the_xml_keeps_the_rules_of_its_schema():
    assert broken_rules(ribbon.xml()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'size="large"', b'size="huge"'),
        (b'id="excel_check"', b'id="excel_recalculate"'),
        (b'id="excel_check"', b'id="excel check"'),
        (b"onLoad=", b"onload="),
        (b'imageMso="RefreshAll"', b'imageMso="RefreshAll" image="x"'),
        (b"2009/07", b"2006/01"),
        (b"<tabs>", b"<tabs><button/>"),
    ],
)
def test_the_rules_would_notice(before, after):
    assert before in ribbon.xml()
    assert broken_rules(ribbon.xml().replace(before, after, 1))


def test_every_control_has_words_in_both_languages():
    keys = list(ribbon.keys())
    assert len(keys) == len(set(keys)) > 15
    said = unescaped(words.cls())
    for key in keys:
        for language in ("en", "zh"):
            text = term(key, language)
            assert text in said
            assert len(text) <= 1024  # what the ribbon takes
    assert unescaped(vba.literal(term("excel_check", "zh"))) == "检查工作簿"


def test_every_callback_and_every_button_has_its_procedure():
    macros = next(m.code for m in addin.modules() if m.name == "crm_xl_macros")
    xml = ribbon.xml().decode()
    for module, procedure in set(re.findall(r'"(crm_xl_\w+)\.(\w+)"', xml)):
        assert module == "crm_xl_macros"
        assert f"Public Sub {procedure}(" in macros
    buttons = re.findall(r'<button id="(\w+)"', xml)
    assert len(buttons) == 6
    for button in buttons:
        called = re.search(rf'Case "{button}": (\w+)', macros)[1]
        assert f"Private Sub {called}()" in macros


def test_every_word_that_the_macros_ask_for_is_known():
    macros = next(m.code for m in addin.modules() if m.name == "crm_xl_macros")
    asked = set(re.findall(r'CrmSay\("(\w+)"\)', macros))
    assert asked <= set(ribbon.keys())
    assert len(asked) == 8
