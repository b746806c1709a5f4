"""The archive: what is in it, what others say of it, and that it is the same every time."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from dingben.builder.graph import build
from dingben.errors import SourceError
from dingben.formats.archive.bagit import open_bag
from dingben.restore.ingest import ingest
from dingben.verification import schemas
from dingben.verification.checkers import verify
from tests.support.books import small_book

DATA = Path(__file__).parents[2] / "data" / "ocr"
PREMIS = {"p": "http://www.loc.gov/premis/v3"}


@pytest.fixture
def bag(built_book: Path) -> Path:
    return built_book / "build/sihai-archive"


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book restored from raw text, with its archive."""
    folder = tmp_path_factory.mktemp("restored")
    ingest([DATA / "hans.txt"], folder)
    build(folder, ["archive"])
    return next((folder / "build").glob("*-archive"))


def test_bag_contains_editions_sources_program_and_records(bag: Path) -> None:
    names = set(open_bag(bag).files)
    editions = {"sihai.pdf", "sihai.epub", "sihai.xml", "web/index.html"}
    assert {f"data/editions/{name}" for name in editions} <= names
    assert {"data/source/book.toml", "data/source/chapters/01-origin.md", "data/source/images/harbour.svg"} <= names
    assert {"data/templates/book.html", "data/styles/print.css", "data/dingben/cli/parser.py"} <= names
    records = {"dublin-core.xml", "onix.xml", "premis.xml", "schema-org.jsonld"}
    assert {"README.md", "CHANGES.md", "environment.json", *(f"metadata/{n}" for n in records)} <= names


def test_bag_contains_raw_text_and_ledger(restored: Path) -> None:
    assert (restored / "data/source/ocr/hans.txt").read_bytes() == (DATA / "hans.txt").read_bytes()
    assert (restored / "data/source/ledger.jsonl").is_file()


def test_editions_in_the_bag_equal_those_in_build(bag: Path) -> None:
    for name in ("sihai.pdf", "sihai.epub", "sihai.xml", "web/index.html", "web/sihai.pdf"):
        assert (bag / "data/editions" / name).read_bytes() == (bag.parent / name).read_bytes()


@pytest.mark.slow
def test_other_validators_accept_the_bag(
    bag: Path, need: Callable[[str, str], str], need_schemas: Callable[[], None]
) -> None:
    need_schemas()
    need("java", "apt install default-jre-headless")
    need("qpdf", "apt install qpdf")
    reports = verify(bag)
    assert [str(r) for r in reports if r.messages] == []
    checkers = {r.checker for r in reports if not r.skipped}
    assert {"bagit", "bagit-profile", "onixcheck", "PREMIS schema", "EPUBCheck", "qpdf", "tei_all"} <= checkers


@pytest.mark.parametrize("other", ["restored", "small"])
def test_records_of_other_books_are_valid(
    other: str, restored: Path, tmp_path: Path, need_schemas: Callable[[], None]
) -> None:
    need_schemas()
    folder = restored
    if other == "small":
        build(small_book(tmp_path, head='language = "en"'), ["archive"])
        folder = tmp_path / "build/haigang-archive"
    assert schemas.onix_messages(folder / "metadata/onix.xml") == []
    assert schemas.premis_messages((folder / "metadata/premis.xml").read_bytes()) == []
    assert schemas.profile_messages(folder) == []
    assert schemas.bagit_messages(folder) == []


def test_record_schemas_report_errors(bag: Path, tmp_path: Path, need_schemas: Callable[[], None]) -> None:
    need_schemas()
    copy = tmp_path / "copy"
    shutil.copytree(bag, copy)
    onix = copy / "metadata/onix.xml"
    onix.write_bytes(onix.read_bytes().replace(b"<NotificationType>03", b"<NotificationType>99"))
    assert schemas.onix_messages(onix)
    premis = (copy / "metadata/premis.xml").read_bytes()
    assert schemas.premis_messages(
        premis.replace(b"<eventType>", b"<eventKind>").replace(b"</eventType>", b"</eventKind>")
    )
    info = copy / "bag-info.txt"
    info.write_text(info.read_text("utf-8").replace("Edition-Revision", "Edition"), "utf-8")
    assert schemas.profile_messages(copy)


