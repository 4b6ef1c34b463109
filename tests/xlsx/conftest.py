"""The workbooks that tests of the file format share with those of the headless host."""

from ..headless.conftest import costs, on_costs, registry

__all__ = ["costs", "on_costs", "registry"]
