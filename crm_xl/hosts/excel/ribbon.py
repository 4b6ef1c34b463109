"""The tab CRM of the ribbon: its XML, and the terms that it needs, which VBA looks up when the tab is shown."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.resources import files

PART = "customUI/customUI14.xml"
RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
NAMESPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"
# What the buttons say besides their labels.
MESSAGES = ("no_answer", "no_costs", "where", "occupied", "protected", "not_bound", "carries")


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
