"""WeasyPrint is loaded without asking a compiler where its libraries are."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="other systems search without processes")
def test_loading_weasyprint_starts_no_process() -> None:
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


def test_missing_library_is_an_error() -> None:
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


def test_font_tools_is_imported_when_it_is_used() -> None:
    code = (
        "import io, sys\n"
        "from dingben.typeset.engine.load import load\n"
        "load()\n"
        "assert 'fontTools.ttLib' not in sys.modules and 'fontTools.subset' not in sys.modules\n"
        "from weasyprint.pdf import fonts\n"
        "from weasyprint.text import fonts as faces\n"
        "try:\n    fonts.TTFont(io.BytesIO(b'no font'))\n"
        "except fonts.TTLibError:\n    pass\n"
        "else:\n    raise SystemExit('no error')\n"
        "assert isinstance(fonts.subset.Options(), __import__('fontTools.subset').subset.Options)\n"
        "assert fonts.ttFont.getTableClass('loca').__name__ == 'table__l_o_c_a'\n"
        "from fontTools.ttLib.woff2 import decompress\n"
        "assert faces.woff2.decompress is decompress\n"
        "assert fonts.instantiateVariableFont.__name__\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
