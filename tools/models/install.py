#!/usr/bin/env python3
"""Installs a model pack: fetch, verify, convert, verify again, put in place.

    python3 tools/models/install.py PACK.json DEST_DIR [--cache DIR] [--quiet]

Makes DEST_DIR/<name>/ with pack.json and the networks it names.  Needs Python
3.11 or newer, nothing but its standard library, and npm.  A pack that is there
already and whole is left alone.

Exit status: 0 done, 2 wrong usage, 4 the environment does not allow it (npm or
network missing, wrong hash, no write permission).  Each problem is one line on
standard error; so is the progress, unless --quiet.
"""

import argparse
import hashlib
import sys

sys.dont_write_bytecode = True      # the tree may belong to somebody else

from archive import read_members                            # noqa: E402
from fetch import downloads_folder, fetch                   # noqa: E402
from layers import ConversionError                          # noqa: E402
from manifest import read_manifest                          # noqa: E402
from place import is_installed, locked, place               # noqa: E402
from problem import USAGE, Problem                          # noqa: E402
from tflite_reader import TfliteError                       # noqa: E402
from tflite_to_onnx import RECIPES, convert                 # noqa: E402


def _source_files(manifest, downloads, say):
    """{(source id, path): bytes} of every file that the sources list."""
    files = {}
    for source in manifest.sources():
        archive = fetch(source, downloads, say)
        wanted = {file["path"]: (file["bytes"], file["sha256"]) for file in source["files"]}
        for path, data in read_members(archive, wanted).items():
            files[source["id"], path] = data
    return files


def convert_networks(manifest, downloads, say):
    """{file name: bytes} of every network of the pack, not yet compared with its hash."""
    results, sources = {}, _source_files(manifest, downloads, say)
    for network in manifest.networks():
        name = network["file"]
        recipe = RECIPES.get(name.removesuffix(".onnx"))
        if recipe is None:
            raise Problem(f"{manifest.path}: nothing here knows how to make {name}", USAGE)
        say(f"converting {name}")
        try:
            results[name] = convert(sources[network["source"], network["from"]], recipe)
        except (TfliteError, ConversionError) as error:
            raise Problem(f"cannot convert {network['from']}: {error}; "
                          "the pack description names a file of another kind") from None
    return results


def _verify(manifest, results):
    for network in manifest.networks():
        actual = hashlib.sha256(results[network["file"]]).hexdigest()
        if actual != network["sha256"]:
            raise Problem(f"{network['file']} came out with SHA-256 {actual}, expected "
                          f"{network['sha256']}: pack.json and tools/models are of different "
                          "versions; use both from one release")


def install(pack, destination, cache=None, say=lambda line: None):
    """Installs the pack; returns False where it was there already."""
    manifest = read_manifest(pack)
    if is_installed(destination, manifest):
        say(f"{manifest.name} {manifest.data['version']} is installed")
        return False
    with locked(destination, say):
        if is_installed(destination, manifest):
            say(f"{manifest.name} {manifest.data['version']} is installed")
            return False
        results = convert_networks(manifest, downloads_folder(cache), say)
        _verify(manifest, results)
        place(destination, manifest, results)
    say(f"installed {manifest.name} {manifest.data['version']} in {destination}")
    return True


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Problem(f"{message} (see --help)", USAGE)


def _arguments(arguments):
    parser = _Parser(prog="install.py", description="Installs a model pack.")
    parser.add_argument("pack", metavar="PACK.json", help="the description of the pack")
    parser.add_argument("destination", metavar="DEST_DIR", help="the folder of installed packs")
    parser.add_argument("--cache", metavar="DIR", help="the folder that keeps downloads")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")
    return parser.parse_args(arguments)


def main(arguments=None):
    def say(line):
        print(line, file=sys.stderr, flush=True)
    try:
        chosen = _arguments(arguments)
        install(chosen.pack, chosen.destination, chosen.cache,
                (lambda line: None) if chosen.quiet else say)
    except Problem as problem:
        say(f"install.py: {problem}")
        return problem.status
    except KeyboardInterrupt:
        say("install.py: interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
