"""The stamp in a distributed workbook: which template went to which department, for which period and cycle.

It stands there twice, in the custom document properties and in a hidden defined name, because programs differ in
what they keep when they save a file. It guards against accidents, not against somebody who means to change it.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from xml.sax.saxutils import quoteattr

from crm_xl.data import LANGUAGES
from crm_xl.engine.schema import MAX_YEARS, currencies, normalise
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.sheet_writing import inserted_before, xml_text
from crm_xl.xlsx.workbook import Structure, parse_xml, read_structure

TEMPLATE = "crm_department"
NAME = "crm_xl_stamp"
PROPERTIES_PART = "docProps/custom.xml"
_PREFIX = "crm_xl_"
# Excel allows 255 characters in a property and in a text within a formula.
_LONGEST = 250
_MOST_PIECES = 40
_MOST_BYTES = 65_536
# What means something between fields or within a formula, and the underscore before an x, which may begin an escape.
_ESCAPES = {"%": "%25", ";": "%3B", "=": "%3D", '"': "%22", "\n": "%0A", "\r": "%0D", "_x": "%5Fx", "_X": "%5FX"}
_ESCAPED = re.compile("%(25|3B|3D|22|0A|0D|5F)")
_UNESCAPED = re.compile("|".join(_ESCAPES))
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_PROPERTY = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"


class StampError(CrmError):
    """The two copies of the stamp differ, or what they say is no stamp; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What stands in the custom document properties of a distributed workbook, and in a hidden defined name.

    `sequence` counts the issues to one department within a cycle: of two returns the one with the higher number is
    the later. `layout` is a digest of everything that a department cannot change (headers, locked cells, the places of
    the tables), so that a change is seen without building the template again, and `places` one of where its numbers and
    formulas stand. `version` is that of the code that
    built the workbook; the fields from `contact` on are what it takes to build it once more (`master.settings_of`).
    """

    schema: int
    template: str
    department: str
    period: str
    cycle: str
    sequence: int
    language: str
    layout: str
    version: str
    contact: str
    deadline: dt.date | None
    currency: str
    years: int
    start: dt.date | None
    lines: int
    rates: tuple[tuple[str, float, int | None], ...]
    places: str = ""

    def texts(self) -> dict[str, str]:
        """Return the fields as texts, as they stand in a workbook or a record."""
        found = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "rates":
                value = " ".join(f"{pair}:{rate!r}:{year or ''}" for pair, rate, year in value)
            found[field.name] = "" if value is None else str(value)
        return found

    @classmethod
    def from_texts(cls, texts: dict[str, str]) -> "Stamp":
        """Return the stamp that texts stand for.

        Raises
        ------
        StampError
            Where a field is missing or cannot be read.
        """
        texts = {"places": "", **texts}  # forms of earlier versions do not say it
        missing = [field.name for field in fields(cls) if field.name not in texts]
        if missing:
            raise StampError("stamp_incomplete", fields=", ".join(missing))
        found: dict[str, object] = {}
        for field in fields(cls):
            text = texts[field.name]
            try:
                found[field.name] = _READERS.get(field.name, str)(text)
            except ValueError:
                raise StampError("stamp_unreadable", field=field.name, found=text[:60]) from None
        return cls(**found)  # type: ignore[arg-type]


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _years(text: str) -> int:
    years = _whole(text)
    if not 1 <= years <= MAX_YEARS:
        raise ValueError(text)
    return years


def _currency(text: str) -> str:
    if currencies().get(normalise(text)) != text:
        raise ValueError(text)
    return text


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(text)
    return text


def _rates(text: str) -> tuple[tuple[str, float, int | None], ...]:
    found = []
    for piece in text.split():
        pair, rate, year = piece.split(":")
        number = float(rate)
        if not 0 < number < math.inf:
            raise ValueError(rate)
        found.append((pair, number, _whole(year) if year else None))
    return tuple(found)


_READERS = {
    "schema": _whole, "sequence": _whole, "years": _years, "lines": _whole, "language": _language,
    "currency": _currency, "deadline": _date, "start": _date, "rates": _rates,
}  # fmt: skip


# -- reading ---------------------------------------------------------------------------------------------------------


def read_stamp(package: Package, structure: Structure | None = None) -> Stamp | None:
    """Return the stamp of a workbook, or None where it has none.

    Parameters
    ----------
    package
        The workbook; nothing in it is followed, and only its own parts are read, within bounds.
    structure
        What `read_structure` says of it, where that is known already.

    Raises
    ------
    StampError
        Where the two copies differ, or one is no sound stamp. One copy alone is enough: a program may have dropped
        the other.
    WorkbookError
        Where the parts of the workbook are missing or broken.
    """
    structure = structure or read_structure(package)
    copies = [c for c in (_from_properties(package), _from_name(structure)) if c]
    if not copies:
        return None
    if len(copies) == 2 and copies[0] != copies[1]:
        one, two = copies
        differ = next(key for key in one | two if one.get(key) != two.get(key))
        raise StampError(
            "stamp_copies_differ", field=differ, properties=one.get(differ, "")[:60], name=two.get(differ, "")[:60]
        )
    return Stamp.from_texts(copies[0])


def _from_properties(package: Package) -> dict[str, str]:
    xml = package.parts.get(PROPERTIES_PART, b"")
    if not xml:
        return {}
    if len(xml) > _MOST_BYTES:
        raise WorkbookError("book_too_large", file=package.name, part=PROPERTIES_PART, limit=_MOST_BYTES / 2**20)
    pieces: dict[str, str] = {}
    for element in parse_xml(package, PROPERTIES_PART):
        name = element.get("name", "")
        if name.startswith(_PREFIX):
            pieces[name.removeprefix(_PREFIX)] = "".join(value.text or "" for value in element)
    # A long text goes on in properties that are numbered from 2.
    found = {name: text for name, text in pieces.items() if not name.rpartition("_")[2].isdecimal()}
    for name in found:
        for number in range(2, _MOST_PIECES):
            if (more := pieces.get(f"{name}_{number}")) is None:
                break
            found[name] += more
    return {name: _plain(text) for name, text in found.items()}


def _from_name(structure: Structure) -> dict[str, str]:
    content = structure.names.get((None, NAME), "")
    text = "".join(piece.replace('""', '"') for piece in _LITERAL.findall(content[:_MOST_BYTES]))
    found = {}
    for piece in text.split(";"):
        key, mark, value = piece.partition("=")
        if mark:
            found[key] = _plain(value)
    return found


# -- writing ---------------------------------------------------------------------------------------------------------


def stamp_parts(package: Package, stamp: Stamp, structure: Structure | None = None) -> dict[str, bytes]:
    """Return the parts of a workbook without a stamp that change or come new when it is stamped."""
    texts = {key: _escaped(text) for key, text in stamp.texts().items()}
    part = (structure or read_structure(package)).part
    return {
        PROPERTIES_PART: _properties(texts),
        part: _named(package.parts[part], ";".join(f"{key}={text}" for key, text in texts.items())),
        "[Content_Types].xml": inserted_before(
            package.parts["[Content_Types].xml"],
            "Types",
            f'<Override PartName="/{PROPERTIES_PART}" ContentType="{_CONTENT}"/>',
        ),
        "_rels/.rels": inserted_before(
            package.parts["_rels/.rels"],
            "Relationships",
            f'<Relationship Id="rIdStamp" Type="{_RELATION}" Target="{PROPERTIES_PART}"/>',
        ),
    }


def _properties(texts: dict[str, str]) -> bytes:
    pieces: list[tuple[str, str]] = []
    for key, text in texts.items():
        for number, piece in enumerate(_pieces(text), 1):
            pieces.append((_PREFIX + key + (f"_{number}" if number > 1 else ""), piece))
    body = "".join(
        f'<property fmtid="{_PROPERTY}" pid="{number}" name={quoteattr(name)}>'
        f"<vt:lpwstr>{xml_text(text).decode()}</vt:lpwstr></property>"
        for number, (name, text) in enumerate(pieces, 2)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<Properties xmlns="{_CUSTOM}" xmlns:vt="{_TYPES}">{body}</Properties>'.encode()


def _named(workbook: bytes, text: str) -> bytes:
    """The workbook part with the stamp as a hidden name: texts joined by &, none too long for Excel."""
    formula = "&".join(f'"{piece}"' for piece in _pieces(text))
    element = f'<definedName name="{NAME}" hidden="1">{xml_text(formula).decode()}</definedName>'
    return inserted_before(workbook, "definedNames", element)


def _pieces(text: str) -> Iterable[str]:
    return [text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)] or [""]


def _escaped(text: str) -> str:
    return _UNESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
