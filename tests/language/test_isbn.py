"""The bars of an ISBN: numbers checked, and drawn bars read again by a decoder that is not ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from dingben.formats.press import barcode
from dingben.language import isbn


@pytest.mark.parametrize(
    ("printed", "digits"),
    [
        ("978-7-5000-1234-4", "9787500012344"),
        ("ISBN 978-7-5000-1234-4", "9787500012344"),
        ("ISBN 9787500012344", "9787500012344"),
        ("ＩＳＢＮ　９７８－７－５０００－１２３４－４", "9787500012344"),
        ("ISBN978‐7‐5000‐1234‐4", "9787500012344"),
        ("0-306-40615-2", "9780306406157"),
        ("ISBN 7-101-00003-7/K·2", "9787101000030"),
        ("0-8044-2957-X", "9780804429573"),
    ],
)
def test_isbn_is_read_as_printed(printed: str, digits: str) -> None:
    assert isbn.isbn_digits(printed) == digits
    assert isbn.isbn_line(printed).replace("-", "") == f"ISBN {digits}"


def test_isbn_hyphens_and_isbn_10() -> None:
    assert isbn.isbn_line("978-7-5000-1234-4") == "ISBN 978-7-5000-1234-4"
    assert isbn.isbn_line("ISBN 7-101-00003-7/K·2") == "ISBN 978-7-101-00003-0"
    assert isbn.isbn_line("9787500012344") == "ISBN 9787500012344"


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        ("978-7-5000-1234-5", "should be 4"),
        ("7-101-00003-6", "should be 7"),
        ("0-8044-2957-1", "should be X"),
        ("978-7-5000-1234", "13 digits"),
        ("978-7-5000-1234-40", "13 digits"),
        ("", "13 digits"),
        ("待定", "13 digits"),
    ],
)
def test_invalid_isbn_is_an_error(printed: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        isbn.isbn_digits(printed)


def test_ean_13_example_of_the_standard() -> None:
    """GS1 General Specifications, 5.2: the bars of 5901234123457, as printed in many a textbook."""
    assert barcode.modules("5901234123457") == (
        "101" "0001011" "0100111" "0110011" "0010011" "0111101" "0011101"
        "01010" "1100110" "1101100" "1000010" "1011100" "1001110" "1000100" "101"
    )  # fmt: skip
    with pytest.raises(ValueError, match="not 13 digits"):
        barcode.modules("5901234123450")


@given(st.text("0123456789", min_size=12, max_size=12))
def test_barcode_has_95_modules_in_30_bars(twelve: str) -> None:
    digits = twelve + isbn.check_digit(twelve)
    pattern = barcode.modules(digits)
    assert len(pattern) == 95
    bars = barcode.iter_bars(digits)
    assert len(bars) == 30
    assert sum(guard for _, _, guard in bars) == 6
    drawn = {x + i for x, width, _ in bars for i in range(width)}
    assert drawn == {i for i, module in enumerate(pattern) if module == "1"}


@pytest.mark.parametrize("twelve", ["978750001234", "978710100003", "979123456789", "000000000000", "512345678901"])
def test_barcode_is_decoded(tmp_path: Path, need: Callable[[str, str], str], twelve: str) -> None:
    tool = need("zbarimg", "apt install zbar-tools")
    digits = twelve + isbn.check_digit(twelve)
    image = Image.new("L", (3 * (11 + 95 + 7), 180), 255)
    draw = ImageDraw.Draw(image)
    for x, width, guard in barcode.iter_bars(digits):
        draw.rectangle((3 * (11 + x), 5, 3 * (11 + x + width) - 1, 170 if guard else 160), fill=0)
    image.save(tmp_path / "bars.png")
    done = subprocess.run([tool, "-q", "--raw", str(tmp_path / "bars.png")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digits
