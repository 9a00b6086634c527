"""Gets the package that a pack names, through npm's ordinary client, and keeps it.

    archive = fetch(source, downloads_folder(), say)

A package is kept as DOWNLOADS/<sha256>/<name>.tgz and used again while its hash
is right.  Nothing is trusted before that hash is: neither npm nor the folder.
Packages are only unpacked, never installed, and none of their scripts runs.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from problem import Problem

_NPM_SECONDS = 900      # a hundred megabytes over a slow line
_NPM_OPTIONS = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
                "--fetch-retries=1", "--fetch-retry-mintimeout=2000"]


def _cache(name):
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "vultus", name)


def downloads_folder(chosen=None):
    """Where downloads are kept: the chosen folder or one under the user's cache."""
    return chosen or _cache("downloads")


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


def _npm_failure(spec, output):
    code = re.search(r"npm (?:error|ERR!) code (\S+)", output)
    reason = code.group(1) if code else "no reason given"
    if reason in ("E404", "ETARGET"):
        mend = "the registry that npm uses does not have it; check npm's registry setting"
    else:
        mend = "check the network and npm's registry and proxy settings, then run this again"
    return Problem(f"npm could not fetch {spec} ({reason}): {mend}")


def _npm_pack(spec, folder):
    """Runs npm pack into an empty folder; returns the path of the one file it left."""
    # The second place is where tools/setup/npm.sh puts one that nobody has on the PATH.
    npm = shutil.which("npm") or shutil.which("npm", path=os.path.join(_cache("node"), "bin"))
    if npm is None:
        raise Problem(f"npm is missing, it is needed to fetch {spec}: install it "
                      "(Debian: apt-get install npm) and run this again")
    command = [npm, "pack", spec, "--pack-destination", folder, *_NPM_OPTIONS]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=_NPM_SECONDS)
    except subprocess.TimeoutExpired:
        raise Problem(f"npm did not fetch {spec} within {_NPM_SECONDS} seconds: "
                      "check the network, then run this again") from None
    except OSError as error:
        raise Problem(f"cannot run npm ({npm}): {error.strerror}; install it anew") from None
    if done.returncode != 0:
        raise _npm_failure(spec, done.stderr.decode("utf-8", "replace"))
    found = [name for name in os.listdir(folder) if name.endswith(".tgz")]
    if len(found) != 1:
        raise Problem(f"npm left {len(found)} files for {spec}, one expected: "
                      "update npm and run this again")
    return os.path.join(folder, found[0])


def fetch(source, downloads, say):
    """The path of the verified archive of a source of pack.json."""
    spec = f"{source['package']}@{source['version']}"
    base = source["package"].lstrip("@").replace("/", "-")
    folder = os.path.join(downloads, source["sha256"])
    kept = os.path.join(folder, f"{base}-{source['version']}.tgz")
    if has_content(kept, source["bytes"], source["sha256"]):
        return kept
    say(f"fetching {spec} ({source['bytes'] / 1e6:.1f} MB)")
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:
            fresh = _npm_pack(spec, part)
            actual = sha256_of(fresh)
            if actual != source["sha256"]:
                raise Problem(f"{spec} has SHA-256 {actual}, expected {source['sha256']}: "
                              "it is damaged or was exchanged, and is not used; run this again, "
                              "and report it if it stays so")
            os.replace(fresh, kept)
    except OSError as error:
        raise Problem(f"cannot keep {spec} in {downloads}: {error.strerror}; choose a writable "
                      "folder with --cache or XDG_CACHE_HOME") from None
    return kept
