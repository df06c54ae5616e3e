"""Zip files and XML within limits: what can harm is refused before it is unpacked."""

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import archive
from pipeline.formats.powder.archive import open_archive
from pipeline.formats.powder.xml_safe import number_of, numbers_of, parse_xml
from tests.formats.powder import write, zipped


def opened(source: Path | io.BytesIO, name: str = "") -> bytes:
    """Open an archive and read one of its files, if a name is given."""
    with open_archive(source, "s.zip") as found:
        return found.read(name) if name else b""


def test_members_are_read_in_stored_order() -> None:
    stream = io.BytesIO(zipped({"b.xy": "1 2", "folder/a.xy": "3 4"}))
    with open_archive(stream, "s.zip") as found:
        assert found.names == ("b.xy", "folder/a.xy")
        assert found.read("folder/a.xy") == b"3 4"


def test_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = write(tmp_path / "bomb.zip", zipped({"a.xy": b"0" * (1 << 25)}))
    with pytest.raises(RawDataError, match=r"s\.zip: this archive unpacks to \d+ times its size"):
        opened(path)


def test_zip_bomb_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT_BYTES", 1000)
    with pytest.raises(RawDataError, match="would unpack to 2000 bytes, more than 1000"):
        opened(io.BytesIO(zipped({"a": "x" * 1000, "b": "x" * 1000})))


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBERS_LIMIT", 2)
    with pytest.raises(RawDataError, match="holds 3 files, more than 2"):
        opened(io.BytesIO(zipped({"a": "", "b": "", "c": ""})))


@pytest.mark.parametrize("name", ["../a.xy", "/a.xy", "C:/a.xy", "a/../../b.xy", "..\\a.xy"])
def test_path_that_leads_outside_is_refused(name: str) -> None:
    with pytest.raises(RawDataError, match="leads outside"):
        opened(io.BytesIO(zipped({name: "1 2"})))


def test_two_dots_within_a_name_are_fine() -> None:
    with open_archive(io.BytesIO(zipped({"a..b.xy": "1 2"})), "s.zip") as found:
        assert found.names == ("a..b.xy",)


def test_zip_within_a_zip_is_refused() -> None:
    with pytest.raises(RawDataError, match=r"'in\.rasx' is a zip file within a zip file"):
        opened(io.BytesIO(zipped({"in.rasx": zipped({"a": "1"})})), "in.rasx")


def test_link_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as handle:
        info = zipfile.ZipInfo("a.xy")
        info.external_attr = 0o120777 << 16
        handle.writestr(info, "/etc/passwd")
    with pytest.raises(RawDataError, match="is a link"):
        opened(stream)


def test_name_that_stands_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as handle:
        handle.writestr("a.xy", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            handle.writestr("a.xy", "2")
    with pytest.raises(RawDataError, match="stands twice"):
        opened(stream)


def test_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"a.xy": "1 2"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(RawDataError, match="is encrypted"):
        opened(io.BytesIO(bytes(data)))


def test_archive_cut_short_is_refused() -> None:
    data = zipped({"a.xy": "1 2\n" * 1000})
    with pytest.raises(RawDataError, match=r"s\.zip: this zip file cannot be opened"):
        opened(io.BytesIO(data[:-30]))


def test_member_with_wrong_checksum_is_refused() -> None:
    data = bytearray(zipped({"a.xy": "1 2 3 4 5 6 7 8"}))
    data[data.index(b"a.xy") + 6] ^= 0xFF
    with pytest.raises(RawDataError, match="cannot be unpacked"):
        opened(io.BytesIO(bytes(data)), "a.xy")


def test_missing_member_is_refused() -> None:
    with pytest.raises(RawDataError, match=r"'b\.xy' is not in this archive"):
        opened(io.BytesIO(zipped({"a.xy": "1 2"})), "b.xy")


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;">]><x>&c;</x>'
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
BARE_DTD = '<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>'


@pytest.mark.parametrize("text", [BILLION_LAUGHS, EXTERNAL, BARE_DTD])
def test_xml_with_entities_or_dtd_is_refused(text: str) -> None:
    with pytest.raises(RawDataError, match=r"f\.xrdml: the XML declares a document type"):
        parse_xml(text.encode(), "f.xrdml")


@pytest.mark.parametrize("data", [b"", b"<a><b></a>", b"<a", b'<?xml encoding="x-none"?><a/>'])
def test_damaged_xml_is_refused(data: bytes) -> None:
    with pytest.raises(RawDataError, match=r"f\.xrdml: this XML cannot be parsed"):
        parse_xml(data, "f.xrdml")


def test_utf16_xml_is_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><a>\u00b0</a>'
    assert parse_xml(text.encode("utf-16"), "f").text == "\u00b0"


def test_words_where_numbers_belong_are_refused() -> None:
    root = parse_xml(b"<a>1 2 three</a>", "f")
    with pytest.raises(RawDataError, match="f: <a> holds something else than numbers"):
        numbers_of(root, "f")
    with pytest.raises(RawDataError, match="f: <a> is '1 2 three', no number"):
        number_of(root, "f")
