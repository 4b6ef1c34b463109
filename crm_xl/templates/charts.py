"""Native charts over native cells, so that they stay alive for readers who have no add-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_xl.templates.draft import Block, Draft
from crm_xl.templates.page import Page
from crm_xl.templates.styles import FONTS, GREY, INK, LINE, MUTED, ORANGE, SERIES, WHITE


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series of a chart: the cell of its name, its categories (or x values), its values, its colour."""

    name: Block
    names: Block
    values: Block
    colour: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """Return what XlsxWriter wants to know."""
        found = {"name": self.name, "categories": self.names, "values": self.values}
        return {key: f"={block}" for key, block in found.items()} | dict(self.more)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where a chart stands and what is said of it. A small chart has its legend, if any, below it."""

    row: int
    column: int
    size: tuple[int, int]
    title: str
    about: str
    legend: str = "right"
    small: bool = False


def framed(
    page: Page,
    key: str,
    row: int,
    column: int,
    height: int,
    *,
    before: int | None = None,
    legend: str = "right",
    small: bool = False,
) -> Frame:
    """Return the frame of a chart from a column to the right edge, or to the column before another."""
    width = page.pixels(column) - (page.pixels(before) if before else 0) - 4
    title, about = page.draft.say(f"chart_{key}"), page.draft.say(f"chart_{key}_about")
    return Frame(row=row, column=column, size=(width, height), title=title, about=about, legend=legend, small=small)


def _text(draft: Draft, size: float, colour: str = MUTED, **more: Any) -> dict[str, Any]:
    return {"name": FONTS[draft.spec.language], "size": size, "color": colour, **more}


def _place(page: Page, chart: Any, frame: Frame) -> None:
    draft, small = page.draft, frame.small
    title = _text(draft, 10 if small else 12, INK, bold=True)
    chart.set_title({"name": frame.title, "name_font": title, "overlay": False})
    legend = "bottom" if small and frame.legend != "none" else frame.legend
    chart.set_legend({"position": legend, "font": _text(draft, 8 if small else 9)})
    chart.set_chartarea({"border": {"color": LINE}, "fill": {"color": WHITE}})
    chart.set_size({"width": frame.size[0], "height": frame.size[1]})
    options = {"x_offset": 2, "y_offset": 6, "object_position": 1, "description": frame.about}
    page.sheet.insert_chart(frame.row, frame.column, chart, options)


def _short(draft: Draft) -> str:
    """A number format that shows millions as such: the names of a lying axis stand side by side."""
    millions = draft.say("chart_millions")
    return f'[>=10000000]#,##0,,"{millions}";[>=1000000]#,##0.0,,"{millions}";#,##0'


def _axes(
    chart: Any,
    draft: Draft,
    frame: Frame,
    *,
    number: str = "#,##0",
    names: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    lying: bool = False,
) -> None:
    """Set the axis of the categories, and that of the values with its grid; bars that lie have them turned."""
    font = _text(draft, 8 if frame.small else 9)
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    along = {"num_font": font, "line": {"color": LINE}, "major_gridlines": {"visible": False}, **(names or {})}
    up = {"num_font": font, "num_format": number, "line": {"none": True}, "major_gridlines": grid, **(values or {})}
    chart.set_x_axis(up if lying else along)
    chart.set_y_axis(along if lying else up)


def columns(page: Page, frame: Frame, series: Sequence[Series], *, stacked: bool = True) -> None:
    """Draw columns, stacked or beside each other."""
    kind = {"type": "column"} | ({"subtype": "stacked"} if stacked else {})
    chart = page.draft.workbook.add_chart(kind)
    for one in series:
        edge = {"color": WHITE, "width": 0.75}
        chart.add_series({**one.options(), "fill": {"color": one.colour}, "border": edge, "gap": 60})
    _axes(chart, page.draft, frame, names={"label_position": "low"})
    _place(page, chart, frame)


def bars(page: Page, frame: Frame, series: Sequence[Series], *, stacked: bool = True) -> None:
    """Draw bars that lie, the first on top. Bars that are not stacked lie over each other: those of a tornado."""
    kind = {"type": "bar"} | ({"subtype": "stacked"} if stacked else {})
    chart = page.draft.workbook.add_chart(kind)
    for one in series:
        edge = {"color": WHITE, "width": 0.75}
        chart.add_series({**one.options(), "fill": {"color": one.colour}, "border": edge, "gap": 50, "overlap": 100})
    names = {"reverse": True, "label_position": "low"}
    number = _short(page.draft) if frame.small else "#,##0"
    _axes(chart, page.draft, frame, number=number, names=names, values={"label_position": "high"}, lying=True)
    _place(page, chart, frame)


def curves(page: Page, frame: Frame, series: Sequence[Series]) -> None:
    """Draw a line for each series over its categories."""
    chart = page.draft.workbook.add_chart({"type": "line"})
    for one in series:
        marker = {"type": "circle", "size": 5, "fill": {"color": one.colour}, "border": {"color": WHITE}}
        chart.add_series({**one.options(), "line": {"color": one.colour, "width": 2}, "marker": marker})
    _axes(chart, page.draft, frame, names={"label_position": "low"})
    _place(page, chart, frame)


def s_curve(page: Page, frame: Frame, one: Series, across: str, up: str) -> None:
    """Draw a smooth curve through points; its x values are shares, and so are its values."""
    draft = page.draft
    chart = draft.workbook.add_chart({"type": "scatter", "subtype": "smooth"})
    chart.add_series({**one.options(), "line": {"color": one.colour, "width": 2.25}})
    font = _text(draft, 8 if frame.small else 9, bold=False)
    turned = {"num_font": font | {"rotation": -45}} if frame.small else {}
    _axes(
        chart, draft, frame, number="0%",
        names={"num_format": "0%", "name": across, "name_font": font, **turned},
        values={"min": 0, "max": 1, "major_unit": 0.2, "label_position": "low", "name": up, "name_font": font},
    )  # fmt: skip
    _place(page, chart, frame)


def stacked_columns(page: Page, frame: Frame, table: Block) -> None:
    """Draw stacked columns of a table: a column for each of its columns, a layer for each row below the first."""
    head = table._replace(column=table.column + 1, last_row=table.row)
    columns(page, frame, [
        Series(
            name=table._replace(row=row, last_row=row, last_column=table.column),
            names=head,
            values=head._replace(row=row, last_row=row),
            colour=SERIES[i % len(SERIES)],
        )
        for i, row in enumerate(range(table.row + 1, table.last_row + 1))
    ])  # fmt: skip


def ring(page: Page, frame: Frame, name: Block, names: Block, values: Block) -> None:
    """Draw the shares of a whole; `name` is the cell of the header of the values."""
    draft = page.draft
    chart = draft.workbook.add_chart({"type": "doughnut"})
    chart.add_series({
        "name": f"={name}",
        "categories": f"={names}",
        "values": f"={values}",
        "points": [{"fill": {"color": colour}, "border": {"color": WHITE}} for colour in SERIES],
        # Shares too small for a label stand in the table.
        "data_labels": {
            "percentage": True, "leader_lines": False, "num_format": '[<0.03]"";0%',
            "font": _text(draft, 9, WHITE, bold=True),
            # The lighter colours bear dark letters.
            "custom": [{"font": _text(draft, 9, INK if colour in (ORANGE, GREY) else WHITE)} for colour in SERIES],
        },
    })  # fmt: skip
    chart.set_hole_size(55)
    _place(page, chart, frame)
