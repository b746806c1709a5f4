"""The command as a person meets it: help, errors with place and hint, exit codes."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dingben import __version__
from dingben.cli import main
from dingben.cli.parser import EXAMPLES
from tests.support.books import full_book, small_book, write

DINGBEN = [sys.executable, "-m", "dingben"]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [*DINGBEN, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_command_line_without_arguments_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "dingben ingest scan.txt" in out
    assert all(name in out for name in EXAMPLES if name)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name])
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert f"example:\n  {EXAMPLES[name]}" in capsys.readouterr().out


def test_port_in_use_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["watch", "--port", str(port), "--book", str(tmp_path)]) == 4
    assert f"port {port} can't be opened: it is in use" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["99999999", "65536", "-1", "", "٣", "9" * 5000])
def test_invalid_port_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", f"--port={port}"]) == 2
    assert "the port must be a number from 0 to 65535" in capsys.readouterr().err


def test_version() -> None:
    assert run("--version").stdout == f"dingben {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "there is no command 'biuld'\n  Did you mean build?"),
        (["build", "pfd"], "there is no edition 'pfd'"),
        (["build", "--bok", "x"], "unrecognized arguments: --bok"),
        (["new"], "the following arguments are required: DIR"),
        (["rules", "Z999"], "there is no rule Z999"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_error_has_one_line_with_place_and_hint(tmp_path: Path) -> None:
    book = small_book(tmp_path, head='titel = "x"')
    done = run("build", "--book", book)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"{book}/source/book.toml:4:1: unknown key titel in [book]",
        "  Did you mean title?",
    ]
    assert not (book / "build").exists()


def test_places_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_book(tmp_path / "b", head="slug = 3")
    monkeypatch.chdir(tmp_path)
    assert run("build", "--book", "b").stderr.startswith("b/source/book.toml:4:")


@pytest.mark.parametrize(
    ("chapter", "message"),
    [
        ("# 章\n\n[见](nowhere.md)\n", "01.md:3:5: the link to nowhere.md has no target"),
        ("# 章\n\n![图](no.png)\n", "01.md:3:6: picture no.png does not exist"),
        ("# 章\n\n![图](http://example.org/a.png)\n", "01.md:3:6: picture http://example.org/a.png is not in the book"),
        ("# 章\n\n![图](file:///etc/passwd)\n", "01.md:3:6: picture file:///etc/passwd is not in the book"),
        ("# 章\n\n正文[^9]。\n", "01.md:3:3: [^9] has no note"),
    ],
)
def test_error_in_a_chapter_has_line_and_column(tmp_path: Path, chapter: str, message: str) -> None:
    done = run("build", "--book", small_book(tmp_path, chapter))
    assert done.returncode == 3
    assert message in done.stderr


def test_missing_chapter_file_is_an_error(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    (book / "source/chapters/01.md").unlink()
    done = run("build", "--book", book)
    assert done.returncode == 3
    assert "book.toml:11:1: chapters/01.md does not exist" in done.stderr


def test_undefined_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    book = full_book(tmp_path)
    write(book / "templates/colophon.html", "<p>\n{{ bok.title }}\n</p>\n")
    done = run("build", "pdf", "--book", book)
    assert done.returncode == 3
    assert "templates/colophon.html:2: template: 'bok' is undefined" in done.stderr


def test_missing_font_exits_with_5(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", ':root { --song: "No Such Song", serif }')
    done = run("build", "pdf", "--book", book)
    assert done.returncode == 5
    assert "no font for --song: No Such Song not installed" in done.stderr


def test_missing_pandoc_exits_with_4(tmp_path: Path) -> None:
    done = run("build", "pdf", "--book", small_book(tmp_path), PYPANDOC_PANDOC="/nonexistent/pandoc")
    assert done.returncode == 4
    assert done.stderr.startswith("pandoc is missing\n")


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xd8"])
def test_missing_empty_and_binary_raw_texts_are_errors(tmp_path: Path, content: bytes | None) -> None:
    raw = tmp_path / "raw.txt"
    if content is not None:
        raw.write_bytes(content)
    done = run("ingest", raw, "--book", tmp_path / "b")
    assert done.returncode == 3
    assert done.stderr.startswith(f"{raw}")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b/source").exists()


@pytest.mark.parametrize("command", ["check", "build"])
def test_chapter_without_a_division_is_reported(tmp_path: Path, command: str) -> None:
    small_book(tmp_path)
    write(tmp_path / "source/chapters/02.md", "# 遗忘\n\n谁也没有列进来。\n")
    done = run(command, *(["txt"] if command == "build" else []), "--book", tmp_path)
    assert done.returncode == (1 if command == "check" else 0)
    assert "source/chapters/02.md: " in done.stdout + done.stderr
    assert "in no edition" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["check", "build"])
def test_commands_need_a_book(tmp_path: Path, command: str) -> None:
    done = run(command, "--book", tmp_path)
    assert done.returncode == 3
    assert "there is no book here" in done.stderr


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "source/a.md"),
            3,
            "source/a.md: can't be read: Permission",
        ),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), 4, "system error: Resource"),
    ],
)
def test_os_errors_are_reported(
    error: OSError, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> None:
        raise error

    monkeypatch.setattr("dingben.lint.check", refused)
    assert main(["check"]) == code
    assert told in capsys.readouterr().err
    assert main(["check", "--json"]) == code
    assert "message" in json.loads(capsys.readouterr().out)["errors"][0]


def test_errors_as_json(tmp_path: Path) -> None:
    done = run("build", "--book", tmp_path, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["errors"][0]["file"] == f"{tmp_path}/source/book.toml"
    assert done.stderr == ""


def test_results_as_json_and_quiet(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    outputs = json.loads(run("build", "pdf", "--book", book, "--json").stdout)["outputs"]
    assert [o["target"] for o in outputs] == ["pdf"]
    assert outputs[0]["bytes"] == (book / "build/haigang.pdf").stat().st_size
    assert run("build", "pdf", "--book", book, "--quiet").stdout == ""


def test_warnings_do_not_stop_a_build(tmp_path: Path) -> None:
    done = run("build", "pdf", "--book", small_book(tmp_path, "# 章\n\n### 跳级\n\n<b>粗</b>\n"))
    assert done.returncode == 0
    assert "01.md:3:5: warning: U108 heading skips a level: ### 跳级" in done.stderr
    assert "01.md:5:1: warning: U107 HTML is printed as text: <b>" in done.stderr


def test_unsupported_css_is_a_warning_with_a_place(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", "p { color: red }\n h1 { color: red; font-siez: 3pt }\n")
    done = run("build", "pdf", "--book", book)
    assert done.returncode == 0
    assert "styles/book.css:2:19: warning: layout: Ignored `font-siez: 3pt `, unknown property." in done.stderr


def test_length_too_large_for_layout_is_an_error(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", "h1 { letter-spacing: 1e9px }")
    done = run("build", "pdf", "--book", book)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "a number is too large" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_build_exits_with_130_and_keeps_the_last_edition(tmp_path: Path, stop: int) -> None:
    book = small_book(tmp_path)
    run("build", "pdf", "--book", book)
    before = (book / "build/haigang.pdf").read_bytes()
    (book / "source/chapters/01.md").write_text("# 第一章 长\n\n" + "海港的研究。" * 60000 + "\n", "utf-8")
    process = subprocess.Popen([*DINGBEN, "build", "pdf", "--book", str(book)], stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(stop)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in error
    assert (book / "build/haigang.pdf").read_bytes() == before
    assert sorted(p.name for p in (book / "build").iterdir()) == [".cache", "haigang.pdf"]


@pytest.mark.slow
def test_full_disk_exits_with_4_and_keeps_the_last_edition(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    run("build", "pdf", "--book", book)
    before = (book / "build/haigang.pdf").read_bytes()
    write(book / "source/chapters/01.md", "# 第一章 又一版\n\n正文。\n")
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); " + (
        "from dingben.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "build", "pdf", "--book", str(book)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "haigang.pdf can't be written: the disk is full" in done.stderr
    assert (book / "build/haigang.pdf").read_bytes() == before
    assert not [p for p in (book / "build").iterdir() if p.name.startswith(".haigang")]


@pytest.mark.slow
def test_progress_on_a_terminal_respects_no_color(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = [sys.executable, "-c", script, *DINGBEN, "build", "pdf", "--force", "--book", str(book)]
    plain = subprocess.run(command, capture_output=True, env={**os.environ, "NO_COLOR": "1"}, check=False).stdout
    assert b"pdf" in plain
    assert b" s\r\n" in plain  # the time of the step
    assert b"\x1b[32m" not in plain
    coloured = subprocess.run(
        command, capture_output=True, env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""}, check=False
    ).stdout
    assert b"\x1b[32m" in coloured


def test_help_does_not_import_heavy_modules() -> None:
    code = "import sys, dingben.cli.parser as c; c.build_parser(); print({'weasyprint', 'rich', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.slow
def test_build_explains_why_outputs_are_stale(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    run("build", "pdf", "--book", book)
    write(book / "source/chapters/01.md", "# 第一章 改\n\n正文。\n")
    assert "  pdf: source/chapters/01.md changed\n" in run("build", "pdf", "--explain", "--book", book).stdout


def test_doctor_lists_all_tools(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "pandoc" in out
    assert "font Noto Serif CJK SC" in out


def test_clean_command_keeps_sources_and_readme(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    write(book / "build/README.md", "x")
    run("build", "pdf", "--book", book)
    assert main(["clean", "--book", str(book)]) == 0
    assert [p.name for p in (book / "build").iterdir()] == ["README.md"]
    assert (book / "source/book.toml").exists()


def test_new_project_builds(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert main(["new", str(folder)]) == 0
    assert run("build", "--book", folder).returncode == 0
    assert (folder / "build/web/index.html").exists()
    assert main(["new", str(folder)]) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_unwritable_stdout_is_an_error() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*DINGBEN, "rules"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (4, "the result can't be written: the disk is full\n")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RecursionError("too deep"), 1, "internal error while running check: RecursionError: too deep"),
        (KeyError("a\nb"), 1, r"internal error while running check: KeyError: 'a\nb'"),
        (
            UnicodeEncodeError("utf-8", "\udcff", 0, 1, "no"),
            1,
            "internal error while running check: UnicodeEncodeError",
        ),
        (ValueError("\x1b[31m\u202e"), 1, r"internal error while running check: ValueError: \x1b[31m\u202e"),
        (MemoryError(), 4, "out of memory while running check"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 4, "system error: Broken pipe"),
    ],
)
def test_library_exception_is_reported_in_one_line(
    error: Exception, code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("dingben.lint.check", fail)
    assert main(["check"]) == code
    shown, hint = capsys.readouterr().err.splitlines()
    assert shown.startswith(line)
    assert hint.startswith("  ")
    assert main(["check", "--json"]) == code
    assert "message" in json.loads(capsys.readouterr().out)["errors"][0]


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run("check", "--debug", "--book", tmp_path)
    assert done.returncode == 3
    assert "Traceback (most recent call last)" in done.stderr
    assert run("--debug", "check", "--book", tmp_path).stderr == done.stderr


def test_control_characters_in_names_are_escaped(tmp_path: Path) -> None:
    book = small_book(tmp_path / "a\x1b[31m\u202eb")
    write(book / "source/chapters/\x1bnew.md", "# 章\n\n正文。\n")
    done = run("check", "--book", book)
    assert done.returncode == 1
    assert r"a\x1b[31m\u202eb/source/chapters/\x1bnew.md: T803" in done.stdout
    assert "\x1b" not in done.stdout


def test_broken_pipe_is_not_an_error() -> None:
    head = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m dingben rules --markdown | head -1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (head.returncode, head.stderr) == (0, "")


def test_closed_streams_are_not_an_error(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    command = f"{sys.executable} -m dingben build txt --book {book} <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 0
    assert "正文" in (book / "build/haigang.txt").read_text("utf-8")


def test_terminal_without_unicode_gets_escapes(tmp_path: Path) -> None:
    small_book(tmp_path / "书")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    listed = run("clean", "--book", tmp_path / "书", "--json", **ascii_only)
    assert listed.returncode == 0
    text = run("new", tmp_path / "新", **ascii_only)
    assert text.returncode == 0
    assert r"\u65b0/source/book.toml" in text.stdout
