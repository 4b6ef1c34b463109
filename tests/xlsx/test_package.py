import errno
import io
import os
import stat
import zipfile

import pytest

from crm_xl.hosts.headless import open_workbook, recalculate
from crm_xl.xlsx import package
from crm_xl.xlsx.package import Package, WorkbookError

from ..headless.books import HEAD, book, cell, parts_of, sheet, zipped

GOOD = book({"S": sheet(cell("A1", 1), cell("A2", 0, "A1+1"))})
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)


def with_part(name, content):
    return zipped({**parts_of(GOOD), name: content})


BAD = {
    "empty": (b"", "bad.xlsx is empty", "bad.xlsx 是空文件"),
    "xls": (
        OLE + "Workbook".encode("utf-16-le"),
        "bad.xlsx is in the old .xls format: save it as .xlsx in Excel first",
        "bad.xlsx 是旧的 .xls 格式：请先在 Excel 中另存为 .xlsx",
    ),
    "encrypted": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "bad.xlsx is protected with a password: remove the password in Excel first",
        "bad.xlsx 设有打开密码：请先在 Excel 中取消密码",
    ),
    "text": (
        b"Component,Amount\nLicence,12\n",
        "bad.xlsx is not an Excel workbook (.xlsx or .xlsm)",
        "bad.xlsx 不是 Excel 工作簿（.xlsx 或 .xlsm）",
    ),
    "truncated": (
        GOOD[: len(GOOD) // 2],
        "bad.xlsx is cut off: the end of the file is missing, copy it again",
        "bad.xlsx 不完整：缺少文件末尾，请重新复制",
    ),
    "damaged": (
        GOOD[:60] + b"\0\0\0\0" + GOOD[64:],
        "bad.xlsx is damaged: its contents cannot be unpacked",
        "bad.xlsx 已损坏：内容无法解压",
    ),
    "zip": (
        zipped({"readme.txt": "hello"}),
        "bad.xlsx holds no workbook: it is a zip file but not an .xlsx or .xlsm",
        "bad.xlsx 中没有工作簿：它是 zip 文件，但不是 .xlsx 或 .xlsm",
    ),
    "docx": (
        with_part("_rels/.rels", parts_of(GOOD)["_rels/.rels"].replace(b"xl/workbook", b"word/document")),
        "bad.xlsx holds no workbook: it is a zip file but not an .xlsx or .xlsm",
        "bad.xlsx 中没有工作簿：它是 zip 文件，但不是 .xlsx 或 .xlsm",
    ),
    "xlsb": (
        with_part("xl/workbook.bin", b"\x83\x01"),
        "bad.xlsx is in the binary .xlsb format: save it as .xlsx in Excel first",
        "bad.xlsx 是二进制 .xlsb 格式：请先在 Excel 中另存为 .xlsx",
    ),
    "traversal": (
        with_part("../outside.xml", b"<a/>"),
        "bad.xlsx is refused: the part name ../outside.xml leads out of the file",
        "bad.xlsx 被拒绝：部件名 ../outside.xml 指向文件之外",
    ),
    "same name": (
        with_part("XL/Workbook.xml", b"<a/>"),
        "bad.xlsx is refused: the part XL/Workbook.xml is there twice",
        "bad.xlsx 被拒绝：部件 XL/Workbook.xml 重复",
    ),
    "doctype": (
        with_part("docProps/custom.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        "bad.xlsx is refused: docProps/custom.xml declares a document type, which no workbook needs",
        "bad.xlsx 被拒绝：docProps/custom.xml 含有文档类型声明，工作簿不需要它",
    ),
    "bomb": (
        with_part("xl/media/image1.bin", bytes(40 * 2**20)),
        "bad.xlsx is refused: xl/media/image1.bin unpacks to more than 11 MB",
        "bad.xlsx 被拒绝：xl/media/image1.bin 解压后超过 11 MB",
    ),
    "broken sheet": (
        with_part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>"),
        "bad.xlsx is damaged: xl/worksheets/sheet1.xml cannot be read (it must be well-formed XML in UTF-8)",
        "bad.xlsx 已损坏：无法读取 xl/worksheets/sheet1.xml（须为格式正确的 UTF-8 XML）",
    ),
    "utf-16": (
        with_part("xl/worksheets/sheet1.xml", sheet(cell("A1", 1)).replace("UTF-8", "UTF-16").encode("utf-16")),
        "bad.xlsx is damaged: xl/worksheets/sheet1.xml cannot be read (it must be well-formed XML in UTF-8)",
        "bad.xlsx 已损坏：无法读取 xl/worksheets/sheet1.xml（须为格式正确的 UTF-8 XML）",
    ),
    "sheet missing": (
        zipped({k: v for k, v in parts_of(GOOD).items() if k != "xl/worksheets/sheet1.xml"}),
        "bad.xlsx is damaged: the part xl/worksheets/sheet1.xml is missing",
        "bad.xlsx 已损坏：缺少部件 xl/worksheets/sheet1.xml",
    ),
    "shared string": (
        book({"S": sheet(cell("A1", 7, attributes=' t="s"'))}, texts=["<t>a</t>"]),
        "bad.xlsx is damaged: the value of S!A1 cannot be read",
        "bad.xlsx 已损坏：无法读取 S!A1 的值",
    ),
}


def assert_refused(path, english, chinese, registry):
    with pytest.raises(WorkbookError) as caught:
        recalculate(path, registry=registry)
    assert caught.value.text("en") == english
    assert caught.value.text("zh") == chinese


@pytest.mark.parametrize("kind", BAD)
def test_bad_file_is_refused_and_left_alone(kind, tmp_path, registry):
    data, english, chinese = BAD[kind]
    path = tmp_path / "bad.xlsx"
    path.write_bytes(data)
    assert_refused(path, english, chinese, registry)
    assert [p.name for p in tmp_path.iterdir()] == ["bad.xlsx"]
    assert path.read_bytes() == data


def test_missing_file_and_folder(tmp_path, registry):
    assert_refused(tmp_path / "no.xlsx", "no.xlsx: there is no such file", "no.xlsx：文件不存在", registry)
    (tmp_path / "dir.xlsx").mkdir()
    assert_refused(
        tmp_path / "dir.xlsx", "dir.xlsx is a folder, not a workbook", "dir.xlsx 是文件夹，不是工作簿", registry
    )


def test_no_permission(tmp_path, registry, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "secret.xlsx").write_bytes(GOOD)
    monkeypatch.setattr(package.Path, "open", refuse)
    assert_refused(
        tmp_path / "secret.xlsx",
        "secret.xlsx: no permission to read this file",
        "secret.xlsx：没有读取此文件的权限",
        registry,
    )


def test_a_part_twice_under_one_name(tmp_path):
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", b"x")
    with pytest.raises(WorkbookError, match=r"the part xl/workbook.xml is there twice"):
        Package.open(buffer.getvalue(), "bad.xlsx")


def test_an_encrypted_entry():
    data = bytearray(GOOD)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark)
        data[at + offset] |= 1
    with pytest.raises(WorkbookError, match="protected with a password"):
        Package.open(bytes(data), "bad.xlsx")


