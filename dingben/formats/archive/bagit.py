"""BagIt 1.0 (RFC 8493): write bags, and validate and read untrusted ones.

A bag is a folder, or a ZIP file with one folder. Nothing is unpacked before every path, size and digest is validated.
The library bagit (Library of Congress) writes version 0.97 only, so bags are written here; ``dingben verify`` runs
bagit on them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dingben.diagnostics import Diagnostic, Location
from dingben.errors import ArchiveError
from dingben.formats.archive.container import Container, FolderContainer, ZipContainer
from dingben.system.atomic import disk_errors
from dingben.system.directory import Directory

ALGORITHMS = ("sha256", "sha512")
STRONG = frozenset({"sha224", "sha256", "sha384", "sha512"})
"""Digests accepted as proof: MD5 and SHA-1 can be forged."""

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MAX_PROBLEMS = 50


def make_bag(
    payload: Mapping[str, bytes], tags: Mapping[str, bytes], info: Sequence[tuple[str, str]]
) -> dict[str, bytes]:
    """Return the files of a bag by path. ``payload`` goes below ``data/``, ``info`` into bag-info.txt."""
    files = {f"data/{name}": content for name, content in sorted(payload.items())}
    oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
    labels = [*info, ("Payload-Oxum", oxum)]
    bag = dict(tags) | {
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(f"{label}: {single_line(value)}\n" for label, value in labels).encode("utf-8"),
    }
    bag |= {f"manifest-{name}.txt": manifest(files, name) for name in ALGORITHMS}
    seals = {f"tagmanifest-{name}.txt": manifest(bag, name) for name in ALGORITHMS}
    return files | dict(sorted(bag.items())) | seals


def single_line(value: str) -> str:
    """Join a value of bag-info.txt to one line."""
    return " ".join(value.split())


def manifest(files: Mapping[str, bytes], algorithm: str) -> bytes:
    """Return a manifest, sorted by path (RFC 8493, 2.1.3)."""
    rows = [
        f"{hashlib.new(algorithm, data).hexdigest()}  {encode_name(name)}\n" for name, data in sorted(files.items())
    ]
    return "".join(rows).encode("utf-8")


def encode_name(name: str) -> str:
    """Percent-encode a path for a manifest: only %, CR and LF."""
    return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_name(name: str) -> str:
    """Decode a path of a manifest."""
    return re.sub(r"%(0[AaDd]|25)", lambda m: chr(int(m[1], 16)), name)


# -- reading


@dataclass(frozen=True, slots=True)
class Bag:
    """A validated bag. ``files``: size in bytes of each file by path."""

    path: Path
    files: Mapping[str, int]
    info: tuple[tuple[str, str], ...]
    seal: str
    """SHA-256 of the strongest tag manifest, which covers every byte of the bag."""
    container: Container

    def read(self, name: str) -> bytes:
        """Return the content of a file. Raises ArchiveError where the bag has no such file."""
        if name not in self.files:
            raise ArchiveError(f"the bag has no {name}", location=Location(self.path))
        return b"".join(self.container.chunks(name))

    def unpack(self, folder: Path, below: str = "", without: str | None = None) -> None:
        """Write the files below ``below`` (but not ``without``) into ``folder``, with paths relative to ``below``."""
        for name in self.files:
            if name.startswith(below) and not (without and name.startswith(without)):
                with disk_errors(folder / name), Directory.of(folder, create=True) as root:
                    root.write_new(name.removeprefix(below), self.container.chunks(name))


def is_bag(path: Path) -> bool:
    """Return whether ``path`` may be a bag: a folder with bagit.txt, or a ZIP file."""
    return (path / "bagit.txt").is_file() if path.is_dir() else path.suffix.lower() == ".zip"


def open_bag(path: Path) -> Bag:
    """Open and validate a bag completely. Raises ArchiveError with everything that is wrong."""
    container: Container = FolderContainer(path) if path.is_dir() else ZipContainer(path)
    problems = [*container.problems, *path_problems(container.sizes)]
    if problems:  # what can't be named safely isn't read
        raise validation_error(path, problems)
    reader = BagValidator(path, container)
    problems = list(reader.problems())
    if problems:
        raise validation_error(path, problems)
    return Bag(path, container.sizes, reader.info(), reader.seal(), container)


def validation_error(path: Path, problems: Sequence[tuple[str, str]]) -> ArchiveError:
    """Build the error for (path, message) pairs."""
    reported = [Diagnostic(message, "", Location(path / name)) for name, message in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        reported.append(Diagnostic(f"and {len(problems) - MAX_PROBLEMS} more problems", "", Location(path)))
    last = reported[-1]
    reported[-1] = Diagnostic(last.message, "The bag has been changed; get another copy.", last.location)
    error = ArchiveError.of(reported)
    assert isinstance(error, ArchiveError)
    return error


def path_problems(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield unsafe paths, and paths that some file systems cannot tell apart."""
    same: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if fault := unsafe_reason(name):
            yield name, fault
        same[casefold_name(name)].append(name)
    for folded, twins in sorted(same.items()):
        if len(twins) > 1:
            yield twins[0], f"differs only in case or composition from {', '.join(twins[1:])}"
        if any(str(parent) in same for parent in PurePosixPath(folded).parents):
            yield twins[0], "lies below a file"


