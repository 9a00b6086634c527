#!/usr/bin/env python3
"""Installs a model pack: fetch, verify, convert, verify again, put in place.

    python3 tools/models/install.py PACK.json DEST_DIR [--cache DIR] [--quiet]

Makes DEST_DIR/<name>/ with pack.json and the networks it names.  Needs Python
3.11 or newer, nothing but its standard library, and the client of the registry
that the pack's sources name: npm, pip or apt-get.  A pack that is there already
and whole is left alone.

Exit status: 0 done, 2 wrong usage, 4 the environment does not allow it (client
or network missing, wrong hash, no write permission).  Each problem is one line on
standard error; so is the progress, unless --quiet.
"""

import argparse
import hashlib
import sys

sys.dont_write_bytecode = True      # the tree may belong to somebody else

from fetch import downloads_folder, source_files            # noqa: E402
from manifest import members_of, read_manifest              # noqa: E402
from place import is_installed, locked, place               # noqa: E402
from problem import USAGE, ConversionError, Problem         # noqa: E402
from recipes import recipe_of                               # noqa: E402


def convert_networks(manifest, downloads, say):
    """{file name: bytes} of every network of the pack, not yet compared with its hash."""
    recipes = {network["file"]: recipe_of(network["file"]) for network in manifest.networks()}
    for name, recipe in recipes.items():
        if recipe is None:
            raise Problem(f"{manifest.path}: nothing here knows how to make {name}", USAGE)
    sources = {source["id"]: source_files(source, downloads, say) for source in manifest.sources()}
    results = {}
    for network in manifest.networks():
        name, members = network["file"], members_of(network)
        say(f"converting {name}")
        try:
            results[name] = recipes[name](*(sources[network["source"]][m] for m in members))
        except ConversionError as error:
            raise Problem(f"cannot make {name} from {members[0]}: {error}; "
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
