"""Bags: good ones are read, and whatever is wrong with others is refused and named, with exit code 6."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dingben.cli import main
from dingben.errors import ArchiveError
from dingben.formats.archive import container
from dingben.formats.archive.bagit import decode_name, encode_name, is_bag, make_bag, open_bag, unsafe_reason
from dingben.formats.archive.container import make_zip
from dingben.verification import schemas

FILES = {"a.txt": b"a", "f/b.txt": "字".encode(), "100%.txt": b"x"}
INFO = [("External-Description", "书"), ("Edition-Revision", "1")]


def write_bag(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    """A bag on disk."""
    for name, content in (files or make_bag(FILES, {"README.md": b"r"}, INFO)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def refused(path: Path) -> str:
    """What is wrong with the bag, as one text; the command ends with 6 and says the same."""
    with pytest.raises(ArchiveError) as caught:
        open_bag(path)
    assert main(["verify", str(path)]) == 6
    return "\n".join(map(str, caught.value.diagnostics))


def resealed(folder: Path) -> None:
    """Manifests made anew over whatever lies there, as a forger would."""
    for kind in ("manifest", "tagmanifest"):
        for algorithm in ("sha256", "sha512"):
            names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
            mine = (
                [n for n in names if n.startswith("data/")]
                if kind == "manifest"
                else [n for n in names if not n.startswith(("data/", "tagmanifest"))]
            )
            rows = [
                f"{hashlib.new(algorithm, (folder / n).read_bytes()).hexdigest()}  {encode_name(n)}\n" for n in mine
            ]
            (folder / f"{kind}-{algorithm}.txt").write_text("".join(rows), "utf-8")


def test_bag_is_read_with_its_files(tmp_path: Path) -> None:
    bag = open_bag(write_bag(tmp_path / "b"))
    assert bag.read("data/f/b.txt") == "字".encode()
    assert dict(bag.info)["Payload-Oxum"] == "5.3"
    assert bag.seal == hashlib.sha256((tmp_path / "b/tagmanifest-sha512.txt").read_bytes()).hexdigest()
    bag.unpack(tmp_path / "out", "data/")
    assert (tmp_path / "out/100%.txt").read_bytes() == b"x"
    with pytest.raises(ArchiveError, match=r"no data/none"):
        bag.read("data/none")


def test_bagit_library_validates_the_bag(tmp_path: Path) -> None:
    plain = {name: data for name, data in FILES.items() if "%" not in name}  # bagit doesn't decode %25
    assert schemas.bagit_messages(write_bag(tmp_path / "b", make_bag(plain, {"README.md": b"r"}, INFO))) == []
    (tmp_path / "b/data/a.txt").write_bytes(b"A")
    assert schemas.bagit_messages(tmp_path / "b")


def test_zipped_bag_equals_the_folder(tmp_path: Path) -> None:
    files = make_bag(FILES, {}, INFO)
    path = tmp_path / "b.zip"
    path.write_bytes(make_zip(files, "b", datetime(2017, 11, 1, tzinfo=UTC)))
    assert is_bag(path)
    bag = open_bag(path)
    assert {n: bag.read(n) for n in bag.files} == files
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {i.date_time for i in archive.infolist()} == {(2017, 11, 1, 0, 0, 0)}
        assert {i.external_attr >> 16 for i in archive.infolist()} == {stat.S_IFREG | 0o644}


@pytest.mark.parametrize("name", ["data/a.txt", "README.md", "bag-info.txt", "manifest-sha256.txt", "bagit.txt"])
def test_flipped_byte_is_found_in_any_file(name: str, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "b") / name
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ArchiveError) as caught:
            open_bag(tmp_path / "b")
        assert any(p.location and p.location.file.name == path.name for p in caught.value.diagnostics), at
    path.write_bytes(whole)
    open_bag(tmp_path / "b")


def test_missing_and_extra_files_are_reported(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    (folder / "data/a.txt").unlink()
    (folder / "data/new.txt").write_bytes(b"")
    (folder / "metadata.xml").write_bytes(b"")
    reported = refused(folder)
    assert f"{folder}/data/a.txt: missing; manifest-sha256.txt lists it" in reported
    assert f"{folder}/data/new.txt: not in manifest-sha256.txt: an extra file" in reported
    assert f"{folder}/metadata.xml: not in tagmanifest-sha256.txt: an extra file" in reported


def test_tag_manifest_detects_a_forged_manifest(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    (folder / "data/a.txt").write_bytes(b"b")
    for algorithm in ("sha256", "sha512"):
        path = folder / f"manifest-{algorithm}.txt"
        old, new = (hashlib.new(algorithm, data).hexdigest() for data in (b"a", b"b"))
        path.write_text(path.read_text().replace(old, new))
    assert f"{folder}/manifest-sha512.txt: its sha512 is not the one in tagmanifest-sha512.txt" in refused(folder)


def test_forged_bag_has_another_seal(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    before = open_bag(folder).seal
    (folder / "data/a.txt").write_bytes(b"b")
    resealed(folder)
    assert open_bag(folder).seal != before


@pytest.mark.parametrize("kind", ["manifest", "tagmanifest"])
def test_missing_manifest_is_reported(kind: str, tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    for path in folder.glob(f"{kind}-*.txt"):
        path.unlink()
    assert "no manifest of a strong digest" in refused(folder)


def test_md5_alone_is_not_accepted(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    rows = [f"{hashlib.md5(d).hexdigest()}  data/{encode_name(n)}\n" for n, d in FILES.items()]  # noqa: S324
    for path in folder.glob("manifest-*.txt"):
        path.unlink()
    (folder / "manifest-md5.txt").write_text("".join(rows))
    resealed_tags = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith("tagmanifest")]
    for algorithm in ("sha256", "sha512"):
        lines = [f"{hashlib.new(algorithm, p.read_bytes()).hexdigest()}  {p.name}\n" for p in resealed_tags]
        (folder / f"tagmanifest-{algorithm}.txt").write_text("".join(lines))
    assert "manifest-sha512.txt: missing: no manifest of a strong digest" in refused(folder)


@pytest.mark.parametrize(
    "listed", ["data/../../etc/passwd", "/etc/passwd", "C:/x", "data\\x", "~/x", "data//x", "data/./x"]
)
def test_manifest_path_outside_the_bag_is_refused(listed: str, tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    path = folder / "manifest-sha256.txt"
    path.write_text(path.read_text() + f"{'0' * 64}  {listed}\n")
    assert repr(listed) in refused(folder)


@pytest.mark.parametrize("line", ["nonsense", "00  data/a.txt", ""])
def test_invalid_manifest_line_is_reported(line: str, tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    path = folder / "manifest-sha256.txt"
    path.write_text(f"{line}\n" + path.read_text())
    assert "manifest-sha256.txt: line 1 is no digest and file name" in refused(folder)


def test_duplicate_manifest_entry_is_reported(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    path = folder / "manifest-sha256.txt"
    path.write_text(path.read_text() * 2)
    assert "is listed twice" in refused(folder)


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    (folder / "data/link").symlink_to("/etc/passwd")
    (folder / "data/loop").symlink_to(folder)
    os.mkfifo(folder / "data/pipe")
    reported = refused(folder)
    assert reported.count("a symbolic link") == 2
    assert f"{folder}/data/pipe: no file: a device, a pipe or a socket" in reported


def test_names_equal_but_for_case_or_normalization_are_refused(tmp_path: Path) -> None:
    files = make_bag({"A.txt": b"", "a.txt": b"", "\u00e9": b"", "e\u0301": b""}, {}, INFO)
    assert refused(write_bag(tmp_path / "b", files)).count("differs only in case or composition") == 2


def test_bag_with_fetch_txt_is_refused(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    (folder / "fetch.txt").write_text("https://example.org/x 1 data/x\n")
    resealed(folder)
    assert "fetch.txt: asks for files from a network" in refused(folder)


def test_wrong_payload_oxum_is_reported(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    path = folder / "bag-info.txt"
    path.write_text(path.read_text("utf-8").replace("5.3", "9.3"), "utf-8")
    resealed(folder)
    assert "Payload-Oxum is 5.3, not 9.3" in refused(folder)


def test_percent_and_line_breaks_in_names_are_encoded() -> None:
    assert encode_name("a%\r\n字") == "a%25%0D%0A字"
    assert decode_name(encode_name("a%0Ab\n")) == "a%0Ab\n"
    assert unsafe_reason("a\nb")


# -- ZIP files


def zip_of(path: Path, entries: list[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    """A ZIP file with these entries, good or bad."""
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return path


def good_entries() -> list[tuple[zipfile.ZipInfo, bytes]]:
    return [(zipfile.ZipInfo(f"b/{name}"), data) for name, data in make_bag(FILES, {}, INFO).items()]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../evil.txt", "climbs out"),
        ("b/data/../../evil.txt", "climbs out"),
        ("/etc/evil", "an absolute path"),
        ("b/data/C:\\x", "a backslash"),
        ("c/other.txt", "one folder"),
        ("top.txt", "one folder"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_entry_with_a_bad_name_is_refused(name: str, message: str, tmp_path: Path) -> None:
    reported = refused(zip_of(tmp_path / "b.zip", [*good_entries(), (zipfile.ZipInfo(name), b"x")]))
    assert message in reported
    assert not (tmp_path / "evil.txt").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_zip_entry_is_refused(tmp_path: Path) -> None:
    reported = refused(zip_of(tmp_path / "b.zip", [*good_entries(), (zipfile.ZipInfo("b/data/a.txt"), b"evil")]))
    assert "data/a.txt: stands in the ZIP file twice" in reported


def test_link_in_a_zip_file_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("b/data/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    reported = refused(zip_of(tmp_path / "b.zip", [*good_entries(), (info, b"/etc/passwd")]))
    assert "data/link: a symbolic link" in reported


def test_zip_bomb_is_refused_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = zipfile.ZipInfo("b/data/bomb")
    info.compress_type = zipfile.ZIP_DEFLATED
    path = zip_of(tmp_path / "b.zip", [*good_entries(), (info, bytes(30_000_000))])

    def never(*_: object) -> None:
        raise AssertionError("a byte was unpacked")

    monkeypatch.setattr(container.ZipContainer, "chunks", never)
    assert "data/bomb: a ZIP bomb: 30000000 bytes from" in refused(path)


def test_overlapping_zip_entries_are_refused(tmp_path: Path) -> None:
    """The bomb of D. Fifield (https://www.bamsoftware.com/hacks/zipbomb/): many names, one file."""
    data = make_zip(make_bag({"a": b"x" * 50, "b": b"x" * 50}, {}, INFO), "b", datetime(1980, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        one = archive.getinfo("b/data/a").header_offset
        two = archive.getinfo("b/data/b").header_offset
    path = tmp_path / "b.zip"
    central = data.index(b"PK\1\2")
    path.write_bytes(data[:central] + data[central:].replace(struct.pack("<L", two), struct.pack("<L", one), 1))
    assert "share the same bytes" in refused(path)


def test_damaged_zip_entry_is_reported(tmp_path: Path) -> None:
    data = bytearray(make_zip(make_bag({"a": bytes(range(256))}, {}, INFO), "b", datetime(1980, 1, 1, tzinfo=UTC)))
    data[data.index(bytes(range(200, 230)))] ^= 1
    (tmp_path / "b.zip").write_bytes(bytes(data))
    assert "data/a" in refused(tmp_path / "b.zip")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100])
def test_other_file_is_not_read_as_zip(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    assert "is not a ZIP file" in refused(path)


def test_folder_without_a_bag_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    assert "is a folder without a bag" in capsys.readouterr().err


def test_bag_error_names_file_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (write_bag(tmp_path / "b") / "data/a.txt").write_bytes(b"b")
    assert main(["verify", "b"]) == 6
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("b/data/a.txt: its sha256 is not the one in manifest-sha256.txt: 3e23e8160039594a…")
    assert lines[-1] == "  The bag has been changed; get another copy."


def test_number_of_reported_bag_errors_is_limited(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "b")
    for number in range(80):
        (folder / f"data/{number}").write_bytes(b"")
    assert len(refused(folder).splitlines()) == 51


def test_pipes_and_devices_are_no_bags(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ArchiveError, match="no bag"):
            open_bag(path)
