"""The parts of a workbook that hold an add-in of Office with its code: read, put in, taken out.

A web extension is a part of the file (MS-OWEXML): which add-in of which store, and properties, which are texts by name.
xlwings Lite keeps the files of a workbook there (`main.py`, `requirements.txt`), each as JSON. A task pane refers to
it, and the file itself to the list of its task panes.
"""

import json
import posixpath
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from crm_xl.hosts.lite.core import digest
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.sheet_writing import inserted_before
from crm_xl.xlsx.workbook import local_name, parse_xml, relations_of, relations_part, without_tag

# xlwings Lite in Microsoft's store of add-ins.
XLWINGS_LITE = "wa200008175"
FOLDER = "xl/webextensions"
TYPES = "[Content_Types].xml"
EXTENSION_TYPE = "application/vnd.ms-office.webextension+xml"
PANES_TYPE = "application/vnd.ms-office.webextensiontaskpanes+xml"
_KIND, _PANES_KIND = "webextension", "webextensiontaskpanes"
_KINDS = "http://schemas.microsoft.com/office/2011/relationships/"
_NAMESPACE = "http://schemas.microsoft.com/office/webextensions/webextension/2010/11"
_PANES_NAMESPACE = "http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The pane is shown when the workbook is opened: in it stands the question whether to trust the workbook.
_PANE = (
    '<taskpane dockstate="right" visibility="1" width="350" row="{row}">'
    f'<webextensionref xmlns:r="{_R}" r:id="{{id}}"/></taskpane>'
)
_PANE_OF = r"""<((?:\w+:)?)taskpane\b(?:(?!</\1taskpane>).)*\s\w+:id=["']{id}["'](?:(?!</\1taskpane>).)*</\1taskpane>"""
_NO_PANES = f'{_DECLARED}<wetp:taskpanes xmlns:wetp="{_PANES_NAMESPACE}"></wetp:taskpanes>'
_NO_RELATIONS = (
    f'{_DECLARED}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)
_SETTINGS = {"startupBehavior": "taskpane"}
# As Excel writes it of an add-in that has custom functions, and of one that starts with the workbook.
_EXTENSIONS = (
    f'<we:extLst><a:ext xmlns:a="{_A}" uri="{{D87F86FE-615C-45B5-9D79-34F1136793EB}}"><we:containsCustomFunctions/>'
    f'</a:ext><a:ext xmlns:a="{_A}" uri="{{0858819E-0033-43BF-8937-05EC82904868}}">'
    '<we:backgroundApp state="1" runtimeId="Taskpane.Url"/></a:ext></we:extLst>'
)


@dataclass(frozen=True, kw_only=True)
class WebExtension:
    """An add-in that a workbook asks for: its part, its number in the store in small letters, and its properties.

    A property that is JSON of a text is that text. `properties` is None where the part was not unpacked.
    """

    part: str
    add_in: str
    properties: Mapping[str, str] | None

    @property
    def is_lite(self) -> bool:
        """Whether it is xlwings Lite."""
        return self.add_in == XLWINGS_LITE

    @property
    def code(self) -> dict[str, str]:
        """The Python files that it holds."""
        return {
            name: text for name, text in (self.properties or {}).items() if name.lower().endswith((".py", ".ipynb"))
        }


def web_extensions(package: Package) -> list[WebExtension]:
    """Return every web extension of a workbook, whatever its part is called.

    Raises
    ------
    WorkbookError
        Where one of them cannot be read.
    """
    marks = [_NAMESPACE.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    by_type = set(_of_type(package, EXTENSION_TYPE))
    found = []
    for part in package.infos:
        content = package.parts.get(part, b"")
        if part in by_type or any(mark in content for mark in marks):
            found.append(_read(package, part) if content else WebExtension(part=part, add_in="", properties=None))
    return found


def _of_type(package: Package, wanted: str) -> Iterator[str]:
    """Yield the parts that the package says are of a type."""
    types = parse_xml(package, TYPES)
    own = {e.get("PartName", "").lstrip("/").lower(): e.get("ContentType", "").lower() for e in types}
    suffixes = {e.get("Extension", "").lower(): e.get("ContentType", "").lower() for e in types if e.get("Extension")}
    for part in package.infos:
        name = part.lower()
        if own.get(name, suffixes.get(name.rpartition(".")[2], "")) == wanted:
            yield part


def _read(package: Package, part: str) -> WebExtension:
    root = parse_xml(package, part)
    reference = next((e for e in root if local_name(e) == "reference"), None)
    properties = [e for e in root.iter() if local_name(e) == "property"]
    return WebExtension(
        part=part,
        add_in=(reference.get("id", "") if reference is not None else "").lower(),
        properties={e.get("name", ""): _text(e) for e in properties},
    )


def _text(element: ET.Element) -> str:
    value = element.get("value", "")
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, str) else value


# -- putting in and taking out -----------------------------------------------------------------------------------------


def with_extension(package: Package, files: Mapping[str, str]) -> dict[str, bytes | None]:
    """Return the changes that put xlwings Lite with these files into a package; other add-ins stay as they are."""
    part = next(p for i in range(1, 10_000) if (p := f"{FOLDER}/webextension{i}.xml") not in package.infos)
    changes: dict[str, bytes | None] = {part: _extension(files).encode()}
    overrides = _override(part, EXTENSION_TYPE)
    panes = _panes_part(package)
    if panes is not None:
        content, relations = package.parts[panes], package.parts[relations_part(panes)]
    else:
        panes = f"{FOLDER}/taskpanes.xml"
        overrides += _override(panes, PANES_TYPE)
        content, relations = _NO_PANES.encode(), _NO_RELATIONS.encode()
        root = package.parts["_rels/.rels"]
        changes["_rels/.rels"] = inserted_before(root, "Relationships", _relation(_free(root), _PANES_KIND, panes))
    identity = _free(relations)
    rows = [int(row) for row in re.findall(rb'\srow="(\d{1,6})"', content)]
    target = posixpath.relpath(part, posixpath.dirname(panes))
    changes[panes] = inserted_before(content, "taskpanes", _PANE.format(row=max(rows, default=0) + 1, id=identity))
    changes[relations_part(panes)] = inserted_before(relations, "Relationships", _relation(identity, _KIND, target))
    changes[TYPES] = inserted_before(package.parts[TYPES], "Types", overrides)
    return changes


def without_extension(package: Package, extension: WebExtension) -> dict[str, bytes | None]:
    """Return the changes that take a web extension and its task pane out of a package.

    Raises
    ------
    WorkbookError
        Where no task pane refers to it.
    """
    panes = _panes_part(package)
    held = relations_of(package, panes) if panes else {}
    identity = next((name for name, (_, target) in held.items() if target == extension.part), None)
    if panes is None or identity is None:
        raise WorkbookError("book_broken_part", file=package.name, part=extension.part)
    types = without_tag(package.parts[TYPES], b"Override", f"/{extension.part}".encode())
    changes: dict[str, bytes | None] = {extension.part: None}
    if relations_part(extension.part) in package.parts:
        changes[relations_part(extension.part)] = None
    if len(held) > 1:
        pane = _PANE_OF.format(id=re.escape(identity)).encode()
        changes[panes] = re.sub(pane, b"", package.parts[panes], count=1, flags=re.DOTALL)
        changes[relations_part(panes)] = _without_relation(package.parts[relations_part(panes)], identity)
    else:
        changes |= {panes: None, relations_part(panes): None}
        types = without_tag(types, b"Override", f"/{panes}".encode())
        root = next(name for name, (kind, _) in relations_of(package, "").items() if kind == _PANES_KIND)
        changes["_rels/.rels"] = _without_relation(package.parts["_rels/.rels"], root)
    changes[TYPES] = types
    return changes


def _panes_part(package: Package) -> str | None:
    found = (target for kind, target in relations_of(package, "").values() if kind == _PANES_KIND)
    return next((part for part in found if part in package.parts and relations_part(part) in package.parts), None)


def _extension(files: Mapping[str, str]) -> str:
    """Return the part: an add-in of the store, with every file as a property."""
    # Of the same core always the same: a workbook is the same, byte for byte, however often it is made.
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"crm_xl {digest()}")).upper()
    held = {name: _json(text) for name, text in files.items()} | {"xlwingsSettingsWorkbook": json.dumps(_SETTINGS)}
    properties = "".join(
        f'<we:property name="{name}" value="{escape(text, {chr(34): "&quot;"})}"/>' for name, text in held.items()
    )
    store = XLWINGS_LITE.upper()
    return (
        f'{_DECLARED}<we:webextension xmlns:we="{_NAMESPACE}" id="{{{identity}}}">'
        f'<we:reference id="{XLWINGS_LITE}" version="1.0.0.0" store="en-US" storeType="OMEX"/><we:alternateReferences>'
        f'<we:reference id="{store}" version="1.0.0.0" store="{store}" storeType="OMEX"/></we:alternateReferences>'
        f'<we:properties>{properties}</we:properties><we:bindings/><we:snapshot xmlns:r="{_R}"/>'
        f"{_EXTENSIONS}</we:webextension>"
    )


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("/", "\\/")


def _override(part: str, kind: str) -> str:
    return f'<Override PartName="/{part}" ContentType="{kind}"/>'


def _relation(identity: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identity}" Type="{_KINDS}{kind}" Target="{target}"/>'


def _without_relation(relations: bytes, identity: str) -> bytes:
    pattern = rf"""<(?:\w+:)?Relationship\b[^<>]*\sId=["']{re.escape(identity)}["'][^<>]*/>"""
    return re.sub(pattern.encode(), b"", relations, count=1)


def _free(relations: bytes) -> str:
    """Return a name that no relation has."""
    return next(name for i in range(1, 10_000) if (name := f"rIdCrmXl{i}").encode() not in relations)
