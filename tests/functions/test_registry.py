"""The registry, the argument conversion, the parse cache, and the direction in which modules may import."""

import ast
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

import crm_xl
from crm_xl.engine.cells import Range
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions import REGISTRY, Function, Parameter, Text, arguments
from crm_xl.functions.registry import WIZARD_TEXT, Registry, function
from crm_xl.hosts import headless

from .calling import call, cell, reason

ALL = pytest.mark.parametrize("item", list(REGISTRY), ids=lambda f: f.name)
COSTS = [["Component", "Amount"], ["Licence", 1200.0]]
NAMES = {
    "CRM_TOTAL", "CRM_BREAKDOWN", "CRM_SCHEDULE", "CRM_CHECK",
    "CRM_LICENCE", "CRM_PER_USER", "CRM_AMORTISATION", "CRM_VERSION",
}  # fmt: skip


def made(name="CRM_NOTHING", implementation=lambda: 1.0, parameters=()):
    """A function as the registry holds it."""
    fields = {
        "name": name, "alias": "无", "category": Text("x", "x"), "summary": Text("Nothing.", "无。"),
        "parameters": parameters, "result": "number", "example": f"={name}()", "implementation": implementation,
    }  # fmt: skip
    for extra in Function.__dataclass_fields__.keys() - fields.keys():
        fields[extra] = getattr(REGISTRY["CRM_VERSION"], extra)
    return Function(**fields)


class TestRegistry:
    def test_has_the_functions_of_the_specification(self):
        assert {f.name for f in REGISTRY} >= NAMES
        assert len(REGISTRY) == len({f.name for f in REGISTRY})

    def test_a_duplicate_name_is_refused(self):
        registry = Registry()
        registry.add(made())
        with pytest.raises(ValueError, match="CRM_NOTHING is registered twice"):
            registry.add(made())
        assert len(registry) == 1

    def test_names_are_found_in_any_letter_case(self):
        assert REGISTRY["crm_total"] is REGISTRY["CRM_TOTAL"]
        assert "Crm_Total" in REGISTRY
        assert "CRM_NOTHING" not in REGISTRY
        with pytest.raises(KeyError):
            REGISTRY["CRM_NOTHING"]

    def test_aliases_are_chinese_and_unique(self):
        aliases = [f.alias for f in REGISTRY]
        assert len(set(aliases)) == len(aliases)
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in alias) for alias in aliases)

    @ALL
    def test_wizard_texts_fit_and_stand_in_both_languages(self, item):
        texts = [item.summary, item.category, *(p.text for p in item.parameters)]
        for text in texts:
            for language, words in (("en", text.en), ("zh", text.zh)):
                assert len(words.strip()) > 0
                assert len(words) <= 255, f"{item.name} ({language}): {words}"
            assert any(letter.isascii() and letter.isalpha() for letter in text.en), text.en
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text.zh

    def test_the_limit_is_that_of_excel(self):
        assert WIZARD_TEXT == 255

    def test_a_text_that_is_too_long_is_refused(self):
        with pytest.raises(ValueError, match="argument long"):
            Parameter(name="long", text=Text("x" * 256, "x"))
        with pytest.raises(ValueError, match="argument long"):
            Parameter(name="long", text=Text("x", "长" * 256))
        assert Parameter(name="long", text=Text("x" * 255, "长" * 255))

    @ALL
    def test_required_arguments_come_first(self, item):
        optional = [p.optional for p in item.parameters]
        assert optional == sorted(optional)

    @ALL
    def test_signature_and_example_name_the_function(self, item):
        assert item.signature.startswith(f"{item.name}(")
        assert item.signature.count("[") == len(item.parameters) - item.required
        assert item.example.startswith(f"={item.name}(")
        assert item.result in ("money", "number", "text", "table")

    @ALL
    def test_the_implementation_takes_the_arguments_in_their_order(self, item):
        code = item.implementation.__code__
        assert code.co_varnames[: code.co_argcount] == tuple(p.name for p in item.parameters)
        assert code.co_kwonlyargcount == 0

    @ALL
    def test_a_user_function_is_documented(self, item):
        assert item.implementation.__doc__

    def test_the_decorator_returns_the_function_unchanged(self):
        from crm_xl.functions.totals import CRM_TOTAL

        assert CRM_TOTAL is REGISTRY["CRM_TOTAL"].implementation
        assert callable(function)