def test_premis_lists_every_file_with_its_digest(bag: Path) -> None:
    root = etree.parse(str(bag / "metadata/premis.xml")).getroot()
    told = {}
    for each in root.iterfind("p:object", PREMIS):
        name = each.findtext("p:objectIdentifier/p:objectIdentifierValue", namespaces=PREMIS)
        told[name] = each.findtext("p:objectCharacteristics/p:fixity/p:messageDigest", namespaces=PREMIS)
    there = {p.relative_to(bag).as_posix(): p for p in (bag / "data").rglob("*") if p.is_file()}
    assert told == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
    linked = {e.text for e in root.iterfind(".//p:linkingObjectIdentifierValue", PREMIS)}
    assert linked <= told.keys()
    agents = {e.text for e in root.iterfind("p:agent/p:agentName", PREMIS)}
    assert {e.text for e in root.iterfind(".//p:linkingAgentIdentifierValue", PREMIS)} <= agents


def test_premis_has_an_ingest_event_only_for_restored_books(bag: Path, restored: Path) -> None:
    assert b"normalization" not in (bag / "metadata/premis.xml").read_bytes()
    record = (restored / "metadata/premis.xml").read_text("utf-8")
    assert "raw text restored to clean sources" in record
    assert "characters kept" in record


def test_records_name_the_book(bag: Path) -> None:
    dublin = (bag / "metadata/dublin-core.xml").read_text("utf-8")
    assert "“四海一家”视野下的古代海港城市研究：兼论《海港志》</dc:title>" in dublin
    assert "<dc:source>urn:isbn:9787500012344</dc:source>" in dublin
    schema = json.loads((bag / "metadata/schema-org.jsonld").read_text("utf-8"))
    assert schema["isBasedOn"]["isbn"] == "9787500012344"
    for encoding in schema["encoding"]:
        data = (bag / encoding["contentUrl"]).read_bytes()
        assert encoding["sha256"] == hashlib.sha256(data).hexdigest()
    onix = (bag / "metadata/onix.xml").read_text("utf-8")
    assert onix.count("<Product>") == 2
    assert onix.count("<IDValue>9787500012344</IDValue>") == 2


