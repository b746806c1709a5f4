"""Time and memory of the command on a made-up book: ``python -m benchmarks [COMMAND ...] [CHARACTERS ...]``.

Each command runs as a process of its own, three times; the table shows medians. Memory is
the peak of the process and its children (resident set). Figures of one run compare with
each other, not with those of another day.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
WORDS = [
    "海港",
    "城市",
    "档案",
    "方志",
    "商人",
    "船队",
    "河口",
    "潮水",
    "城墙",
    "市舶",
    "关税",
    "航路",
    "货物",
    "港湾",
    "灯塔",
    "码头",
    "行会",
    "书信",
    "账册",
    "舆图",
]


def main(sizes: list[int], only: list[str]) -> None:
    """Measure every command, or those whose names begin as one of ``only``, at every size and print a table."""
    print(f"{'characters':>10}  {'command':<22}{'seconds':>9}{'MB':>7}")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="dingben-bench-") as scratch:
            book = Path(scratch) / "book"
            raw = Path(scratch) / "raw.txt"
            write_book(book, size)
            raw.write_text("\n\n".join(chapters(size)).replace("# ", ""), "utf-8")
            commands = {
                "--help": ["--help"],
                "build pdf": ["build", "pdf", "--force", "--book", str(book)],
                "build epub": ["build", "epub", "--force", "--book", str(book)],
                "build (all)": ["build", "--force", "--book", str(book)],
                "build (up to date)": ["build", "--book", str(book)],
                "ingest": ["ingest", str(raw), "--force", "--book", str(Path(scratch) / "ingested")],
            }
            chosen = {n: c for n, c in commands.items() if not only or n.startswith(tuple(only))}
            for name, arguments in chosen.items():
                seconds, memory = measure([sys.executable, "-m", "dingben", *arguments])
                print(f"{size:>10,}  {name:<22}{seconds:>9.2f}{memory:>7.0f}")


def measure(command: list[str]) -> tuple[float, float]:
    """Median wall seconds and median peak memory in MB over the runs."""
    rows = [once(command) for _ in range(RUNS)]
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)


def once(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory of one run."""
    start = time.perf_counter()
    quiet = os.open(os.devnull, os.O_WRONLY)
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1)])
    _, status, usage = os.wait4(pid, 0)
    os.close(quiet)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return time.perf_counter() - start, usage.ru_maxrss / scale


def chapters(size: int) -> list[str]:
    """Chapters of about 15,000 characters with sections, always the same for the same size."""
    rng = random.Random(size)
    made, total, number = [], 0, 0
    while total < size:
        number += 1
        parts = [f"# 第{number}章 {''.join(rng.sample(WORDS, 3))}"]
        length = 0
        while length < min(15_000, size - total):
            if rng.random() < 0.2:
                parts.append(f"## 第{len(parts)}节 {''.join(rng.sample(WORDS, 2))}")
            sentence = "，".join("".join(rng.choices(WORDS, k=rng.randint(3, 7))) for _ in range(rng.randint(8, 20)))
            parts.append(f"{sentence}，凡{rng.randint(1000, 1900)}年。")
            length += len(parts[-1])
        total += length
        made.append("\n\n".join(parts))
    return made


def write_book(folder: Path, size: int) -> None:
    """A book project of about ``size`` characters."""
    (folder / "source/chapters").mkdir(parents=True)
    toml = ['[book]\ntitle = "合成之书"\nslug = "bench"\n', '[[division]]\nmatter = "front"\nrole = "toc"\n']
    for number, text in enumerate(chapters(size), 1):
        (folder / f"source/chapters/{number:03d}.md").write_text(text + "\n", "utf-8")
        toml.append(f'[[division]]\nmatter = "body"\nrole = "chapter"\nfile = "chapters/{number:03d}.md"\n')
    (folder / "source/book.toml").write_text("\n".join(toml), "utf-8")


if __name__ == "__main__":
    numbers = [int(a.replace("_", "")) for a in sys.argv[1:] if a[0].isdigit()]
    main(numbers or [22_000, 220_000], [a for a in sys.argv[1:] if not a[0].isdigit()])
