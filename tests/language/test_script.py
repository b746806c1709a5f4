"""The language of a text: Chinese, Japanese and Korean by their scripts, others identified."""

from __future__ import annotations

import pytest

from dingben.language.script import detect_language, is_chinese, joins_with_spaces


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("雨停了，他把行李放在门边，老人说我们的船来了。", "zh-Hans"),
        ("雨停了，他把行李放在門邊，老人說我們的船來了。", "zh-Hant"),
        ("船はまだ来ていなかった。「もう来ないのだろうか」と彼は言った。", "ja"),
        ("날이 점점 어두워졌다. 노인은 창밖을 바라보며 배가 왔다고 말했다.", "ko"),
        ("It had rained all night, and nobody had seen the boat come in.", "en"),
        ("Über der Brücke stand ein größeres Gebäude; für Kähne war es zu früh.", "de"),
        ("L'été dernier, la maison était pleine de livres et de fleurs.", "fr"),
        ("Ночью шёл дождь, и никто не видел, как пришла лодка.", "ru"),
        (
            "日本の小説について，本书讨论翻译的问题，兼论明治以来的中国译本与读者的关系，以及出版史上的若干事实。",
            "zh-Hans",
        ),
        ("第一章 导论 Introduction：本章讨论 GDP 与 R&D 的关系，以及 A 股市场的若干问题。", "zh-Hans"),
        ("", "zh-Hans"),
        ("Preface", "en"),
    ],
)
def test_language_is_detected(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("tag", "chinese", "spaces"), [("zh-Hant", True, False), ("ja", False, False), ("ko", False, True)]
)
def test_script_of_a_language_tag(tag: str, chinese: bool, spaces: bool) -> None:
    assert (is_chinese(tag), joins_with_spaces(tag)) == (chinese, spaces)
