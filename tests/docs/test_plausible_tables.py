"""Tables as people type them: each total is the one worked out by hand, or there is none and the reason is said."""

import pytest

from .plausible_tables import CASES, DOCS, answer, book, formulas, page

ALL = [pytest.param(language, case, id=f"{language} {case.title}") for language in CASES for case in CASES[language]]


@pytest.mark.parametrize(("language", "case"), ALL)
def test_a_total_is_right_or_refused(language, case, tmp_path):
    total, check = (answer(book(case, tmp_path / "book.xlsx"), formula, language) for formula in formulas(case))
    first = total.splitlines()[0]
    if case.total is None:
        assert first == "#VALUE!"
        assert ("error" if language == "en" else "错误") in check
    else:
        assert float(first.replace(",", "")) == pytest.approx(case.total, rel=1e-9)
        assert ("error" if language == "en" else "错误") not in check


@pytest.mark.parametrize("language", CASES)
def test_the_page_is_fresh(language):
    written = (DOCS / f"plausible-tables.{language}.md").read_text(encoding="utf-8")
    assert written == page(language), "stale: run `python -m tests.docs.plausible_tables`"
