"""Feeds tools/check_source.py small trees, each with one thing wrong, and the project itself."""

import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TOOL = PROJECT / "tools" / "check_source.py"
spec = importlib.util.spec_from_file_location("check_source", TOOL)
check_source = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_source)


class TreeTest(unittest.TestCase):
    """Tests say what a tree holds, and what must be found in it."""

    def findings(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text if isinstance(text, bytes) else text.encode())
            return [str(finding) for finding in check_source.check_tree(folder)]

    def assert_clean(self, files):
        self.assertEqual([], self.findings(files))

    def assert_one(self, files, *parts):
        findings = self.findings(files)
        self.assertEqual(1, len(findings), findings)
        for part in parts:
            self.assertIn(part, findings[0])


def c(*lines):
    return "\n".join(("/* A file. */",) + lines) + "\n"


class Includes(TreeTest):
    def test_shared_rooms(self):
        door, room = '/* A door. */\n', '/* A room. */\n'
        files = {"server/server.h": door, "server/inside.h": room, "answers/values.h": room}
        self.assert_clean({**files, "cli/a.c": '/* A. */\n#include "server/server.h"\n#include "answers/values.h"\n',
                           "server/b.c": '/* B. */\n#include "answers/values.h"\n'})
        found = self.findings({**files, "cli/a.c": '/* A. */\n#include "server/inside.h"\n',
                               "answers/c.c": '/* C. */\n#include "server/server.h"\n'})
        self.assertEqual([line.split(":")[0] for line in found], ["answers/c.c", "cli/a.c"])

    def test_along_the_order(self):
        self.assert_clean({
            "include/vultus/vultus.h": c("#include <stddef.h>"),
            "src/base/status.h": c("#include <vultus/vultus.h>"),
            "src/kernel/dot.c": c('#include "base/status.h"'),
            "src/image/warp.c": c('#include "base/status.h"', '#include "kernel/dot.h"'),
            "src/face/align.c": c('#include "image/warp.h"', '#include "model/session.h"'),
            "src/engine/verify.c": c('#include "face/align.h"', '#include "gallery/store.h"'),
            "cli/main.c": c('#include "base/status.h"', "#include <vultus/vultus.h>"),
        })

    def test_against_the_order(self):
        for module, other in (("base", "kernel"), ("kernel", "image"), ("image", "face"), ("model", "face"),
                              ("decide", "gallery"), ("gallery", "decide"), ("gallery", "model"),
                              ("face", "gallery"), ("video", "face"), ("face", "engine")):
            with self.subTest(module=module, other=other):
                self.assert_one({
                    f"src/{module}/one.c": c("", f'#include "{other}/two.h"'),
                    f"src/{other}/two.h": c(),
                }, f"src/{module}/one.c:3: error: {module}/ may not include {other}/")

    def test_angle_brackets_and_relative_paths_are_seen_through(self):
        self.assert_one({"src/base/a.c": c("#include <image/b.h>"), "src/image/b.h": c()}, "base/ may not include image/")
        self.assert_one({"src/base/a.c": c('#include "../image/b.h"'), "src/image/b.h": c()}, "base/ may not include image/")
        self.assert_one({"src/base/a.c": c('#  include "image/absent.h"')}, "base/ may not include image/")

    def test_programs_see_the_public_header_and_base(self):
        self.assert_one({"cli/main.c": c('#include "engine/e.h"'), "src/engine/e.h": c()}, "cli/ may not include")
        self.assert_one({"cli/main.c": c('#include "../server/s.h"'), "server/s.h": c()}, "cli/ may not include")
        self.assert_one({"examples/a.c": c('#include "base/b.h"'), "src/base/b.h": c()}, "only the public header")
        self.assert_clean({"cli/main.c": c('#include "table.h"'), "cli/table.h": c()})

    def test_the_library_stays_in_the_library(self):
        self.assert_one({"src/base/a.c": c('#include "../../cli/t.h"'), "cli/t.h": c()}, "the library may not include")
        self.assert_one({"include/vultus/vultus.h": c('#include "base/a.h"')}, "the public header may not")

    def test_an_unknown_module(self):
        self.assert_one({"src/misc/a.c": c()}, "src/misc/ is not in the dependency order")

    def test_tests_may_include_anything(self):
        self.assert_clean({"tests/unit/test_a.c": c('#include "engine/e.h"', "#include <sqlite3.h>")})

    def test_comments_do_not_include(self):
        self.assert_clean({"src/base/a.c": c('// #include "engine/e.h"', "/*", '#include "engine/e.h"', "*/")})


class ThirdParty(TreeTest):
    def test_in_its_place(self):
        self.assert_clean({
            "src/model/session_ort.c": c("#include <onnxruntime_c_api.h>"),
            "src/gallery/store_sqlite.c": c("#include <sqlite3.h>"),
            "src/gallery/store_sqlite_faces.c": c("#include <sqlite3.h>"),
            "src/image/codec.c": c("#include <jpeglib.h>", "#include <png.h>", "#include <webp/decode.h>"),
            "src/base/hash.c": c("#include <openssl/evp.h>"),
            "cli/out.c": c("#include <jansson.h>"),
        })

    def test_elsewhere(self):
        for path, header in (("src/model/pack.c", "onnxruntime_c_api.h"), ("src/gallery/store.c", "sqlite3.h"),
                             ("src/face/align.c", "jpeglib.h"), ("cli/main.c", "png.h"),
                             ("src/engine/draw.c", "webp/encode.h"), ("src/engine/text.c", "ft2build.h"),
                             ("src/gallery/names.c", "jansson.h"), ("cli/hash.c", "openssl/sha.h"),
                             ("src/engine/watch.c", "libavcodec/avcodec.h"),
                             ("include/vultus/vultus.h", "jansson.h")):
            with self.subTest(path=path, header=header):
                self.assert_one({path: c(f"#include <{header}>")}, f"{path}:2: error: <{header}> may only be")


