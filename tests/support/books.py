"""Sample books, written into a folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

from PIL import Image

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


FEATURES = """
::: {.epigraph}
半亩方塘一鉴开。——题记
:::

正文*着重*与**加粗**，“引文‘内引’”——破折……[Latin *words*]{lang="en"}，H~2~O，x^2^，~~删~~，`代码 <b> & 行`[^a]，[漢字]{ruby="hàn zì"}，[要点]{.emphasis-dots}，[林某]{.proper-noun}。
[]{.pagebreak #page-xii title="xii"}图内![小岛](images/dot.png)文，见[自己](#here)、[下一章](02.md#there)、<https://example.org/?a=1&b=2>^[就地的注。]。

- 其一

    其一的续

    1. 甲
    2. 乙[^b]

- 其二

术语
:   解释一。

    解释二。

| 半亩方塘一鉴开，
|   天光云影共徘徊。

> 引文一。
>
> > 引文之内。

## 第一节 标题里的*着重*与注[^c] {#here}

### 1.1 目

#### 一、四级

##### （一）五级

###### 六级

```toml
a = "<b>" # & 注
```

| 左 | 中 | 右 |
|:---|:-:|---:|
| 一 | 二[^d] | 3 |
| | *四* | 5 |

: 表1-1 三栏

![图1-1 港口](images/harbour.svg){alt="一个圆" width=80%}

* * *

::: {.signature}
张某
:::

[^a]: 一段。

    - 列表
    - 又一项

    > 引文。

[^b]: 列表里的注，见[下一章](02.md)。
[^c]: 标题的注。
[^d]: 表格里的注。
"""

MATTERS = {
    "front": ("foreword", "preface", "acknowledgments", "dedication", "epigraph", "introduction", "preamble",
              "prologue", "abstract", "contributors", "loi", "lot", "notice"),
    "body": ("volume", "part", "chapter", "conclusion", "epilogue"),
    "back": ("afterword", "appendix", "bibliography", "credits", "other-credits", "endnotes", "errata", "glossary",
             "index"),
}  # fmt: skip


def rich_book(folder: Path, language: str = "zh-Hans", head: str = "", more: str = "") -> Path:
    """A book that uses all markup and all roles, with names that are markup elsewhere."""
    chapters = folder / "source/chapters"
    chapters.mkdir(parents=True)
    (folder / "source/images").mkdir()
    write(
        folder / "source/images/harbour.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><circle cx="60" cy="50" r="20"/></svg>\n',
    )
    Image.new("RGB", (8, 8), "#246").save(folder / "source/images/dot.png")
    rows = [
        '[[division]]\nmatter = "front"\nrole = "titlepage"\n',
        '[[division]]\nmatter = "front"\nrole = "imprint"\n',
    ]
    for matter, roles in MATTERS.items():
        for role in roles:
            name = "02" if role == "conclusion" else "01" if role == "chapter" else role
            text = f"# {role} <{role}> & 题\n\n正文。\n" if name == role else f"# 第{name}章 章 & <b>\n{FEATURES}"
            if name == "02":
                text = "# 第二章 末 {#there}\n\n又一章[^a]，见[前](01.md#here)。\n\n[^a]: 注。\n"
            write(chapters / f"{name}.md", text)
            rows.append(f'[[division]]\nmatter = "{matter}"\nrole = "{role}"\nfile = "chapters/{name}.md"\n')
        if matter == "front":
            rows.append('[[division]]\nmatter = "front"\nrole = "toc"\n')
    rows.append('[[division]]\nmatter = "back"\nrole = "colophon"\n')
    people = "".join(
        f'[[contributor]]\nname = "{name}"\nrole = "{role}"\n'
        for name, role in (("A & B <c>", "aut"), ("欧阳某", "aut"), ("单某", "edt"), ("［美］J. 某某", "trl"))
    )
    write(
        folder / "source/book.toml",
        f'[book]\ntitle = "港 & <城>"\nsubtitle = "“甲”与‘乙’ & <i>"\nlanguage = "{language}"\nslug = "gang"\n'
        f'series = "文库 & 丛书"\nsubject = "港口—史料"\n{head}\n{people}\n[publication]\npublisher = "某 & 某出版社"\n'
        f'clc = "K928.5"\npub_date = "1999"\n{more}\n' + "\n".join(rows),
    )
    return folder