def casefold_name(name: str) -> str:
    """Return the path as a case-insensitive file system compares it, in composed form (NFC)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def unsafe_reason(name: str) -> str:
    """Return why a path is not allowed in a bag, "" where it is (RFC 8493, 5.1)."""
    if not name or name.startswith(("/", "~")) or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    if "\\" in name:
        return "a backslash in a path"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "a path that climbs out of the bag"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        return "a control character or broken encoding in a file name"
    return ""


class BagValidator:
    """Validates a bag whose paths are safe. Errors are (path, message) pairs."""

    def __init__(self, path: Path, container: Container) -> None:
        self.path, self.container = path, container
        self.digests: dict[str, dict[str, str]] = {}
        self.manifests: dict[str, dict[str, str]] = {}

    def text(self, name: str) -> str:
        """Return the text of a tag file; invalid UTF-8 becomes U+FFFD and matches no path."""
        return b"".join(self.container.chunks(name)).decode("utf-8", "replace")

    def info(self) -> tuple[tuple[str, str], ...]:
        """Return labels and values of bag-info.txt, continuation lines joined (RFC 8493, 2.2.2)."""
        if "bag-info.txt" not in self.container.sizes:
            return ()
        lines = re.split(r"\r\n|\r|\n", re.sub(r"\r?\n[ \t]+", " ", self.text("bag-info.txt")))
        pairs = [line.partition(":") for line in lines if ":" in line]
        return tuple((label.strip(), value.strip()) for label, _, value in pairs)

    def seal(self) -> str:
        """Return the SHA-256 of the strongest tag manifest."""
        name = max(n for n in self.manifests if n.startswith("tagmanifest-"))
        return hashlib.sha256(b"".join(self.container.chunks(name))).hexdigest()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield everything that is wrong with the bag."""
        names = self.container.sizes
        declaration = self.text("bagit.txt") if "bagit.txt" in names else ""
        if not re.fullmatch(r"BagIt-Version: (1\.0|0\.9\d)\r?\nTag-File-Character-Encoding: UTF-8\r?\n?", declaration):
            yield "bagit.txt", "missing or no declaration of BagIt 1.0 in UTF-8"
        if "fetch.txt" in names:
            yield "fetch.txt", "asks for files from a network; nothing is fetched"
        yield from self.read_manifests()
        for kind, covered in (("manifest", self.payload()), ("tagmanifest", self.tag_files())):
            own = {n: rows for n, rows in self.manifests.items() if n.startswith(f"{kind}-")}
            if not {algorithm_of(n) for n in own} & STRONG:
                yield f"{kind}-sha512.txt", "missing: no manifest of a strong digest (SHA-2) covers these files"
            for name, rows in own.items():
                yield from self.compare(name, rows, covered)
        yield from self.oxum()

    def payload(self) -> list[str]:
        return [n for n in self.container.sizes if n.startswith("data/")]

    def tag_files(self) -> list[str]:
        return [n for n in self.container.sizes if not n.startswith(("data/", "tagmanifest-"))]

    def read_manifests(self) -> Iterator[tuple[str, str]]:
        """Parse every manifest; yield errors."""
        for name in self.container.sizes:
            if not re.fullmatch(r"(tag)?manifest-[a-z0-9]+\.txt", name):
                continue
            algorithm = algorithm_of(name)
            if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
                yield name, f"unknown digest {algorithm}"
                continue
            rows = self.manifests[name] = {}
            for number, line in enumerate(re.split(r"\r\n|\r|\n", self.text(name).rstrip("\r\n")), 1):
                found = re.fullmatch(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)", line)
                listed = decode_name(found[2]).removeprefix("./") if found else ""
                if not found or len(found[1]) != 2 * hashlib.new(algorithm).digest_size:
                    yield name, f"line {number} is no digest and file name"
                elif fault := unsafe_reason(listed):
                    yield name, f"line {number}: {fault}: {listed[:80]!r}"
                elif listed in rows:
                    yield name, f"line {number}: {listed} is listed twice"
                else:
                    rows[listed] = found[1].lower()

    def compare(self, name: str, rows: Mapping[str, str], covered: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compare one manifest with its files: missing, extra, wrong digest."""
        there = set(covered)
        for listed in sorted(rows.keys() - there):
            if listed in self.container.sizes:
                yield name, f"lists {listed}, which is none of its files"
            else:
                yield listed, f"missing; {name} lists it"
        for extra in sorted(there - rows.keys()):
            yield extra, f"not in {name}: an extra file"
        for listed in sorted(rows.keys() & there):
            algorithm, stated = algorithm_of(name), rows[listed]
            found = self.digest(listed, algorithm)
            if found != stated:
                yield listed, f"its {algorithm} is not the one in {name}: {found[:16]}…, not {stated[:16]}…"

    def digest(self, name: str, algorithm: str) -> str:
        """Return the digest of a file; each file is read once for all manifests."""
        if name not in self.digests:
            wanted = {algorithm_of(n) for n in self.manifests}
            hashes = {each: hashlib.new(each, usedforsecurity=False) for each in wanted}
            try:
                for chunk in self.container.chunks(name):
                    for each in hashes.values():
                        each.update(chunk)
                self.digests[name] = {each: value.hexdigest() for each, value in hashes.items()}
            except ArchiveError as error:
                self.digests[name] = dict.fromkeys(wanted, f"unreadable ({error})")
        return self.digests[name][algorithm]

    def oxum(self) -> Iterator[tuple[str, str]]:
        """Compare Payload-Oxum with the payload."""
        stated = dict(self.info()).get("Payload-Oxum")
        counted = f"{sum(self.container.sizes[n] for n in self.payload())}.{len(self.payload())}"
        if stated is not None and stated != counted:
            yield "bag-info.txt", f"Payload-Oxum is {counted}, not {stated}"


def algorithm_of(name: str) -> str:
    """Return the algorithm in a manifest's name: ``sha256`` of ``manifest-sha256.txt``."""
    return PurePosixPath(name).stem.partition("-")[2]
