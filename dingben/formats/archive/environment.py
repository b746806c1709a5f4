"""What an edition was made with: versions of the tool, Python, its packages and libraries, the fonts with digests.

``build_environment.json`` in a bag pins it; `differences` tells what is otherwise on this machine.
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
"""Packages that serve the terminal only."""


@dataclass(frozen=True, slots=True)
class EmbeddedFontFile:
    """A font file that the PDF embeds a part of: its name there, the file's own, version and SHA-256."""

    name: str
    file: str
    version: str
    sha256: str


def build_environment(pdf: bytes, targets: Sequence[str] = ()) -> dict[str, Any]:
    """Everything besides the sources that shapes the outputs; ``pdf`` tells which fonts are used."""
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
    """The operating system and the processor, for a reader in years to come; nothing depends on it."""
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        name = ""
    return f"{name or platform.system()}, {platform.machine()}"


def to_json(state: Mapping[str, Any]) -> bytes:
    """As the bag keeps it."""
    return (json.dumps(state, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def program_files() -> dict[str, bytes]:
    """The program's own source files and its licence by name, as the package has them."""
    folder = Path(__file__).parents[2]
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.py") if "__pycache__" not in p.parts)
    licence = next(path for path in (folder / "LICENSE", folder.parent / "LICENSE") if path.is_file())
    return {"LICENSE": licence.read_bytes()} | {name: (folder / name).read_bytes() for name in names}


def program_digest() -> str:
    """One SHA-256 for the program: over the names and digests of its files."""
    rows = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(program_files().items())]
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Name and version of each Python package that dingben needs, and that those need, as installed."""
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
    """Names of the packages that dingben itself asks for: in a checkout, in a bag, or as it was installed."""
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
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# -- fonts


def embedded_fonts(pdf: bytes) -> tuple[EmbeddedFontFile, ...]:
    """The fonts that the PDF embeds, each found among the installed ones by its full name."""
    installed = installed_fonts()
    made = []
    for name in font_names(pdf):
        file, version = installed.get(name.casefold(), ("", ""))
        sha256 = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
        made.append(EmbeddedFontFile(name, Path(file).name, version, sha256))
    return tuple(made)


def font_names(pdf: bytes) -> tuple[str, ...]:
    """Names of the embedded fonts without their subset's tag, sorted; object streams are unpacked to find them."""
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
    """File and version of each installed face, by its full and PostScript names with - for blanks, caseless."""
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
    """fontconfig's number, a 16.16 fixed-point figure, as the font says it: 131137 is 2.001."""
    return f"{int(number) / 65536:.3f}" if number.isdigit() else ""


# -- another machine


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """What is otherwise here, one line each; what shapes no byte of an output is left out."""
    lines = list(version_difference("dingben", str(then["dingben"]["version"]), str(now["dingben"]["version"])))
    if not lines and then["dingben"]["sha256"] != now["dingben"]["sha256"]:
        lines.append(f"dingben {now['dingben']['version']}: the same version, but another state of the program")
    for key in ("python", "pandoc"):
        lines += version_difference(key, str(then[key]), str(now[key]))
    for key in ("packages", "libraries"):
        for name in then[key]:
            if name not in TERMINAL_PACKAGES:
                lines += version_difference(name, str(then[key][name]), str(now[key].get(name, "")))
    return (*lines, *font_differences(then["fonts"]))


def version_difference(name: str, then: str, now: str) -> Iterable[str]:
    """A line where two versions differ."""
    if then != now:
        yield f"{name} {now} is here, {then} made the edition" if now else f"{name} {then} is missing here"


def font_differences(then: Sequence[Mapping[str, str]]) -> Iterable[str]:
    """A line for each font of the edition that is missing here, or another file."""
    installed = installed_fonts()
    for font in then:
        file, version = installed.get(font["name"].casefold(), ("", ""))
        if not file:
            yield f"font {font['name']} {font['version']} is missing here"
        elif hashlib.sha256(Path(file).read_bytes()).hexdigest() != font["sha256"]:
            yield f"font {font['name']} {version} is another file than the {font['version']} that made the edition"
