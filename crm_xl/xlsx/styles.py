"""Adds cell styles to a workbook: new ones, and such as are like one that is there but for their fill.

As with the cells, the part is not printed anew: what is new is put behind what is there, whose numbers stay.
"""

import re

from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.sheet_writing import prefixed, retagged

_PREFIX = re.compile(rb"<((?:\w+:)?)styleSheet\b")


class StylesXml:
    """The styles part of a workbook, to which styles are added; `bytes(styles)` is the new part."""

    def __init__(self, xml: bytes, file: str, part: str) -> None:
        match = _PREFIX.search(xml)
        if match is None:
            raise WorkbookError("book_broken_part", file=file, part=part)
        self._xml, self._prefix = xml, match[1]
        self._lists = {name: self._list(name, file, part) for name in (b"fonts", b"fills", b"cellXfs")}
        self._added: dict[bytes, list[bytes]] = {name: [] for name in self._lists}
        self._made: dict[bytes, int] = {}

    def _list(self, name: bytes, file: str, part: str) -> tuple[int, int, list[bytes]]:
        """Where the items of a list begin and end, and the items."""
        p, item = self._prefix, {b"fonts": b"font", b"fills": b"fill", b"cellXfs": b"xf"}[name]
        match = re.search(rb"<%b%b(?:\s[^>]*)?(?<!/)>(.*?)</%b%b>" % (p, name, p, name), self._xml, re.DOTALL)
        if match is None:
            raise WorkbookError("book_broken_part", file=file, part=part)
        pattern = rb"<%b%b(?:\s[^>]*)?(?:/>|(?<!/)>.*?</%b%b>)" % (p, item, p, item)
        return match.start(), match.end(1), re.findall(pattern, match[1], re.DOTALL)

    def _add(self, name: bytes, item: bytes) -> int:
        """Put an item into a list, once, and return its number."""
        key = name + item
        if key not in self._made:
            self._added[name].append(item)
            self._made[key] = len(self._lists[name][2]) + len(self._added[name]) - 1
        return self._made[key]

    def font(self, properties: str) -> int:
        """Add a font, given as its elements without prefixes, and return its number."""
        return self._add(b"fonts", self._prefixed(f"<font>{properties}</font>"))

    def fill(self, colour: str) -> int:
        """Add a plain fill by its colour (RRGGBB) and return its number."""
        return self._add(
            b"fills",
            self._prefixed(f'<fill><patternFill patternType="solid"><fgColor rgb="FF{colour}"/></patternFill></fill>'),
        )

    def style(self, *, font: int = 0, fill: int = 0, alignment: str = "") -> int:
        """Add a cell style and return its number."""
        applied = 'applyFont="1" applyFill="1" applyAlignment="1"'
        body = f'<xf numFmtId="0" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" {applied}>'
        return self._add(b"cellXfs", self._prefixed(f"{body}<alignment {alignment}/></xf>"))

    def on_fill(self, style: int, fill: int) -> int:
        """Add a style that is like another but for its fill and return its number."""
        items = self._lists[b"cellXfs"][2]
        if style >= len(items):
            return style
        item = items[style]
        end = item.index(b">") + 1
        tag = item[:end]
        new = retagged(tag, {b"fillId": b"%d" % fill, b"applyFill": b"1"})
        return self._add(b"cellXfs", (new[:-1] + b"/>" if tag.endswith(b"/>") else new) + item[end:])

    def _prefixed(self, xml: str) -> bytes:
        return prefixed(xml, self._prefix)

    def __bytes__(self) -> bytes:
        xml = self._xml
        for name, (start, end, items) in sorted(self._lists.items(), key=lambda entry: -entry[1][0]):
            if self._added[name]:
                tag_end = xml.index(b">", start) + 1
                count = b"%d" % (len(items) + len(self._added[name]))
                tag = retagged(xml[start:tag_end], {b"count": count})
                xml = xml[:start] + tag + xml[tag_end:end] + b"".join(self._added[name]) + xml[end:]
        return xml