def test_limits_are_on_what_is_unpacked_not_on_what_the_header_says(monkeypatch):
    large = {f"xl/media/image{i}.bin": os.urandom(700_000) for i in range(3)}
    data = zipped({**parts_of(GOOD), **large})
    assert Package.open(data).parts.keys() >= large.keys()
    monkeypatch.setenv("CRM_XL_MAX_TOTAL_MB", "2")
    with pytest.raises(WorkbookError, match=r"image2.bin unpacks to more than"):
        Package.open(data, "bad.xlsx")
    monkeypatch.setenv("CRM_XL_MAX_PART_MB", "1")
    with pytest.raises(WorkbookError, match="unpacks to more than 1 MB"):
        Package.open(with_part("xl/media/image1.bin", os.urandom(2**20 + 1)), "bad.xlsx")
    monkeypatch.setenv("CRM_XL_MAX_PARTS", "3")
    with pytest.raises(WorkbookError, match="it has more than 3 parts"):
        Package.open(GOOD, "bad.xlsx")


def test_too_many_cells(monkeypatch, registry):
    monkeypatch.setenv("CRM_XL_MAX_CELLS", "1")
    with pytest.raises(
        WorkbookError, match=r"in xl/worksheets/sheet1.xml it passes 1 cells \(CRM_XL_MAX_CELLS sets the limit\)"
    ):
        open_workbook(GOOD, registry=registry)


