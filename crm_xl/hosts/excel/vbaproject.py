"""Writes a VBA project (MS-OVBA) of modules in source form: the part `xl/vbaProject.bin` of an add-in.

The project holds the source of its modules and nothing that a version of Excel made of it: `_VBA_PROJECT` says
version 0xFFFF, and Excel compiles anew (MS-OVBA 2.3.4.1). xlwings' own `quickstart_addin.xlam` is made that way.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crm_xl.hosts.excel.compound import compound_file

_CODE_PAGE = 1252
_NO_COOKIE = 0xFFFF
# So that IRibbonControl is known; Excel finds the library by its number, wherever it is.
_OFFICE = (
    r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16"
    r"\MSO.DLL#Microsoft Office 16.0 Object Library"
)
_CLASSES: Mapping[str, str] = {
    "workbook": "0{00020819-0000-0000-C000-000000000046}",
    "worksheet": "0{00020820-0000-0000-C000-000000000046}",
    "class": "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
}
# How the project's properties name a module of a kind.
_DOCUMENT = "Document={}/&H00000000"
_LINES = {"code": "Module={}", "class": "Class={}", "workbook": _DOCUMENT, "worksheet": _DOCUMENT}


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module: code alone, a class, or the code behind the workbook or a worksheet, named as its code name there."""

    name: str
    code: str
    kind: Literal["code", "class", "workbook", "worksheet"] = "code"

    @property
    def source(self) -> bytes:
        """The text as a project holds it, with the attributes that no editor shows."""
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.kind != "code":
            lines += [f'Attribute VB_Base = "{_CLASSES[self.kind]}"', *self._attributes()]
        return self._text(lines)

    @property
    def file(self) -> tuple[str, bytes]:
        """The name and the content of the file from which an editor of VBA reads this module."""
        if self.kind != "class":
            return f"{self.name}.bas", self.source
        head = ["VERSION 1.0 CLASS", "BEGIN", "  MultiUse = -1  'True", "END", f'Attribute VB_Name = "{self.name}"']
        return f"{self.name}.cls", self._text([*head, *self._attributes()[:4]])

    def _attributes(self) -> list[str]:
        # A class is known inside the project alone, and there is no object of it before one is made.
        document = self.kind != "class"
        given = ("GlobalNameSpace", False), ("Creatable", False), ("PredeclaredId", document), ("Exposed", document)
        more = ("TemplateDerived", False), ("Customizable", document)
        return [f"Attribute VB_{name} = {value}" for name, value in (*given, *more)]

    def _text(self, head: list[str]) -> bytes:
        code = [line for line in self.code.splitlines() if not line.startswith("Attribute VB_Name")]
        return "\r\n".join([*head, *code, ""]).encode("ascii")


def vba_project(name: str, identity: str, modules: Sequence[Module]) -> bytes:
    """Return a project as a compound file.

    Parameters
    ----------
    name
        The name of the project, as VBA shows it.
    identity
        A GUID in braces, in upper case: what tells this project from others.
    modules
        The modules in order.
    """
    streams = {module.name: compressed(module.source) for module in modules}
    return compound_file(
        {
            "PROJECT": _properties(name, identity, modules).encode("ascii"),
            "PROJECTwm": b"".join(_both(m.name) for m in modules) + b"\0\0",
            "VBA": {**streams, "_VBA_PROJECT": bytes.fromhex("CC61FFFF000000"), "dir": compressed(_dir(name, modules))},
        }
    )


def _both(name: str) -> bytes:
    return name.encode("ascii") + b"\0" + name.encode("utf-16-le") + b"\0\0"


# -- the directory of the project (MS-OVBA 2.3.4.2) ----------------------------------------------------------------


