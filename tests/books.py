"""Small books for the tests, written into a folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

FRONT = (("front", "halftitlepage"), ("front", "titlepage"), ("front", "imprint"))


def write(path: Path, text: str) -> Path:
    """Write ``text``, dedented, to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def small_book(folder: Path, chapter: str = "# 第一章 起首\n\n正文。\n", *, head: str = "", more: str = "") -> Path:
    """A book of one chapter; ``head`` goes into [book], ``more`` at the end of book.toml."""
    write(
        folder / "source/book.toml",
        f'[book]\ntitle = "海港志"\nslug = "haigang"\n{head}\n[[contributor]]\nname = "张某"\n{more}\n'
        '[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/01.md"\n',
    )
    (folder / "source/chapters").mkdir(exist_ok=True)
    (folder / "source/chapters/01.md").write_text(chapter, encoding="utf-8")
    return folder


PARAGRAPH = (
    "海港的研究，向来以档案与方志为主；“港”与“城”之间的关系——尤其在宋元两代——却少有人细论……"
    "本书分两章，依次讨论其起源、演变与影响，并与Venice、Amsterdam等城市相比较，兼及1405年以后的航路。"
)


def full_book(folder: Path) -> Path:
    """A book with every kind of division, notes, a table, a picture, links and printed pages."""
    write(
        folder / "source/book.toml",
        """
        [book]
        title = "“四海一家”视野下的古代海港城市研究"
        subtitle = "兼论《海港志》"
        title_pinyin = "Sihai Yijia"
        language = "zh-Hans"
        author_statement = "张某 等著"
        series = "海港文库"
        description = "一部说明海港城市如何形成的书，供测试之用。"
        slug = "sihai"

        [[contributor]]
        name = "张某"

        [[contributor]]
        name = "李某"
        role = "edt"

        [publication]
        publisher = "某某出版社"
        publisher_place = "北京"
        pub_date = "2017.11"
        isbn = "978-7-5000-1234-4"
        cip_number = "（2017）第000001号"
        clc = "K928.5"
        edition = "2017年11月第1版"
        price = "48.00"

        [imprint]
        responsible_editor = "王某"
        phone_piracy = ["010-10000001", "010-10000002"]

        [format]
        trim = "710mm×1000mm 1/16"

        [[division]]
        matter = "front"
        role = "halftitlepage"

        [[division]]
        matter = "front"
        role = "titlepage"

        [[division]]
        matter = "front"
        role = "imprint"

        [[division]]
        matter = "front"
        role = "preface"
        file = "chapters/00-preface.md"

        [[division]]
        matter = "front"
        role = "toc"

        [[division]]
        matter = "body"
        role = "chapter"
        file = "chapters/01-origin.md"

        [[division]]
        matter = "body"
        role = "chapter"
        file = "chapters/02-change.md"

        [[division]]
        matter = "back"
        role = "bibliography"
        file = "chapters/90-references.md"

        [[division]]
        matter = "back"
        role = "colophon"
        """,
    )
    chapters = folder / "source/chapters"
    write(chapters / "00-preface.md", f"# 前言\n\n{PARAGRAPH}\n\n::: {{.signature}}\n张某\n\n2017年10月\n:::\n")
    body = "\n\n".join([PARAGRAPH * 3] * 4)
    (chapters / "01-origin.md").write_text(
        f'# 第一章 起源\n\n[]{{.pagebreak #page-1 title="1"}}{PARAGRAPH}[^1]见[第二章](02-change.md)。\n\n'
        f'## 第一节 港与城\n\n{body}\n\n### 1.1 档案\n\n正文[^2]，[]{{.pagebreak #page-2 title="2"}}接着。\n\n'
        "![港口的方位](images/harbour.svg)\n\n: 表1-1 船数\n\n| 年份 | 船数 |\n|------|-----:|\n| 1200 | 30 |\n\n"
        "[^1]: 见《海港志》卷三。\n\n[^2]: 第一段。\n\n    第二段。\n",
        encoding="utf-8",
    )
    (chapters / "02-change.md").write_text(
        f"# 第二章 “四海一家”背景下海港城市的新要求、特征及问题\n\n{body}\n\n## 第一节 《论语》与海\n\n"
        f"> 道不行，乘桴浮于海。\n\n- 其一[^1]\n- 其二\n\n{body}\n\n[^1]: 又一条注，见<https://example.org/>。\n",
        encoding="utf-8",
    )
    write(chapters / "90-references.md", "# 参考文献\n\n\\[1\\] 张某. 海港志\\[M\\]. 北京: 某某出版社, 1999.\n")
    write(
        folder / "source/images/harbour.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">'
        '<rect width="200" height="100" fill="#dde"/><circle cx="60" cy="50" r="20"/></svg>\n',
    )
    return folder
