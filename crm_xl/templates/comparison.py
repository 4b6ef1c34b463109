"""The Comparison sheet: products side by side over the whole horizon, a price, and the catalogue of one vendor."""

from crm_xl.engine.components import COMPONENTS, component_label
from crm_xl.templates.charts import bars, framed
from crm_xl.templates.draft import Draft
from crm_xl.templates.input_cells import TEXT, asked, one_of
from crm_xl.templates.mirror import mirror, series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import SERIES
from crm_xl.templates.tables import entered

# Options that the chart shows.
OPTIONS = 6
_CHART, _CHART_ROWS = 330, 17
# What is looked up before the user chooses: an edition of the example.
_VENDOR, _EDITION = "Salesforce Sales Cloud", "Enterprise"
_CATALOGUE_ROWS = 60
# Three lines of a smaller font hold the longest source and all but the very longest note.
_SMALL, _CATALOGUE_ROW = 8, 36.0


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet; the catalogue comes last because it may grow."""
    page.head([34.0, 27.0, 15.0, 15.0, 16.0, 16.0, 14.0, 14.0, 17.0, 44.0, 66.0])
    tables = "Options[#All],Assumptions[#All],Prices[#All],Tiers[#All]"
    row = page.section(TOP, draft.say("comparison_options"), note=draft.say("comparison_options_note"))
    count = draft.spec.lines_of["options"]
    numbers = ["", *["money"] * 6, "text", "text"]
    table = page.spill(row, LEFT, entered(draft, f"CRM_COMPARE({tables})", "options"), 1 + count, numbers)
    draft.blocks["comparison.options"] = table
    chart = table.last_row + 2
    row = page.section(chart + _CHART_ROWS, draft.say("chart_figures"), note=draft.say("chart_figures_note"))
    heads = [component_label(key, draft.spec.language) for key in COMPONENTS]
    copy = mirror(draft, page, row, table, range(1, 1 + len(COMPONENTS)), OPTIONS, "money", heads=heads)
    draft.blocks["comparison.copy"] = copy
    frame = framed(page, "options", chart, LEFT, _CHART, before=LEFT + 8)
    bars(page, frame, series_of(copy, SERIES[: len(COMPONENTS)]))
    row = page.section(copy.last_row + 2, draft.say("comparison_price"))
    vendor = asked(draft, page, row, "vendor", _VENDOR, one_of("Vendor_list"))
    edition = asked(draft, page, row + 1, "edition", _EDITION, TEXT)
    currency = asked(draft, page, row + 2, "price_currency", "USD", one_of("Currency_list"))
    page.headers(row + 3, LEFT, [draft.say(f"comparison_{key}") for key in ("list_price", "read_on", "remark")])
    # A name that the catalogue does not have is answered in words.
    price = f"IFERROR(CRM_PRICE({vendor},{edition},{currency},,Prices[#All]),No_figure)"
    for i in (1, 2):
        page.sheet.write_blank(row + 4, LEFT + i, None, draft.styles.get("crm", align="left", indent=1))
    page.crm(row + 4, LEFT, price, "price", align="right", indent=1)
    row = page.section(row + 6, draft.say("comparison_catalogue"), note=draft.say("comparison_catalogue_note"))
    numbers = ["", "text", "price", *["text"] * 3, "count", *["text"] * 4]
    found = page.spill(row, LEFT, f"CRM_CATALOGUE({vendor},Prices[#All])", _CATALOGUE_ROWS, numbers)
    # Sources and notes are long. A row does not grow with a text that spills into it: it is high enough before.
    vendors, editions = (draft.styles.get("spill", "text", align="left", indent=i, text_wrap=True) for i in (0, 1))
    long = draft.styles.get("spill", "text", align="left", indent=1, text_wrap=True, font_size=_SMALL)
    for at in range(found.row + 1, found.last_row + 1):
        page.sheet.set_row(at, _CATALOGUE_ROW)
        for column, style in (
            (found.column, vendors),
            (found.column + 1, editions),
            (found.last_column - 1, long),
            (found.last_column, long),
        ):
            page.sheet.write_blank(at, column, None, style)
    page.finish(found.last_row, repeat=found.row)
