"""The pages say what the program does: generated ones are fresh, commands and functions are all named, examples run."""

import doctest
import re
from pathlib import Path

import pytest

from crm_xl.commands import cli
from crm_xl.functions import REGISTRY
from crm_xl.functions.reference import pages

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
TESTING = ("docs/testing.en.md", "docs/testing.zh.md")


@pytest.mark.parametrize("name", sorted(pages()))
def test_reference_page_is_fresh(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == pages()[name], "stale: run `crm-xl docs docs`"


@pytest.mark.parametrize("name", READMES)
def test_readme_names_every_command(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [command for command in cli.commands if f"crm-xl {command}" not in text] == []


@pytest.mark.parametrize("name", READMES)
def test_readme_names_every_function(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [function.name for function in REGISTRY if f"`{function.name}`" not in text] == []


@pytest.mark.parametrize("name", READMES)
def test_readme_opens_with_the_two_commands_and_ci_runs_the_second(name: str) -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert "crm_xl demo" in commands[0]
    assert "pytest" in commands[1]
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


PAGES = sorted(path.relative_to(ROOT).as_posix() for folder in (ROOT, ROOT / "docs") for path in folder.glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", TESTING)
def test_documented_tests_of_a_workbook_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        scope: dict[str, object] = {}
        exec(block, scope)
        tests = [value for key, value in scope.items() if key.startswith("test_") and callable(value)]
        assert tests
        for test in tests:
            test()


@pytest.mark.parametrize("page", ["python.en.md", "python.zh.md"])
def test_the_examples_for_python_run_and_print_what_the_page_says(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(ROOT / "docs" / page), module_relative=False, encoding="utf-8")
    assert tried > 5
    assert failed == 0
