"""Links of a workbook to other files: which there are, which formulas use them, and how one is taken out.

A formula names a link by its number, which is its place in a list of the workbook: `[2]Prices!A1`. Whoever takes one
out has to count the later ones anew.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PureWindowsPath
from typing import NamedTuple
from urllib.parse import unquote

import formualizer as fz

from crm_xl.xlsx.workbook import Structure, local_name, parse_xml, relations_of, relations_part, without_tag

# A number opens a reference or a call, and may stand again behind its colon; a column of a table never stands so.
_LINKED = re.compile(r"'?\[[1-9]\d*\]")
_NUMBER = re.compile(r"(^|:)('?)\[([1-9]\d*)\]")
# In an attribute: the macro of a button, the cell of a control.
_IN_ATTRIBUTE = re.compile(rb"""=["'][^"'<>]*\[([1-9]\d*)\][^"'<>]*!""")
_REFERENCE = re.compile(rb"<(?:\w+:)?externalReference\b[^<>]*/>")
_EMPTY_LIST = re.compile(rb"<((?:\w+:)?)externalReferences\b[^<>]*>\s*</\1externalReferences>")


class Link(NamedTuple):
    """A linked file: its number in formulas, the id of its relation, its part, and the file as it is stored."""

    number: int
    relation: str
    part: str
    target: str

    @property
    def file(self) -> str:
        """The name of the file without its folder."""
        return PureWindowsPath(unquote(self.target)).name


def links_of(structure: Structure) -> list[Link]:
    """Return the links of a workbook in their order."""
    package = structure.package
    related = relations_of(package, structure.part)
    found = []
    for group in parse_xml(package, structure.part):
        if local_name(group) != "externalReferences":
            continue
        for number, reference in enumerate(group, 1):
            relation = next((v for k, v in reference.attrib.items() if k.rpartition("}")[2] == "id"), "")
            _, part = related.get(relation, ("", ""))
            found.append(Link(number, relation, part, _target(structure, part)))
    return found


def _target(structure: Structure, part: str) -> str:
    name = relations_part(part)
    if name not in structure.package.parts:
        return ""
    return next((r.get("Target", "") for r in parse_xml(structure.package, name)), "")


def tokens(formula: str) -> list[str]:
    """Return the pieces of a formula (without its `=`), which joined are the formula again.

    Raises
    ------
    ValueError
        Where it cannot be read.
    """
    try:
        pieces = [token.value for token in fz.tokenize("=" + formula).tokens()]
    except fz.TokenizerError as fault:
        raise ValueError(formula) from fault
    if "".join(pieces) != formula:
        raise ValueError(formula)
    return pieces


def linked(formula: str) -> set[int]:
    """Return the numbers of the links that a formula uses.

    >>> sorted(linked("[2]Prices!A1*[1]!CRM_TOTAL(Costs[[1]])"))
    [1, 2]
    """
    found = (match for token in tokens(formula) if _LINKED.match(token) for match in _NUMBER.finditer(token))
    return {int(match[3]) for match in found}


def renumbered(formula: str, numbers: Mapping[int, int]) -> str:
    """Return a formula with the numbers of its links replaced.

    >>> renumbered('[2]Prices!A1&"[2]"', {2: 1})
    '[1]Prices!A1&"[2]"'
    """

    def one(match: re.Match[str]) -> str:
        number = int(match[3])
        return f"{match[1]}{match[2]}[{numbers.get(number, number)}]"

    return "".join(_NUMBER.sub(one, token) if _LINKED.match(token) else token for token in tokens(formula))


def linked_in_attributes(structure: Structure) -> set[int]:
    """Return the numbers of the links that buttons and controls use."""
    names = (n for n in structure.package.parts if n.startswith("xl/") and not n.startswith("xl/externalLinks/"))
    parts = (structure.package.parts[name] for name in names)
    return {int(number) for xml in parts if b"]" in xml for number in _IN_ATTRIBUTE.findall(xml)}


def without_links(structure: Structure, workbook: bytes, links: Collection[Link]) -> dict[str, bytes | None]:
    """Return the changes that take links out of a package: parts, content types, relations and the workbook's list.

    Parameters
    ----------
    workbook
        The main part of the workbook as it is to be written.
    """
    parts = structure.package.parts
    relations, types = relations_part(structure.part), "[Content_Types].xml"
    numbers = {link.number for link in links}
    seen = 0

    def one(match: re.Match[bytes]) -> bytes:
        nonlocal seen
        seen += 1
        return b"" if seen in numbers else match[0]

    changes: dict[str, bytes | None] = {
        structure.part: _EMPTY_LIST.sub(b"", _REFERENCE.sub(one, workbook)),
        types: parts[types],
        relations: parts[relations],
    }
    for link in links:
        for quote in (b'"', b"'"):
            changes[relations] = without_tag(changes[relations] or b"", b"Relationship", quote + link.relation.encode())
        if link.part in parts:
            mark = f"/{link.part}".encode()
            changes[types] = without_tag(changes[types] or b"", b"Override", mark)
            changes |= {part: None for part in (link.part, relations_part(link.part)) if part in parts}
    return changes


def moved_up(links: Iterable[Link], dropped: Collection[Link]) -> dict[int, int]:
    """Return the new numbers of the links that stay: old number → new one."""
    stay = [link.number for link in links if link not in dropped]
    return {old: new for new, old in enumerate(stay, 1) if old != new}
