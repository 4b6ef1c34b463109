"""A sample of the round trip tried at random: the same forms at every run."""

import shutil

import pytest

from .trial import DEPARTMENTS, run


def test_no_figure_is_lost_doubled_or_unlisted(tmp_path):
    tally = run(12, 20261128, tmp_path, size=6, departments=DEPARTMENTS[:6])  # of two languages
    assert tally.figures > 40
    assert tally.wrong == []


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_what_libreoffice_saves_is_read_as_it_was_typed(tmp_path):
    from .office import run as in_office

    tally = in_office(6, 20261128, tmp_path)
    assert tally.figures > 20
    assert tally.wrong == []
