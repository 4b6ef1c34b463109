"""Which usual item a line belongs to, by the words of its own item."""

import pytest

from crm_xl.engine.components import sub_item_key


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