def test_a_million_blank_rows_are_no_bomb(registry):
    rows = "".join(f'<row r="{i}" spans="1:3"/>' for i in range(3, 1_000_001))
    part = sheet(cell("A1", 1), cell("A2", 0, "A1+1")).replace("</sheetData>", rows + "</sheetData>")
    opened = open_workbook(with_part("xl/worksheets/sheet1.xml", part), registry=registry)
    assert opened["S!A2"] == 2


def test_writing_keeps_order_times_and_contents():
    opened = Package.open(GOOD, "good.xlsx")
    assert opened.to_bytes() == GOOD
    changed = opened.to_bytes({"xl/workbook.xml": b"new"})
    assert changed == opened.to_bytes({"xl/workbook.xml": b"new"})
    assert list(parts_of(changed)) == list(parts_of(GOOD))
    assert {k: v for k, v in parts_of(changed).items() if parts_of(GOOD)[k] != v} == {"xl/workbook.xml": b"new"}
    assert "xl/workbook.xml" not in parts_of(opened.to_bytes({"xl/workbook.xml": None}))


def test_stored_parts_stay_stored(tmp_path):
    data = zipped(parts_of(GOOD), zipfile.ZIP_STORED)
    assert Package.open(data).to_bytes() == data


@pytest.mark.parametrize("broken", ["replace", "fsync", "chmod"])
def test_killed_half_way_the_old_file_is_whole(broken, tmp_path, monkeypatch, registry):
    path = tmp_path / "book.xlsx"
    path.write_bytes(GOOD)

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(WorkbookError) as caught:
        recalculate(path, registry=registry)
    assert caught.value.text() == "book.xlsx cannot be written: the disk is full"
    assert caught.value.text("zh") == "book.xlsx 无法写入：磁盘空间已满"
    assert path.read_bytes() == GOOD
    assert os.listdir(tmp_path) == ["book.xlsx"]


def test_a_kill_signal_while_writing_leaves_no_temporary_file(tmp_path, monkeypatch, registry):
    path = tmp_path / "book.xlsx"
    path.write_bytes(GOOD)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        recalculate(path, registry=registry)
    assert path.read_bytes() == GOOD
    assert os.listdir(tmp_path) == ["book.xlsx"]


def test_mode_bits_and_links_stay(tmp_path, registry):
    path, link = tmp_path / "book.xlsx", tmp_path / "link.xlsx"
    path.write_bytes(GOOD)
    path.chmod(0o640)
    link.symlink_to(path)
    assert recalculate(link, registry=registry).written
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert parts_of(path.read_bytes()) != parts_of(GOOD)


def test_a_new_file_has_the_usual_mode(tmp_path, registry):
    path, out, plain = tmp_path / "book.xlsx", tmp_path / "out.xlsx", tmp_path / "plain"
    path.write_bytes(GOOD)
    plain.write_bytes(b"")
    recalculate(path, out, registry=registry)
    assert out.stat().st_mode == plain.stat().st_mode


def test_a_folder_that_is_not_there(tmp_path, registry):
    path = tmp_path / "book.xlsx"
    path.write_bytes(GOOD)
    folder = tmp_path / "no"
    for missing in (folder, folder / "deeper", path):
        with pytest.raises(WorkbookError) as caught:
            recalculate(path, missing / "out.xlsx", registry=registry)
        assert caught.value.text() == f"out.xlsx cannot be written: there is no folder {missing}"
        assert caught.value.text("zh") == f"out.xlsx 无法写入：文件夹 {missing} 不存在"
    assert os.listdir(tmp_path) == ["book.xlsx"]


