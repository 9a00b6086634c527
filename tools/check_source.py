#!/usr/bin/env python3
"""Checks the shape of the source tree: which module may include which, where third-party headers
and dangerous functions may appear, and how files are named and opened. `check_source.py [ROOT]`
prints one line for each finding and fails when one of them is an error. It reads C by stripping
comments and strings, not by parsing: macros that hide an include or a call hide it from here too.
"""

import os
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

# The dependency order of the library: module -> modules of src/ that it may include, besides itself.
MODULES = {
    "base": (),
    "kernel": ("base",),
    "image": ("base", "kernel"),
    "model": ("base",),
    "face": ("base", "kernel", "image", "model"),
    "decide": ("base", "kernel"),
    "gallery": ("base", "kernel"),
    "video": ("base", "image"),
}
MODULES["engine"] = tuple(MODULES)
# Programs: what they may include of src/, besides their own files and the public header.
PROGRAMS = {"answers": ("base",), "events": ("base",), "cli": ("base",), "server": ("base",), "examples": (),
            "python": ()}
# Rooms of programs that programs share: what others may include of them.
SHARED = {"answers": ("answers/*",), "events": ("events/*",), "server": ("server/server.h", "server/keys.h")}
SHARERS = {"events": ("answers",), "cli": ("answers", "events", "server"), "server": ("answers", "events")}
PUBLIC = "vultus/"  # the folder of the public headers

# Header -> the files of the product that may include it. Tests and benchmarks may include anything.
JSON_PLACES = ("src/model/*", "src/base/json.*", "src/engine/trained_*.c", "src/engine/rows_json.*",
               "answers/*", "events/*", "cli/*", "server/*")
THIRD_PARTY = {
    "onnxruntime*": ("src/model/session_ort.c",),
    "sqlite3*.h": ("src/gallery/store_sqlite*.c",),
    "libpq*": ("src/gallery/store_postgres*.c",),
    "jpeglib.h": ("src/image/*",),
    "jerror.h": ("src/image/*",),
    "turbojpeg.h": ("src/image/*",),
    "png.h": ("src/image/*",),
    "webp/*": ("src/image/*",),
    "ft2build.h": ("src/image/*",),
    "freetype*": ("src/image/*",),
    "jansson.h": JSON_PLACES,
    "openssl/*": ("src/base/hash.c",),
    "sodium.h": ("src/gallery/vault.c",),
    "minizip/*": ("src/base/npz.c",),
    "libav*": ("src/video/*",),
    "libsw*": ("src/video/*",),
    "SDL*.h": ("src/video/sdl_library.h",),
    "curl/*": ("events/hook_http.c",),
    "microhttpd.h": ("server/http*.c",),
    "gnutls/*": ("server/tls.c",),
}

# Function -> why not, or what instead. For every C file of the project.
BANNED = {
    "strcpy": "snprintf or memcpy with a checked size",
    "strcat": "buffer_print",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "gets": "fgets",
    "strtok": "strcspn and strspn; it keeps hidden state",
    "atoi": "strtol with a check",
    "atol": "strtol with a check",
    "atoll": "strtoll with a check",
    "atof": "strtod with a check",
    "scanf": "strtol, strtod",
    "fscanf": "strtol, strtod",
    "sscanf": "strtol, strtod",
    "vsscanf": "strtol, strtod",
    "system": "posix_spawn or fork and exec",
    "popen": "posix_spawn or fork and exec",
    "rand": "a generator with a seed of its own",
    "srand": "a generator with a seed of its own",
    "alloca": "mem_alloc",
}
# Only in the library: it does not speak, it does not end the process, and base/memory owns the heap.
BANNED_IN_LIBRARY = {
    **{name: "the library does not print" for name in (
        "printf", "vprintf", "fprintf", "vfprintf", "dprintf", "puts", "fputs", "putchar", "perror")},
    **{name: "the library does not end the process" for name in (
        "abort", "exit", "_exit", "_Exit", "quick_exit")},
    **{name: "base/memory.h" for name in (
        "malloc", "calloc", "realloc", "reallocarray", "free", "strdup", "strndup", "asprintf",
        "vasprintf", "aligned_alloc", "posix_memalign")},
}
MEMORY_OWNER = "src/base/memory.c"

