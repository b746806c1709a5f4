"""Generate a book of any size: the same characters for the same size and seed.

The text means nothing; its shape is a scholarly book's: chapters of some thirty thousand
characters with sections, notes, tables, quotations, lists, names in Latin letters, links
between chapters, and the marks of Chinese in the proportions of running text. Three
thousand different characters appear, as in a real book, for they decide how large the
embedded fonts are.
"""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

CHAPTER = 31_000
"""Characters of a chapter; seven chapters make a book of 220,000."""

COMMON = (
    "的 的 的 的 是 在 了 和 有 不 与 而 之 其 以 为 于 也 则 中 上 人 这 那 者 所 从 到 把 被 又 就 都 却 并 及 或 "
    "海港 城市 档案 方志 商人 船队 河口 潮水 城墙 市舶 关税 航路 货物 港湾 灯塔 码头 行会 书信 账册 舆图 研究 历史 "
    "社会 经济 制度 发展 问题 时期 国家 地方 人口 贸易 文化 材料 方法 结果 变化 关系 影响 政府 组织 学者 记载 地区 "
    "世纪 工业 农业 交通 建筑 街道 居民 土地 税收 市场 价格 银行 铁路 学校 报纸 法律 战争 和平 传统 现代 认为 说明 "
    "表明 形成 出现 成为 包括 进行 具有 根据 由于 因此 但是 如果 虽然 不仅 而且 同时 以后 以前 其中 例如 一般 主要 "
    "重要 不同 各种 许多 一些 这种 那些 我们 他们 自己 没有 可以 能够 应当 需要 开始 继续 逐渐 完全 大约 特别 当时"
).split()
LATIN = "Venice Amsterdam London Genoa Python GDP WTO GIS UNESCO Braudel Hansa 1405 1842 3.14 75% A/B PDF".split()
NUMERALS = "一二三四五六七八九十"


def characters() -> list[str]:
    """The 3,755 common characters of GB/T 2312—1980, level 1, in its own order (by pinyin)."""
    cells = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [c for cell in cells if (c := cell.decode("gb2312", "ignore"))]


