"""The command line: reads arguments, calls the other modules, prints. The only module that prints.

Results go to stdout, progress and errors to stderr. Heavy modules are imported by the
command that needs them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import errno
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import dingben
from dingben.diagnostics import Diagnostic, to_json
from dingben.errors import DingbenError, UsageError, from_os_error

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
    "rules": "dingben rules M001",
    "clean": "dingben clean --book mybook",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 findings, 2 usage, 3 source, 4 tool, 5 render, 6 archive."""
    signal.signal(signal.SIGTERM, interrupt)
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except DingbenError as error:
        tell(error.diagnostics, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; the last good edition is untouched", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print("the result can't be written: the disk is full", file=sys.stderr)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 4
        refused = from_os_error(error)
        tell(refused.diagnostics, as_json=as_json)
        return refused.exit_code
    return code


def interrupt(_signal: int, _frame: object) -> NoReturn:
    """A terminated build cleans up like an interrupted one."""
    raise KeyboardInterrupt


# -- arguments


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors look like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with the nearest command where a word is misspelt."""
        hint = f"{self.prog} --help explains."
        if wrong := re.search(r"invalid choice: '(\S+)'", message):
            near = difflib.get_close_matches(wrong[1], list(EXAMPLES), 1)
            message = f"there is no command {wrong[1]!r}"
            hint = f"Did you mean {near[0]}? {hint}" if near else hint
        raise UsageError(message, hint=hint)


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="dingben", description=ABOUT, epilog=example(""), formatter_class=Help)
    top.add_argument("--version", action="version", version=f"dingben {dingben.__version__}")
    top.set_defaults(run=lambda _: show(top.format_help()))
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)

    new = command(commands, "new", "begin a book project in a new folder", run_new, book=False)
    new.add_argument("folder", metavar="DIR", type=Path, help="the folder to make")

    ingest = command(commands, "ingest", "raw OCR text to clean sources, with nothing lost", run_ingest)
    ingest.add_argument("raw", metavar="RAW", nargs="+", type=Path, help="raw text files, in reading order")
    ingest.add_argument("--encoding", help="of the raw text (told apart by itself: UTF-8, UTF-16, GB18030, Big5)")
    ingest.add_argument("--force", action="store_true", help="overwrite chapters that were edited by hand")

    command(commands, "check", "list what a proof-reader should look at", run_check)
    audit = command(commands, "audit", "prove that nothing was lost, in a book or in an archive", run_audit)
    audit.add_argument(
        "bag", metavar="BAG", nargs="?", type=Path, help="an archive: raw text, sources and editions agree"
    )
    audit.add_argument("--report", metavar="FILE", type=Path, help="with BAG: the proof as a page of HTML")

    build = command(commands, "build", "make the editions (default: all)", run_build)
    known = "pdf, epub, html, txt, azw3, tei, web, print, cover, booklet, archive"
    build.add_argument("targets", metavar="EDITION", nargs="*", help=known)
    build.add_argument("--force", action="store_true", help="make everything anew")
    build.add_argument("--booklet", action="store_true", help="also sheets to fold, for a home printer (A4)")
    build.add_argument("--explain", action="store_true", help="name every input that changed")
    build.add_argument("--jobs", type=processes, default=0, metavar="N", help="processes that set type (all cores)")

    watch = command(commands, "watch", "show the book in a browser, and build again on every change", run_watch)
    watch.add_argument("--port", type=port, metavar="PORT", help="where to show it: http://127.0.0.1:PORT/ (8421)")

    verify = command(commands, "verify", "run the checkers that are installed on outputs", run_verify, book=False)
    verify.add_argument("files", metavar="FILE", nargs="+", type=Path, help="EPUB, PDF or TEI files, bags")

    rebuild = command(commands, "rebuild", "build the editions of a bag anew and compare", run_rebuild, book=False)
    rebuild.add_argument("bag", metavar="BAG", type=Path, help="a bag made by `dingben build archive`, or its ZIP file")
    rebuild.add_argument("--into", metavar="DIR", type=Path, help="keep what is built in this empty folder")

    command(commands, "doctor", "list tools and fonts, and what to install", run_doctor, book=False)

    rules = command(commands, "rules", "explain the rules of the cleaning", run_rules, book=False)
    rules.add_argument("code", metavar="CODE", nargs="?", help="one rule, whole")
    rules.add_argument("--markdown", action="store_true", help="all rules as the page docs/rules.md")

    command(commands, "clean", "delete what was built", run_clean)
    return top


def processes(text: str) -> int:
    """A number of processes: one or more."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def port(text: str) -> int:
    """A TCP port; 0 is any free one."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text[:40]!r}")
    return int(text)


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as a terminal, descriptions as written."""


def example(name: str) -> str:
    """The example at the end of a help text."""
    return f"example:\n  {EXAMPLES[name]}"


def command(
    commands: Any, name: str, summary: str, run: Callable[[argparse.Namespace], int], *, book: bool = True
) -> argparse.ArgumentParser:
    """A subcommand with the options that all have."""
    description = f"{summary[0].upper()}{summary[1:]}."
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=description, epilog=example(name), formatter_class=Help
    )
    if book:
        made.add_argument("--book", metavar="DIR", type=Path, default=Path(), help="the book project (default: here)")
    made.add_argument("--quiet", action="store_true", help="no progress, only results and errors")
    made.add_argument("--json", action="store_true", help="results and errors as JSON on stdout")
    made.set_defaults(run=run, command=name)
    return made


