"""Takes named files out of a .tgz (.tar.gz) or a Debian package, and nothing else.

    files = read_members(path, {"package/a.tflite": (size, sha256)})

Reads front to back into memory and writes nothing.  Only regular files with
exactly the wanted names count; links, other members and their paths are passed
over.  Sizes are limited before anything is read, so an archive that unpacks to
much more than it should ends in a Problem.  The tar inside a Debian package may
be compressed in ways that Python does not know: dpkg-deb unpacks it to a pipe.
"""

import contextlib
import gzip
import hashlib
import subprocess
import tarfile
import zlib

from problem import Problem

# All that may come out of one archive, wanted or not.
MAX_UNPACKED_BYTES = 1 << 30


class _Limited:
    """A reader that refuses to give more than a number of bytes."""

    def __init__(self, file, limit):
        self.file = file
        self.left = limit

    def read(self, size):
        data = self.file.read(min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise OSError(0, "it unpacks to more than is accepted")
        return data


def _member(tar, info, size, sha256):
    if info.size != size:
        raise OSError(0, f"{info.name} has {info.size} bytes, expected {size}")
    data = tar.extractfile(info).read(size)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise OSError(0, f"{info.name} has another SHA-256 than expected")
    return data


@contextlib.contextmanager
def _unpacked(path):
    """The tar in an archive, as a file that is read front to back."""
    if not str(path).endswith(".deb"):
        with gzip.open(path, "rb") as file:
            yield file
        return
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.stdout
        finally:
            process.kill()      # the rest is not wanted


def read_members(path, wanted, limit=MAX_UNPACKED_BYTES):
    """{name: bytes} of the wanted members {name: (size, sha256)} of an archive."""
    found = {}
    try:
        with _unpacked(path) as unpacked, \
                tarfile.open(fileobj=_Limited(unpacked, limit), mode="r|") as tar:
            for info in tar:
                info.name = info.name.removeprefix("./")    # as Debian's packages have it
                if info.name in wanted and info.isreg() and info.name not in found:
                    found[info.name] = _member(tar, info, *wanted[info.name])
                if len(found) == len(wanted):
                    break
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is damaged"
        raise Problem(f"cannot use {path}: {reason}; delete it and run this again") from None
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise Problem(f"cannot use {path}: it has no {missing[0]}; "
                      "the pack description names a file that the package does not have")
    return found
