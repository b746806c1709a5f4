"""Pinyin: the same as from all of pypinyin's words."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pypinyin
import pytest
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.seg import mmseg

from dingben.language.pinyin import MANY, Speller, pinyin

WHOLE = """
import json, pypinyin, sys
print(json.dumps([pypinyin.lazy_pinyin(text, v_to_u=True) for text in json.load(sys.stdin)]))
"""


def texts() -> list[str]:
    """Words, and the beginnings and ends of words, that follow upon each other."""
    words = list(json.loads(Path(pypinyin.__file__).with_name("phrases_dict.json").read_text("utf-8")))
    chance = random.Random(3)  # noqa: S311
    made = []
    for _ in range(150):
        text = ""
        for word in chance.choices(words, k=chance.randint(1, 5)):
            cut = chance.randint(1, len(word))
            text += chance.choice([word, word[:cut], word[-cut:], word[:cut] + "·", "A" + word])
        made.append(text)
    return [*made, "", "长", "Venice", "〇", "".join(made)[: 2 * MANY]]


@pytest.mark.slow
def test_partial_tables_give_the_same_pinyin(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = texts()
    done = subprocess.run(
        [sys.executable, "-c", WHOLE], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    for text, whole in zip(asked, json.loads(done.stdout), strict=True):
        PHRASES_DICT.clear()
        PINYIN_DICT.clear()
        mmseg.p_set._set.clear()
        monkeypatch.setattr(Speller.shared(), "known", set())
        assert pinyin(text, v_to_u=True) == whole


def test_pinyin_depends_on_neighbouring_characters() -> None:
    assert pinyin("重庆长乐银行") == ["chong", "qing", "chang", "le", "yin", "hang"]