class TestArguments:
    @ALL
    def test_one_argument_too_many(self, item):
        too_many = [None] * (len(item.parameters) + 1)
        assert cell(item.name, *too_many) == "#VALUE!"
        assert reason(item.name, *too_many) == f"{item.name} takes at most {len(item.parameters)} arguments"
        assert reason(item.name, *too_many, language="zh") == f"{item.name} 最多 {len(item.parameters)} 个参数"

    @ALL
    def test_a_missing_argument_is_named(self, item):
        if item.required:
            assert reason(item.name) == f"{item.name} needs the argument {item.parameters[0].name}"
            assert reason(item.name, language="zh") == f"{item.name} 缺少参数 {item.parameters[0].name}"

    @ALL
    def test_only_own_errors_are_raised(self, item):
        """Whatever a cell can hold, the cell shows an error and the program goes on."""
        values = [
            None, "", " ", 0, -1, 1.5, 1e308, float("inf"), float("nan"), True, "text", "#REF!", "#SPILL!",
            ErrorValue.NA,
            dt.date(2027, 1, 1), dt.datetime(2027, 1, 1, 12), [], [[]], [[], []], [[None]], [[1, 2], [3, 4]], COSTS,
            [["Component"], [float("nan")]], [["Component", "Amount"], ["Licence", float("inf")]],
            [["Component", "Amount", "Start"], ["Licence", 1, float("inf")]],
            [["Component", "Amount", "Start"], ["Licence", 1, float("nan")]],
            [["Component", "Amount", "Department"], ["Licence", 1, float("inf")]],
            [["Years", float("nan")]], [["Years", float("inf")]], [["USD/CNY", float("nan")]],
        ]  # fmt: skip
        errors = []
        for value in values:
            for place in range(len(item.parameters)):
                given = [*[COSTS, *[None] * place][:place], value]
                try:
                    item.call(*given)
                except CrmError as error:
                    errors.append((error.key, str(error.code), given))
        assert [e for e in errors if e[0] == "internal_fault"] == []
        assert {code for _, code, _ in errors} <= {str(code) for code in ErrorValue}
        assert errors or not item.parameters

    def test_an_internal_fault_is_an_error_value(self):
        def broken():
            return {}["x"]

        for implementation in (broken, lambda: 1 / 0, lambda: int("x"), lambda: None.x):
            with pytest.raises(CrmError) as raised:
                made(implementation=implementation).call()
            assert raised.value.code == "#VALUE!"
            assert raised.value.text().startswith("CRM_NOTHING failed inside (")
            assert "please report it" in raised.value.text()

    def test_an_error_of_the_input_is_no_internal_fault(self):
        with pytest.raises(CrmError) as raised:
            call("CRM_TOTAL", COSTS, None, "Hotel")
        assert raised.value.key != "internal_fault"

    def test_tables_in_every_form(self):
        import pandas as pd

        frame = pd.DataFrame({"Component": ["Licence", None], "Amount": [1200.0, None]})
        for costs in (COSTS, tuple(map(tuple, COSTS)), Range(COSTS), frame):
            assert call("CRM_TOTAL", costs) == 1200

    def test_dates_of_a_data_frame(self):
        import pandas as pd

        frame = pd.DataFrame({"Component": ["Licence"], "Amount": [5.0], "Start": [pd.Timestamp(2028, 1, 1)]})
        assert call("CRM_TOTAL", frame, [["Start date", dt.date(2027, 1, 1)]], None, 2028) == 5

    def test_serial_numbers_are_dates(self):
        """46,388 is 2027-01-01 in Excel (DATE(2027,1,1))."""
        costs = [["Component", "Amount", "Start"], ["Licence", 5, 46388.0 + 365]]
        assert call("CRM_TOTAL", costs, [["Start date", 46388]], None, 2028) == 5

    def test_results_are_plain_values(self):
        """A host writes them to cells: no numpy numbers, no None."""
        asked = {"CRM_LICENCE": (1, 1), "CRM_VERSION": (), "CRM_PER_USER": (COSTS, 1)}
        for name in sorted(NAMES):
            found = call(name, *asked.get(name, (COSTS,)))
            for value in [v for row in found for v in row] if isinstance(found, list) else [found]:
                assert type(value) in (float, int, str), (name, value)


