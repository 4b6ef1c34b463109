"""Headers as people write them: of price lists, registers, budgets and inventories, and what is made of each.

`data/headers.csv` holds the wording of headers from public material, with what a person who reads them means: a column,
a period, or money, time or a quantity that no column can hold, or words. Run as a module it prints the rates.
"""

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from crm_xl.engine.cells import Range
from crm_xl.engine.headers import read_heading
from crm_xl.engine.problems import Severity
from crm_xl.engine.reading import read_table
from crm_xl.engine.schema import choices, columns

HEADERS = list(
    csv.DictReader((Path(__file__).parent / "data" / "headers.csv").read_text(encoding="utf-8").splitlines())
)
UNDERSTOOD, REFUSED, NOTED, DROPPED = "understood", "refused", "noted", "dropped"
# The column of notes that our own templates have.
NOTES = ("Note", "备注")
# What stands below a header that means so.
CELLS = {"money": 500.0, "time": dt.date(2027, 6, 30), "quantity": 25.0, "words": "as agreed", "period": 1000.0}


def cell_below(header, meaning):
    """A cell that such a column would hold."""
    field = columns("costs").get(meaning)
    if field is None or meaning == "quantity":
        return CELLS[meaning]
    if field.type == "choice":
        return next(word for word, key in choices(field.choices).items() if key not in ("one_off",))
    return {
        "money": 500.0, "rate": 0.05, "discount": 0.1, "number": 3.0, "when": dt.date(2027, 1, 1), "currency": "CNY",
        "yesno": "no",
    }.get(field.type, "words")  # fmt: skip


def outcome(header, value):
    """What becomes of a column beside the one that every table needs, and the key of the column that it was read as."""
    heading = read_heading(header, "costs")
    beside = "Amount" if heading is not None and heading.key == "component" else "Component"
    table = read_table(Range([[beside, header], [5.0 if beside == "Amount" else "Licence", value]]), "costs")
    mine = [p for p in table.problems if p.column == 1]
    errors = [p for p in mine if p.severity is Severity.ERROR]
    key = next((key for key, (j, _) in table.columns.items() if j == 1), "period" if table.periods else "")
    if errors:
        return REFUSED, key
    if key:
        return UNDERSTOOD, key
    return (NOTED if mine else DROPPED), key


def outcomes():
    """Every header with its outcome."""
    for row in HEADERS:
        yield row, *outcome(row["header"], cell_below(row["header"], row["meaning"]))


def test_there_are_three_hundred_of_both_languages_and_of_each_kind():
    assert len(HEADERS) >= 300
    assert len({row["header"] for row in HEADERS}) == len(HEADERS)
    assert sum(not row["header"].isascii() for row in HEADERS) >= 100
    kinds = Counter(row["kind"] for row in HEADERS)
    assert min(kinds[kind] for kind in ("price list", "contract register", "budget sheet", "SaaS inventory")) >= 60


@pytest.mark.parametrize(("row", "how", "key"), list(outcomes()), ids=[row["header"] for row in HEADERS])
def test_no_header_is_dropped_and_none_is_taken_for_another(row, how, key):
    meaning = row["meaning"]
    assert how != DROPPED or row["header"] in NOTES
    if meaning == "words":
        assert how != REFUSED  # words never stop a total
    elif meaning in ("money", "time"):
        assert how in (REFUSED, NOTED)
    elif how == UNDERSTOOD:
        assert key == meaning


def test_what_means_money_a_term_or_a_quantity_is_used_or_stops_the_total():
    """A day that is only recorded (when it was signed, bought, entered) is the one thing that is noted."""
    noted = {row["header"] for row, how, _ in outcomes() if how == NOTED and row["meaning"] != "words"}
    days = {row["header"] for row in HEADERS if row["meaning"] == "time"}
    assert noted <= days, noted - days


def rates():
    """The rates by meaning and outcome."""
    counts = Counter(
        ("words" if row["meaning"] == "words" else "money, time, quantity", how) for row, how, _ in outcomes()
    )
    return {
        group: {how: counts[group, how] for how in (UNDERSTOOD, REFUSED, NOTED, DROPPED)}
        for group in ("money, time, quantity", "words")
    }


def test_the_rates():
    assert rates()["money, time, quantity"][DROPPED] == 0
    assert rates()["words"][DROPPED] <= len(NOTES)


if __name__ == "__main__":
    for group, found in rates().items():
        whole = sum(found.values())
        print(f"{group} ({whole}):", ", ".join(f"{how} {n} ({n / whole:.1%})" for how, n in found.items()))
