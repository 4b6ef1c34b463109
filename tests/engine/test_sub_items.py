"""Which usual item a line belongs to, by the words of its own item."""

import pytest

from crm_xl.data import LANGUAGES, rows
from crm_xl.engine.components import COMPONENTS, sub_item_key


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ("Fxiaoke flagship, base edition", "base"),
        ("纷享销客旗舰版（基础版）", "base"),
        ("纷享销客旗舰版", "premium"),
        ("基础版升级旗舰版", "premium"),
    ],
)
def test_the_word_after_the_name_of_a_product_tells_its_edition(item: str, key: str) -> None:
    assert sub_item_key("licence", item) == key


def test_both_languages_of_the_example_belong_to_the_same_usual_items() -> None:
    """So that every cut of the example has the same figures in both languages."""
    lines = [row for row in rows("example_costs") if row["component"] in COMPONENTS]
    assert lines
    for row in lines:
        keys = {sub_item_key(row["component"], row[f"item_{language}"]) for language in LANGUAGES}
        assert len(keys) == 1, (row["item_en"], row["item_zh"], keys)
