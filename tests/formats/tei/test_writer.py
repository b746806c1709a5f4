"""The TEI text: valid, and with pages, notes, readings and gaps where they belong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.lint import find_gaps
from dingben.restore.ingest import ingest
from dingben.verification import schemas
from tests.support.books import full_book, small_book, write

DATA = Path(__file__).parents[2] / "data" / "ocr"
NAMES = {"t": "http://www.tei-c.org/ns/1.0"}
ID = "{http://www.w3.org/XML/1998/namespace}id"

CHAPTER = """# 第一章 起首

::: {.epigraph}
题记一行。

——《海港志》
:::

[]{.pagebreak #page-1 title="1"}第一段[^1]，有[港口]{lang="ja" #harbour}和*重点*、**粗**、H~2~O、`code`。见[此处](#harbour)。

## 第一节 诗与表 {#1-verse}

| 半亩方塘一鉴开，
| 天光云影共徘徊。
|
| 问渠那得清如许，

::: {.epigraph}
不在章首的题记。
:::

![图题](images/a.svg){alt="一个圆"}

: 表1 船

| 年份 | 船数 |
|------|-----:|
| 1911 | 812 |

1.  其一

    又一段。

2.  其二

术语
:   释义

> 引文。
>
> ### 引文里的标题

***

```
原样  的
字
```

### 1.1 目

[漢]{ruby="かん"}字，[汉字]{ruby="hàn zì"}，[必须]{.emphasis-dots}，[张三]{.proper-noun}读[史记]{.book-title-mark}。\\
换行。

::: {.note}
提示。
:::

::: {.signature}
张某

2017年
:::


"""


def tei(folder: Path) -> etree._Element:
    """The root of the TEI document of the book in ``folder``."""
    (output,) = build(folder, ["tei"]).outputs
    return etree.parse(str(output.path)).getroot()


def texts(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return ["".join(map(str, e.itertext())) if isinstance(e, etree._Element) else str(e) for e in found]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    book = small_book(tmp_path, CHAPTER + "[^1]: 注文。\n\n    第二段。\n")
    write(book / "source/images/a.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    return book


def valid(folder: Path) -> list[str]:
    (path,) = (folder / "build").glob("*.xml")
    messages = schemas.tei_messages(path.read_bytes())
    assert messages is not None
    return messages


def test_all_markup_is_valid_tei(sample: Path, need_schemas: Callable[[], None]) -> None:
    need_schemas()
    tei(sample)
    assert valid(sample) == []


def test_full_book_is_valid_tei(built_book: Path, need_schemas: Callable[[], None]) -> None:
    need_schemas()
    assert valid(built_book) == []


@pytest.mark.slow
@pytest.mark.parametrize("raw", ["hans.txt", "notes.txt", "traditional.txt", "tables.md"])
def test_restored_book_is_valid_tei(raw: str, tmp_path: Path, need_schemas: Callable[[], None]) -> None:
    need_schemas()
    ingest([DATA / raw], tmp_path)
    tei(tmp_path)
    assert valid(tmp_path) == []


def test_invalid_tei_is_reported(need_schemas: Callable[[], None]) -> None:
    need_schemas()
    messages = schemas.tei_messages(b'<TEI xmlns="http://www.tei-c.org/ns/1.0"><text/></TEI>')
    assert messages


def test_chapter_elements_in_tei(sample: Path) -> None:
    root = tei(sample)
    assert texts(root, "//t:body/t:div/@type") == ["chapter"]
    assert texts(root, "//t:body/t:div/t:head") == ["第一章 起首"]
    assert texts(root, "//t:div/t:div/t:head") == ["第一节 诗与表", "1.1 目"]
    assert texts(root, "//t:epigraph/t:bibl") == ["——《海港志》"]
    assert texts(root, "//t:epigraph/t:p") == ["题记一行。"]
    assert texts(root, "//t:quote[@type='epigraph']/t:p") == ["不在章首的题记。"]
    assert texts(root, "//t:lg/t:l") == ["半亩方塘一鉴开，", "天光云影共徘徊。", "问渠那得清如许，"]
    assert len(texts(root, "//t:lg")) == 2
    assert texts(root, "//t:pb/@n") == ["1"]
    assert texts(root, "//t:p/t:note[@place='foot']/t:p") == ["注文。", "第二段。"]
    assert texts(root, "//t:figure/t:figDesc") == ["一个圆"]
    assert texts(root, "//t:graphic/@url") == ["../source/images/a.svg"]
    assert texts(root, "//t:table/t:head") == ["表1 船"]
    assert texts(root, "//t:row[@role='label']/t:cell") == ["年份", "船数"]
    assert texts(root, "//t:list[@rend='numbered']/t:item/@n") == ["1", "2"]
    assert texts(root, "//t:foreign") == ["港口"]
    assert texts(root, "//t:hi[@rend='subscript']") == ["2"]
    assert texts(root, "//t:eg") == ["原样  的\n字"]
    assert texts(root, "//t:ruby/t:rt") == ["かん", "hàn", "zì"]
    assert texts(root, "//t:emph[@rend='dots'] | //t:p/t:name | //t:p/t:title") == ["必须", "张三", "史记"]
    assert texts(root, "//t:closer/t:signed") == ["张某", "2017年"]
    assert texts(root, "//t:label[@type='heading']") == ["引文里的标题"]


def test_tei_links_have_targets(built_book: Path) -> None:
    root = etree.parse(str(next((built_book / "build").glob("*.xml")))).getroot()
    known = {f"#{e.get(ID)}" for e in root.iter() if e.get(ID)}
    targets = [t for t in texts(root, "//t:ref/@target") if t.startswith("#")]
    assert targets
    assert set(targets) <= known


def test_header_describes_the_printed_book(built_book: Path) -> None:
    root = etree.parse(str(next((built_book / "build").glob("*.xml")))).getroot()
    assert texts(root, "//t:biblStruct//t:idno[@type='ISBN']") == ["978-7-5000-1234-4"]
    assert texts(root, "//t:biblStruct//t:date/@when") == ["2017-11"]
    assert texts(root, "//t:titleStmt/t:author") == ["张某"]
    assert texts(root, "//t:titleStmt/t:editor") == ["李某"]
    assert texts(root, "//t:seriesStmt/t:title") == ["海港文库"]
    assert texts(root, "//t:titlePage[@type='title']/t:byline") == ["张某 等著"]


def test_emendation_is_marked_in_place(tmp_path: Path) -> None:
    ingest([DATA / "hans.txt"], tmp_path)
    chapter = (tmp_path / "source/chapters/01-chapter.md").read_text("utf-8")
    words = next(line for line in chapter.splitlines() if len(line) > 40 and not line.startswith(("#", "[")))[10:22]
    changed = words[:5] + "校" + words[6:]
    write(
        tmp_path / "source/emendations.toml",
        f'[[emendation]]\nsic = "{words}"\ncorr = "{changed}"\nreason = "影印本第3页"\n\n'
        '[[ignore]]\ncode = "X901"\ntext = "无"\nreason = "例"\n',
    )
    ingest([DATA / "hans.txt"], tmp_path)
    root = tei(tmp_path)
    assert texts(root, "//t:body//t:choice/t:sic") == [words[5]]
    assert texts(root, "//t:body//t:choice/t:corr") == ["校"]
    target = texts(root, "//t:revisionDesc//t:change/@target")
    assert target == ["#emendation-1"]
    assert "影印本第3页" in texts(root, "//t:change")[0]
    assert texts(root, "//t:correction/@method") == ["silent", "markup"]


def test_ambiguous_emendation_is_only_listed(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n己亥年与己亥年。\n")
    write(book / "source/emendations.toml", '[[emendation]]\nsic = "已亥年"\ncorr = "己亥年"\n')
    made = build(book, ["tei"])
    assert ["is in several places" in f.message for f in made.diagnostics] == [True]
    root = etree.parse(str(made.outputs[0].path)).getroot()
    assert texts(root, "//t:choice") == []
    assert len(texts(root, "//t:change")) == 1


def test_truncated_text_ends_with_a_gap(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 第一章 起首\n\n" + "这一章的文字到这里为止都还在，" * 3 + "可是最后一句没有写\n")
    write(book / "source/contents.tsv", "1\t第一章 起首\t1\n1\t第二章 续\t20\n1\t第三章 终\t40\n")
    assert {f.code for f in find_gaps(read_book(book))} == {"T801", "T802"}
    root = tei(book)
    (gap,) = root.iter("{http://www.tei-c.org/ns/1.0}gap")
    assert gap.getparent() is not None
    assert (gap.tail or "").strip() == ""
    assert "2 headings are missing" in "".join(map(str, gap.itertext()))


def test_complete_text_has_no_gap(built_book: Path) -> None:
    root = etree.parse(str(next((built_book / "build").glob("*.xml")))).getroot()
    assert texts(root, "//t:gap") == []


def test_tei_adds_no_spaces(tmp_path: Path) -> None:
    full_book(tmp_path)
    root = tei(tmp_path)
    first = texts(root, "//t:div[@type='chapter'][1]/t:p[1]")[0]
    assert "\n" not in first
    assert first.startswith("海港的研究，向来以档案与方志为主；“港”与“城”之间的关系——")