@pytest.mark.slow
def test_bag_has_no_date_without_source_date_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)
    build(book, ["archive"])
    bag = book / "build/haigang-archive"
    assert "Bagging-Date" not in (bag / "bag-info.txt").read_text("utf-8")
    assert "<eventDateTime>unknown<" in (bag / "metadata/premis.xml").read_text("utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    build(book, ["archive"])
    assert "Bagging-Date: 2023-11-14" in (bag / "bag-info.txt").read_text("utf-8")
    assert "<eventDateTime>2023-11-14T22:13:20Z<" in (bag / "metadata/premis.xml").read_text("utf-8")
    assert "SOURCE_DATE_EPOCH=1700000000 env/bin/python -m dingben build" in (bag / "README.md").read_text("utf-8")
    with zipfile.ZipFile(book / "build/haigang-archive.zip") as archive:
        assert {i.date_time for i in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_environment_lists_embedded_fonts(bag: Path) -> None:
    state = json.loads((bag / "environment.json").read_text("utf-8"))
    fonts = {font["name"]: font for font in state["fonts"]}
    assert "Noto-Serif-CJK-SC" in fonts
    assert all(len(font["sha256"]) == 64 for font in state["fonts"])
    assert state["packages"]["weasyprint"] == "70.0"
    assert all(state["libraries"].values())
    assert "weasyprint==70.0\n" in (bag / "data/requirements.txt").read_text()


def test_bag_readme_lists_files_in_two_languages(bag: Path) -> None:
    text = (bag / "README.md").read_text("utf-8")
    chinese, english = text.split("## What this is")
    for part in (chinese, english):
        assert "`data/editions/sihai.pdf`" in part
        assert "dingben rebuild" in part
        assert "sha256sum --check" in part
        assert "data/source/images/" in part
        assert "ledger.jsonl" not in part
    assert "$" not in text
    assert (bag / "data/dingben/LICENSE").is_file()


def test_sha256sum_verifies_the_bag(bag: Path) -> None:
    for name in ("manifest-sha256.txt", "tagmanifest-sha512.txt"):
        tool = name.partition("-")[2].removesuffix(".txt") + "sum"
        subprocess.run([tool, "--check", "--quiet", name], cwd=bag, check=True)


def test_unzip_verifies_the_zip_file(bag: Path, need: Callable[[str, str], str]) -> None:
    unzip = need("unzip", "apt install unzip")
    done = subprocess.run([unzip, "-tq", f"{bag}.zip"], capture_output=True, text=True, check=True)
    assert "No errors detected" in done.stdout


@pytest.mark.slow
def test_damaged_bag_is_rebuilt(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    build(book, ["archive"])
    path = book / "build/haigang-archive/data/source/book.toml"
    whole = path.read_bytes()
    path.write_bytes(b"spoilt")
    made = {o.target: o.why for o in build(book, ["archive"]).outputs}
    assert made["bag"] == ("haigang-archive/data/source/book.toml changed",)
    assert made["archive"] == ()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["a%b.png", "a\\b.png", "A.SVG"])
def test_unportable_file_name_is_an_error_with_a_place(name: str, tmp_path: Path) -> None:
    book = small_book(tmp_path)
    images = book / "source/images"
    images.mkdir()
    (images / "a.svg").write_text("<svg/>")
    (images / name).write_text("<svg/>")
    with pytest.raises(SourceError, match="can't go into an archive"):
        build(book, ["archive"])


@pytest.mark.slow
def test_bag_rebuilds_its_editions_in_an_empty_environment(tmp_path: Path) -> None:
    """As the README in the bag says: its own program, the packages it names, nothing else."""
    book = small_book(tmp_path / "book")
    build(book, ["archive"])
    bag, work = book / "build/haigang-archive", tmp_path / "work"
    shutil.copytree(bag / "data", work)
    venv.create(work / "env", with_pip=True)
    python = str(work / "env/bin/python")
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", "requirements.txt"], cwd=work, check=True)
    subprocess.run([python, "-m", "dingben", "build", "--quiet"], cwd=work, check=True, env=clean)
    for path in (bag / "data/editions").rglob("*"):
        if path.is_file():
            assert (work / "build" / path.relative_to(bag / "data/editions")).read_bytes() == path.read_bytes(), path
    assert (work / "build/haigang-archive.zip").read_bytes() == Path(f"{bag}.zip").read_bytes()


@pytest.mark.slow
def test_program_in_the_bag_builds_the_same_editions(tmp_path: Path) -> None:
    book = small_book(tmp_path / "book")
    build(book, ["archive"])
    bag = book / "build/haigang-archive"
    work = tmp_path / "work"
    shutil.copytree(bag / "data", work)
    command = [sys.executable, "-m", "dingben", "build", "--quiet"]
    subprocess.run(command, cwd=work, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    made = {
        p.relative_to(work / "build").as_posix(): p.read_bytes() for p in (work / "build").rglob("*") if p.is_file()
    }
    for path in (bag / "data/editions").rglob("*"):
        if path.is_file():
            assert made[path.relative_to(bag / "data/editions").as_posix()] == path.read_bytes()
    assert (work / "build/haigang-archive.zip").read_bytes() == Path(f"{bag}.zip").read_bytes()


def test_book_with_its_own_styles_is_recorded(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text(":root { --type-size: 11pt }")
    build(book, ["archive"])
    readme = (book / "build/haigang-archive/README.md").read_text("utf-8")
    assert "`styles/book.css`" in readme
    assert (book / "build/haigang-archive/data/styles/book.css").is_file()
