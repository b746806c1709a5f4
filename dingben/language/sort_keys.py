"""Sort keys of names and titles: pinyin for Chinese, the family name first for others.

Surnames have readings of their own, which no dictionary of characters knows (单 Shàn, 仇
Qiú); the names of people follow GB/T 28039—2011: family name, blank, given name in one.
"""

from __future__ import annotations

import re

from dingben.language.pinyin import pinyin

_READINGS = """
单Shan 解Xie 仇Qiu 查Zha 曾Zeng 朴Piao 区Ou 區Ou 重Chong 盖Ge 蓋Ge 員Yun 员Yun
召Shao 乐Yue 樂Yue 折She 洗Xian 缪Miao 繆Miao 覃Qin 繁Po 秘Bi 黑He 翟Zhai 祭Zhai
么Yao 隗Wei 能Nai 句Gou 都Du 种Chong 阚Kan 郇Xun 薄Bo 粘Nian 尉迟Yuchi 尉遲Yuchi
长孙Zhangsun 長孫Zhangsun 万俟Moqi 万侯Moqi 令狐Linghu 澹台Tantai 澹臺Tantai
欧阳Ouyang 歐陽Ouyang 司马Sima 司馬Sima 上官Shangguan 夏侯Xiahou 诸葛Zhuge 諸葛Zhuge
闻人Wenren 聞人Wenren 东方Dongfang 東方Dongfang 赫连Helian 赫連Helian 皇甫Huangfu
公孙Gongsun 公孫Gongsun 慕容Murong 鲜于Xianyu 鮮于Xianyu 宇文Yuwen 司徒Situ 司空Sikong
端木Duanmu 南宫Nangong 南宮Nangong 西门Ximen 西門Ximen 独孤Dugu 獨孤Dugu 呼延Huyan
濮阳Puyang 濮陽Puyang 拓跋Tuoba 完颜Wanyan 完顏Wanyan 耶律Yelü 钟离Zhongli 鍾離Zhongli
轩辕Xuanyuan 第五Diwu 百里Baili 东郭Dongguo 東郭Dongguo 申屠Shentu 太史Taishi
宗政Zongzheng 淳于Chunyu 单于Chanyu
"""
SURNAMES = dict(re.findall(r"([^A-Za-zü\s]+)([A-Za-zü]+)", _READINGS))
"""Surnames of two characters, and those of one that are read otherwise than the word."""

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
PERSON = 4
"""Characters of the longest Chinese personal name; what is longer is the name of a body."""


def sort_name(name: str) -> str:
    """Return the sort key of a contributor.

    The dynasty or country in brackets before a name ((清), ［美］) plays no part. In a name
    with a point (马克·布洛赫) and in a Western one the last part is the family name.
    """
    bare = re.sub(r"^[（(〔［\[【][^）)〕］\]】]*[）)〕］\]】]\s*", "", name).strip() or name
    if re.fullmatch(rf"[{HAN}]+", bare):
        return chinese_name(bare)
    if "·" in bare and re.search(f"[{HAN}]", bare):
        *given, family = (joined(part) for part in bare.split("·"))
        return f"{family}, {' '.join(given)}"
    if re.search(f"[{HAN}]", bare):
        return pinyin_of(bare)
    words = bare.split()
    return f"{words[-1]}, {' '.join(words[:-1])}" if len(words) > 1 else bare


def chinese_name(name: str) -> str:
    """Return family name and given name in pinyin; the name of an organization syllable by syllable."""
    family = name[:2] if len(name) > 2 and name[:2] in SURNAMES else name[:1]
    if len(name) > PERSON or (len(name) == PERSON and len(family) == 1) or len(name) == 1:
        return pinyin_of(name)
    return f"{SURNAMES.get(family) or joined(family)} {joined(name[len(family) :])}"


def joined(text: str) -> str:
    """The pinyin in one word with a capital: 国藩 as Guofan."""
    return "".join(syllables(text)).capitalize()


def pinyin_of(text: str) -> str:
    """The pinyin word by word, marks left out: 海港志 as ``hai gang zhi``."""
    return " ".join(word for word in syllables(text) if re.search(r"\w", word))


def syllables(text: str) -> list[str]:
    """The pinyin of each character, without tones; what is no Han as it stands."""
    spelt = [word.strip() for word in pinyin(text, v_to_u=True)]
    return [re.sub(r"[^\w\s.&'-]", " ", word).strip() for word in spelt]