# -- commands


def run_new(options: argparse.Namespace) -> int:
    from dingben.book.project import new_project

    made = new_project(options.folder)
    if options.json:
        return show_json({"folder": str(options.folder), "files": [str(p) for p in made]})
    if not options.quiet:
        show("\n".join(map(str, made)) + f"\n\nNow: dingben build --book {options.folder}\n")
    return 0


def run_ingest(options: argparse.Namespace) -> int:
    from dingben.restore.ingest import ingest

    with display(options) as progress:
        result = ingest(
            options.raw, options.book, encoding=options.encoding, force=options.force, progress=progress.note
        )
    if options.json:
        return show_json(
            {
                "files": [str(p) for p in result.files],
                "counts": result.counts,
                "findings": [problem_data(f) for f in result.findings],
            }
        )
    if not options.quiet:
        counts = "\n".join(f"  {name.replace('_', ' '):<12} {count:>9,}" for name, count in result.counts.items())
        report = shown(options.book / "build" / "reports" / "ingest.html")
        show(f"{len(result.files)} files in {shown(options.book / 'source')}\n{counts}\n\nLook at: {report}\n")
    return 0


def run_check(options: argparse.Namespace) -> int:
    from dingben.lint import check

    findings = check(options.book)
    if options.json:
        show_json({"findings": [problem_data(f) for f in findings]})
    else:
        for finding in findings:
            show(f"{told(finding)}\n")
    return 1 if findings else 0


def run_audit(options: argparse.Namespace) -> int:
    from dingben.restore.audit import audit

    if options.bag:
        return run_proof(options)
    problems = audit(options.book)
    if options.json:
        show_json({"problems": [problem_data(p) for p in problems]})
    elif problems:
        show("".join(f"{told(p)}\n" for p in problems))
    elif not options.quiet:
        show("Nothing is lost: sources and ledger rebuild the raw text byte for byte.\n")
    return 1 if problems else 0


def run_proof(options: argparse.Namespace) -> int:
    """`dingben audit BAG`."""
    from dingben.system import atomic
    from dingben.verification.archive_audit import audit_archive, html_report

    proof = audit_archive(options.bag)
    if options.report:
        atomic.write_file(options.report.parent, options.report.name, html_report(proof).encode("utf-8"))
    if options.json:
        show_json({"steps": [{**vars_of(s), "problems": [problem_data(p) for p in s.problems]} for s in proof.steps]})
    elif proof.problems or not options.quiet:
        show("".join(f"{step}\n" for step in proof.steps if step.problems or not options.quiet))
    return 1 if proof.problems else 0


def run_build(options: argparse.Namespace) -> int:
    from dingben.builder.graph import build, by_default

    with display(options) as progress:
        chosen = [*(options.targets or by_default()), "booklet"] if options.booklet else options.targets
        made = build(options.book, chosen, force=options.force, progress=progress, jobs=options.jobs)
    if options.json:
        return show_json(
            {
                "outputs": [
                    {
                        "target": o.target,
                        "path": str(o.path),
                        "bytes": o.size,
                        "sha256": o.sha256,
                        "why": list(o.why),
                    }
                    for o in made.outputs
                ],
                "findings": [problem_data(p) for p in made.findings],
            }
        )
    for finding in made.findings:
        warn(f"{told(finding)} (built all the same)", finding.hint)
    if not options.quiet:
        for output in made.outputs:
            show(f"{shown(output.path)}  {output.size:,} bytes  {'made' if output.why else 'up to date'}\n")
            if options.explain:
                show("".join(f"  {output.target}: {reason}\n" for reason in output.why))
    return 0


def run_watch(options: argparse.Namespace) -> int:
    from dingben.live.watcher import Watcher

    Watcher(options.book, Terminal(options), port=options.port).run()
    return 0


