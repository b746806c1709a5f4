"""Read names and statements of responsibility (GB/T 3792): authors, editors, translators."""

from __future__ import annotations

import re

from dingben.language.han import HAN
from dingben.restore.metadata.fields import MetadataFields, normalize_value

_ACTS = "编著|編著|主编|主編|编撰|編撰|编译|譯著|译著|选编|校注|注释|整理|点校|著|编|編|译|譯|撰|绘|口述|辑"
_NAMES = rf"[{HAN}·\s、，,（）()〔〕\[\]A-Za-z.]{{2,40}}?"
STATEMENT = re.compile(rf"^(?P<names>{_NAMES})(?P<rest>等)?[ \u3000/／]*+(?P<role>{_ACTS})[ \u3000]*$")
ROLES = {
    act: role
    for role, acts in {
        "aut": "编著 編著 编撰 編撰",
        "edt": "主编 主編 编 編 选编 校注 整理 点校",
        "trl": "编译 译 譯 译著 譯著",
        "ill": "绘",
        "ann": "注释",
        "com": "辑",
    }.items()
    for act in acts.split()
}
"""MARC relator of each statement of responsibility; authors otherwise."""
PEOPLE = re.compile(
    r"^(?:本书|本書)?(?:编撰|编写|編寫|撰写|撰稿|编著|作者|编委|編委)(?:人员|人員|者|人|会|會|会成员|委员会|组|成员|名单)?[：:]?$"
)


def statement(text: str) -> str:
    """Normalize a statement of responsibility: names, a space, their role."""
    text = normalize_value(re.sub(r"\s*[/／]\s*", " ", text)).rstrip("。.")
    match = STATEMENT.match(text)
    if not match:
        return text
    people = match["names"].strip()
    if people.endswith("等"):
        people = people[:-1].strip()
        return f"{people} 等{match['role']}"
    return f"{people} {match['rest'] or ''}{match['role']}"


def names(text: str) -> list[str]:
    """Split names; two single characters are one name set in columns (林 涛)."""
    found: list[str] = []
    single = ""
    for word in re.split(r"[\s\u3000、，,；;]+", text.strip()):
        if not word:
            continue
        if len(word) == 1 and is_name(word):
            if single:
                found.append(single + word)
                single = ""
            else:
                single = word
            continue
        if single:
            word, single = single + word, ""
        found.append(word)
    if single:
        found.append(single)
    return found


def is_name(text: str) -> bool:
    """Whether ``text`` can be the name of a person in Han characters."""
    return bool(re.fullmatch(rf"[{HAN}]{{1,4}}(?:·[{HAN}]{{1,8}})*", text))


def contributors(metadata: MetadataFields) -> None:
    """Order the contributors: those of the statement first, with its role, then the list of names."""
    stated = metadata.values.get("book.author_statement", "")
    match = STATEMENT.match(stated)
    if not match:
        return
    role = ROLES.get(match["role"], "aut")
    people = [n for n in names(match["names"].replace("等", "")) if is_name(n)]
    others = [(n, role if role == "aut" else "ctb") for n, _ in metadata.contributors if n not in people]
    metadata.contributors = [(n, role) for n in people] + others
