"""The file that a user installs: made from the registry, whole, and the same on every day."""

import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

import pytest

from crm_xl.functions import REGISTRY
from crm_xl.hosts.calc import configuration, names, oxt, typelib
from crm_xl.hosts.headless.formulas.spellings import Spellings

OOR = "{http://openoffice.org/2001/registry}"

# Imports each module of a folder, and says which modules of the package came from elsewhere.
IMPORT_ALL = """
import importlib, json, pathlib, sys
folder = sys.argv[1]
sys.path.insert(0, folder)
for path in sorted(pathlib.Path(folder).rglob("*.py")):
    name = path.relative_to(folder).with_suffix("")
    importlib.import_module(".".join(name.parts).removesuffix(".__init__"))
ours = {n: getattr(m, "__file__", None) for n, m in sys.modules.items() if n.partition(".")[0] == "crm_xl"}
print(json.dumps(sorted(name for name, file in ours.items() if file and not file.startswith(folder))))
"""


@pytest.fixture(scope="module")
def parts():
    return oxt.parts("/the/python")


def members(xml, *path):
    node = ET.fromstring(xml)
    for name in path:
        node = next(child for child in node if child.get(f"{OOR}name") == name)
    return {child.get(f"{OOR}name"): child for child in node}


class TestTypeLibrary:
    def test_the_shipped_one_is_that_of_the_registry(self):
        if typelib.compiler() is None:
            pytest.skip("unoidl-write (Debian's libreoffice-dev) is not installed")
        assert typelib.shipped() == typelib.compiled(), "run: python -m crm_xl.hosts.calc.typelib"

    def test_the_shipped_one_has_every_method_and_argument(self):
        """This holds without the developer's kit of LibreOffice, too."""
        library = typelib.shipped()
        for function in REGISTRY:
            assert names.method(function).encode() in library
            for parameter in function.parameters:
                assert names.identifier(parameter.name).encode() in library

    def test_only_tables_that_are_always_given_are_handed_over_as_cells(self):
        text = typelib.interface()
        assert (
            "any crmTotal([in] com::sun::star::beans::XPropertySet document, [in] com::sun::star::table::XCellRange"
            in text
        )
        assert (
            "sequence< sequence< any > > crmAllocate([in] com::sun::star::beans::XPropertySet document, [in] any pool"
            in text
        )
        assert "any crmVersion([in] com::sun::star::beans::XPropertySet document);" in text
        assert text.count("crm") == len(REGISTRY) + 1


class TestNames:
    def test_a_formula_that_calc_saved_is_understood_headless(self):
        spellings = Spellings(REGISTRY)
        for function in REGISTRY:
            saved = f"{names.SERVICE}.{names.method(function)}".upper()
            assert spellings.find(saved) is function

    def test_methods_are_names_of_uno(self):
        methods = [names.method(function) for function in REGISTRY]
        assert len(set(methods)) == len(REGISTRY)
        assert all(method.isalnum() and method.startswith("crm") for method in methods)


class TestConfiguration:
    def test_every_function_and_argument_is_configured_under_the_name_of_its_method(self):
        found = members(configuration.functions_xcu(), "AddInInfo", "org.crmxl.AddIn", "AddInFunctions")
        assert list(found) == [names.method(function) for function in REGISTRY]
        for function in REGISTRY:
            node = found[names.method(function)]
            arguments = next(child for child in node if child.get(f"{OOR}name") == "Parameters")
            given = [child.get(f"{OOR}name") for child in arguments]
            assert given == [names.identifier(parameter.name) for parameter in function.parameters]

    def test_members_of_sets_say_that_they_are_new(self):
        """LibreOffice passes over them without a word otherwise."""
        events = members(configuration.jobs_xcu(), "Events")
        assert events["OnLoadFinished"].get(f"{OOR}op") == "fuse"
        assert members(configuration.jobs_xcu(), "Jobs")["org.crmxl.Binding"].get(f"{OOR}op") == "replace"

    def test_the_manifest_names_types_before_what_needs_them(self, parts):
        paths = [
            entry.get("{http://openoffice.org/2001/manifest}full-path")
            for entry in ET.fromstring(parts["META-INF/manifest.xml"])
        ]
        assert paths == ["types.rdb", "functions.xcu", "jobs.xcu", "component.py"]
        assert set(paths) <= set(parts)


class TestContents:
    def test_it_is_the_same_on_every_day(self):
        assert oxt.build("/a/python") == oxt.build("/a/python")

    def test_it_is_whole_and_holds_no_folder_of_this_machine(self, parts):
        archive = zipfile.ZipFile(io.BytesIO(oxt.build()))
        assert archive.testzip() is None
        assert json.loads(archive.read("settings.json")) == {"python": None}
        assert not any(b"site-packages" in archive.read(name) for name in archive.namelist())
        assert not any("__pycache__" in name or name.endswith(".pyc") for name in parts)

    def test_the_engine_comes_along(self, parts):
        for path in ("engine/totals.py", "functions/registry.py", "data/columns.csv", "hosts/calc/worker.py"):
            assert f"engine/crm_xl/{path}" in parts
        assert not any("/headless/" in path or "/templates/" in path for path in parts)

    def test_all_that_the_engine_imports_comes_along(self, parts, tmp_path):
        """Where crm_xl is not installed beside it: a module that was left out is an error in each cell."""
        for name, content in parts.items():
            if name.startswith("engine/"):
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        done = subprocess.run([sys.executable, "-c", IMPORT_ALL, tmp_path / "engine"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == []

    def test_it_knows_the_python_it_was_built_for(self, parts):
        assert json.loads(parts["settings.json"]) == {"python": "/the/python"}

    def test_a_zero_is_the_default_where_an_empty_cell_is_meant(self):
        known = {f["name"]: f for f in json.loads(oxt.parts()["contents.json"])["functions"]}
        assert known["CRM_TOTAL"]["zeros"] == [False, True, True, True, True]
        assert known["CRM_PER_USER"]["zeros"] == [False, True, False, True]
        assert known["CRM_LICENCE"]["zeros"][:2] == [False, False]

    def test_the_code_inside_libreoffice_is_as_old_as_its_python(self, parts):
        """LibreOffice 7 brings Python 3.8 on Windows and macOS."""
        import ast

        inside = [path for path in parts if path.endswith(".py") and not path.startswith("engine/")]
        assert len(inside) == 6
        for path in inside:
            ast.parse(parts[path], feature_version=(3, 8))
            if path != "component.py" and "__init__" not in path:
                assert b"from __future__ import annotations" in parts[path], path