def test_a_missing_folder_is_named_as_it_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkbookError, match=r"out.xlsx cannot be written: there is no folder nodir$"):
        package.replace_file("nodir/out.xlsx", b"")


def test_a_link_into_a_folder_that_is_not_there(tmp_path):
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "gone" / "book.xlsx")
    with pytest.raises(WorkbookError) as caught:
        package.replace_file(tmp_path / "link.xlsx", b"")
    folder = os.path.realpath(tmp_path / "gone")
    assert caught.value.text() == f"book.xlsx cannot be written: there is no folder {folder}"


def test_a_folder_is_named_however_its_path_is_written(tmp_path, monkeypatch):
    here = tmp_path / "费用"
    here.mkdir()
    monkeypatch.chdir(here)
    for path, name in ((".", "费用"), ("", "费用"), ("..", tmp_path.name), ("../费用", "费用"), ("/", "/")):
        for use in (Package.open, lambda path: package.replace_file(path, b"")):
            with pytest.raises(WorkbookError) as caught:
                use(path)
            assert caught.value.text() == f"{name} is a folder, not a workbook"


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        (errno.ENOENT, "the file or its folder is no longer there", "文件或其文件夹已不存在"),
        (errno.EACCES, "no permission", "没有权限"),
        (errno.EPERM, "no permission", "没有权限"),
        (errno.ENOSPC, "the disk is full", "磁盘空间已满"),
        (errno.EBUSY, "the file is open in another program", "文件正被其他程序打开"),
        (errno.EROFS, "the disk is read-only", "磁盘为只读"),
        (errno.EIO, "the system reports “bang”", "系统报告“bang”"),
    ],
)
def test_what_the_system_reports_is_said_in_both_languages(number, en, zh, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(number, "bang")

    monkeypatch.setattr(package.tempfile, "mkstemp", fail)
    with pytest.raises(WorkbookError) as caught:
        package.replace_file(tmp_path / "out.xlsx", b"")
    assert (caught.value.text(), caught.value.text("zh")) == (
        f"out.xlsx cannot be written: {en}",
        f"out.xlsx 无法写入：{zh}",
    )
    monkeypatch.setattr(package.Path, "open", fail)
    if number not in (errno.ENOENT, errno.EACCES, errno.EPERM):
        with pytest.raises(WorkbookError) as caught:
            Package.open(tmp_path / "in.xlsx")
        assert caught.value.text("zh") == f"in.xlsx 无法读取：{zh}"


def test_a_file_that_another_program_holds_on_windows(tmp_path, monkeypatch):
    def fail(*_, **__):
        fault = PermissionError(errno.EACCES, "The process cannot access the file")
        fault.winerror = 32
        raise fault

    monkeypatch.setattr(package.os, "replace", fail)
    monkeypatch.setattr(package.Path, "open", fail)
    with pytest.raises(WorkbookError, match=r"out.xlsx cannot be written: the file is open in another program"):
        package.replace_file(tmp_path / "out.xlsx", b"")
    with pytest.raises(WorkbookError, match=r"in.xlsx cannot be read: the file is open in another program"):
        Package.open(tmp_path / "in.xlsx")


def test_another_suffix_is_refused(tmp_path, registry):
    path = tmp_path / "book.xlsm"
    path.write_bytes(GOOD)
    with pytest.raises(WorkbookError, match=r"out.xlsx must end in .xlsm"):
        recalculate(path, tmp_path / "out.xlsx", registry=registry)
    assert os.listdir(tmp_path) == ["book.xlsm"]


def test_doctype_in_utf_16_is_found():
    content = (HEAD + '<!DOCTYPE x [<!ENTITY a "b">]><x/>').replace("UTF-8", "UTF-16").encode("utf-16")
    with pytest.raises(WorkbookError, match="declares a document type"):
        Package.open(with_part("customXml/item1.xml", content), "bad.xlsx")


def test_an_array_as_large_as_the_sheet_is_refused(registry):
    data = book({"S": sheet(cell("A1", 1, "1+1", array="A1:XFD1048576"))})
    with pytest.raises(WorkbookError, match=r"the value of S!A1 cannot be read"):
        open_workbook(data, registry=registry)
