"""Other programs that set the same book: how to run and how to install them.

All get the page of dingben's own: trim size, measure, type size, line gap, face. typst and
XeLaTeX read what pandoc makes of the same Markdown; Chromium and Paged.js print the HTML that
dingben lays out, with its styles, and ``text-align: justify``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.document import pandoc
from dingben.document.notes import footnotes
from dingben.theme.page_geometry import PageGeometry, page_geometry
from dingben.theme.stylesheets import stylesheet, variables
from dingben.theme.templates import Templates, rendered_divisions
from dingben.verification.checkers import chromium

READER = "markdown-smart-yaml_metadata_block-tex_math_dollars+east_asian_line_breaks"

TYPST = """\
#set page(width: {width}mm, height: {height}mm, margin: (top: {head}pt, bottom: {foot}pt, inside: {inner}pt, \
outside: {outer}pt), header: context {{
  let folio = counter(page).get().first()
  let heads = query(selector(heading.where(level: 1)).before(here()))
  set text(9pt)
  if heads.len() > 0 {{ if calc.even(folio) [#folio #h(1fr)] else [#heads.last().body #h(1fr) #folio] }} }})
#set text(font: "Noto Serif CJK SC", size: {size}pt, lang: "zh", region: "cn", top-edge: 0.88em, bottom-edge: -0.12em)
#set par(justify: true, first-line-indent: (amount: 2em, all: true), leading: {gap}pt, spacing: {gap}pt)
#set document(title: "合成之书")
#show heading.where(level: 1): it => {{ pagebreak(weak: true, to: "odd"); set align(center); set text(18pt); \
block(it, above: 36pt, below: 36pt) }}
#show heading.where(level: 2): set text(14pt)
#show heading.where(level: 3): set text(12pt)
#show heading: set block(above: 18pt, below: 18pt)
#show footnote.entry: set text(9pt)
#show table: set text(9pt)
#set table(stroke: (x: none, y: .4pt))
#let horizontalrule = line(length: 100%)
#outline(title: [目录], depth: 3)
"""

LATEX = r"""
\documentclass[UTF8,fontset=none,zihao=false,linespread=1,openright,twoside,10pt]{ctexbook}
\usepackage[paperwidth=@width@mm,paperheight=@height@mm,top=@head@pt,bottom=@foot@pt,inner=@inner@pt,textwidth=@text@pt]{geometry}
\usepackage{fontspec}
\setCJKmainfont[BoldFont=Noto Serif CJK SC Bold]{Noto Serif CJK SC}
\setmainfont[BoldFont=Noto Serif CJK SC Bold]{Noto Serif CJK SC}
\usepackage{longtable,booktabs,array,calc,etoolbox}
\usepackage[hidelinks,bookmarks=true]{hyperref}
\setlength{\headheight}{15pt}\usepackage{fancyhdr}\pagestyle{fancy}\fancyhf{}\fancyhead[LE,RO]{\small\thepage}\fancyhead[RE]{\small\leftmark}\renewcommand{\headrulewidth}{0pt}
\ctexset{chapter={numbering=false},section={numbering=false},subsection={numbering=false}}
\renewcommand{\normalsize}{\fontsize{@size@bp}{@line@bp}\selectfont}\normalsize\setlength{\parindent}{2em}\raggedbottom
\providecommand{\tightlist}{\setlength{\itemsep}{0pt}\setlength{\parskip}{0pt}}
\newcounter{none}
\makeatletter\newsavebox\pandoc@box\newcommand*\pandocbounded[1]{#1}\makeatother
\fancypagestyle{plain}{\fancyhf{}\fancyfoot[C]{\small\thepage}}
\begin{document}\tableofcontents
"""

CHROMIUM_CSS = "p, li, blockquote { text-align: justify }"


PAGED_CSS = f"{CHROMIUM_CSS}\n.pagedjs_page_content {{ font-size: var(--type-size) }}"
"""Paged.js gives the size of the margin boxes to the text."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: ``commands`` run one after another in ``folder`` and write ``pdf``."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    folder: Path
    pdf: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to compare with: ``found`` says whether it is installed, ``install`` how to install it."""

    name: str
    install: str
    found: Callable[[], bool]
    prepare: Callable[[Path, Path], Job]
    version: Callable[[], str]


def markdown_of(book: Path) -> str:
    """All chapters of the book as one Markdown text, notes renamed so that each name stands once."""
    parts = []
    for number, path in enumerate(sorted((book / "source/chapters").glob("*.md"))):
        parts.append(re.sub(r"\[\^(\w+)\]", rf"[^{number}n\1]", path.read_text("utf-8")))
    return "\n\n".join(parts)


def page(book: Path) -> PageGeometry:
    """The page that dingben gives the book."""
    read = read_book(book)
    return page_geometry(read.format, variables(stylesheet(book, "print")), book / "source/book.toml")


def printed_html(book: Path, extra: str = "") -> str:
    """The HTML that dingben lays out for print, with its style sheets inside."""
    read = read_book(book)
    edition = BuildContext(read, [])
    fragments = edition.fragments
    css = stylesheet(book, "print")
    templates = Templates(read)
    texts = [pandoc.write_html(footnotes(fragment.blocks)) for fragment in fragments]
    html = templates.render(
        "book.html", sections=rendered_divisions(read, fragments, texts), tools=edition.tools, date=None
    )
    styles = "\n".join((css, templates.render("page.css", page=page(book)), extra))
    return html.replace("</head>", f"<style>\n{styles}\n</style>\n</head>", 1)


def pandoc_path() -> str:
    """The pandoc that dingben uses."""
    return str(pandoc.bundled_path() or "pandoc")


# -- the programs


def typst_job(book: Path, folder: Path) -> Job:
    """pandoc's typst output, compiled by the PyPI package."""
    there = page(book)
    head = TYPST.format(
        width=there.width_mm, height=there.height_mm, head=there.head, foot=there.foot, inner=there.inner,
        outer=there.outer, size=there.size, gap=there.line - there.size,
    )  # fmt: skip
    write(folder / "head.typ", head)
    write(folder / "book.md", markdown_of(book))
    convert = (pandoc_path(), f"--from={READER}", "--to=typst-smart", "--wrap=none", "book.md", "-o", "body.typ")
    subprocess.run(convert, cwd=folder, check=True)
    write(folder / "book.typ", head + (folder / "body.typ").read_text("utf-8"))
    compiled = "import typst; typst.compile('book.typ', output='typst.pdf')"
    return Job("typst", ((sys.executable, "-c", compiled),), folder, folder / "typst.pdf")


def typst_from_markdown(book: Path, folder: Path) -> Job:
    """The same, including pandoc's conversion."""
    job = typst_job(book, folder)
    script = (
        "import pathlib, subprocess, sys, typst; subprocess.run(sys.argv[1:], check=True); "
        "pathlib.Path('book.typ').write_text("
        "pathlib.Path('head.typ').read_text('utf-8') + pathlib.Path('body.typ').read_text('utf-8'), 'utf-8'); "
        "typst.compile('book.typ', output='typst.pdf')"
    )
    convert = (pandoc_path(), f"--from={READER}", "--to=typst-smart", "--wrap=none", "book.md", "-o", "body.typ")
    return Job("pandoc + typst", ((sys.executable, "-c", script, *convert),), folder, job.pdf)


def chromium_job(book: Path, folder: Path) -> Job:
    """Chromium's print of dingben's HTML."""
    write(folder / "book.html", printed_html(book, CHROMIUM_CSS))
    command = (
        chromium() or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-dev-shm-usage", "--generate-pdf-document-outline", "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={folder / 'chromium.pdf'}",
        f"file://{folder / 'book.html'}",
    )  # fmt: skip
    return Job("Chromium", (command,), folder, folder / "chromium.pdf")


def paged_job(book: Path, folder: Path) -> Job:
    """Paged.js over the same HTML, in the same Chromium."""
    # Paged.js writes `:nth(1 of name)` into a selector that no browser knows, and stops there
    html = re.sub(r"@page :nth\(1 of \w+\) \{[^}]*\}", "", printed_html(book, PAGED_CSS))
    write(folder / "paged.html", html)
    command = (
        "env", f"PUPPETEER_EXECUTABLE_PATH={chromium()}", str(pagedjs()), "paged.html", "-o", "paged.pdf",
        "--browserArgs", "--no-sandbox", "--timeout", "900000", "--outline-tags", "h1,h2,h3",
    )  # fmt: skip
    return Job("Paged.js", (command,), folder, folder / "paged.pdf")


def xelatex_job(book: Path, folder: Path) -> Job:
    """pandoc's LaTeX output with ctexbook, run three times until contents and page numbers are stable."""
    there = page(book)
    write(folder / "book.md", markdown_of(book))
    convert = (
        pandoc_path(),
        f"--from={READER}",
        "--to=latex-smart",
        "--wrap=none",
        "--top-level-division=chapter",
        "book.md",
    )
    body = subprocess.run(convert, cwd=folder, check=True, capture_output=True, text=True).stdout
    head = LATEX
    # TeX's point is 1/72.27 inch, ours is 1/72
    scale = 72.27 / 72
    values = {
        "width": there.width_mm, "height": there.height_mm, "head": there.head * scale, "foot": there.foot * scale,
        "inner": there.inner * scale, "text": there.measure * there.size * scale,
        "size": there.size, "line": there.line,
    }  # fmt: skip
    for name, value in values.items():
        head = head.replace(f"@{name}@", f"{value:.5f}")
    write(folder / "xelatex.tex", head + body + "\n\\end{document}\n")
    command = ("xelatex", "-interaction=nonstopmode", "xelatex.tex")
    return Job("XeLaTeX + ctex", (command,) * 3, folder, folder / "xelatex.pdf")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def pagedjs() -> str | None:
    """pagedjs-cli: on the PATH, or in node_modules/ here or where PAGEDJS names it."""
    local = Path("node_modules/.bin/pagedjs-cli")
    named = os.environ.get("PAGEDJS")
    return named or shutil.which("pagedjs-cli") or (str(local.resolve()) if local.is_file() else None)


def pagedjs_version() -> str:
    """Version from the package file, since the program does not print it."""
    there = Path(pagedjs() or "").resolve()
    package = next((p / "package.json" for p in there.parents if (p / "package.json").is_file()), None)
    return f"pagedjs-cli {json.loads(package.read_text('utf-8'))['version']}" if package else "pagedjs-cli ?"


def first_line(command: Sequence[str]) -> str:
    """Version that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.strip() or done.stderr.strip() or "?").splitlines()[0].strip()


def typst_version() -> str:
    import importlib.metadata

    return f"typst {importlib.metadata.version('typst')} (PyPI)"


def has_typst() -> bool:
    return importlib.util.find_spec("typst") is not None


def has_xelatex() -> bool:
    if not shutil.which("kpsewhich") or not shutil.which("xelatex"):
        return False
    return bool(subprocess.run(["kpsewhich", "ctexbook.cls"], capture_output=True, check=False).stdout.strip())


PEERS = (
    Peer("typst", "pip install --group bench", has_typst, typst_job, typst_version),
    Peer("pandoc + typst", "pip install --group bench", has_typst, typst_from_markdown, typst_version),
    Peer(
        "Chromium",
        "apt install chromium",
        lambda: chromium() is not None,
        chromium_job,
        lambda: first_line([chromium() or "chromium", "--version"]),
    ),
    Peer(
        "Paged.js",
        "PUPPETEER_SKIP_DOWNLOAD=1 npm install pagedjs-cli (in this folder, or name its program in PAGEDJS)",
        lambda: pagedjs() is not None and chromium() is not None,
        paged_job,
        pagedjs_version,
    ),
    Peer(
        "XeLaTeX + ctex",
        "apt install --no-install-recommends texlive-xetex texlive-lang-chinese texlive-fonts-recommended",
        has_xelatex,
        xelatex_job,
        lambda: first_line(["xelatex", "--version"]),
    ),
)
