"""Puts a finished pack at its place, so that nobody ever sees half of one.

    with locked(destination, say):
        if not is_installed(destination, manifest):
            place(destination, manifest, files)

The files are written to a hidden folder beside the place, synced, and renamed
as a whole.  An older pack is renamed away first and removed afterwards; when
the second rename fails it comes back.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile

from fetch import has_content
from problem import Problem


def _cannot_write(destination, error):
    return Problem(f"cannot write to {destination}: {error.strerror}; "
                   "make it writable or choose another folder")


@contextlib.contextmanager
def locked(destination, say):
    """Makes the folder, and keeps a second installer out of it."""
    try:
        os.makedirs(destination, exist_ok=True)
        handle = os.open(destination, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _cannot_write(destination, error) from None
    try:
        # Before the download, not after it.
        if not os.access(destination, os.W_OK | os.X_OK):
            raise _cannot_write(destination, PermissionError(errno.EACCES, "Permission denied"))
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another installation to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass    # some network file systems lock no folders; the renames are atomic anyway
        yield
    finally:
        os.close(handle)


def is_installed(destination, manifest):
    """Is exactly this pack there, with every file as it should be?"""
    folder = os.path.join(destination, manifest.name)
    try:
        with open(os.path.join(folder, "pack.json"), "rb") as file:
            if file.read(len(manifest.text) + 1) != manifest.text:
                return False
    except OSError:
        return False
    return all(has_content(os.path.join(folder, network["file"]), network["bytes"],
                           network["sha256"]) for network in manifest.networks())


def _write(path, data):
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path):
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(destination, prefix):
    for name in os.listdir(destination):
        if name.startswith(prefix):
            shutil.rmtree(os.path.join(destination, name), ignore_errors=True)


def _exchange(fresh, place, old):
    """Renames fresh to place; what was there goes to old and comes back on failure."""
    replaced = os.path.lexists(place)
    if replaced:
        os.rename(place, old)
    try:
        os.rename(fresh, place)
    except OSError:
        if replaced:
            os.rename(old, place)
        raise


def place(destination, manifest, files):
    """Installs {file name: bytes} and the manifest itself as DESTINATION/NAME."""
    prefix = f".{manifest.name}.part-"
    work = None
    try:
        _remove_leftovers(destination, prefix)
        work = tempfile.mkdtemp(prefix=prefix, dir=destination)
        fresh = os.path.join(work, "new")
        os.mkdir(fresh)
        for name, data in files.items():
            _write(os.path.join(fresh, name), data)
        _write(os.path.join(fresh, "pack.json"), manifest.text)
        _sync_folder(fresh)
        _exchange(fresh, os.path.join(destination, manifest.name), os.path.join(work, "old"))
        _sync_folder(destination)
    except OSError as error:
        raise _cannot_write(destination, error) from None
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
