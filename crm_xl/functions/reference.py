"""The reference pages in both languages, made from the registry and the shipped tables."""

from collections.abc import Iterable

from crm_xl.data import LANGUAGES, rows, term
from crm_xl.engine.components import COMPONENTS, component_label, sub_items
from crm_xl.engine.estimate import SIDES
from crm_xl.engine.schema import TABLES, Field, assumption_fields, columns
from crm_xl.functions.registry import REGISTRY, Function


def pages() -> dict[str, str]:
    """Return the text of every reference page by file name."""
    made = {"functions": functions_page, "tables": tables_page}
    return {f"{name}.{language}.md": page(language) for name, page in made.items() for language in LANGUAGES}


def functions_page(language: str) -> str:
    """Return the page of all functions, by category."""
    lines = [f"# {term('ref_functions_title', language)}", "", term("ref_functions_intro", language), ""]
    category = ""
    for function in REGISTRY:
        if function.category.in_(language) != category:
            category = function.category.in_(language)
            lines += [f"## {category}", ""]
        lines += function_section(function, language)
    return "\n".join(lines)


def function_section(function: Function, language: str) -> list[str]:
    """Return the lines of one function."""
    lines = [f"### {function.name}", "", f"`={function.signature}`", "", function.summary.in_(language), ""]
    lines += [f"{term('ref_alias', language)}: {function.alias}", ""]
    if function.parameters:
        body = ((f"`{p.name}`", p.text.in_(language).strip()) for p in function.parameters)
        lines += _table([term("ref_argument", language), term("ref_meaning", language)], body)
    lines += [f"**{term('ref_returns', language)}**: {function.returns.in_(language)}", ""]
    if function.errors:
        lines += [f"**{term('ref_errors', language)}**", ""]
        lines += [*(f"- `{code}` {text.in_(language)}" for code, text in function.errors.items()), ""]
    if function.notes:
        lines += [f"**{term('ref_notes', language)}**", "", *(f"- {note.in_(language)}" for note in function.notes), ""]
    if function.source:
        lines += [f"**{term('ref_source', language)}**: {function.source}", ""]
    return [*lines, f"**{term('ref_example', language)}**: `{function.example}`", ""]


def tables_page(language: str) -> str:
    """Return the page of all columns, assumptions, coefficients, components and words."""
    lines = [f"# {term('ref_tables_title', language)}", "", term("ref_tables_intro", language), ""]
    head = [term(f"ref_{key}", language) for key in ("column", "type", "meaning", "other_names")]
    for name in TABLES:
        lines += [f"## {term(f'table_{name}', language)}", ""]
        lines += _table(head, (_field(field, language) for field in columns(name).values()))
    lines += [f"## {term('table_assumptions', language)}", "", term("ref_assumptions_intro", language), ""]
    head.insert(3, term("ref_default", language))
    fields = assumption_fields().values()
    lines += _table(head, ([*_field(f, language)[:3], f.default, *_field(f, language)[3:]] for f in fields))
    lines += _coefficients(language)
    lines += [f"## {term('ref_components_title', language)}", ""]
    head = [term(f"ref_{key}", language) for key in ("item", "recognised")]
    for component in COMPONENTS:
        lines += [f"### {component_label(component, language)}", ""]
        items = sub_items(component).values()
        lines += _table(head, ((item.label(language), ", ".join(item.words)) for item in items))
    lines += [f"## {term('ref_words_title', language)}", ""]
    words = ((f"{row['en']} / {row['zh']}", row["aliases"].replace("|", ", ")) for row in rows("choices"))
    lines += _table([term("type_choice", language), term("ref_other_names", language)], words)
    return "\n".join(lines)


def _coefficients(language: str) -> list[str]:
    """The coefficients of the estimate, with the keys by which a user overrules them."""
    fields = columns("coefficients")
    head = [fields["key"].label(language), term("name", language)]
    head += [
        *(fields[side].label(language) for side in SIDES),
        term("ref_unit", language),
        term("ref_source", language),
    ]
    body = (
        [
            f"`{row['key']}`",
            row[language],
            *(row[side] for side in SIDES),
            row[f"unit_{language}"],
            row[f"source_{language}"],
        ]
        for row in rows("coefficients")
    )
    intro = term("ref_coefficients_intro", language)
    return [f"## {term('ref_coefficients_title', language)}", "", intro, "", *_table(head, body)]


def _field(field: Field, language: str) -> list[str]:
    own = field.label(language) + (f" ({term('ref_required', language)})" if field.required else "")
    other = ", ".join(name for name in field.names if name != field.label(language).casefold())
    return [own, term(f"type_{field.type}", language), field.description(language), other]


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    cells = [[cell.replace("|", "\\|") for cell in row] for row in body]
    lines = [head, ["---"] * len(head), *cells]
    return [*("| " + " | ".join(row) + " |" for row in lines), ""]
