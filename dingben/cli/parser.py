"""The argument parser: commands, their options and help texts. It runs and prints nothing."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn

import dingben
from dingben.errors import UsageError

ABOUT = """\
dingben 定本 turns the raw text of a scanned book into a clean edition: a print-quality
PDF, an EPUB 3, and a web page to read it on and download it from."""

EXAMPLES = {
    "": "dingben ingest scan.txt --book mybook\n  dingben build --book mybook\n  dingben new mybook",
    "new": "dingben new mybook",
    "ingest": "dingben ingest scan-1.txt scan-2.txt --book mybook",
    "check": "dingben check --book mybook",
    "audit": "dingben audit --book mybook\n  dingben audit mybook-archive.zip --report proof.html",
    "build": "dingben build pdf epub archive --book mybook",
    "watch": "dingben watch --book mybook",
    "verify": "dingben verify mybook/build/mybook.epub mybook/build/mybook-archive.zip",
    "rebuild": "dingben rebuild mybook-archive.zip --into anew",
    "doctor": "dingben doctor",
    "designs": "dingben designs",
    "rules": "dingben rules M001",
    "clean": "dingben clean --book mybook",
}

DEBUG = "show the traceback of an error"


class Parser(argparse.ArgumentParser):
    """Argument parser that raises UsageError instead of printing."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with the nearest command where a word is misspelt."""
        hint = f"{self.prog} --help explains."
        if wrong := re.search(r"invalid choice: '(\S+)'", message):
            import difflib

            near = difflib.get_close_matches(wrong[1], list(EXAMPLES), 1)
            message = f"there is no command {wrong[1]!r}"
            hint = f"Did you mean {near[0]}? {hint}" if near else hint
        raise UsageError(message, hint=hint)


def build_parser() -> Parser:
    """Create the parser of the whole command line; ``command`` is the name of the command, or None."""
    top = Parser(prog="dingben", description=ABOUT, epilog=example(""), formatter_class=Help)
    top.add_argument("--version", action="version", version=f"dingben {dingben.__version__}")
    top.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=DEBUG)
    top.set_defaults(command=None)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)

    new = command(commands, "new", "create a book project in a new folder", book=False)
    new.add_argument("folder", metavar="DIR", type=Path, help="the folder to create")

    ingest = command(commands, "ingest", "raw OCR text, ALTO, PAGE XML, hOCR or PDF to clean sources")
    files = "raw text or page layout files in reading order, or a folder of page layout files"
    ingest.add_argument("raw", metavar="RAW", nargs="+", type=Path, help=files)
    ingest.add_argument("--encoding", help="of the raw text (default: detected, e.g. UTF-8, UTF-16, GB18030, Big5)")
    ingest.add_argument("--force", action="store_true", help="overwrite chapters that were edited by hand")

    command(commands, "check", "list what a proof-reader should look at")
    audit = command(commands, "audit", "prove that nothing was lost, in a book or in an archive")
    audit.add_argument(
        "bag", metavar="BAG", nargs="?", type=Path, help="an archive: raw text, sources and editions agree"
    )
    audit.add_argument("--report", metavar="FILE", type=Path, help="with BAG: write the proof as an HTML page")

    build = command(commands, "build", "build the editions (default: all)")
    known = "pdf, epub, html, txt, azw3, tei, web, print, cover, booklet, archive"
    build.add_argument("targets", metavar="EDITION", nargs="*", help=known)
    build.add_argument("--force", action="store_true", help="build everything again")
    build.add_argument("--booklet", action="store_true", help="also sheets to fold, for a home printer (A4)")
    build.add_argument("--explain", action="store_true", help="list every input that has changed")
    build.add_argument(
        "--jobs", type=processes, default=0, metavar="N", help="number of layout processes (default: all cores)"
    )

    watch = command(commands, "watch", "show the book in a browser, and build again on every change")
    watch.add_argument("--port", type=port, metavar="PORT", help="serve on http://127.0.0.1:PORT/ (default: 8421)")

    verify = command(commands, "verify", "run the installed checkers on outputs", book=False)
    verify.add_argument("files", metavar="FILE", nargs="+", type=Path, help="EPUB, PDF or TEI files, bags")

    rebuild = command(commands, "rebuild", "build the editions of a bag again and compare them", book=False)
    rebuild.add_argument(
        "bag", metavar="BAG", type=Path, help="a bag written by `dingben build archive`, or its ZIP file"
    )
    rebuild.add_argument("--into", metavar="DIR", type=Path, help="keep what is built in this empty folder")

    command(commands, "doctor", "list tools and fonts, and what to install", book=False)

    command(commands, "designs", "list the installed designs", book=False)

    rules = command(commands, "rules", "explain the correction rules", book=False)
    rules.add_argument("code", metavar="CODE", nargs="?", help="explain one rule in full")
    rules.add_argument("--markdown", action="store_true", help="all rules in the form of docs/rules.md")

    command(commands, "clean", "delete what was built")
    return top


def processes(text: str) -> int:
    """Convert to a number of processes: one or more."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"the number of processes must be 1 or more, not {text[:40]!r}")
    return int(text)


def port(text: str) -> int:
    """Convert to a TCP port; 0 is any free one."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"the port must be a number from 0 to 65535, not {text[:40]!r}")
    return int(text)


class Help(argparse.RawDescriptionHelpFormatter):
    """Help formatter that keeps the line breaks of descriptions."""


def example(name: str) -> str:
    """Return the example at the end of a help text."""
    return f"example:\n  {EXAMPLES[name]}"


def command(commands: Any, name: str, summary: str, *, book: bool = True) -> argparse.ArgumentParser:
    """Add a subcommand with the options that all have."""
    description = f"{summary[0].upper()}{summary[1:]}."
    subparser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=description, epilog=example(name), formatter_class=Help
    )
    if book:
        subparser.add_argument(
            "--book", metavar="DIR", type=Path, default=Path(), help="the book project (default: here)"
        )
    subparser.add_argument("--quiet", action="store_true", help="no progress, only results and errors")
    subparser.add_argument("--json", action="store_true", help="results and errors as JSON on stdout")
    subparser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=DEBUG)
    subparser.set_defaults(command=name)
    return subparser
