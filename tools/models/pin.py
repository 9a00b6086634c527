#!/usr/bin/env python3
"""For maintainers: writes the hashes and sizes of the converted networks into pack.json.

    python3 tools/models/pin.py PACK.json [--cache DIR]

Run it after a change to the conversion, together with tests/tools (which
compares the result with an independent interpreter); then raise the version of
the pack.  The layout of the file stays as it is.
"""

import argparse
import hashlib
import re
import sys

sys.dont_write_bytecode = True

from fetch import downloads_folder              # noqa: E402
from install import convert_networks            # noqa: E402
from manifest import read_manifest              # noqa: E402
from problem import USAGE, Problem              # noqa: E402


def pinned(text, name, data):
    """The text of a pack.json with hash and size of one network replaced."""
    pattern = re.compile(r'("file": "' + re.escape(name) + r'",\s*"sha256": ")[0-9a-f]{64}'
                         r'(",\s*"bytes": )\d+')
    digest = hashlib.sha256(data).hexdigest()
    text, count = pattern.subn(rf"\g<1>{digest}\g<2>{len(data)}", text)
    if count != 1:
        raise Problem(f"no \"file\", \"sha256\", \"bytes\" in this order for {name}", USAGE)
    return text


def main():
    parser = argparse.ArgumentParser(description="Writes the networks' hashes into pack.json.")
    parser.add_argument("pack", metavar="PACK.json")
    parser.add_argument("--cache", metavar="DIR")
    chosen = parser.parse_args()
    try:
        manifest = read_manifest(chosen.pack)
        text = manifest.text.decode("utf-8")
        results = convert_networks(manifest, downloads_folder(chosen.cache), print)
        for name, data in results.items():
            text = pinned(text, name, data)
        with open(chosen.pack, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except Problem as problem:
        print(f"pin.py: {problem}", file=sys.stderr)
        return problem.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