def _record(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HI", number, len(content)) + content


def _long(number: int, value: int) -> bytes:
    return _record(number, struct.pack("<I", value))


def _short(number: int, value: int) -> bytes:
    return _record(number, struct.pack("<H", value))


def _text(number: int, wide: int, text: str) -> bytes:
    return _record(number, text.encode("ascii")) + _record(wide, text.encode("utf-16-le"))


def _dir(name: str, modules: Sequence[Module]) -> bytes:
    english, windows = 0x409, 1
    library = struct.pack("<I", len(_OFFICE)) + _OFFICE.encode("ascii") + bytes(6)
    parts = [
        _long(0x01, windows), _long(0x02, english), _long(0x14, english), _short(0x03, _CODE_PAGE),
        _record(0x04, name.encode("ascii")), _text(0x05, 0x40, ""), _text(0x06, 0x3D, ""), _long(0x07, 0),
        _long(0x08, 0), struct.pack("<HIIH", 0x09, 4, 1, 1), _text(0x0C, 0x3C, ""),
        _text(0x16, 0x3E, "Office"), _record(0x0D, library),
        _short(0x0F, len(modules)), _short(0x13, _NO_COOKIE),
    ]  # fmt: skip
    for module in modules:
        parts += [
            _text(0x19, 0x47, module.name), _text(0x1A, 0x32, module.name), _text(0x1C, 0x48, ""),
            _long(0x31, 0), _long(0x1E, 0), _short(0x2C, _NO_COOKIE),
            _record(0x21 if module.kind == "code" else 0x22), _record(0x2B),
        ]  # fmt: skip
    return b"".join([*parts, _record(0x10)])


# -- the properties of the project (MS-OVBA 2.3.1) -----------------------------------------------------------------


def _properties(name: str, identity: str, modules: Sequence[Module]) -> str:
    lines = [f'ID="{identity}"']
    lines += [_LINES[module.kind].format(module.name) for module in modules]
    lines += [
        f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"',
        f'CMG="{encrypted(identity, bytes(4), 0x5D)}"',  # nobody protects the project,
        f'DPB="{encrypted(identity, bytes(1), 0x5D)}"',  # it has no password,
        f'GC="{encrypted(identity, bytes([0xFF]), 0x5D)}"',  # and it may be looked at
        "", "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "", "[Workspace]", *(f"{module.name}=0, 0, 0, 0, C" for module in modules), "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def encrypted(identity: str, data: bytes, seed: int) -> str:
    """Return data in the form that the project's properties have them (MS-OVBA 2.4.3.2); it keeps no secret."""
    version, key = 2, sum(identity.encode("ascii")) & 0xFF
    found = [seed, seed ^ version, seed ^ key]
    before = key
    for plain in bytes((seed & 6) // 2) + struct.pack("<I", len(data)) + data:
        found.append(plain ^ (found[-2] + before) & 0xFF)
        before = plain
    return bytes(found).hex().upper()


# -- compression (MS-OVBA 2.4.1) -----------------------------------------------------------------------------------

_CHUNK = 4096
_SHORTEST = 3
_CANDIDATES = 32


def compressed(data: bytes) -> bytes:
    """Return data as a compressed container."""
    chunks = (_chunk(data[i : i + _CHUNK]) for i in range(0, len(data), _CHUNK))
    return b"\x01" + b"".join(chunks)


def _chunk(data: bytes) -> bytes:
    packed = bytearray()
    tokens = list(_tokens(data))
    for i in range(0, len(tokens), 8):
        group = tokens[i : i + 8]
        packed.append(sum((len(token) == 2) << bit for bit, token in enumerate(group)))
        packed += b"".join(group)
    if len(packed) > _CHUNK:  # what does not get smaller stands as it is, in a chunk of full size
        return struct.pack("<H", 0x3000 | _CHUNK - 1) + data.ljust(_CHUNK, b"\0")
    return struct.pack("<H", 0xB000 | len(packed) - 1) + bytes(packed)


def _tokens(data: bytes) -> Iterator[bytes]:
    """Single bytes, and references to what stood before in the chunk: distance and length in 16 bits."""
    seen: dict[bytes, list[int]] = {}
    at = 0
    while at < len(data):
        bits = max((at - 1).bit_length(), 4)
        length, distance = _longest(data, at, seen.get(data[at : at + _SHORTEST], []), (0xFFFF >> bits) + _SHORTEST)
        step = length or 1
        yield struct.pack("<H", distance - 1 << 16 - bits | length - _SHORTEST) if length else data[at : at + 1]
        for i in range(at, at + step):
            seen.setdefault(data[i : i + _SHORTEST], []).append(i)
        at += step


def _longest(data: bytes, at: int, places: Sequence[int], most: int) -> tuple[int, int]:
    """Return length and distance of the longest stretch that repeats, or zeros."""
    best = 0, 0
    most = min(most, len(data) - at)
    for place in places[-_CANDIDATES:]:
        length = 0
        while length < most and data[place + length] == data[at + length]:
            length += 1
        best = max(best, (length, at - place), key=lambda found: (found[0], -found[1]))
    return best if best[0] >= _SHORTEST else (0, 0)
