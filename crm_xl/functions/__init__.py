"""The functions that users type, a module for each family, and the registry that holds them."""

from crm_xl.functions.registry import REGISTRY, Function, Parameter, Text

__all__ = ["REGISTRY", "Function", "Parameter", "Text"]
