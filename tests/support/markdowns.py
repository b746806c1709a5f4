"""Hypothesis strategies for chapters: all markup that the book's Markdown knows, nested."""

from __future__ import annotations

from hypothesis import strategies as st

HAN = "海港的研究向来以档案与方志为主其说不一城墙之外有市舶司北方的船只往来如织"
MARKS = ["，", "。", "：", "；", "！", "？", "、", "——", "……", "”", "“", "（", "）", "《", "》", " ", ""]
ODD = [
    *("Darwin", "HTTP/2", "x_y", "1405年", "C++", "e.g.", "naïve", "10-30", "100%", "A&B", "1<2", "$5", "@me", "#1", "~"),
    *("^", "*", "_", "|", "<b>", "&amp;", "‘", "…", "ﬁ", "①", "Ⅳ", "𠮷", "々", "〇", "한", "Ω", "→"),
]  # fmt: skip

prose = st.builds(str.__add__, st.text(HAN, min_size=1, max_size=30), st.sampled_from(MARKS))


def around(before: str, after: str) -> st.SearchStrategy[str]:
    """Words between two signs."""
    return inline.map(lambda text: f"{before}{text.strip()}{after}")


inline: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        prose,
        prose,
        prose,
        st.sampled_from(ODD),
        st.sampled_from(["`x`", "^2^", "~n~", "~~删~~", "$x^2$", "\\\n"]),
        around("*", "*"),
        around("**", "**"),
        around("[", "](http://e.org/a?b=c&d=e)"),
        around("[", "](#c1)"),
        around("[", "]{.name}"),
    )
)
words = st.lists(inline, min_size=1, max_size=6).map(lambda parts: "".join(parts).replace("\\\n", "") or "字")
paragraph = st.builds(
    lambda text, note: f"段{text}{note}", words, st.one_of(st.just(""), prose.map(lambda text: f"^[注{text}]"))
)


def hung(sign: str, text: str) -> str:
    """A block behind a sign, its other lines set in as far."""
    return sign + text.replace("\n", "\n" + " " * len(sign))


def table(rows: list[tuple[str, str]], caption: str) -> str:
    """A table with a head, and rows or none."""
    cells = [[cell.replace("|", "") for cell in row] for row in rows]
    lines = [f"| {one} | {other} |" for one, other in cells]
    return "\n".join([lines[0], "|---|:-:|", *lines[1:]]) + caption


block: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        paragraph,
        paragraph,
        paragraph,
        st.lists(block, min_size=1, max_size=3).map(lambda items: "\n".join(hung("- ", item) for item in items)),
        st.lists(block, min_size=1, max_size=3).map(lambda items: "\n\n".join(hung("1. ", item) for item in items)),
        block.map(lambda text: "> " + text.replace("\n", "\n> ")),
        st.sampled_from(["```\n x\n\n  甲\n```", "$$x^2$$", "***", "| 诗行\n| 诗行", "![说明](images/p.png)"]),
        st.builds(
            table, st.lists(st.tuples(words, words), min_size=1, max_size=3), st.sampled_from(["", "\n\n: 表题"])
        ),
        st.builds(lambda term, text: f"{term}\n:   {text}", paragraph, paragraph),
        st.builds(
            lambda name, text: f"::: {{.{name}}}\n{text}\n:::",
            st.sampled_from(["verse", "epigraph", "signature", "center"]),
            block,
        ),
        st.builds(lambda level, text: f"{level} 题{text}", st.sampled_from(["##", "###"]), words),
    )
)
chapters = st.lists(block, min_size=3, max_size=40).map(
    lambda blocks: "\n\n".join(["# 第一章 海港 {#c1}", *blocks]) + "\n"
)
