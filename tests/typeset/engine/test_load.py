"""WeasyPrint is loaded without asking a compiler where its libraries are, and without parsing their declarations."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cffi
import pytest

from dingben.typeset.engine import load

ABI = Path(load.__file__).with_name("pango_abi.py")


def declarations() -> str:
    """What WeasyPrint declares."""
    package = find_spec("weasyprint")
    assert package
    assert package.origin
    tree = ast.parse((Path(package.origin).parent / "text" / "ffi.py").read_text("utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    (text,) = (call.args[0].value for call in calls if call.func.attr == "cdef")  # type: ignore[attr-defined]
    return str(text)


def test_declarations_made_before_are_those_of_the_pinned_weasyprint(tmp_path: Path, update_golden: bool) -> None:
    parser = cffi.FFI()
    parser.set_source("dingben.typeset.engine.pango_abi", None)
    parser.cdef(declarations())
    parser.cdef(load.OURS, override=True)
    parser.emit_python_code(str(tmp_path / "made.py"))
    made = (tmp_path / "made.py").read_text("ascii")
    if update_golden:
        ABI.write_text(made, "ascii")
        code = Path(load.__file__)
        digest = load.digest(declarations())
        code.write_text(re.sub(r'(?<=^PARSED = ")\w*', digest, code.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
        return
    assert ABI.read_text("ascii") == made
    assert load.digest(declarations()) == load.PARSED


@pytest.mark.parametrize(
    "spoilt", ["", "libraries.PARSED = ''\n", "sys.modules['dingben.typeset.engine.pango_abi'] = None\n"]
)
def test_others_are_parsed(spoilt: str) -> None:
    code = (
        "import sys\n"
        "from dingben.system import fonts; from dingben.typeset.engine import load as libraries\n"
        f"{spoilt}"
        "assert len(fonts.shapers().split()) == 2\n"
        "libraries.load()\n"
        "from weasyprint.text import ffi\n"
        "import dingben.typeset.inline.shaping\n"
        f"assert ('cffi.cparser' in sys.modules) is {bool(spoilt)}\n"
        "ffi.gobject.g_object_ref, ffi.pango.pango_font_description_from_string\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems search without processes")
def test_no_process_is_started() -> None:
    code = (
        "import ctypes.util, subprocess\n"
        "search = ctypes.util.find_library\n"
        "def refuse(*_, **__): raise SystemExit('a process was started')\n"
        "subprocess.Popen = refuse\n"
        "from dingben.typeset.engine import load as libraries\n"
        "libraries.load()\n"
        "from weasyprint.text.ffi import harfbuzz_subset, pango\n"
        "assert pango.pango_version() and harfbuzz_subset\n"
        "assert ctypes.util.find_library is search\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_library_is_told() -> None:
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'weasyprint': raise OSError('cannot load library libpango')\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from dingben.typeset.engine import load as libraries\n"
        "from dingben.errors import ToolError\n"
        "try:\n    libraries.load()\n"
        "except ToolError as error:\n    assert 'libpango' in str(error) and 'apt install' in error.diagnostics[0].hint\n"
        "else:\n    raise SystemExit('no error')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_imported_when_it_is_used_is_the_real_thing_then() -> None:
    code = (
        "import sys\n"
        "from dingben.typeset.engine import load as libraries\n"
        "libraries.load()\n"
        "assert 'fontTools.ttLib' not in sys.modules and 'fontTools.subset' not in sys.modules\n"
        "from weasyprint.pdf import fonts\n"
        "from weasyprint.text import fonts as faces\n"
        "import io\n"
        "try:\n    fonts.TTFont(io.BytesIO(b'no font'))\n"
        "except fonts.TTLibError:\n    pass\n"
        "else:\n    raise SystemExit('no error')\n"
        "from fontTools import subset\n"
        "from fontTools.ttLib import TTFont, TTLibError, ttFont, woff2\n"
        "from fontTools.varLib.instancer import instantiateVariableFont\n"
        "assert (fonts.subset, fonts.TTFont, fonts.TTLibError, fonts.ttFont) == (subset, TTFont, TTLibError, ttFont)\n"
        "assert (fonts.instantiateVariableFont, faces.woff2) == (instantiateVariableFont, woff2)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_style_sheet_for_all_elements_is_read_with_the_first_styles() -> None:
    code = (
        "from dingben.typeset.engine import load as libraries\n"
        "libraries.load()\n"
        "import weasyprint\n"
        "assert not weasyprint.UA_STYLESHEET.matcher.order and not list(weasyprint.UA_COUNTER_STYLE)\n"
        "page = weasyprint.HTML(string='<ol><li>甲</li></ol>')\n"
        "assert page._ua_counter_style()[0]['decimal']\n"
        "assert page._ua_stylesheets() == [weasyprint.UA_STYLESHEET] and weasyprint.UA_STYLESHEET.matcher.order > 100\n"
        "assert page._ua_stylesheets() == [weasyprint.UA_STYLESHEET]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
