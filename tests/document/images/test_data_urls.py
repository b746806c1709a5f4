"""``data:`` URLs: bytes and media types as the Fetch standard reads them."""

from __future__ import annotations

import pytest

from dingben.document.images.data_urls import data_url, media_type_of, read_data_url


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/png;base64,aGk=", b"hi"),
        ("DATA:;Base64,aG k\n=", b"hi"),  # white space in the body is dropped
        ("data:;base64,aGk", b"hi"),  # padding may be missing
        ("data:text/plain,a%20b", b"a b"),
        ("data:,a#b", b"a"),  # a fragment is not part of the data
        ("data:;base64;x=1,aGk=", b"aGk="),  # base64 has to come last
    ],
)
def test_bytes(url: str, data: bytes) -> None:
    assert read_data_url(url) == data


@pytest.mark.parametrize(
    "url", ["data:image/png", "http://e.org/,", "data:;base64,a", "data:;base64,a*==", "data:;base64,aGk=="]
)
def test_malformed_data_urls_are_errors(url: str) -> None:
    with pytest.raises(ValueError, match="not"):
        read_data_url(url)


def test_media_type() -> None:
    assert media_type_of(" data:Image/PNG ;charset=x;base64,AA==") == "image/png"
    assert media_type_of("data:,") == ""


def test_data_url_round_trip() -> None:
    assert read_data_url(data_url("image/png", bytes(range(256)))) == bytes(range(256))
