"""The template workbooks: what they are to be, and what builds them."""

from crm_xl.templates.build import build, build_all, shipped, write_template
from crm_xl.templates.spec import TemplateSpec, example_spec

__all__ = ["TemplateSpec", "build", "build_all", "example_spec", "shipped", "write_template"]
