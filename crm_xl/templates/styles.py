"""The look of the workbooks in one place: palette, fonts, number formats, and the roles that cells play.

The legend on the About sheet is drawn from `ROLES`, so it cannot differ from what the sheets show.
"""

from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

# Of the colours that Okabe and Ito chose for all kinds of sight those whose lightness differs, from dark to light: they
# stay apart in black and white, too (lightness L* 24, 46, 58, 70, 84).
NAVY, BLUE, GREEN, ORANGE, GREY = "#1F3A5F", "#0072B2", "#009E73", "#E69F00", "#CCD3DA"
# One colour for each component and for what is other, in charts.
SERIES = (NAVY, BLUE, GREEN, ORANGE, GREY)
INK, MUTED, LINE, PALE, WHITE, DEEP = "#1B2733", "#5F6F80", "#D3DBE3", "#F3F6F9", "#FFFFFF", "#0B4F6C"
FOREST = "#00624A"
GOOD, BAD, OPEN = ("#DDF1E4", "#1E6B3A"), ("#F9DEDC", "#9B1C1C"), ("#FDF1D3", "#8A5A00")

FONTS = {"en": "Calibri", "zh": "Microsoft YaHei"}
SIZES = {"en": 11, "zh": 10}

NUMBERS = {
    "": "General",
    "text": "@",
    "money": '#,##0;(#,##0);"–"',
    "price": '#,##0.00;(#,##0.00);"–"',
    "scaled": '#,##0.0;(#,##0.0);"–"',
    "exact": "0.00E+00",
    # What is left of a difference after the rounding of floating point is none.
    "difference": '[>=0.005]#,##0.00;[<=-0.005](#,##0.00);"–"',
    "percent": "0.0%",
    "share": '0.0%;-0.0%;"–"',
    "units": '#,##0.00;-#,##0.00;"–"',
    "count": '#,##0;-#,##0;"–"',
    "rate": '0.0000;-0.0000;"–"',
    "date": "yyyy-mm-dd",
    # A model year or a calendar year shows as a number, a date as a date.
    "when": "[<2201]0;yyyy-mm-dd",
    "year": "0",
}

_BOX = {"border": 1, "border_color": LINE}
ROLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "font_color": WHITE, "bg_color": NAVY},
    "band": {"bg_color": NAVY},
    "subtitle": {"font_color": MUTED},
    "status": {"bold": True, "font_color": MUTED},
    "section": {"bold": True, "font_size": 13, "font_color": NAVY, "bottom": 2, "bottom_color": NAVY},
    "header": {"bold": True, "font_color": WHITE, "bg_color": NAVY, "text_wrap": True, "align": "center", **_BOX},
    "required": {"bold": True, "font_color": WHITE, "bg_color": FOREST, "text_wrap": True, "align": "center", **_BOX},
    "computed": {"bold": True, "font_color": WHITE, "bg_color": MUTED, "text_wrap": True, "align": "center", **_BOX},
    "label": {"font_color": INK, "indent": 1, **_BOX},
    "text": {"font_color": INK, "text_wrap": True},
    "note": {"font_color": MUTED, "text_wrap": True, "indent": 1, **_BOX},
    "input": {"font_color": "#1F4E9E", "bg_color": "#FFF8E1", "locked": False, **_BOX},
    "formula": {"font_color": INK, **_BOX},
    "crm": {"font_color": DEEP, "bg_color": "#E6F2F5", **_BOX},
    "total": {"bold": True, "font_color": INK, "bg_color": PALE, **_BOX, "top": 1, "top_color": NAVY},
    "sum": {"bold": True, "font_color": INK, "bg_color": PALE, **_BOX},
    "constant": {"font_color": MUTED, "bg_color": PALE, **_BOX},
    "spill": {"font_color": INK},
    "spill_label": {"font_color": INK, "text_wrap": True, "valign": "top", "align": "left"},
    "spill_header": {"bold": True, "font_color": DEEP, "bg_color": "#E6F2F5", "bottom": 1, "bottom_color": DEEP},
}  # fmt: skip

# What the legend explains, in its order; the term `template_legend_<role>` says it.
LEGEND = ("input", "constant", "formula", "crm", "total", "required", "computed")


class Styles:
    """The formats of one workbook; each combination is made once."""

    def __init__(self, workbook: Workbook, language: str) -> None:
        self._workbook = workbook
        self._base = {"font_name": FONTS[language], "font_size": SIZES[language], "valign": "vcenter"}
        self._made: dict[tuple[object, ...], Format] = {}

    def get(self, role: str, number: str = "", **more: Any) -> Format:
        """Return the format of a role with a number format of `NUMBERS`."""
        key = (role, number, *sorted(more.items()))
        if key not in self._made:
            properties = self._base | ROLES[role] | {"num_format": NUMBERS[number]} | more
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def tint(self, pair: tuple[str, str], **more: Any) -> Format:
        """Return a conditional format with a background and a font colour."""
        key = ("tint", *pair, *sorted(more.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"bg_color": pair[0], "font_color": pair[1], **more})
        return self._made[key]

    def rule(self, **properties: Any) -> Format:
        """Return a conditional format with nothing but what is given."""
        key = ("rule", *sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]
