"""Native charts over native cells, so that they stay alive for readers who have no add-in."""

from typing import Any

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import Page
from crm_xl.templates.styles import FONTS, INK, LINE, MUTED, SERIES, WHITE

# A rectangle counted from 0: first row, first column, last row, last column.
Cells = tuple[int, int, int, int]


def _text(draft: Draft, size: float, colour: str = MUTED, **more: Any) -> dict[str, Any]:
    return {"name": FONTS[draft.spec.language], "size": size, "color": colour, **more}


def _place(page: Page, chart: Any, row: int, column: int, size: tuple[int, int], title: str, about: str) -> None:
    draft = page.draft
    chart.set_title({"name": title, "name_font": _text(draft, 12, INK, bold=True), "overlay": False})
    chart.set_legend({"position": "right", "font": _text(draft, 9)})
    chart.set_chartarea({"border": {"color": LINE}, "fill": {"color": WHITE}})
    chart.set_size({"width": size[0], "height": size[1]})
    page.sheet.insert_chart(
        row, column, chart, {"x_offset": 2, "y_offset": 6, "object_position": 2, "description": about}
    )


def stacked_columns(
    page: Page, at: tuple[int, int], size: tuple[int, int], names: Cells, body: Cells, title: str
) -> None:
    """Draw stacked columns: a column for each column of `body`, a layer for each of its rows."""
    draft, sheet = page.draft, page.sheet.name
    chart = draft.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for i, row in enumerate(range(body[0], body[2] + 1)):
        chart.add_series({
            "name": [sheet, row, body[1] - 1],
            "categories": [sheet, *names],
            "values": [sheet, row, body[1], row, body[3]],
            "fill": {"color": SERIES[i % len(SERIES)]},
            "gap": 60,
        })  # fmt: skip
    chart.set_x_axis({"num_font": _text(draft, 9), "line": {"color": LINE}})
    chart.set_y_axis({
        "num_font": _text(draft, 9), "num_format": "#,##0", "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}},
    })  # fmt: skip
    _place(page, chart, *at, size, title, draft.say("chart_years_about"))


def ring(page: Page, at: tuple[int, int], size: tuple[int, int], names: Cells, values: Cells, title: str) -> None:
    """Draw the shares of a whole."""
    draft, sheet = page.draft, page.sheet.name
    chart = draft.workbook.add_chart({"type": "doughnut"})
    chart.add_series({
        "categories": [sheet, *names],
        "values": [sheet, *values],
        "points": [{"fill": {"color": colour}, "border": {"color": WHITE}} for colour in SERIES],
        # Shares too small for a label stand in the table.
        "data_labels": {
            "percentage": True, "leader_lines": False, "num_format": '[<0.03]"";0%',
            "font": _text(draft, 9, WHITE, bold=True),
        },
    })  # fmt: skip
    chart.set_hole_size(55)
    _place(page, chart, *at, size, title, draft.say("chart_share_about"))
