"""The configuration files of the extension, made from the registry: functions, jobs, manifest, description."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from crm_xl._version import __version__
from crm_xl.data import term
from crm_xl.functions import REGISTRY, Function, Text
from crm_xl.hosts.calc.names import BINDING_SERVICE, EXTENSION, SERVICE, identifier, method

# Our languages as LibreOffice names them.
_LOCALES = {"en": "en", "zh": "zh-CN"}
_OOR = "http://openoffice.org/2001/registry"
_MANIFEST = "http://openoffice.org/2001/manifest"
_DESCRIPTION = "http://openoffice.org/extensions/description/2006"
_LIBREOFFICE = "http://libreoffice.org/extensions/description/2011"
_XLINK = "http://www.w3.org/1999/xlink"
_PREFIXES = {"oor": _OOR, "manifest": _MANIFEST, "d": _DESCRIPTION, "lo": _LIBREOFFICE, "xlink": _XLINK}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# A document has been loaded, hidden ones included.
_EVENT = "OnLoadFinished"
# Sub-categories are not to be had for an extension in 7.4: the wizard shows the functions among the add-ins.
_CATEGORY = "Add-In"
_OLDEST_LIBREOFFICE = "7.4"


def functions_xcu() -> bytes:
    """Return the functions with their texts in both languages, as Calc's function wizard reads them."""
    root, info = _component("CalcAddIns", "AddInInfo")
    functions = _node(_node(info, SERVICE, "replace"), "AddInFunctions")
    for function in REGISTRY:
        node = _node(functions, method(function), "replace")
        _translated(node, "DisplayName", Text(function.name, function.name))
        _translated(node, "Description", _with_alias(function))
        _plain(node, "Category", _CATEGORY)
        _translated(node, "CompatibilityName", Text(function.name, function.name))
        parameters = _node(node, "Parameters")
        for parameter in function.parameters:
            entry = _node(parameters, identifier(parameter.name), "replace")
            _translated(entry, "DisplayName", Text(parameter.name, parameter.name))
            _translated(entry, "Description", Text(parameter.text.en.strip(), parameter.text.zh.strip()))
    return _written(root)


def _with_alias(function: Function) -> Text:
    """The summary, the Chinese one under the Chinese name by which people look for the function."""
    return Text(function.summary.en, f"{function.alias}\uff1a{function.summary.zh}")


def jobs_xcu() -> bytes:
    """Return the job that binds the functions in every document that is opened."""
    root, jobs = _component("Jobs", "Jobs")
    _plain(_node(jobs, BINDING_SERVICE, "replace"), "Service", BINDING_SERVICE)
    events = _node(root, "Events")
    _node(_node(_node(events, _EVENT, "fuse"), "JobList"), BINDING_SERVICE, "replace")
    return _written(root)


def manifest(parts: Iterable[tuple[str, str]]) -> bytes:
    """Return the manifest of parts given as path and media type: types come first, then configuration, then code."""
    root = ET.Element(f"{{{_MANIFEST}}}manifest")
    for path, media_type in parts:
        entry = ET.SubElement(root, f"{{{_MANIFEST}}}file-entry")
        entry.set(f"{{{_MANIFEST}}}media-type", f"application/vnd.sun.star.{media_type}")
        entry.set(f"{{{_MANIFEST}}}full-path", path)
    return _written(root)


def description() -> bytes:
    """Return what the extension manager shows."""
    root = ET.Element(f"{{{_DESCRIPTION}}}description")
    _sub(root, "identifier").set("value", EXTENSION)
    _sub(root, "version").set("value", __version__)
    names, publisher, texts = _sub(root, "display-name"), _sub(root, "publisher"), _sub(root, "extension-description")
    for language, locale in _LOCALES.items():
        name = _sub(names, "name")
        name.text = term("calc_extension_name", language)
        name.set("lang", locale)
        by = _sub(publisher, "name")
        by.text = "crm_xl"
        by.set("lang", locale)
        source = _sub(texts, "src")
        source.set(f"{{{_XLINK}}}href", f"description_{language}.txt")
        source.set("lang", locale)
    needs = _sub(root, "dependencies")
    oldest = ET.SubElement(needs, f"{{{_LIBREOFFICE}}}LibreOffice-minimal-version")
    oldest.set("value", _OLDEST_LIBREOFFICE)
    oldest.set("name", f"LibreOffice {_OLDEST_LIBREOFFICE}")
    return _written(root)


# -- XML --------------------------------------------------------------------------------------------------------------


def _component(name: str, group: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element(f"{{{_OOR}}}component-data")
    root.set(f"{{{_OOR}}}name", name)
    root.set(f"{{{_OOR}}}package", "org.openoffice.Office")
    return root, _node(root, group)


def _node(parent: ET.Element, name: str, operation: str | None = None) -> ET.Element:
    """Add a node: a member of a set is put there (replace) or completed (fuse), any other is there already."""
    node = ET.SubElement(parent, "node", {f"{{{_OOR}}}name": name})
    if operation:
        node.set(f"{{{_OOR}}}op", operation)
    return node


def _plain(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(ET.SubElement(parent, "prop", {f"{{{_OOR}}}name": name}), "value").text = value


def _translated(parent: ET.Element, name: str, text: Text) -> None:
    prop = ET.SubElement(parent, "prop", {f"{{{_OOR}}}name": name})
    for language, locale in _LOCALES.items():
        ET.SubElement(prop, "value", {_LANG: locale}).text = text.in_(language)


def _sub(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_DESCRIPTION}}}{name}")


def _written(root: ET.Element) -> bytes:
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data
