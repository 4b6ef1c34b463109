"""The commands of `crm-xl`, a module for each family; importing this package puts them all into the group."""

from crm_xl.commands import building, calculating, cycle, folder, reference
from crm_xl.commands.group import cli

__all__ = ["building", "calculating", "cli", "cycle", "folder", "reference"]