class Writer:
    """Generate random sentences, paragraphs and chapters, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        pool = characters()
        self.chance.shuffle(pool)
        rare = ["".join(self.chance.choices(pool, k=2)) for _ in range(1_000)]
        rare += ["".join(pair) for pair in zip(pool[::2], pool[1::2], strict=False)]
        self.words = COMMON + rare
        # one word in three is of the rare ones, and of these the first are the more usual (Zipf)
        weights = [1 / len(COMMON)] * len(COMMON) + [0.055 / (rank + 12) for rank in range(len(rare))]
        self.sums = list(accumulate(weights))

    def run(self, low: int, high: int) -> str:
        """Words of ``low`` characters or more."""
        wanted, text = self.chance.randint(low, high), ""
        while len(text) < wanted:
            if text and self.chance.random() < 0.008:
                text += self.chance.choice(LATIN)
            text += self.chance.choices(self.words, cum_weights=self.sums)[0]
        return text

    def clause(self) -> str:
        """A clause: a few words, sometimes with Latin words, figures or marks."""
        kind = self.chance.random()
        if kind < 0.03:
            return f"{self.run(2, 5)}《{self.run(2, 6)}》{self.run(2, 5)}"
        if kind < 0.06:
            return f"{self.run(5, 12)}（{self.run(3, 9)}）"
        if kind < 0.10:
            return f"{self.run(2, 6)}“{self.run(2, 8)}”{self.run(2, 6)}"
        if kind < 0.11:
            return f"{self.run(5, 12)}——{self.run(4, 10)}"
        if kind < 0.12:
            return f"{self.run(5, 12)}……"
        if kind < 0.14:
            return "、".join(self.run(2, 4) for _ in range(3))
        if kind < 0.15:
            return f"**{self.run(3, 8)}**{self.run(4, 8)}"
        return self.run(5, 16)

    def sentence(self) -> str:
        """A sentence of one to four clauses, sometimes direct speech."""
        text = self.clause()
        for _ in range(self.chance.choice((0, 1, 1, 2, 2, 3))):
            text += self.chance.choices("，；：", (0.86, 0.09, 0.05))[0] + self.clause()
        stop = self.chance.choices("。？！", (0.9, 0.05, 0.05))[0]
        return f"{self.run(2, 5)}：“{text}{stop}”" if self.chance.random() < 0.05 else text + stop

    def paragraph(self) -> str:
        """A paragraph of about 60 to 260 characters."""
        wanted, text = self.chance.randint(60, 260), ""
        while len(text) < wanted:
            text += self.sentence()
        return text

    def table(self) -> str:
        """Five to nine rows of four columns, with a caption."""
        rows = ["| 年份 | 地名 | 货物 | 船数 |", "|------|------|------|-----:|"]
        for _ in range(self.chance.randint(5, 9)):
            cells = (self.run(2, 4), self.run(2, 6), self.run(3, 8), str(self.chance.randint(1, 9999)))
            rows.append(f"| {' | '.join(cells)} |")
        return f": 表 {self.run(4, 9)}\n\n" + "\n".join(rows)

    def chapter(self, number: int, size: int) -> str:
        """A chapter of about ``size`` characters in Markdown."""
        parts = [f"# 第{numeral(number)}章 {self.run(4, 12)} {{#chapter-{number}}}"]
        notes: list[str] = []
        length = section = last_section = last_part = 0
        while length < size:
            if not section or length - last_section > 5_200:
                section += 1
                last_section = last_part = length
                parts.append(f"## 第{numeral(section)}节 {self.run(4, 12)}")
            elif length - last_part > 1_700:
                last_part = length
                parts.append(f"### {number}.{section} {self.run(4, 12)}")
            text = self.paragraph()
            if len(notes) < length // 1_450:
                at = max(text.find("，"), 1)
                notes.append(f"[^{len(notes) + 1}]: {self.sentence()}")
                text = f"{text[:at]}[^{len(notes)}]{text[at:]}"
            if number > 1 and self.chance.random() < 0.02:
                other = self.chance.randint(1, number - 1)
                text += f"参见[第{numeral(other)}章](#chapter-{other})。"
            parts.append(text)
            length += len(text)
            kind = self.chance.random()
            if kind < 0.007:
                parts.append(self.table())
            elif kind < 0.035:
                parts.append("\n".join(f"- {self.clause()}" for _ in range(4)))
            elif kind < 0.055:
                parts.append(f"> {self.paragraph()}")
        return "\n\n".join([*parts, *notes]) + "\n"


def numeral(number: int) -> str:
    """A number in Chinese numerals up to 99, then in figures."""
    tens, ones = divmod(number, 10)
    if number > 99:
        return str(number)
    return ("" if tens < 2 else NUMERALS[tens - 1]) + ("十" if tens else "") + (NUMERALS[ones - 1] if ones else "")


def chapters(size: int, *, count: int = 0, seed: int = 1) -> list[str]:
    """The Markdown of a book of ``size`` characters, in ``count`` chapters (0: one for each CHAPTER characters)."""
    writer = Writer(seed)
    count = count or max(1, round(size / CHAPTER))
    return [writer.chapter(number, size // count) for number in range(1, count + 1)]


def write_book(folder: Path, size: int, *, count: int = 0, seed: int = 1, more: str = "") -> list[str]:
    """Write a book project into ``folder`` and return its chapters. ``more`` is added to ``[book]`` in book.toml."""
    texts = chapters(size, count=count, seed=seed)
    front = ("halftitlepage", "titlepage", "imprint", "toc")
    rows = [f'[[division]]\nmatter = "front"\nrole = "{role}"\n' for role in front]
    (folder / "source/chapters").mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts, 1):
        name = f"chapters/{number:03d}.md"
        (folder / "source" / name).write_text(text, "utf-8")
        rows.append(f'[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "{name}"\n')
    rows.append('[[division]]\nmatter = "back"\nrole = "colophon"\n')
    head = f'[book]\ntitle = "合成之书"\nslug = "bench"\n{more}\n[[contributor]]\nname = "某某"\n\n'
    publication = '[publication]\npublisher = "某某出版社"\npub_date = "2017.11"\n\n[format]\npage = [170, 240]\n\n'
    (folder / "source/book.toml").write_text(head + publication + "\n".join(rows), "utf-8")
    return texts


def raw_text(texts: list[str]) -> str:
    """The book as raw OCR text: 28 printed lines of 35 characters a page, with running heads and folios."""
    lines: list[str] = []
    for text in texts:
        for block in text.split("\n\n"):
            if block.startswith(("|", ":", "- ", "[^")):
                continue
            plain = block.removeprefix("> ").replace("**", "").lstrip("# ").split(" {#")[0].strip()
            plain = "".join(part.split("]", 1)[-1] if part[:1].isdigit() else part for part in plain.split("[^"))
            for links in range(1, 100):
                plain = plain.replace(f"](#chapter-{links})", "").replace("参见[", "参见")
            body = plain if block.startswith("#") else f"　　{plain}"
            lines += [body[at : at + 35] for at in range(0, len(body), 35)]
    pages = [lines[at : at + 28] for at in range(0, len(lines), 28)]
    return "\n".join("\n".join(["合成之书", *page, str(folio), "\f"]) for folio, page in enumerate(pages, 1))