class TestCache:
    @pytest.fixture
    def parsed(self, monkeypatch):
        """How often tables and assumptions are really read."""
        counts = {"table": 0, "assumptions": 0, "model": 0}

        def counted(name, of):
            def run(*given):
                counts[name] += 1
                return of(*given)

            return run

        arguments.forget()
        monkeypatch.setattr(arguments, "read_table", counted("table", arguments.read_table))
        monkeypatch.setattr(arguments, "read_assumptions", counted("assumptions", arguments.read_assumptions))
        monkeypatch.setattr(arguments, "build_model", counted("model", arguments.build_model))
        yield counts
        arguments.forget()

    def test_one_range_is_parsed_once_for_many_formulas(self, parsed):
        costs = [["Component", "Amount", "Department"], ["Licence", 7.0, "Sales"], ["Training", 5.0, "Service"]]
        for year in range(1, 6):
            # A host may hand over new lists each time: what counts is what stands in them.
            call("CRM_TOTAL", [list(row) for row in costs], [["Years", 5.0]], None, year)
            call("CRM_TOTAL", Range(costs), Range([["Years", 5.0]]), "licence", None, "Sales")
        call("CRM_BREAKDOWN", costs, [["Years", 5.0]])
        call("CRM_SCHEDULE", costs, [["Years", 5.0]], "profit and loss")
        call("CRM_CHECK", costs, [["Years", 5.0]])
        call("CRM_AMORTISATION", costs, [["Years", 5.0]])
        call("CRM_PER_USER", costs, 5, [["Years", 5.0]])
        assert parsed == {"table": 1, "assumptions": 1, "model": 1}

    def test_another_range_is_parsed_anew(self, parsed):
        assert call("CRM_TOTAL", COSTS) == 1200
        assert call("CRM_TOTAL", [COSTS[0], ["Licence", 1201.0]]) == 1201
        assert parsed["table"] == 2

    def test_other_assumptions_do_not_parse_the_costs_again(self, parsed):
        costs = [["Component", "Amount", "Frequency"], ["Licence", 1.0, "annual"]]
        assert [call("CRM_TOTAL", costs, [["Years", n]]) for n in (1, 2, 3)] == [1, 2, 3]
        assert parsed == {"table": 1, "assumptions": 3, "model": 3}

    def test_a_bad_table_is_parsed_once_too(self, parsed):
        bad = [["Component", "Amount"], ["Licence", "x"]]
        assert [cell("CRM_TOTAL", bad), cell("CRM_TOTAL", bad)] == ["#VALUE!"] * 2
        call("CRM_CHECK", bad)
        assert parsed["table"] == 1

    @pytest.mark.parametrize("first", [True, False])
    def test_true_is_not_one(self, parsed, first):
        """1.0 == True in Python: the number is an amount, the truth value is a problem, in whatever order they come."""
        number, truth = ([COSTS[0], ["Licence", value]] for value in (1.0, True))
        for costs in (number, truth) if first else (truth, number):
            assert cell("CRM_TOTAL", costs) == (1.0 if costs is number else "#VALUE!")
        assert parsed["table"] == 2

    def test_false_is_not_zero_and_no_blank(self, parsed):
        got = [cell("CRM_TOTAL", [*COSTS, ["Training", value]]) for value in (0, False, None, 0.0)]
        assert got == [1200, "#VALUE!", 1200, 1200]

    def test_true_and_one_in_different_places(self, parsed):
        tables = [[*COSTS, ["A", a, "x"], ["B", b, "x"]] for a, b in ((1.0, True), (True, 1.0))]
        header = ["Component", "Amount", "Item"]
        rows = [[line[3] for line in call("CRM_CHECK", [header, *t[2:]])[1:] if line[1] == "error"] for t in tables]
        assert rows == [[3], [2]]

    def test_true_is_not_one_within_a_column(self):
        costs = [["Component", "Amount", "Start", "Department"], ["Licence", 5, 1.0, 1.0], ["Licence", 7, True, True]]
        assert cell("CRM_TOTAL", costs) == "#VALUE!"
        without_start = [[v for i, v in enumerate(row) if i != 2] for row in costs]
        assert call("CRM_TOTAL", without_start, None, None, None, 1) == 5

    def test_a_text_is_not_its_number(self, parsed):
        got = [cell("CRM_TOTAL", [COSTS[0], ["Licence", value]]) for value in (5, "V", 5.0)]
        assert got == [5, "#VALUE!", 5]

    def test_what_was_returned_can_be_changed_without_harm(self):
        table = call("CRM_BREAKDOWN", COSTS)
        table[1][1] = -1
        table.clear()
        assert call("CRM_BREAKDOWN", COSTS)[1][1] == 1200

    def test_a_list_that_was_changed_is_read_again(self):
        costs = [list(row) for row in COSTS]
        assert call("CRM_TOTAL", costs) == 1200
        costs[1][1] = 5
        assert call("CRM_TOTAL", costs) == 5