class Terminal:
    """Prints what a watch tells."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def note(self, text: str) -> None:
        if self.options.json:
            show(json.dumps({"note": text}, ensure_ascii=False) + "\n")
        elif not self.options.quiet:
            show(f"{text}\n")
        sys.stdout.flush()

    def wrong(self, problems: Sequence[Diagnostic]) -> None:
        if self.options.json:
            show(json.dumps({"errors": [problem_data(p) for p in problems]}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            tell(problems, as_json=False)


def run_verify(options: argparse.Namespace) -> int:
    from dingben.verification.checkers import verify

    reports = [report for file in options.files for report in verify(file)]
    if options.json:
        show_json({"reports": [r.data() for r in reports]})
    else:
        show("".join(f"{r}\n" for r in reports))
    return 1 if any(r.messages for r in reports) else 0


def run_rebuild(options: argparse.Namespace) -> int:
    import tempfile

    from dingben.verification.rebuild import Rebuild

    with tempfile.TemporaryDirectory(prefix="dingben-") as scratch:
        work = Rebuild(options.bag, options.into or Path(scratch) / "book")
        differences = work.differences()
        if not options.json:
            show("".join(f"not as it was: {line}\n" for line in differences))
            sys.stdout.flush()
        with display(options) as progress:
            compared = work.run(progress)
    if options.json:
        show_json({"differences": list(differences), "files": [vars_of(c) for c in compared]})
    elif not options.quiet or any(c.verdict != "same" for c in compared):
        show("".join(f"{c}\n" for c in compared if not options.quiet or c.verdict != "same"))
    return 1 if any(c.verdict != "same" for c in compared) else 0


def run_doctor(options: argparse.Namespace) -> int:
    from dingben.verification.doctor import examine

    rows = examine()
    if options.json:
        show_json({"tools": [r.data() for r in rows]})
    else:
        width = max(len(r.name) for r in rows)
        for row in rows:
            state = row.found or ("missing" if row.needed else "not installed (optional)")
            show(f"{'ok' if row.found else '--'}  {row.name:<{width}}  {state}\n")
            if not row.found:
                show(f"    {'':<{width}}  {row.install}\n")
    return 4 if any(r.needed and not r.found for r in rows) else 0


def run_rules(options: argparse.Namespace) -> int:
    from dingben.rules.explain import as_markdown, explained

    chosen = [r for r in explained() if options.code is None or r.code.casefold() == options.code.casefold()]
    if not chosen:
        raise UsageError(f"there is no rule {options.code}", hint="`dingben rules` lists them.")
    if options.json:
        return show_json(
            {
                "rules": [
                    {"code": r.code, "name": r.name, "confidence": r.confidence.name, "explanation": r.explanation}
                    for r in chosen
                ]
            }
        )
    if options.markdown:
        show(as_markdown())
    elif options.code:
        show(f"{chosen[0].code} {chosen[0].name} ({chosen[0].confidence.name})\n\n{chosen[0].explanation}\n")
    else:
        for rule in chosen:
            show(f"{rule.code}  {rule.confidence.name:<8}  {rule.name}: {rule.summary}\n")
    return 0


def run_clean(options: argparse.Namespace) -> int:
    from dingben.book.project import clean

    removed = clean(options.book)
    if options.json:
        return show_json({"removed": [str(p) for p in removed]})
    if not options.quiet:
        show("".join(f"removed {shown(p)}\n" for p in removed) or "nothing to remove\n")
    return 0


# -- showing


def show(text: str) -> int:
    """Print a result."""
    sys.stdout.write(text)
    return 0


def show_json(data: dict[str, Any]) -> int:
    """Print a result as JSON."""
    return show(json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def display(options: argparse.Namespace) -> Any:
    """The progress display: on a terminal, unless asked to be quiet."""
    from dingben.cli.progress import Display

    return Display(live=sys.stderr.isatty() and not options.quiet and not options.json)


def tell(problems: Sequence[Diagnostic], *, as_json: bool) -> None:
    """Show what stopped the command: one line each, then a hint."""
    if as_json:
        show_json({"errors": [problem_data(p) for p in problems]})
        return
    for problem in problems:
        warn(told(problem), problem.hint)


def warn(line: str, hint: str) -> None:
    """A line on stderr, coloured on a terminal unless NO_COLOR is set (https://no-color.org)."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    strong, quiet, end = ("\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "")
    print(f"{strong}{line}{end}", file=sys.stderr)
    if hint:
        print(f"  {quiet}{hint}{end}", file=sys.stderr)


def told(problem: Diagnostic) -> str:
    """``file:line:column: message``, the file as seen from here."""
    return str(from_here(problem))


def from_here(problem: Diagnostic) -> Diagnostic:
    """The diagnostic with its file as seen from here."""
    location = problem.location
    return (
        dataclasses.replace(problem, location=dataclasses.replace(location, file=shown(location.file)))
        if location
        else problem
    )


def shown(path: Path) -> Path:
    """A path as seen from the working directory, if it lies below it."""
    if not path.is_absolute():
        return path
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the working directory has been deleted
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path


def problem_data(problem: Diagnostic) -> dict[str, Any]:
    """A problem for JSON."""
    return to_json(from_here(problem))


def vars_of(record: Any) -> dict[str, Any]:
    """A dataclass for JSON."""
    return dataclasses.asdict(record)
