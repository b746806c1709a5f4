"""Images of several sections: found by digest, written once, masks before the images that refer to them."""

from __future__ import annotations

from dingben.typeset.pdf.shared_images import add_shared_images, image_digests
from dingben.typeset.records import Item, PageRecord, SectionRecord

MASK = Item(7, b"<</Subtype /Image /Mask>>", b"m")
OTHER_MASK = Item(7, b"<</Subtype /Image /Mask>>", b"n")
IMAGE = Item(5, b"<</Subtype /Image /SMask 7 0 R>>", b"i")
TEXT = Item(6, b"<</Length 1>>", b"t")


def section(*items: Item) -> SectionRecord:
    page = PageRecord(list(items), 1, 2, 100, {}, "", [], [], [], [], [], {})
    return SectionRecord([page], {}, {})


def test_digest_does_not_depend_on_object_numbers() -> None:
    renumbered = [Item(9, MASK.head, MASK.stream), Item(8, b"<</Subtype /Image /SMask 9 0 R>>", IMAGE.stream)]
    assert sorted(image_digests([IMAGE, MASK]).values()) == sorted(image_digests(renumbered).values())


def test_digest_depends_on_the_mask() -> None:
    assert image_digests([IMAGE, MASK])[5] != image_digests([IMAGE, OTHER_MASK])[5]


def test_other_streams_are_no_images() -> None:
    assert image_digests([TEXT]) == {}


def test_images_of_several_sections_are_added_once_and_masks_first() -> None:
    added: list[bytes] = []

    def add(head: bytes, _stream: bytes) -> int:
        added.append(head)
        return 100 + len(added)

    numbers = add_shared_images([section(IMAGE, MASK), section(TEXT), section(IMAGE, MASK)], add)
    assert added == [MASK.head, b"<</Subtype /Image /SMask 101 0 R>>"]
    assert sorted(numbers.values()) == [101, 102]


def test_an_image_of_one_section_is_not_shared() -> None:
    assert add_shared_images([section(IMAGE, MASK), section(TEXT)], lambda *_: 1) == {}
