"""``data:`` URLs, parsed as browsers do: https://fetch.spec.whatwg.org/#data-url-processor."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

SHOWN = 40
"""Characters of a URL shown in a message."""


def abbreviate(url: str) -> str:
    """Return the URL, shortened for a message."""
    return url if len(url) <= SHOWN else f"{url[:SHOWN]}…"


def is_data_url(url: str) -> bool:
    """Return whether the URL's scheme is ``data``, in any case."""
    return url.strip()[:5].lower() == "data:"


def media_type_of(url: str) -> str:
    """Return the media type that the URL declares, lower-case and without parameters; "" where it declares none."""
    return url.strip()[5:].partition(",")[0].partition(";")[0].strip().lower()


def read_data_url(url: str) -> bytes:
    """Decode a ``data:`` URL. Raises ValueError where it is not one, or its Base64 is invalid."""
    text = re.sub(r"[\t\n\r]", "", url.strip()).partition("#")[0]
    head, comma, body = text.partition(",")
    if not is_data_url(head) or not comma:
        raise ValueError("not a data: URL")
    data = unquote_to_bytes(body)
    if not re.search(r";\s*base64\s*$", head, re.IGNORECASE):
        return data
    data = re.sub(rb"[\t\n\f\r ]", b"", data)
    if len(data) % 4 == 0:
        data = re.sub(rb"={1,2}$", b"", data)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error


def data_url(media_type: str, data: bytes) -> str:
    """Encode bytes as a Base64 ``data:`` URL."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
