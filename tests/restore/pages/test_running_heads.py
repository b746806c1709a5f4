"""Running heads and folios are parsed off; what is text stays."""

from __future__ import annotations

from pathlib import Path

from dingben.restore.ingest import ingest

PROSE = "山水清音，何必丝竹。读书的人住在山里，每天看见的不过是云和树，听见的不过是水声，可是他从来不觉得少了什么"


def restored(tmp_path: Path, text: str) -> str:
    raw = tmp_path / "raw.txt"
    raw.write_text(text, encoding="utf-8")
    ingest([raw], tmp_path / "book")
    return "".join(p.read_text(encoding="utf-8") for p in sorted((tmp_path / "book/source/chapters").glob("*.md")))


def test_running_heads_and_folios_become_page_markers(tmp_path: Path) -> None:
    pages = "".join(f"{PROSE}，第{n}次\n\n{folio}\n\n{head}\n\n也是这样。\n\n" for n, folio, head in [
        ("一", "— 3 —", "第一章 山 水"), ("二", "· 4 ·", "5 山中读书记"), ("三", "5", "第一章山水"), ("四", "6", "第一章 山水 7"),
    ])  # fmt: skip
    text = restored(
        tmp_path, f"山中读书记\n\n王明著\n\n目录\n\n第一章 山水\t3\n第二章 清音\t40\n\n第一章 山水\n\n{pages}"
    )
    assert text.count("第一章") == 1
    assert "山中读书记" not in text
    for number in "4567":
        assert f'[]{{.pagebreak #page-{number} title="{number}"}}也是这样。' in text
    assert text.count("也是这样。\n") == 4


def test_heading_equal_to_a_running_head_is_kept(tmp_path: Path) -> None:
    body = "".join(f"{PROSE}，第{n}次\n\n{n}\n\n山水\n\n也是这样。\n\n" for n in (1, 2, 3, 4))
    text = restored(tmp_path, f"书林\n\n目录\n\n山水\t1\n清音\t9\n\n山水\n\n{body}")
    assert text.startswith("# 山水\n")
    assert text.count("山水\n") == 1


def test_numbers_that_do_not_count_pages_are_kept(tmp_path: Path) -> None:
    text = restored(tmp_path, "第一章 数\n\n答案是\n\n42\n\n不是\n\n7\n\n也不是\n\n1066\n")
    assert "42" in text
    assert "1066" in text


def test_page_numbers_from_the_contents(tmp_path: Path) -> None:
    torn = f"{PROSE}{PROSE}"
    text = restored(
        tmp_path,
        f"书名在此\n\n目录\n\n第一章 山\t1\n第一节 水\t2\n第二节 音\t3\n第二章 云\t9\n\n第一章 山\n\n{torn}\n\n也是这样。\n\n{torn}。\n\n"
        f"第一节 水\n\n{torn}，他\n\n说。\n\n第二节 音\n\n好。\n\n第二章 云\n\n好。\n",
    )
    assert '[]{.pagebreak #page-1 title="1"}山水清音' in text
    assert '，他[]{.pagebreak #page-3 title="3"}说。' in text
    assert '# 第二章 云\n\n[]{.pagebreak #page-9 title="9"}好。' in text


def test_repeated_line_without_page_end_is_text(tmp_path: Path) -> None:
    stanzas = "\n\n".join(
        f"潮水又回来了\n{name}还坐在堤上\n灯塔没有说话" for name in ("姐姐", "父亲", "渔夫", "孩子", "老人")
    )
    text = restored(tmp_path, f"第一章 潮\n\n{stanzas}\n")
    assert text.count("潮水又回来了") == 5
    assert text.count("灯塔没有说话") == 5


def test_stage_directions_and_signatures_are_kept(tmp_path: Path) -> None:
    body = "".join(f"{PROSE}，第{n}次。\n\n（灯暗）\n\n{PROSE}。\n\n堤上人\n\n" for n in "一二三四五六")
    text = restored(tmp_path, f"第一章 灯\n\n{body}")
    assert text.count("（灯暗）") == 6
    assert text.count("堤上人") == 6


def test_running_heads_with_folios_are_not_chapters(tmp_path: Path) -> None:
    pages = "".join(f"{PROSE}，第{n}次\n{head}\n也是这样。\n" for n, head in [
        ("一", "2　山中读书记"), ("二", "第一章 山水　3"), ("三", "4　山中读书记"), ("四", "第一章 山水　5"),
    ])  # fmt: skip
    text = restored(tmp_path, f"山中读书记\n\n王明 著\n\n第一章 山水\n\n{pages}")
    assert text.count("第一章") == 1
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# 第一章 山水"]


def test_section_numbers_are_not_folios(tmp_path: Path) -> None:
    body = "".join(f"{n}\n\n{PROSE}。\n\n{PROSE}，第{n}次。\n\n" for n in range(1, 9))
    text = restored(tmp_path, f"第一章 山\n\n{body}")
    assert all(f"\n{n}\n" in text or f"# {n}\n" in text for n in range(1, 9))


def test_names_with_numbers_are_not_pages(tmp_path: Path) -> None:
    names = "\n".join(
        f"{name}\t{n // 2 + 1}" for n, name in enumerate(["东塘", "西塘", "南塘", "北塘", "上塘", "下塘"])
    )
    text = restored(tmp_path, f"第一章 山水\n\n{PROSE}。\n\n{names}\n")
    assert all(name in text for name in ("东塘", "下塘"))


def test_folios_in_chinese_go_and_numbered_sections_stay(tmp_path: Path) -> None:
    page = f"{PROSE}。\n"
    text = restored(tmp_path, f"第一章　山水\n\n{page}　一四\n{page}　一五\n{page}　一六\n{page}")
    assert "一四" not in text
    assert 'title="15"' in text
    sections = "".join(f"{number}\n\n{page * 3}\n" for number in "一二三四五六")
    text = restored(tmp_path, f"山水\n\n作者：林墨\n\n{sections}")
    assert all(f"# {number}\n" in text for number in "一二三四五六")


def test_a_line_whose_number_counts_the_sheets_is_a_running_head(tmp_path: Path) -> None:
    heads = ["2 山水记　卷上", "清音记闻 3", "4 山水记　卷下", "读书杂记 5"]
    pages = "\f".join(f"{head}\n{PROSE}。\n{PROSE}。" for head in heads)
    text = restored(tmp_path, f"第一章　起\n{PROSE}。\f{pages}\n")
    assert "清音记闻" not in text
    assert 'title="3"' in text


def test_numbered_titles_that_come_again_are_no_running_heads(tmp_path: Path) -> None:
    entries = "\n\n".join(f"渡口与桥\t{n}\n\n　　{PROSE}。" for n in (1, 2, 3))
    assert restored(tmp_path, f"第一章 起\n\n{entries}\n").count("渡口与桥") == 3


def test_first_number_above_all_text_stands_at_the_head_of_its_page(tmp_path: Path) -> None:
    text = "".join(f"~ {n} ~\n\n{PROSE}\n\n" for n in (11, 12, 13))
    assert restored(tmp_path, f"第一章 起\n\n{text}").count('title="11"}山水') == 1
