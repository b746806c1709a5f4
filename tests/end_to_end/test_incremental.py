"""Incremental builds give the bytes of a cold build, and build only what a change affects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dingben.book.reader import read_book
from dingben.book.resources import packaged
from dingben.builder.graph import build
from dingben.builder.registry import formats
from dingben.builder.staleness import fingerprint, shaping
from tests.builder.test_graph import digests
from tests.support.books import full_book, small_book, write

EDITIONS = ["pdf", "epub", "html", "txt", "web", "print"]
TEMPLATES = [
    "book.html",
    "division.html",
    "toc.html",
    "titlepage.html",
    "cover.html",
    "page.css",
    "onefile.html",
    "web/index.html",
]


def rebuilt(book: Path) -> list[str]:
    """The editions that a build had to make again."""
    return [output.target for output in build(book, EDITIONS).outputs if output.why]


@pytest.mark.parametrize(
    ("file", "text", "shapes"),
    [
        ("styles/print.css", "p { color: #111 }", ["pdf", "web", "print"]),
        ("styles/web.css", "p { color: #111 }", ["html", "web"]),
        ("styles/epub.css", "p { color: #111 }", ["epub", "web"]),
        ("styles/book.css", "p { color: #111 }", EDITIONS),
        ("templates/web/index.html", "<p>{{ book.title.title }}</p>", ["web"]),
        ("templates/page.css", "@page { margin: 9mm }", ["pdf", "web", "print"]),
        ("source/ledger.jsonl", "", EDITIONS),
    ],
)
@pytest.mark.slow
def test_changed_file_rebuilds_only_dependent_editions(
    built_small_book: Path, tmp_path: Path, file: str, text: str, shapes: list[str]
) -> None:
    book = tmp_path / "book"
    shutil.copytree(built_small_book, book)
    assert rebuilt(book) == []
    write(book / file, text)
    assert rebuilt(book) == shapes
    assert rebuilt(book) == []


@pytest.fixture(scope="module")
def built_small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = small_book(tmp_path_factory.mktemp("small"))
    build(book, EDITIONS)
    return book


def test_included_templates_are_dependencies(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "templates/page.css", "@page { margin: 9mm }")
    assert "templates/page.css" not in shaping(formats()["txt"], fingerprint(book), book)
    write(book / "templates/titlepage.html", '<p>{% include "page.css" %}</p>')
    assert "templates/page.css" in shaping(formats()["txt"], fingerprint(book), book)


def test_ignored_files_exist() -> None:
    for name in frozenset().union(*(f.ignores for f in formats().values())) - {"source/ledger.jsonl"}:
        assert (packaged("styles").parent / name).is_file(), name


def test_deleted_web_page_is_rebuilt(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    build(book, ["web"])
    (book / "build/web/01.html").unlink()
    why = {output.target: output.why for output in build(book, ["web"]).outputs}
    assert why["web"] == ("web/01.html changed",)
    assert (book / "build/web/01.html").is_file()


def test_file_saved_during_a_build_is_stale_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = small_book(tmp_path)

    def saved_after_reading(folder: Path) -> object:
        made = read_book(folder)
        write(folder / "source/chapters/01.md", "# 第一章 起首\n\n新的正文。\n")
        return made

    monkeypatch.setattr("dingben.builder.graph.read_book", saved_after_reading)
    build(book, ["txt"])
    monkeypatch.setattr("dingben.builder.graph.read_book", read_book)
    (output,) = build(book, ["txt"]).outputs
    assert output.why == ("source/chapters/01.md changed",)
    assert "新的正文" in (book / "build/haigang.txt").read_text("utf-8")


# -- the law


class Editor:
    """Changes a book as a person would; every change keeps it a book."""

    def __init__(self, book: Path) -> None:
        self.book, self.count = book, 0
        self.chapters = book / "source/chapters"

    def files(self) -> list[Path]:
        return [p for p in sorted(self.chapters.glob("*.md")) if p.name[0] in "0123456" and p.name[:2] != "00"]

    def do(self, kind: str, pick: int) -> None:
        self.count += 1
        files = self.files()
        getattr(self, kind)(files[pick % len(files)], pick)

    def paragraph(self, file: Path, _: int) -> None:
        file.write_text(f"{file.read_text('utf-8')}\n\n增补的一段，第{self.count}次。\n", "utf-8")

    def cut(self, file: Path, _: int) -> None:
        parts = file.read_text("utf-8").split("\n\n")
        plain = [i for i, p in enumerate(parts) if i and p and p[0] not in "#[:|!>-" and "[^" not in p and "{" not in p]
        if plain:
            del parts[plain[-1]]
        file.write_text("\n\n".join(parts), "utf-8")

    def note(self, file: Path, _: int) -> None:
        name = f"[^n{self.count}]"
        file.write_text(f"{file.read_text('utf-8')}\n\n有注{name}之处。\n\n{name}: 注文其{self.count}。\n", "utf-8")

    def heading(self, file: Path, _: int) -> None:
        file.write_text(f"{file.read_text('utf-8')}\n\n## 新节{self.count}\n\n节中正文。\n", "utf-8")

    def add(self, _file: Path, pick: int) -> None:
        name = f"5{pick % 10}-new{self.count}.md"
        write(self.chapters / name, f"# 第{self.count}章 新章\n\n见[前言](00-preface.md)，正文{pick}。\n")
        self.toml(
            '[[division]]\nmatter = "back"\nrole = "bib',
            f'[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/{name}"\n\n',
        )

    def rename(self, file: Path, _: int) -> None:
        new = f"{file.name[:2]}-renamed{self.count}.md"
        file.rename(self.chapters / new)
        for other in [*self.chapters.glob("*.md"), self.book / "source/book.toml"]:
            other.write_text(other.read_text("utf-8").replace(file.name, new), "utf-8")

    def remove(self, file: Path, _: int) -> None:
        if len(self.files()) < 2 or any(file.name in p.read_text("utf-8") for p in self.chapters.glob("*.md")):
            return
        toml = self.book / "source/book.toml"
        blocks = toml.read_text("utf-8").split("[[division]]")
        toml.write_text("[[division]]".join(b for b in blocks if file.name not in b), "utf-8")
        file.unlink()

    def toml(self, before: str, text: str) -> None:
        toml = self.book / "source/book.toml"
        old = toml.read_text("utf-8")
        toml.write_text(old.replace(before, text + before, 1), "utf-8")

    def metadata(self, _file: Path, pick: int) -> None:
        toml = self.book / "source/book.toml"
        lines = [
            f'price = "{self.count}.00"' if line.startswith("price") else line
            for line in toml.read_text("utf-8").splitlines()
        ]
        lines = [
            f'subtitle = "兼论其{self.count}"' if line.startswith("subtitle") and pick % 2 else line for line in lines
        ]
        toml.write_text("\n".join(lines) + "\n", "utf-8")

    def style(self, _file: Path, pick: int) -> None:
        sheet = ("book", "print", "epub", "web")[pick % 4]
        base = packaged("styles") / f"{sheet}.css"
        text = base.read_text("utf-8") if base.is_file() else ""
        write(self.book / f"styles/{sheet}.css", f"{text}\nstrong {{ color: #{self.count:06d} }}\n")

    def template(self, _file: Path, pick: int) -> None:
        name = TEMPLATES[pick % len(TEMPLATES)]
        text = (packaged("templates") / name).read_text("utf-8")
        mark = f"/* {self.count} */\n" if name.endswith(".css") else f"<!-- {self.count} -->\n"
        path = self.book / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("</head>", mark + "</head>") if "</head>" in text else text + mark, "utf-8")

    def untemplate(self, _file: Path, _pick: int) -> None:
        shutil.rmtree(self.book / "templates", ignore_errors=True)

    def picture(self, _file: Path, _pick: int) -> None:
        path = self.book / "source/images/harbour.svg"
        path.write_text(
            path.read_text("utf-8").replace("</svg>", f'<circle cx="{self.count}" cy="9" r="2"/></svg>'), "utf-8"
        )

    def target(self, _file: Path, _pick: int) -> None:
        (self.book / "build/sihai.epub").write_bytes(b"spoilt")


CHANGES = [name for name in vars(Editor) if not name.startswith("_") and name not in ("files", "do", "toml")]


@pytest.mark.slow
@settings(max_examples=5, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 99)), min_size=1, max_size=3),
        min_size=2,
        max_size=4,
    )
)
def test_incremental_bytes_equal_cold_bytes(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    book = full_book(folder / "book")
    editor = Editor(book)
    build(book, EDITIONS)
    for number, changes in enumerate(rounds):
        for kind, pick in changes:
            editor.do(kind, pick)
        build(book, EDITIONS)
        cold = folder / f"cold{number}"
        shutil.copytree(book, cold, ignore=shutil.ignore_patterns("build"))
        build(cold, EDITIONS)
        assert digests(book) == digests(cold), changes