class TestLayers:
    """Arrows run one way: hosts, templates, collection and cli → functions → engine → errors and data.

    All but engine and functions may use xlsx, the file format, which uses errors and data alone.
    """

    ROOT = Path(crm_xl.__file__).parent
    OUTER = ("hosts", "templates", "collection", "console", "commands", "cli")
    FORBIDDEN = (
        ("data", ("errors", "engine", "functions", "xlsx", *OUTER)),
        ("errors.py", ("engine", "functions", "xlsx", *OUTER)),
        ("xlsx", ("engine", "functions", *OUTER)),
        ("engine", ("functions", "xlsx", *OUTER)),
        ("functions", ("xlsx", *OUTER)),
        ("hosts", ("templates", "collection", "console", "commands", "cli")),
        ("templates", ("collection", "console", "commands", "cli")),
        ("collection", ("console", "commands", "cli")),
    )

    @staticmethod
    def imports(path, package):
        """The modules that a file imports, anywhere in it, with their full names."""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else ()
                full = ".".join([*base, *([node.module] if node.module else [])])
                yield full
                yield from (f"{full}.{name.name}" for name in node.names)

    @classmethod
    def files(cls, layer):
        """The modules of a layer, which is a folder or one module."""
        path = cls.ROOT / layer
        return [path] if path.suffix else sorted(path.rglob("*.py"))

    @pytest.mark.parametrize(("layer", "forbidden"), FORBIDDEN)
    def test_direction(self, layer, forbidden):
        files = self.files(layer)
        assert files
        prefixes = tuple(f"crm_xl.{name}" for name in forbidden)
        for path in files:
            package = ("crm_xl", *path.relative_to(self.ROOT).parts[:-1])
            for name in self.imports(path, package):
                assert not any(name == p or name.startswith(p + ".") for p in prefixes), f"{path.name} imports {name}"

    def test_the_check_sees_every_form_of_import(self, tmp_path):
        path = tmp_path / "x.py"
        path.write_text("import crm_xl.cli\nfrom ..hosts import a\ndef f():\n    from crm_xl import templates\n")
        found = set(self.imports(path, ("crm_xl", "engine")))
        assert {"crm_xl.cli", "crm_xl.hosts", "crm_xl.templates"} <= found

    def test_what_is_inside_the_headless_host_stays_inside(self):
        """Others take what its __init__ exports: nothing outside imports one of its modules."""
        host = self.ROOT / "hosts" / "headless"
        for path in self.ROOT.rglob("*.py"):
            if host in path.parents:
                continue
            package = ("crm_xl", *path.relative_to(self.ROOT).parts[:-1])
            deeper = [name for name in self.imports(path, package) if name.startswith("crm_xl.hosts.headless.")]
            allowed = {f"crm_xl.hosts.headless.{name}" for name in headless.__all__}
            assert set(deeper) <= allowed, f"{path.name} imports {deeper}"

    def test_no_module_imports_itself_by_way_of_others(self):
        """Imports at the head of modules run in no circle: what is needed late is imported late."""
        graph = {}
        for path in self.ROOT.rglob("*.py"):
            parts = path.relative_to(self.ROOT.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            graph[name] = set(self.imported_at_once(path, parts[:-1])) - {name}
        left = {name: found & graph.keys() for name, found in graph.items()}
        while free := [name for name, found in left.items() if not found & left.keys()]:
            for name in free:
                del left[name]
        assert not left, sorted(left)

    def test_no_module_is_longer_than_450_lines(self):
        """A module is one concept: what grows beyond is two of them."""
        lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in self.ROOT.rglob("*.py")}
        assert len(lengths) > 100
        assert not {str(path.relative_to(self.ROOT)): n for path, n in lengths.items() if n > 450}

    @staticmethod
    def imported_at_once(path, package):
        """The modules of ours that a file imports when it is loaded: not within functions, not for type checkers."""
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else ()
                full = ".".join([*base, *([node.module] if node.module else [])])
                inner = Path(*full.split("."))
                for name in node.names:
                    file = path.parents[len(package) - 1].parent / inner / name.name
                    yield f"{full}.{name.name}" if file.with_suffix(".py").exists() or file.is_dir() else full

    @pytest.mark.parametrize("module", ["crm_xl.functions", "crm_xl.engine.model", "crm_xl.data"])
    def test_the_core_needs_numpy_alone(self, module):
        """It runs where nothing else can be had; what is loaded is looked at in a process of its own."""
        code = (
            f"import {module}, sys\n"
            "found = {name.split('.')[0] for name, module in sys.modules.items()"
            " if 'site-packages' in str(getattr(module, '__file__', ''))}\n"
            "print(*(n for n in found - {'crm_xl', '_distutils_hack'} if not n.startswith('__editable__')))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert set(done.stdout.split()) <= {"numpy"}

    def test_the_engine_knows_no_spreadsheet(self):
        known = {"xlwings", "openpyxl", "xlsxwriter", "formualizer", "python_calamine", "uno", "click", "rich"}
        for layer in ("data", "engine", "functions"):
            for path in (self.ROOT / layer).rglob("*.py"):
                roots = {name.split(".")[0] for name in self.imports(path, ("crm_xl", layer))}
                assert not roots & known, path.name
