"""Benchmark speed and memory beside other programs: ``python -m benchmarks [PART ...]``, or ``make bench``.

Commands run as whole processes. In each round every program runs once, one after the other,
so that other load on the machine affects all alike; ratios are taken within a round, and
the median of the rounds is reported. Cold means: without ``build/``.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import typography
from benchmarks.book import raw_text, write_book
from benchmarks.peers import PEERS, Job
from benchmarks.plot import plot
from benchmarks.processes import FailedError, Run, Runs, run, usual
from dingben.verification.checkers import chromium

HERE = Path(__file__).parent
SIZES = (20_000, 60_000, 200_000, 600_000, 2_000_000)
DINGBEN = (sys.executable, "-m", "dingben")
Once = Callable[[bool], Run]
"""A function that runs a command once, with or without measuring its memory."""

THREE = ("pdf", "epub", "web")
PARTS = ("cold", "change", "cores", "watch", "commands", "growth", "typography")


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: what it is about, measured value, required value, and whether it is met."""

    what: str
    measured: str
    asked: str
    holds: bool

    def row(self) -> str:
        return f"| {self.what} | {self.measured} | {self.asked} | {'yes' if self.holds else '**no**'} |"


@dataclass(slots=True)
class Bench:
    """One run of the benchmarks in a temporary folder; results are in ``text`` and ``goals``."""

    work: Path
    size: int
    rounds: int
    sizes: Sequence[int]
    goals: list[Goal] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    # -- parts

    def cold(self) -> None:
        """Cold build of the PDF, beside other programs."""
        book = self.book("cold", self.size)
        contestants: dict[str, Once] = {
            "dingben, PDF": lambda memory: self.build(book, "pdf", cold=True, memory=memory),
            "dingben, PDF + EPUB + web": lambda memory: self.build(book, *THREE, cold=True, memory=memory),
        }
        contestants |= {job.name: self.runner(job) for job in self.jobs(book)}
        runs = self.rounds_of(contestants)
        self.text += [f"## A cold build of {self.size:,} characters", "", table(runs, "dingben, PDF")]
        self.compare("PDF against Chromium's print of its HTML", runs, "dingben, PDF", "Chromium", 1.0)
        self.compare("PDF + EPUB + web against the PDF alone", runs, "dingben, PDF + EPUB + web", "dingben, PDF", 1.25)
        memory = runs["dingben, PDF"].memory
        self.goals.append(Goal("memory of the PDF", f"{memory:.0f} MB", "≤ 500 MB", memory <= 500))

    def change(self) -> None:
        """Build after one paragraph changed, and with nothing changed."""
        book = self.book("change", self.size)
        self.build(book, "pdf")
        chapters = sorted((book / "source/chapters").glob("*.md"))
        chapter, count = chapters[len(chapters) // 2], 0

        def changed(memory: bool) -> Run:
            nonlocal count
            count += 1
            paragraphs = chapter.read_text("utf-8").split("\n\n")
            at = next(i for i in range(len(paragraphs) // 2, len(paragraphs)) if paragraphs[i].endswith("。"))
            paragraphs[at] += "增补一句，第" + "一二三四五六七八九"[count % 9] + "次。"
            chapter.write_text("\n\n".join(paragraphs), "utf-8")
            return self.build(book, "pdf", memory=memory)

        contestants: dict[str, Once] = {
            "dingben, one paragraph changed": changed,
            "dingben, nothing changed": lambda memory: self.build(book, "pdf", memory=memory),
        }
        contestants |= {job.name: self.runner(job) for job in self.jobs(book, ("typst",))}
        runs = self.rounds_of(contestants)
        self.text += ["", "## After a change", "", table(runs, "dingben, one paragraph changed")]
        self.compare(
            "one paragraph changed against typst's whole compile", runs, "dingben, one paragraph changed", "typst", 1.0
        )
        self.limit("nothing changed", runs["dingben, nothing changed"], 0.3)

    def cores(self) -> None:
        """Cold build of the PDF with one process and with one for each core: usual book, and one huge chapter."""
        books = {"chapters": self.book("cores", self.size), "one chapter": self.book("core", self.size, chapters=1)}
        cores = os.cpu_count() or 1

        def built(book: Path, jobs: int) -> Once:
            return lambda memory: self.build(book, "pdf", "--jobs", str(jobs), cold=True, memory=memory)

        by_jobs = {f"{name}, --jobs {jobs}": built(book, jobs) for name, book in books.items() for jobs in (1, cores)}
        runs = self.rounds_of(by_jobs)
        self.text += ["", "## Cores", "", table(runs, f"chapters, --jobs {cores}"), ""]
        for name in books:
            alone, together = f"{name}, --jobs 1", f"{name}, --jobs {cores}"
            if cores > 1 and alone in runs and together in runs:
                share = (cores * ratio(runs[together], runs[alone]) - 1) / (cores - 1)  # Amdahl's law
                self.text.append(
                    f"- {name}: {together.split(', ')[1]} takes {ratio(runs[together], runs[alone]):.2f} of the time; "
                    f"as if {max(0, share):.0%} could not be shared (reading by pandoc is shared in both)."
                )

    def watch(self) -> None:
        """``watch``: seconds from saving a chapter to its new words in the browser."""
        if not chromium() or not importlib.util.find_spec("playwright"):
            print(
                "the watch is measured in a browser: pip install --group bench; apt install chromium", file=sys.stderr
            )
            return
        book = self.book("watch", self.size)
        chapter = sorted((book / "source/chapters").glob("*.md"))[self.size // 62_000]
        pages, pdfs = saves(book, chapter, self.rounds)
        self.text += [
            "",
            "## The watch",
            "",
            "Seconds from a save, while the editions are built in the background:",
            "",
        ]
        for what, seconds in (("the new words in Chromium", pages), ("the PDF in its place", pdfs)):
            median = statistics.median(seconds)
            self.text.append(f"- {what}: {median:.2f} ({min(seconds):.2f}–{max(seconds):.2f})")
            self.goals.append(Goal(f"watch: save to {what}", f"{median:.2f} s", "≤ 1.00 s", median <= 1))

    def commands(self) -> None:
        """Other commands: --help, ingest, EPUB."""
        book = self.book("commands", self.size)
        raw = self.work / "raw.txt"
        raw.write_text(
            raw_text([p.read_text("utf-8") for p in sorted((book / "source/chapters").glob("*.md"))]), "utf-8"
        )
        target = self.work / "ingested"

        def ingest(memory: bool) -> Run:
            shutil.rmtree(target, ignore_errors=True)
            return run([(*DINGBEN, "ingest", str(raw), "--book", str(target))], self.work, memory=memory)

        contestants: dict[str, Once] = {
            "--help": lambda memory: run([(*DINGBEN, "--help")], self.work, memory=memory),
            "ingest": ingest,
            "build epub": lambda memory: self.build(book, "epub", cold=True, memory=memory),
            "python -c pass": lambda memory: run([(sys.executable, "-c", "pass")], self.work, memory=memory),
        }
        runs = self.rounds_of(contestants)
        self.text += ["", "## Other commands", "", table(runs, "")]
        self.limit("--help", runs["--help"], 0.15)
        self.limit("ingest", runs["ingest"], 1.5)
        self.limit("EPUB", runs["build epub"], 1.5)

    def growth(self) -> None:
        """Time and memory of the PDF against the size of the book."""
        series: dict[str, list[tuple[float, float]]] = {}
        memory: list[tuple[float, float]] = []
        cpu: list[tuple[float, float]] = []
        rows = [
            "| characters | " + " | ".join(("dingben s", "cpu s", "MB", "typst s", "Chromium s")) + " |",
            "|---|---|---|---|---|---|",
        ]
        for size in self.sizes:
            book = self.book("growth", size)
            rounds = min(3, self.rounds) if size <= 200_000 else 1
            own = Runs(tuple(self.build(book, "pdf", cold=True, memory=True) for _ in range(rounds)))
            series.setdefault("dingben", []).append((size, own.wall))
            memory.append((size, own.memory))
            cpu.append((size, own.cpu))
            cells = [f"{own.wall:.2f}", f"{own.cpu:.2f}", f"{own.memory:.0f}"]
            for name in ("typst", "Chromium"):
                cells.append("—")
                for job in self.jobs(book, (name,)) if size <= 600_000 else ():
                    walls = [r.wall for _ in range(rounds) if (r := self.attempt(name, self.runner(job), memory=False))]
                    if walls:
                        series.setdefault(name, []).append((size, statistics.median(walls)))
                        cells[-1] = f"{statistics.median(walls):.2f}"
            rows.append(f"| {size:,} | {' | '.join(cells)} |")
            print(rows[-1], file=sys.stderr)
        time_exponent, memory_exponent = exponent(series["dingben"]), exponent(memory)
        last = (exponent(series["dingben"][-2:]), exponent(memory[-2:]))
        self.text += ["", "## Growth", "", *rows, "", "![Seconds against characters](growth.svg)", ""]
        self.text.append(
            f"Exponents (least squares on logarithms): time {time_exponent:.2f}, "
            f"processor time {exponent(cpu):.2f}, memory {memory_exponent:.2f}; "
            f"between the two largest books: time {last[0]:.2f}, "
            f"processor time {exponent(cpu[-2:]):.2f}, memory {last[1]:.2f}."
        )
        for name, value in (("time", max(time_exponent, last[0])), ("memory", max(memory_exponent, last[1]))):
            self.goals.append(Goal(f"growth of {name}, exponent", f"{value:.2f}", "≤ 1.05", value <= 1.05))
        over = max(peak - 300 - 250 * size / 1e6 for size, peak in memory)
        at_most = f"{abs(over):.0f} MB {'over' if over > 0 else 'under'}"
        self.goals.append(Goal("memory against 300 MB + 250 MB per million", at_most, "under at every size", over <= 0))
        (self.work / "growth.svg").write_text(plot(series, "characters", "seconds"), "utf-8")

    def typography(self) -> None:
        """Typographic quality."""
        self.text += ["", "## The setting of one chapter", "", typography.table(31_000, (), self.work / "typography")]

    # -- what they are made of

    def book(self, name: str, size: int, chapters: int = 0) -> Path:
        """Write a generated book; by default with as many chapters as its size gives."""
        folder = self.work / name / str(size)
        shutil.rmtree(folder, ignore_errors=True)
        write_book(folder, size, count=chapters)
        return folder

    def build(self, book: Path, *options: str, cold: bool = False, memory: bool = False) -> Run:
        """One build by dingben."""
        if cold:
            shutil.rmtree(book / "build", ignore_errors=True)
        return run([(*DINGBEN, "build", *options, "--quiet", "--book", str(book))], self.work, memory=memory)

    def jobs(self, book: Path, names: Sequence[str] = ()) -> list[Job]:
        """Programs that are installed, prepared for the book."""
        made = []
        for peer in PEERS:
            if names and peer.name not in names:
                continue
            if peer.found():
                folder = self.work / "peers" / f"{book.parent.name}-{book.name}" / peer.name.replace(" ", "")
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                made.append(peer.prepare(book, folder))
            else:
                print(f"{peer.name} is not installed: {peer.install}", file=sys.stderr)
        return made

    def runner(self, job: Job) -> Once:
        """Run the program once."""
        return lambda memory: run(job.commands, job.folder, memory=memory)

    def attempt(self, name: str, once: Once, *, memory: bool) -> Run | None:
        """Run once; None if it fails, with a message."""
        try:
            return once(memory)
        except FailedError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return None

    def rounds_of(self, contestants: dict[str, Once]) -> dict[str, Runs]:
        """Run every program once a round, and once more for its memory; one that fails is left out."""
        runs: dict[str, list[Run]] = {name: [] for name in contestants}
        for number in range(self.rounds + 1):
            for name, once in contestants.items():
                if len(runs[name]) < number:
                    continue  # it has failed before
                measured = self.attempt(name, once, memory=number == self.rounds)
                if measured:
                    runs[name].append(measured)
                    print(f"round {number + 1}: {name} {measured.wall:.2f} s", file=sys.stderr)
        made = {}
        for name, each in runs.items():
            if len(each) == self.rounds + 1:
                *timed, looked = each
                made[name] = Runs(tuple(Run(r.wall, r.cpu, looked.memory) for r in timed))
        return made

    def compare(self, what: str, runs: dict[str, Runs], ours: str, theirs: str, most: float) -> None:
        """A goal that is a ratio."""
        if ours in runs and theirs in runs:
            value = ratio(runs[ours], runs[theirs])
            measured = f"{value:.2f} (processor time {cpu_ratio(runs[ours], runs[theirs]):.2f})"
            self.goals.append(Goal(what, measured, f"≤ {most:.2f}", value <= most))

    def limit(self, what: str, runs: Runs, most: float) -> None:
        """A goal in seconds."""
        measured = f"{runs.wall:.2f} s (processor time {runs.cpu:.2f} s)"
        self.goals.append(Goal(what, measured, f"≤ {most:.2f} s", runs.wall <= most))

    def report(self) -> str:
        """The page of results as Markdown."""
        goals = ["| what | measured | asked | holds |", "|---|---|---|---|", *(g.row() for g in self.goals)]
        busy = f"The machine's load was {self.load:.1f} at the beginning and {os.getloadavg()[0]:.1f} at the end"
        note = (
            f"Medians of {self.rounds} rounds; ratios are taken within a round. Written by `make bench`. Figures "
            "of one run compare with each other, not with those of another day or machine. "
            f"{busy}: above {os.cpu_count()}, seconds are those of a crowd, and processor seconds tell more."
        )
        return "\n".join(
            ["# Results", "", note, "", *machine(), "", "## What must hold", "", *goals, "", *self.text, ""]
        )


def saves(book: Path, chapter: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds from saving the chapter to its new words on the page, and to the new PDF, for each round."""
    from playwright.sync_api import sync_playwright

    command = [*DINGBEN, "watch", "--port", "0", "--book", str(book)]
    pages, pdfs = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=usual()) as watching, sync_playwright() as play:
        assert watching.stdout
        url = watching.stdout.readline().decode().split()[-1]
        while not list((book / "build").glob("*-archive.zip")):  # all editions are made
            time.sleep(0.1)
        pdf = next(p for p in (book / "build").glob("*.pdf") if not p.stem.endswith(("-print", "-cover")))
        threading.Thread(target=watching.stdout.read, daemon=True).start()
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}{chapter.stem}.html")
        for number in range(rounds):
            time.sleep(2)
            words = f"第{number}次增补的一句。"
            text = chapter.read_text("utf-8").replace("。\n\n", f"。{words}\n\n", 1)
            before = pdf.stat().st_mtime_ns
            start = time.perf_counter()
            chapter.write_text(text, "utf-8")
            page.wait_for_function("words => document.body.textContent.includes(words)", arg=words, polling=20)
            pages.append(time.perf_counter() - start)
            while pdf.stat().st_mtime_ns == before:
                time.sleep(0.01)
            pdfs.append(time.perf_counter() - start)
        browser.close()
        watching.terminate()
    return pages, pdfs


def table(runs: dict[str, Runs], base: str) -> str:
    """Medians, spreads, memory, and ratios to ``base``."""
    rows = [
        "| | seconds | fastest–slowest | processor s | MB | ratio | of processor time |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, each in runs.items():
        against = f"{ratio(each, runs[base]):.2f} | {cpu_ratio(each, runs[base]):.2f}" if base in runs else "— | —"
        memory = f"{each.memory:.0f}" if each.memory else "—"
        rows.append(f"| {name} | {each.wall:.2f} | {each.spread} | {each.cpu:.2f} | {memory} | {against} |")
    return "\n".join(rows)


def cpu_ratio(ours: Runs, theirs: Runs) -> float:
    """The same for processor seconds, which a busy machine or a second core affects less."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(ours.runs, theirs.runs, strict=True))


def ratio(ours: Runs, theirs: Runs) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a.wall / b.wall for a, b in zip(ours.runs, theirs.runs, strict=True))


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the logarithms by least squares: 1 is linear."""
    if len(points) < 2:
        return 0.0
    xs, ys = [math.log(p[0]) for p in points], [math.log(p[1]) for p in points]
    return statistics.linear_regression(xs, ys).slope


def machine() -> list[str]:
    """The machine and versions."""
    import importlib.metadata

    from dingben.document import pandoc

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    tools = [
        f"Python {platform.python_version()}{' (the system’s)' if sys.base_prefix == '/usr' else ''}",
        *(f"{n} {importlib.metadata.version(n)}" for n in ("dingben", "weasyprint")),
    ]
    tools.append(f"pandoc {pandoc.version()}")
    rows = [f"- machine: {model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}"]
    rows.append(f"- versions: {', '.join(tools)}")
    peers = [peer for peer in PEERS if peer.name != "pandoc + typst"]
    return rows + [f"- {p.name}: {p.version() if p.found() else f'not installed: `{p.install}`'}" for p in peers]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[0])
    parser.add_argument("parts", metavar="PART", nargs="*", help=f"{', '.join(PARTS)} (all)")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--size", type=int, default=220_000, help="characters of the book (220000)")
    parser.add_argument(
        "--sizes", default=",".join(map(str, SIZES)), help="characters of the growing book, with commas"
    )
    parser.add_argument("--out", type=Path, help="folder for results.md and growth.svg (benchmarks/, if all parts ran)")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}")
    parts = options.parts or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="dingben-bench-") as scratch:
        sizes = [int(s) for s in options.sizes.split(",")]
        bench = Bench(Path(scratch).resolve(), options.size, options.rounds, sizes)
        for part in parts:
            getattr(bench, part)()
        report = bench.report()
        out = options.out or (HERE if set(parts) == set(PARTS) else None)
        if out:
            out.mkdir(parents=True, exist_ok=True)
            (out / "results.md").write_text(report, "utf-8")
            if (bench.work / "growth.svg").is_file():
                shutil.copy(bench.work / "growth.svg", out / "growth.svg")
        print(report)


if __name__ == "__main__":
    main()
