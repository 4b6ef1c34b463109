"""Cell styles added to those of a workbook, whichever program wrote them."""

import xml.etree.ElementTree as ET

import pytest

from crm_xl.hosts.headless import WorkbookError
from crm_xl.xlsx.styles import StylesXml

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def styles(count):
    """A styles part with two cell styles whose lists have, or have not, the number of their items."""
    one, two = (f' count="{n}"' if count else "" for n in (1, 2))
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts{one}><font><b/></font></fonts><fills{one}><fill/></fills>'
        f'<cellXfs{two}><xf fillId="0" numFmtId="14"/><xf/></cellXfs></styleSheet>'
    ).encode()


@pytest.mark.parametrize("count", [True, False])
def test_styles_are_put_behind_those_that_are_there(count):
    added = StylesXml(styles(count), "b.xlsx", "xl/styles.xml")
    fill = added.fill("F7C9C4")
    assert (added.font("<i/>"), fill, added.on_fill(0, fill)) == (1, 1, 2)
    root = ET.fromstring(bytes(added))
    lists = {child.tag.rpartition("}")[2]: child for child in root}
    assert {name: (found.get("count"), len(found)) for name, found in lists.items()} == {
        "fonts": ("2", 2),
        "fills": ("2", 2),
        "cellXfs": ("3", 3),
    }
    assert lists["cellXfs"][2].attrib == {"fillId": "1", "numFmtId": "14", "applyFill": "1"}


@pytest.mark.parametrize("without", ["fonts", "fills", "cellXfs"])
def test_a_part_without_a_list_is_broken(without):
    xml = styles(True).replace(without.encode(), b"others")
    with pytest.raises(WorkbookError, match=r"b\.xlsx"):
        StylesXml(xml, "b.xlsx", "xl/styles.xml")
