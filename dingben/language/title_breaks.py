"""Line breaks in titles: their labels, and where a line of a large title may end.

A compositor breaks a title by sense: after a mark, after 的, before 与, never inside
quotation marks or a book's name, and so that the lines are about equally long.
"""

from __future__ import annotations

import re

NUMBER = "[一二三四五六七八九十百千零〇两0-9]+"
LABEL = re.compile(
    rf"(第{NUMBER}[章节節篇回卷部编編讲講课課集幕折辑輯分]|卷{NUMBER}|[卷编編篇][上中下]|[上中下][卷编編篇部册冊辑輯]"
    r"|附录[一二三四五六七八九十A-Z0-9]*|附錄[一二三四五六七八九十A-Z0-9]*"
    r"|[0-9]+(\.[0-9]+)+|[0-9]+\.|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）"
    r"|(Chapter|Part|Book|Section|Appendix|CHAPTER|PART|BOOK|APPENDIX) ([IVXLC]+|[0-9]+|[A-Z])[.:]?)(?= )"
)

OPENING, CLOSING = "“‘《〈（「『【(", "”’》〉）」』】)"
SPLIT_AFTER = "，：；、—…？！ "
HINGES_AFTER = "的之"
HINGES_BEFORE = "与及和或暨並并與"


def label_length(text: str) -> int:
    """Return the length of a heading's label (第一章, 1.1, Chapter I), 0 for none."""
    found = LABEL.match(text)
    return found.end() if found else 0


def phrases(title: str, shortest: int = 4) -> tuple[str, ...]:
    """Split the title where its lines may end; the parts joined give the title.

    No part is shorter than ``shortest`` characters, for a line of one or two characters
    is worse than a long one. A title without such a place comes back whole.
    """
    if not re.search(r"[\u3400-\u9fff]", title):
        return (title,)
    cuts = [0]
    depth = 0
    for index, char in enumerate(title):
        depth = max(0, depth + (char in OPENING) - (char in CLOSING))
        rest = title[index + 1 :]
        here = index + 1 - cuts[-1]
        if depth > 0 or here < shortest or len(rest) < shortest:
            continue
        if rest[0] in CLOSING + SPLIT_AFTER:
            continue
        if char in SPLIT_AFTER or char in HINGES_AFTER or rest[0] in HINGES_BEFORE:
            cuts.append(index + 1)
    return tuple(title[a:b] for a, b in zip(cuts, [*cuts[1:], len(title)], strict=True))


def lines_of(title: str, longest: int) -> tuple[str, ...]:
    """Split the title into as few lines of ``longest`` characters as possible, by sense and balanced.

    A phrase that is too long by itself keeps its length: the page will break it.
    """
    parts = phrases(title)
    width = sum(map(len, parts))
    wanted = -(-width // longest)
    if wanted <= 1 or len(parts) == 1:
        return ("".join(parts),)
    goal = width / wanted
    lines = [""]
    for part in parts:
        joined = lines[-1] + part
        if lines[-1] and (len(joined) > longest or abs(len(joined) - goal) > abs(len(lines[-1]) - goal)):
            lines.append(part)
        else:
            lines[-1] = joined
    return tuple(lines)
