"""Build environment of an edition: versions of dingben, Python, packages and libraries, and fonts with digests.

``environment.json`` in a bag records it; :func:`differences` compares it with this machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import tomllib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dingben
from dingben.document import pandoc
from dingben.system.versions import TOOLS
from dingben.typeset.engine.versions import library_versions

FORMAT = 1
TERMINAL_PACKAGES = frozenset({"rich", "pygments", "markdown-it-py", "mdurl"})
"""Packages that only affect terminal output."""


@dataclass(frozen=True, slots=True)
class EmbeddedFontFile:
    """A font embedded in the PDF: its name there, the font file's name, version and SHA-256."""

    name: str
    file: str
    version: str
    sha256: str


def build_environment(pdf: bytes, targets: Sequence[str] = ()) -> dict[str, Any]:
    """Return everything besides the sources that affects the outputs; ``pdf`` shows which fonts are used."""
    return {
        "format": FORMAT,
        "targets": list(targets),
        "dingben": {"version": dingben.__version__, "sha256": program_digest()},
        "system": system_name(),
        "python": platform.python_version(),
        "pandoc": pandoc.version(),
        "packages": package_versions(),
        "libraries": library_versions(),
        "fonts": [asdict(font) for font in embedded_fonts(pdf)],
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or None,
    }


def system_name() -> str:
    """Return operating system and processor, for information only."""
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        name = ""
    return f"{name or platform.system()}, {platform.machine()}"


def to_json(state: Mapping[str, Any]) -> bytes:
    """Serialize for the bag."""
    return (json.dumps(state, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def program_files() -> dict[str, bytes]:
    """Return dingben's own source files and licence by name."""
    folder = Path(__file__).parents[2]
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.py") if "__pycache__" not in p.parts)
    licence = next(path for path in (folder / "LICENSE", folder.parent / "LICENSE") if path.is_file())
    return {"LICENSE": licence.read_bytes()} | {name: (folder / name).read_bytes() for name in names}


def program_digest() -> str:
    """Return a SHA-256 over the names and digests of the program's files."""
    rows = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(program_files().items())]
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Return the installed version of each Python package that dingben depends on, directly or not."""
    found: dict[str, str] = {}
    waiting = required_packages()
    while waiting:
        try:
            distribution = importlib.metadata.distribution(waiting.pop())
        except importlib.metadata.PackageNotFoundError:
            continue
        name = normalize_name(distribution.metadata["Name"])
        if name in found:
            continue
        found[name] = distribution.version
        always = [n for n in distribution.requires or () if "extra" not in n.partition(";")[2]]
        waiting += [match[0] for n in always if (match := re.match(r"[A-Za-z0-9._-]+", n))]
    return dict(sorted(found.items()))


def required_packages() -> list[str]:
    """Return the names of dingben's direct dependencies, for a checkout, a bag, or an installed package."""
    above = Path(__file__).parents[3]
    try:
        project = tomllib.loads((above / "pyproject.toml").read_text("utf-8"))["project"]
        rows = project["dependencies"] if project["name"] == "dingben" else []
    except (OSError, ValueError, KeyError):
        rows = []
    if not rows and (above / "requirements.txt").is_file():  # a program run out of a bag
        rows = (above / "requirements.txt").read_text("utf-8").splitlines()
    if not rows:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            rows = importlib.metadata.distribution("dingben").requires or []
    names = [match[0] for row in rows if (match := re.match(r"[A-Za-z0-9._-]+", row)) and "extra ==" not in row]
    return [*TOOLS, *names]


def normalize_name(name: str) -> str:
    """Normalize a package name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# -- fonts


def embedded_fonts(pdf: bytes) -> tuple[EmbeddedFontFile, ...]:
    """Return the fonts embedded in the PDF, matched to installed fonts by full name."""
    installed = installed_fonts()
    embedded = []
    for name in font_names(pdf):
        file, version = installed.get(name.casefold(), ("", ""))
        sha256 = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
        embedded.append(EmbeddedFontFile(name, Path(file).name, version, sha256))
    return tuple(embedded)


def font_names(pdf: bytes) -> tuple[str, ...]:
    """Return the names of embedded fonts without subset tags, sorted; object streams are decompressed to find them."""
    pattern = re.compile(rb"/FontName\s*/([^\s/<>\[\]()]+)")
    names = set(pattern.findall(pdf))
    for stream in re.finditer(rb"stream\r?\n", pdf):
        if b"/ObjStm" in pdf[max(0, stream.start() - 300) : stream.start()]:
            try:
                names.update(pattern.findall(zlib.decompressobj().decompress(pdf[stream.end() :])))
            except zlib.error:
                continue
    plain = {re.sub(r"^[A-Z]{6}\+", "", name.decode("latin-1")) for name in names}
    return tuple(sorted({re.sub(r"#([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), name) for name in plain}))


def installed_fonts() -> dict[str, tuple[str, str]]:
    """Return file and version of each installed font, by full and PostScript name in normalized form."""
    form = "%{file}\t%{fontversion}\t%{fullname}\t%{postscriptname}\n"
    try:
        listing = subprocess.run(["fc-list", "--format", form], capture_output=True, check=False).stdout
    except OSError:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for line in sorted(listing.decode("utf-8", "replace").splitlines()):
        file, version, full, postscript = [*line.split("\t"), "", "", ""][:4]
        for name in [*full.split(","), postscript]:
            key = name.strip().replace(" ", "-").casefold()
            for each in (key, key.removesuffix("-regular")):
                if each:
                    found.setdefault(each, (file, font_version(version)))
    return found


def font_version(number: str) -> str:
    """Convert fontconfig's 16.16 fixed-point version: 131137 is 2.001."""
    return f"{int(number) / 65536:.3f}" if number.isdigit() else ""


# -- another machine


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the differences from this machine, one line each; what affects no output is left out."""
    lines = list(version_difference("dingben", str(then["dingben"]["version"]), str(now["dingben"]["version"])))
    if not lines and then["dingben"]["sha256"] != now["dingben"]["sha256"]:
        lines.append(f"dingben {now['dingben']['version']}: the same version, but the program was changed")
    for key in ("python", "pandoc"):
        lines += version_difference(key, str(then[key]), str(now[key]))
    for key in ("packages", "libraries"):
        for name in then[key]:
            if name not in TERMINAL_PACKAGES:
                lines += version_difference(name, str(then[key][name]), str(now[key].get(name, "")))
    return (*lines, *font_differences(then["fonts"]))


def version_difference(name: str, then: str, now: str) -> Iterable[str]:
    """Yield a line where two versions differ."""
    if then != now:
        yield f"{name} {now} is here, {then} made the edition" if now else f"{name} {then} is missing here"


def font_differences(then: Sequence[Mapping[str, str]]) -> Iterable[str]:
    """Yield a line for each font of the edition that is missing here, or is another file."""
    installed = installed_fonts()
    for font in then:
        file, version = installed.get(font["name"].casefold(), ("", ""))
        if not file:
            yield f"font {font['name']} {font['version']} is missing here"
        elif hashlib.sha256(Path(file).read_bytes()).hexdigest() != font["sha256"]:
            yield f"font {font['name']} {version} is another file than the {font['version']} that made the edition"
