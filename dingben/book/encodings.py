"""Character encodings of raw text: detected with a confidence, decoded with nothing lost, encoded back.

UTF-8 is recognised by its form (RFC 3629), UTF-16 by its zero bytes, other encodings by charset-normalizer
(https://charset-normalizer.readthedocs.io) and by how common the decoded letters are. A guess that is not certain is
refused with its candidates: a wrong one would turn a whole book into other characters.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks, longest match first (https://www.unicode.org/faq/utf_bom.html)."""

CANDIDATES = ("gb18030", "big5", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1252")
"""Encodings that are considered where a text is neither UTF-8 nor UTF-16; each contains its older standard:
GB 2312 and GBK, Shift_JIS, EUC-KR, Latin-1."""

EAST_ASIAN = ("gb18030", "big5", "big5hkscs", "cp932", "euc_jp", "cp949")
"""Those of them that charset-normalizer gives up at the first damaged byte; they are tried in any case."""

SAMPLE = 1 << 18
"""Bytes of a text that detection looks at."""

CERTAIN = 0.3
"""Share of common letters from which on an encoding makes sense of a text."""

MARGIN = 0.08
"""By how much the best encoding must lead the second."""

MOST_GAPS = 0.001
"""Share of bytes that an encoding may fail to decode and still be the text's encoding."""

GAP = "\ufffd"
"""Stands for bytes that the encoding doesn't have (REPLACEMENT CHARACTER)."""

NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
"""Codecs of Python from text to text-like bytes that no file is encoded with, or that depend on the machine:
https://docs.python.org/3/library/codecs.html#python-specific-encodings."""

COMMON = frozenset(
    "的一是不了在人有我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着去之过過家学學对對可她里裏后後"
)
"""The commonest Han characters of running text in either script: wrong decodings lack them."""

_WORDS = re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff’']+")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_MARKS = frozenset("，。、；：？！“”「」『』（）《》…—・")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding that could be the text's: ``score`` is between 0 and 1, ``sample`` a line of what it would say."""

    encoding: str
    score: float
    sample: str
    gaps: int = 0


class UncertainEncodingError(ValueError):
    """No encoding is certain; ``candidates`` are the likely ones, best first."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        super().__init__("the encoding is uncertain")
        self.candidates = tuple(candidates)


def text_codec(name: str) -> str:
    """Return the codec's own name. Raises LookupError where Python has no character encoding of that name."""
    try:
        found = codecs.lookup(name)
    except (UnicodeError, ValueError) as error:
        raise LookupError("no encoding") from error
    if not found._is_text_encoding or found.name.replace("-", "_") in NOT_CHARSETS:
        raise LookupError(f"{found.name} is not a character encoding")
    return found.name


def detect(body: bytes) -> str:
    """Return the encoding of a text without byte order mark. Raises UncertainEncodingError."""
    if is_utf8(body):
        return "utf-8"
    found = sorted(candidates(body), key=lambda each: -each.score)
    lead = found[0].score - (found[1].score if len(found) > 1 else 0.0) if found else 0.0
    if found and not found[0].gaps and found[0].score >= CERTAIN and lead >= MARGIN:
        return found[0].encoding
    raise UncertainEncodingError(found[:4])


def is_utf8(body: bytes) -> bool:
    """Whether a text is UTF-8, perhaps cut off within its last character."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(body) - 3 and len(body) > 3
    return b"\0" not in body


def candidates(body: bytes) -> list[Candidate]:
    """Return every encoding that makes some sense of ``body``, in no order."""
    names = ["utf-16-le", "utf-16-be"] if len(body) % 2 == 0 else []
    if b"\0" not in body[:SAMPLE]:
        from charset_normalizer import from_bytes

        matches = from_bytes(whole_characters(body), cp_isolation=list(CANDIDATES))
        names += dict.fromkeys([*(match.encoding for match in matches), *EAST_ASIAN])
    found = []
    for name in names:
        gaps = count_gaps(body, name)
        if gaps is None:
            continue
        text, _ = decode_with_gaps(whole_characters(body), name)
        if score := sense(text):
            found.append(Candidate(name, score, first_line(text), gaps))
    return prefer_subsets(found)


def count_gaps(body: bytes, encoding: str) -> int | None:
    """Return how many gaps an encoding leaves in a text; None where they are too many for it to be the text's."""
    for part in (whole_characters(body), body):
        most = max(1, int(MOST_GAPS * len(part)))
        gaps = len(undecodable_spans(part, encoding, most))
        if gaps > most:
            return None
    return gaps


def whole_characters(body: bytes) -> bytes:
    """Return the beginning of a text, up to the end of a line: no character is cut in two there."""
    if len(body) <= SAMPLE:
        return body
    end = body.rfind(b"\n", 0, SAMPLE)
    return body[: end + 1] if end > 0 else body[:SAMPLE]


def prefer_subsets(found: list[Candidate]) -> list[Candidate]:
    """Drop Big5 with Hong Kong characters where Big5 alone says the same."""
    names = {each.encoding for each in found if not each.gaps}
    return [each for each in found if not (each.encoding == "big5hkscs" and "big5" in names)]


def sense(text: str) -> float:
    """Return the share of letters that are common in a language that writes so: 0 nonsense, near 1 sense."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return 0.0
    latin = sum(map(len, (word for word in _WORDS.findall(text) if len(word) > 1)))
    foreign = sum(ord(char) > 0x24F for char in letters)
    if foreign < len(letters) * 0.05:
        accents = sum("\u00c0" <= char <= "\u00ff" for char in letters)
        return max(0.0, min(1.0, latin / len(letters)) - 2 * max(0.0, accents / len(letters) - 0.2))
    kana, hangul = len(_KANA.findall(text)), len(_HANGUL.findall(text))
    marks = sum(char in _MARKS for char in text)
    common = sum(char in COMMON for char in letters)
    if kana > hangul and kana > foreign * 0.2:
        return min(1.0, (kana + common + marks) / foreign)
    if hangul > foreign * 0.5:
        return min(1.0, hangul * korean_share(text) / foreign)
    return min(1.0, (2 * common + marks) / foreign)


PARTICLES = frozenset("이다는을를가에의고하지한은도로서사그기대나니아리인시자어들전라게수으일보")
"""The commonest Hangul syllables of running text: particles and endings."""


def korean_share(text: str) -> float:
    """Return how far Hangul is Korean text: about a third of it are the commonest syllables."""
    syllables = _HANGUL.findall(text)
    return min(1.0, 3 * sum(char in PARTICLES for char in syllables) / max(1, len(syllables)))


def first_line(text: str) -> str:
    """Return the first line that holds something other than ASCII, shortened, to be shown to a person."""
    lines = (line.strip() for line in text.splitlines())
    best = next((line for line in lines if not line.isascii()), "")
    return best[:24]


def decode_with_gaps(body: bytes, encoding: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Decode a text; bytes that the encoding doesn't have become ``GAP``.

    Returns the text, and the offset (in characters) of each gap with its bytes in hexadecimal.
    """
    parts: list[str] = []
    gaps: list[tuple[int, str]] = []
    length = 0
    for text, code, is_gap in segments(body, encoding):
        if is_gap:
            gaps.append((length, code.hex()))
        parts.append(text)
        length += len(text)
    return "".join(parts), tuple(gaps)


def segments(body: bytes, encoding: str) -> Iterator[tuple[str, bytes, bool]]:
    """Yield what decodes without fault, and each gap between: text, bytes, whether it is a gap. Takes linear time."""
    at = 0
    for start, end in undecodable_spans(body, encoding):
        if start > at:
            yield body[at:start].decode(encoding), body[at:start], False
        yield GAP, body[start:end], True
        at = end
    if at < len(body):
        yield body[at:].decode(encoding), body[at:], False


def undecodable_spans(body: bytes, encoding: str, most: int | None = None) -> list[tuple[int, int]]:
    """Return start and end of each run of bytes that the encoding lacks; at most ``most`` + 1 of them, if given."""
    spans: list[tuple[int, int]] = []

    def note(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        spans.append((error.start, max(error.start + 1, error.end)))
        if most is not None and len(spans) > most:
            raise error
        return GAP, spans[-1][1]

    with _HANDLER_LOCK:  # error handlers have one name for the whole process
        codecs.register_error("dingben.gap", note)
        with contextlib.suppress(UnicodeDecodeError):  # there are more than ``most``
            body.decode(encoding, "dingben.gap")
    return spans


_HANDLER_LOCK = Lock()


def irregular(body: bytes, encoding: str) -> tuple[tuple[int, str], ...]:
    """Return the characters that the encoding would not write as they stand: second codes (Big5 has some), and gaps.

    Each is an offset in characters with the bytes in hexadecimal; with them `encode` gives back every byte.
    """
    found: list[tuple[int, str]] = []
    length = 0
    for text, code, is_gap in segments(body, encoding):
        if is_gap:
            found.append((length, code.hex()))
        elif text.encode(encoding, "ignore") != code:
            found += [(length + at, second) for at, second in second_codes(code, encoding)]
        length += len(text)
    return tuple(found)


def second_codes(body: bytes, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield the characters that stand under another code than the encoding writes, with their bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    pending, at = b"", 0
    for byte in body:
        pending += bytes([byte])
        got = decoder.decode(bytes([byte]))
        if got:
            if got.encode(encoding, "ignore") != pending:
                yield at, pending.hex()
            at += len(got)
            pending = b""


def encode(text: str, encoding: str, odd: Sequence[tuple[int, str]] = ()) -> bytes:
    """Return the bytes of a text that was decoded, with its `irregular` characters: the inverse of decoding."""
    out: list[bytes] = []
    at = 0
    for offset, code in odd:
        raw = bytes.fromhex(code)
        out += [text[at:offset].encode(encoding), raw]
        try:
            at = offset + len(raw.decode(encoding))
        except UnicodeDecodeError:
            at = offset + len(GAP)
    return b"".join([*out, text[at:].encode(encoding)])
