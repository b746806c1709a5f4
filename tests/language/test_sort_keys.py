"""What names are filed under."""

from __future__ import annotations

import pytest

from dingben.language.sort_keys import pinyin_of, sort_name

NAMES = {
    "张某": "Zhang Mou",
    "单某": "Shan Mou",  # the surname's reading, not the word's
    "仇英": "Qiu Ying",
    "曾国藩": "Zeng Guofan",
    "欧阳修": "Ouyang Xiu",
    "長孫無忌": "Zhangsun Wuji",
    "吕思勉": "Lü Simian",
    "（清）曾国藩": "Zeng Guofan",
    "［法］马克·布洛赫": "Buluohe, Make",
    "某某出版社": "mou mou chu ban she",  # a body
    "定本编者": "ding ben bian zhe",
    "Ada B. Smith": "Smith, Ada B.",
    "Plato": "Plato",
    "（佚名）": "yi ming",
}


@pytest.mark.parametrize(("name", "filed"), NAMES.items())
def test_sort_keys_of_names(name: str, filed: str) -> None:
    assert sort_name(name) == filed


def test_sort_keys_of_titles_ignore_marks() -> None:
    assert pinyin_of("“港”与Venice：1405年") == "gang yu Venice 1405 nian"
