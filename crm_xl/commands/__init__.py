"""The commands of `crm-xl`, a module for each family; importing this package puts them all into the group."""

from crm_xl.commands import (
    building,
    calc,
    calculating,
    checking,
    collecting,
    cycle,
    excel_addin,
    excel_install,
    folder,
    lite,
    reference,
)
from crm_xl.commands.group import cli

__all__ = [
    "building",
    "calc",
    "calculating",
    "checking",
    "cli",
    "collecting",
    "cycle",
    "excel_addin",
    "excel_install",
    "folder",
    "lite",
    "reference",
]