class Calls(TreeTest):
    def test_banned_everywhere(self):
        for name in ("strcpy", "strcat", "sprintf", "gets", "strtok", "atoi", "sscanf", "system", "popen", "rand"):
            for path in ("src/base/a.c", "cli/a.c", "tests/unit/test_a.c"):
                with self.subTest(name=name, path=path):
                    self.assert_one({path: c("void f(void)", "{", f"    {name} (x);", "}")}, f"{path}:4: error: {name}()")

    def test_banned_in_the_library(self):
        for name in ("malloc", "free", "strdup", "printf", "fprintf", "puts", "abort", "exit"):
            with self.subTest(name=name):
                self.assert_one({"src/base/a.c": c(f"int a = {name}(x);")}, f"{name}() is not used here")
                self.assert_clean({"cli/a.c": c(f"int a = {name}(x);")})

    def test_memory_owns_the_heap_and_nothing_more(self):
        self.assert_clean({"src/base/memory.c": c("void *p = malloc(1);")})
        self.assert_one({"src/base/memory.c": c("int a = puts(x);")}, "puts()")

    def test_what_only_looks_like_a_call(self):
        self.assert_clean({"src/base/a.c": c(
            "/* malloc(1) */ // free(2)", 'const char *s = "system(\\"x\\") // printf(";', "char q = '\"'; char r = '\\'';",
            "int a = mem_free(p) + sqlite3_free(q) + snprintf(b, 1, c) + strtok_r(x);", "s->free(s); s.exit(1);",
            "__attribute__((format(printf, 1, 2)));")})

    def test_strings_do_not_hide_what_follows(self):
        self.assert_one({"src/base/a.c": c("char q = '\"';", 'char *s = "/*"; free(s); /* " */')}, "a.c:3:", "free()")

    def test_a_comment_that_continues(self):
        self.assert_clean({"src/base/a.c": c("// one \\", "   free(s);")})


class Form(TreeTest):
    def test_length(self):
        lines = ["int a;"] * 400
        self.assert_clean({"src/base/a.c": c(*lines[1:])})
        self.assert_one({"src/base/a.c": c(*lines)}, "warning: 401 lines")
        self.assert_one({"src/base/a.c": c(*["int a;"] * 600)}, "error: 601 lines")
        self.assert_one({"tools/a.py": "# A file.\n" * 601}, "error: 601 lines")
        self.assert_clean({"docs/long.md": "words\n" * 1000})

    def test_unique_names(self):
        self.assert_one({"src/base/a.c": c(), "tests/unit/a.c": c()}, "tests/unit/a.c:1:", "src/base/a.c")
        self.assert_clean({"src/base/a.c": c(), "src/base/a.h": c(), "docs/README.md": "x\n", "README.md": "x\n",
                           "python/a/__init__.py": "", "python/b/__init__.py": ""})

    def test_names(self):
        self.assert_one({"src/base/Some-Name.c": c()}, "snake_case")

    def test_opening_comment(self):
        said = "a file opens with a comment"
        self.assert_one({"src/base/a.c": "int a;\n"}, said)
        self.assert_one({"tools/a.py": "#!/usr/bin/env python3\nimport os\n"}, said)
        self.assert_one({"tools/run": "#!/bin/sh\n\nexit 0\n"}, said)
        self.assert_clean({"src/base/a.c": "\n// A file.\n", "tools/a.py": '"""A tool."""\n',
                           "tools/run": "#!/bin/sh\n# Runs.\n"})

    def test_white_space(self):
        self.assert_one({"src/base/a.c": c("\tint a;")}, ":2:", "a tab")
        self.assert_one({"README.md": "text \n"}, "white space at the end")
        self.assert_one({"tools/a.sh": "# A.\r\n"}, "white space at the end")
        self.assert_one({"src/base/a.c": "/* A. */"}, "no newline")
        self.assert_clean({"Makefile": "all:\n\ttrue\n"})

    def test_not_utf8(self):
        self.assert_one({"src/base/a.c": b"/* caf\xe9 */\n"}, "not UTF-8")

    def test_what_is_left_alone(self):
        self.assert_clean({"build/dev/a.c": "\t", ".git/a.c": "\t", "photo.bin": b"\xff\t"})


class CommandLine(unittest.TestCase):
    def run_tool(self, *arguments):
        return subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, check=False)

    def test_exit_status(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(0, self.run_tool(folder).returncode)
            Path(folder, "a.c").write_text("int a;\n", encoding="utf-8")
            result = self.run_tool(folder)
            self.assertEqual(1, result.returncode)
            self.assertIn("a.c:1: error: a file opens with a comment", result.stdout)
            self.assertIn("1 errors, 0 warnings", result.stdout)

    def test_this_project(self):
        result = self.run_tool()
        self.assertEqual(0, result.returncode, result.stdout)


if __name__ == "__main__":
    unittest.main()
