"""Gets the files that a pack's sources name, and keeps the packages they came in.

    files = source_files(source, downloads_folder(), say)

A package is kept as DOWNLOADS/<key>/<name> and used again while it is right.
The key is the package's SHA-256; for Debian's packages, whose versions differ
between releases, a hash of the hashes of the files that are wanted from it.
Nothing is trusted before its hash is: neither a registry nor the folder.
"""

import hashlib
import os
import tempfile

from archive import read_members
from clients import CLIENTS, cache_folder, spec_of
from problem import Problem

_ENDINGS = {"npm": ".tgz", "pypi": ".tar.gz", "apt": ".deb"}


def downloads_folder(chosen=None):
    """Where downloads are kept: the chosen folder or one under the user's cache."""
    return chosen or cache_folder("downloads")


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def has_content(path, size, sha256):
    """Is this a regular file with that size and hash?"""
    try:
        return (os.path.isfile(path) and os.path.getsize(path) == size
                and sha256_of(path) == sha256)
    except OSError:
        return False


def _wanted(source):
    return {file["path"]: (file["bytes"], file["sha256"]) for file in source["files"]}


def _kept(source, downloads):
    base = source["package"].lstrip("@").replace("/", "-")
    if source["registry"] == "apt":
        hashes = "\n".join(sorted(file["sha256"] for file in source["files"]))
        folder = hashlib.sha256(hashes.encode("ascii")).hexdigest()
    else:
        folder, base = source["sha256"], f"{base}-{source['version']}"
    return os.path.join(downloads, folder, base + _ENDINGS[source["registry"]])


def _download(source, kept, say):
    spec, folder = spec_of(source), os.path.dirname(kept)
    size = f" ({source['bytes'] / 1e6:.1f} MB)" if "bytes" in source else ""
    say(f"fetching {spec}{size}")
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:
            fresh = CLIENTS[source["registry"]](source, part)
            actual = sha256_of(fresh)
            if actual != source.get("sha256", actual):
                raise Problem(f"{spec} has SHA-256 {actual}, expected {source['sha256']}: "
                              "it is damaged or was exchanged, and is not used; run this again, "
                              "and report it if it stays so")
            os.replace(fresh, kept)
    except OSError as error:
        raise Problem(f"cannot keep {spec} in {os.path.dirname(folder)}: {error.strerror}; choose "
                      "a writable folder with --cache or XDG_CACHE_HOME") from None


def source_files(source, downloads, say):
    """{path: bytes} of the files that a source of pack.json lists, each with its right hash."""
    kept = _kept(source, downloads)
    if "sha256" in source:
        if not has_content(kept, source["bytes"], source["sha256"]):
            _download(source, kept, say)
    elif os.path.isfile(kept):
        try:
            return read_members(kept, _wanted(source))
        except Problem:
            _download(source, kept, say)
    else:
        _download(source, kept, say)
    return read_members(kept, _wanted(source))