LENGTH_WARNS, LENGTH_FAILS = 400, 600
CODE = {".c", ".h", ".py", ".sh"}
TIDY = CODE | {".cmake", ".md", ".yml", ".yaml", ".toml", ".html", ".css", ".js", ".mjs", ".txt", ".map"}
SKIPPED_FOLDERS = {"build", "__pycache__", "node_modules"}
TABS_BELONG = {"Makefile", "rules"}
# Names that other tools ask for, once in each folder.
REPEATED_NAMES = {"__init__.py", "__main__.py", "conftest.py"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
CALL = re.compile(r"(?<![\w.])(?<!->)([A-Za-z_]\w*)\s*\(")
TOKENS = re.compile(r'//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Finding:
    """One thing to mend; `severity` is "error" or "warning"."""

    def __init__(self, path, line, text, severity="error"):
        self.path, self.line, self.text, self.severity = path, line, text, severity

    def __str__(self):
        return f"{self.path}:{self.line}: {self.severity}: {self.text}"


def strip(code, strings=True):
    """The code without comments, and without what is in its strings; lines stay where they were."""

    def blank(match):
        token = match.group()
        if token[0] in "\"'":
            return token[0] * 2 + "\n" * token.count("\n") if strings else token
        return " " + "\n" * token.count("\n")

    return TOKENS.sub(blank, code)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def source_files(root):
    """Paths, relative to the root, of the project's own text files."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders
            if name not in SKIPPED_FOLDERS and (not name.startswith(".") or name == ".ci")
            and not os.path.islink(os.path.join(folder, name)))
        for name in sorted(files):
            path = Path(folder, name)
            if path.is_symlink():
                continue
            if path.suffix in TIDY or name in TABS_BELONG or is_script(path):
                yield path.relative_to(root).as_posix()


def is_script(path):
    if path.suffix or path.name.startswith("."):
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def module_of(path):
    """("src", module) for the library, ("cli", None) and the like for programs, else (None, None)."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return "src", parts[1]
    if parts[0] in PROGRAMS:
        return parts[0], None
    return None, None


def find_include(root, path, name):
    """Where a quoted include leads, relative to the root; None when it is not a file of the project."""
    for folder in (os.path.dirname(path), "src", "include", path.split("/")[0], ""):
        candidate = os.path.normpath(os.path.join(folder, name))
        if (root / candidate).is_file():
            return candidate.replace(os.sep, "/")
    return None


def check_third_party(path, line, name):
    for pattern, places in THIRD_PARTY.items():
        if fnmatch(name, pattern) and not any(fnmatch(path, place) for place in places):
            yield Finding(path, line, f"<{name}> may only be included in {', '.join(places)}")


def check_direction(root, path, line, name):
    kind, module = module_of(path)
    if name.startswith(PUBLIC):
        return
    target = find_include(root, path, name)
    if target is None:
        # A missing quoted include is the compiler's to report, but a folder of src/ tells enough.
        target = f"src/{name}" if name.split("/")[0] in MODULES else None
    if target is None:
        return
    to_kind, to_module = module_of(target)
    if kind == "src":
        if to_kind != "src":
            yield Finding(path, line, f'the library may not include "{name}"')
        elif to_module != module and to_module not in MODULES[module]:
            allowed = ", ".join(MODULES[module]) or "nothing else"
            yield Finding(path, line, f"{module}/ may not include {to_module}/ (it may: {allowed})")
    elif to_kind in SHARERS.get(kind, ()) and any(fnmatch(target, door) for door in SHARED[to_kind]):
        return
    elif to_kind != kind and not (to_kind == "src" and to_module in PROGRAMS[kind]):
        allowed = "".join(f" and {name}/" for name in PROGRAMS[kind])
        yield Finding(path, line, f'{kind}/ may not include "{name}", only the public header{allowed}')


def check_includes(root, path, text):
    kind, module = module_of(path)
    if kind == "src" and module not in MODULES:
        yield Finding(path, 1, f"src/{module}/ is not in the dependency order (tools/check_source.py)")
        return
    if kind is None and not path.startswith("include/"):
        return
    code = strip(text, strings=False)
    for match in INCLUDE.finditer(code):
        line, name = line_of(code, match.start()), match.group(2)
        yield from check_third_party(path, line, name)
        if kind is not None:
            yield from check_direction(root, path, line, name)
        elif match.group(1) == '"':
            yield Finding(path, line, f'the public header may not include "{name}"')


def check_calls(path, text):
    code = strip(text)
    in_library = path.startswith("src/")
    for match in CALL.finditer(code):
        name = match.group(1)
        instead = BANNED.get(name)
        if instead is None and in_library and not (path == MEMORY_OWNER and name in BANNED_IN_LIBRARY
                                                   and BANNED_IN_LIBRARY[name] == "base/memory.h"):
            instead = BANNED_IN_LIBRARY.get(name)
        if instead is not None:
            yield Finding(path, line_of(code, match.start(1)), f"{name}() is not used here: {instead}")


def opens_with_comment(path, text):
    lines = text.split("\n")
    if lines[0].startswith("#!"):
        lines = lines[1:]
    first = next((line.strip() for line in lines if line.strip()), "")
    if path.endswith((".c", ".h")):
        return first.startswith(("/*", "//"))
    if path.endswith(".py"):
        return first.startswith(("#", '"""', "'''", 'r"""'))
    return first.startswith("#")


def check_form(path, text):
    name = os.path.basename(path)
    is_code = Path(path).suffix in CODE or text.startswith("#!")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\t" in line and name not in TABS_BELONG:
            yield Finding(path, number, "a tab")
        if line != line.rstrip():
            yield Finding(path, number, "white space at the end of the line")
    if text and not text.endswith("\n"):
        yield Finding(path, len(lines), "no newline at the end of the file")
    if not is_code:
        return
    if text.strip() and not opens_with_comment(path, text):
        yield Finding(path, 1, "a file opens with a comment that says what it is")
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z]+)?", name):
        yield Finding(path, 1, "file names are snake_case")
    count = len(lines) - 1
    if count > LENGTH_FAILS:
        yield Finding(path, LENGTH_FAILS, f"{count} lines; a file has {LENGTH_FAILS} at most")
    elif count > LENGTH_WARNS:
        yield Finding(path, LENGTH_WARNS, f"{count} lines; {LENGTH_WARNS} are plenty", "warning")


def check_tree(root):
    """All findings of the tree, in the order of its paths."""
    root = Path(root)
    seen, findings = {}, []
    for path in source_files(root):
        try:
            text = (root / path).read_bytes().decode()
        except UnicodeDecodeError:
            findings.append(Finding(path, 1, "not UTF-8"))
            continue
        name = os.path.basename(path)
        if Path(path).suffix in CODE and name not in REPEATED_NAMES:
            if name in seen:
                findings.append(Finding(path, 1, f"there is a {name} already: {seen[name]}"))
            seen.setdefault(name, path)
        findings += check_form(path, text)
        if path.endswith((".c", ".h")):
            findings += check_includes(root, path, text)
            findings += check_calls(path, text)
    return findings


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    findings = check_tree(root)
    for finding in findings:
        print(finding)
    errors = sum(finding.severity == "error" for finding in findings)
    print(f"check_source: {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
