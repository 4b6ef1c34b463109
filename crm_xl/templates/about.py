"""The About sheet: what the workbook is for, how to fill it in, the legend, and the names that formulas use."""

from collections.abc import Sequence

from crm_xl._version import __version__
from crm_xl.data import DATA_VERSION, SCHEMA_VERSION
from crm_xl.engine.schema import Field, columns
from crm_xl.hosts.lite.core import digest
from crm_xl.templates.draft import Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.spec import RELEASED
from crm_xl.templates.styles import LEGEND
from crm_xl.templates.validation import validation

_WIDTHS = (26, 104)
_TEXT = LEFT + 1
# What a sender says; each stands in a cell that has a name.
SAID = ("period", "cycle", "contact", "deadline")


def fill(draft: Draft, page: Page, shown: Sequence[str], wanted: Sequence[str], working: Sequence[str]) -> None:
    """Draw the sheet; it comes last, when all names are known. Printed is what a reader of paper needs.

    Parameters
    ----------
    shown, wanted, working
        Keys of the sheets in sight, of those that answer what one may also want to know, and of those behind them.
    """
    page.head(_WIDTHS)
    row = _facts(draft, page, TOP)
    row = _steps(draft, page, row + 1)
    printed = row = _contents(draft, page, row + 1, "sheets", shown)
    if wanted:
        row = _contents(draft, page, row + 1, "more", wanted, draft.say("about_more_note"))
    row = _legend(draft, page, row + 1)
    row = _contents(draft, page, row + 1, "working", working)
    row = _names(draft, page, row + 1)
    page.finish(printed - 1, pages_tall=1)


def _facts(draft: Draft, page: Page, row: int) -> int:
    spec = draft.spec
    row = page.section(row, draft.say("about_workbook"))
    small = spec.finance and spec.example and spec.company == "small"
    kind = "finance_example_small" if small else spec.kind + "_example" * spec.example
    versions = draft.say("about_versions", code=__version__, data=DATA_VERSION, schema=SCHEMA_VERSION)
    texts = [
        ("purpose", draft.say(f"about_purpose_{kind}")),
        ("version", versions + draft.say("about_core", digest=digest()[:12]) * (spec.edition == "lite")),
        ("released", RELEASED),
        ("currency", None),
        ("price_basis", None),
        ("signs", draft.say(f"about_signs_{spec.kind}")),
    ]
    for key, text in texts:
        page.write(row, LEFT, draft.say(f"about_{key}"), "label")
        if text is None:
            formula = "Report_currency" if key == "currency" else f'"{draft.say("about_prices")}"&Tax_basis_used'
            page.formula(row, _TEXT, formula, indent=1)
            page.sheet.set_row(row, 20)
        elif isinstance(text, str):
            page.wrapped(row, _TEXT, text, "label")
        else:
            page.write(row, _TEXT, text, "label", "date", align="left")
            page.sheet.set_row(row, 20)
        row += 1
    row = _asked(draft, page, row, "owner", None)
    if spec.department or not spec.finance:
        row = _asked(draft, page, row, "department", spec.department)
        draft.name("Department", f"{draft.sheet('about')}!{cell(row - 1, _TEXT)}", draft.say("name_department"))
    for key in SAID:
        if (value := getattr(spec, key)) is not None:
            page.write(row, LEFT, draft.say(f"about_{key}"), "label")
            page.write(row, _TEXT, value, "constant", "" if isinstance(value, str) else "date", align="left", indent=1)
            page.sheet.set_row(row, 20)
            draft.name(f"About_{key}", f"{draft.sheet('about')}!{cell(row, _TEXT)}")
            row += 1
    return row


def _asked(draft: Draft, page: Page, row: int, key: str, value: str | None) -> int:
    """A cell for the person who fills the workbook in; fixed where the sender has filled it in."""
    page.write(row, LEFT, draft.say(f"about_{key}"), "label")
    page.write(row, _TEXT, value, "constant" if value else "input", indent=1)
    page.sheet.set_row(row, 20)
    told = {"input_title": draft.say(f"about_{key}"), "input_message": draft.say(f"about_{key}_help")}
    field: Field = columns("costs")["department"]
    page.sheet.data_validation(row, _TEXT, row, _TEXT, validation(draft, field, cell(row, _TEXT)) | told)
    return row + 1


def _steps(draft: Draft, page: Page, row: int) -> int:
    row = page.section(row, draft.say("about_steps"))
    for i, text in enumerate(draft.say(f"steps_{draft.spec.kind}").split("|"), 1):
        page.write(row, LEFT, draft.say("about_step", number=i), "label")
        page.wrapped(row, _TEXT, text, "label")
        row += 1
    return row


def _legend(draft: Draft, page: Page, row: int) -> int:
    """Each kind of cell, shown by a cell of that kind."""
    row = page.section(row, draft.say("about_legend"))
    for role in LEGEND:
        if role == "crm" and not draft.spec.finance:
            continue
        name, _, text = draft.say(f"legend_{role}").partition("|")
        page.write(row, LEFT, name, role, locked=True, align="left", indent=1)
        page.wrapped(row, _TEXT, text, "label")
        row += 1
    return row


def _contents(draft: Draft, page: Page, row: int, heading: str, sheets: Sequence[str], note: str = "") -> int:
    """Sheets with what each is for; those in sight are links: a link to a hidden sheet leads nowhere."""
    row = page.section(row, draft.say(f"about_{heading}"), note=note)
    link = draft.styles.get("label", underline=1, font_color="#1F4E9E")
    for key in sheets:
        name = draft.say(f"sheet_{key}")
        if heading == "sheets":
            page.sheet.write_url(row, LEFT, f"internal:{draft.sheet(key)}!A1", link, name)
        else:
            page.write(row, LEFT, name, "label")
        page.wrapped(row, _TEXT, draft.say(f"purpose_{key}"), "label", least=18)
        row += 1
    return row


def _names(draft: Draft, page: Page, row: int) -> int:
    row = page.section(row, draft.say("about_names"))
    for name, meaning in draft.told:
        page.write(row, LEFT, name, "label")
        page.wrapped(row, _TEXT, meaning, "label", least=18)
        row += 1
    return row
