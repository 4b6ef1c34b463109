"""CRM_VERSION."""

import re
from importlib.metadata import version

from crm_xl.data import SCHEMA_VERSION

from .calling import call, cell


class TestVersion:
    def test_names_code_data_and_schema(self):
        text = call("CRM_VERSION")
        assert re.fullmatch(r"crm_xl \d+\.\d+\S*, data \d{4}\.\d{2}, schema \d+", text)
        assert text.endswith(f"schema {SCHEMA_VERSION}")

    def test_is_the_version_of_the_installed_package(self):
        assert call("CRM_VERSION").startswith(f"crm_xl {version('crm-xl')},")

    def test_takes_no_argument(self):
        assert cell("CRM_VERSION", 1) == "#VALUE!"
