"""The proof end to end: raw text, sources and every edition of a bag agree, or the first difference is named."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.builder.graph import build
from dingben.cli import main
from dingben.formats.archive.bagit import make_bag, open_bag
from dingben.restore.ingest import ingest
from dingben.verification.archive_audit import audit_archive, html_report

DATA = Path(__file__).parents[1] / "data" / "ocr"


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bag of a book restored from raw text."""
    folder = tmp_path_factory.mktemp("restored")
    ingest([DATA / "hans.txt"], folder)
    build(folder, ["archive"])
    return next((folder / "build").glob("*-archive"))


def forged(bag: Path, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A bag whole in itself, with another payload."""
    files = {p.relative_to(bag / "data").as_posix(): p.read_bytes() for p in (bag / "data").rglob("*") if p.is_file()}
    tags = {n: open_bag(bag).read(n) for n in open_bag(bag).files if "/" not in n and "manifest" not in n}
    change(files)
    for name, content in make_bag(files, tags, list(open_bag(bag).info)[:-1]).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_restored_book_passes_the_archive_audit(restored: Path) -> None:
    proof = audit_archive(restored)
    assert proof.problems == ()
    assert [step.name.rpartition(".")[2] for step in proof.steps] == [
        "source/ocr", "pdf", "epub", "html", "txt", "xml", "html",
    ]  # fmt: skip
    assert proof.steps[0].characters == len((DATA / "hans.txt").read_text("utf-8"))
    assert all(step.characters > 300 for step in proof.steps)


def test_full_book_passes_the_archive_audit_in_a_zip_file(built_book: Path) -> None:
    assert audit_archive(built_book / "build/sihai-archive.zip").problems == ()


def spoil_text(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.startswith("editions/") and n.endswith(".txt"))
    lines = files[name].decode().split("\n")
    longest = max(range(len(lines)), key=lambda i: len(lines[i]))
    lines[longest] = lines[longest][:9] + lines[longest][10:]
    files[name] = "\n".join(lines).encode()


def spoil_tei(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.startswith("editions/") and n.endswith(".xml"))
    head, _, tail = files[name].decode().rpartition("</p>")
    files[name] = f"{head}又</p>{tail}".encode()


def spoil_web(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.startswith("editions/web/01"))
    files[name] = files[name].replace("。</p>".encode(), b"</p>", 1)


def spoil_pdf(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.startswith("editions/") and n.endswith(".pdf") and "web" not in n)
    files[name] = b"no PDF"


def spoil_epub(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.startswith("editions/") and n.endswith(".epub") and "web" not in n)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.opf", bytes(3_000_000))
    files[name] = bomb.getvalue()


def spoil_raw(files: dict[str, bytes]) -> None:
    files["source/ocr/hans.txt"] = files["source/ocr/hans.txt"] + "多".encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_text, "the txt differs from the source"),
        (spoil_tei, "the tei differs from the source"),
        (spoil_web, "the web differs from the source"),
        (spoil_pdf, "the pdf can't be read"),
        (spoil_epub, "the epub can't be read: a ZIP bomb"),
        (spoil_raw, "the rebuilt raw text has"),
    ],
)
def test_difference_in_a_valid_bag_is_reported(
    spoil: Callable[[dict[str, bytes]], None],
    message: str,
    restored: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dingben.verification.archive_audit.LARGEST_BOOK", 2_000_000)
    bag = forged(restored, tmp_path / "forged", spoil)
    assert main(["audit", str(bag), "--report", str(tmp_path / "proof.html")]) == 1
    out = capsys.readouterr().out
    assert message in out
    assert out.count(": differs") == 1
    shown = (tmp_path / "proof.html").read_text("utf-8")
    assert "不同 differs" in shown
    assert message.replace("'", "&#39;") in shown


def test_invalid_bag_fails_the_audit(restored: Path, tmp_path: Path) -> None:
    shutil.copytree(restored, tmp_path / "bag")
    (tmp_path / "bag/data/source/book.toml").unlink()
    assert main(["audit", str(tmp_path / "bag")]) == 6


def test_audit_report_escapes_text(restored: Path, tmp_path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        toml = files["source/book.toml"].decode()
        files["source/book.toml"] = toml.replace('title = "', 'title = "<script>alert(1)</script>', 1).encode()

    shown = html_report(audit_archive(forged(restored, tmp_path / "bag", change)))
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_lost_character_in_the_text_edition_is_reported(built_book: Path) -> None:
    """Every Han character taken out of a division of the plain text is missed."""
    from dingben.book.reader import read_book
    from dingben.builder.context import BuildContext
    from dingben.document import collation, plain
    from dingben.formats.text.writer import text_of_txt

    book = read_book(built_book)
    expected = plain.book_text(BuildContext(book, []).fragments)
    text = (built_book / "build/sihai.txt").read_text("utf-8")
    assert collation.compare(expected, text_of_txt(text.encode(), book), "txt") is None
    start = text.index("其一")
    places = [i for i in range(start, min(start + 400, len(text))) if "\u4e00" <= text[i] <= "\u9fff"]
    unseen = []
    for at in places:
        spoilt = text[:at] + text[at + 1 :]
        if collation.compare(expected, text_of_txt(spoilt.encode(), book), "txt") is None:
            unseen.append(text[at - 3 : at + 3])
    assert [piece for piece in unseen if "〔" not in piece and "注" not in piece] == []


def test_audit_unpacks_nothing_beside_the_zip_file(restored: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    shutil.copy(f"{restored}.zip", path)
    audit_archive(path)
    assert list(tmp_path.iterdir()) == [path]
    assert zipfile.is_zipfile(path)
