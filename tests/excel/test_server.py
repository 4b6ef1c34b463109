"""What the add-in starts: the two calls that it offers, and where conda keeps its libraries."""

import pytest

from crm_xl.hosts.excel import macros, server


class TestOffered:
    def test_only_the_two_calls_of_the_add_in_are_offered(self, excel):
        """xlwings' own object has Exec and Eval: whoever reaches it runs any statement."""
        assert type(excel.offered)._public_methods_ == ("Answer", "Press")
        assert "Exec" in type(excel.offered).__mro__[1]._public_methods_  # the trap itself

    def test_a_name_that_is_no_function_of_the_registry_is_refused(self, excel):
        for name in ("settings", "use_language", "__import__"):
            with pytest.raises(KeyError):
                excel.offered.Answer(name, ())

    def test_a_button_does_what_its_name_says_and_no_other_name_does_anything(self, excel, monkeypatch):
        monkeypatch.setitem(macros.BUTTONS, "check", lambda book: f"checked {book}")
        assert excel.offered.Press("check", "Book1") == "checked Book1"
        for name in ("term", "Tokenizer", "contents", "__builtins__"):
            with pytest.raises(KeyError):
                excel.offered.Press(name, "")


def test_libraries_of_conda_are_found_and_those_of_another_python_are_none(tmp_path):
    assert server.library_folders(tmp_path) == []
    for part in ("conda-meta", "Library/bin", "Scripts"):
        (tmp_path / part).mkdir(parents=True)
    assert server.library_folders(tmp_path) == [tmp_path, tmp_path / "Library/bin", tmp_path / "Scripts"]
