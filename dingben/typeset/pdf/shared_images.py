"""Images that several sections of a book have: written once in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dingben.system.digests import digest_of
from dingben.typeset.records import Item, SectionRecord

ImageNumbers = dict[str, int]
"""Object numbers of images, by the digest of each image."""

MASK = re.compile(rb"/SMask (\d+) 0 R")


def image_digests(items: Sequence[Item]) -> dict[int, str]:
    """Return the digest of each image by its number: of its dictionary and bytes, and those of its mask."""
    images = {i.number: i for i in items if i.stream is not None and b"/Subtype /Image" in i.head}
    digests = {}
    for number, image in images.items():
        reference = MASK.search(image.head)
        mask = images.get(int(reference[1])) if reference else None
        parts = [MASK.sub(b"", image.head), image.stream or b""]
        parts += [mask.head, mask.stream or b""] if mask else []
        digests[number] = digest_of(*parts)
    return digests


def add_shared_images(records: Sequence[SectionRecord], add: Callable[[bytes, bytes], int]) -> ImageNumbers:
    """Add the images that several sections have to the file by ``add``, which returns their numbers; masks first."""
    sections: dict[str, set[int]] = {}
    first: dict[str, tuple[Item, dict[int, str]]] = {}
    for section, record in enumerate(records):
        for page in record.pages:
            digests = image_digests(page.items)
            for item in page.items:
                if item.number in digests:
                    sections.setdefault(digests[item.number], set()).add(section)
                    first.setdefault(digests[item.number], (item, digests))
    numbers: ImageNumbers = {}
    shared = [digest for digest, found in sections.items() if len(found) > 1]
    for digest in sorted(shared, key=lambda digest: MASK.search(first[digest][0].head) is not None):
        item, digests = first[digest]
        mask = MASK.search(item.head)
        head = MASK.sub(b"/SMask %d 0 R" % numbers[digests[int(mask[1])]], item.head) if mask else item.head
        numbers[digest] = add(head, item.stream or b"")
    return numbers
