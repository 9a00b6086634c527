"""Runs the ordinary clients of the registries: npm, pip, apt.

    path = CLIENTS["npm"](source, folder)

Each leaves exactly one archive in an empty folder and returns its path, or
raises a Problem that says what is missing and how to mend it.  Nothing here
trusts the archive: fetch.py and archive.py compare hashes.

Nothing is installed.  npm runs no scripts.  pip asks every source archive for
its metadata, which runs the package's setup.py; so pip gets the SHA-256 that
pack.json pins, and stops before that step when the archive is another one.
"""

import os
import re
import shutil
import subprocess
import sys

from problem import Problem

_SECONDS = 900          # a hundred megabytes over a slow line
_NPM_OPTIONS = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
                "--fetch-retries=1", "--fetch-retry-mintimeout=2000"]
_PIP_OPTIONS = ["--disable-pip-version-check", "--no-input", "--quiet", "--retries", "1"]


def cache_folder(name):
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "vultus", name)


def spec_of(source):
    """How people write the package: name@1.0 (npm), name==1.0 (pypi), name (apt)."""
    mark = {"npm": "@", "pypi": "=="}.get(source["registry"])
    return source["package"] + (mark + source["version"] if mark else "")


def _run(client, command, spec, folder):
    """(exit status, text on both outputs) of a client in its folder."""
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_SECONDS,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
    except subprocess.TimeoutExpired:
        raise Problem(f"{client} did not fetch {spec} within {_SECONDS} seconds: "
                      "check the network, then run this again") from None
    except OSError as error:
        raise Problem(f"cannot run {client} ({command[0]}): {error.strerror}; "
                      "install it anew") from None
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _the_one(client, spec, folder, ending):
    found = [name for name in os.listdir(folder) if name.endswith(ending)]
    if len(found) != 1:
        raise Problem(f"{client} left {len(found)} files for {spec}, one expected: "
                      f"update {client} and run this again")
    return os.path.join(folder, found[0])


def _npm(source, folder):
    spec = spec_of(source)
    # The second place is where tools/setup/npm.sh puts one that nobody has on the PATH.
    npm = shutil.which("npm") or shutil.which("npm",
                                              path=os.path.join(cache_folder("node"), "bin"))
    if npm is None:
        raise Problem(f"npm is missing, it is needed to fetch {spec}: install it "
                      "(Debian: apt-get install npm) and run this again")
    command = [npm, "pack", spec, "--pack-destination", folder, *_NPM_OPTIONS]
    status, output = _run("npm", command, spec, folder)
    if status:
        code = re.search(r"npm (?:error|ERR!) code (\S+)", output)
        reason = code.group(1) if code else "no reason given"
        if reason in ("E404", "ETARGET"):
            mend = "the registry that npm uses does not have it; check npm's registry setting"
        else:
            mend = "check the network and npm's registry and proxy settings, then run this again"
        raise Problem(f"npm could not fetch {spec} ({reason}): {mend}")
    return _the_one("npm", spec, folder, ".tgz")


def _works(python):
    try:
        return subprocess.run([python, "-m", "pip", "--version"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
                              check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _python_with_pip(spec):
    """This Python, or that of the virtual environment which tools/setup keeps in the cache too."""
    own = os.path.join(cache_folder("pip"), "bin", "python")
    for python in (sys.executable, own):
        if _works(python):
            return python
    shutil.rmtree(cache_folder("pip"), ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", cache_folder("pip")], timeout=_SECONDS,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.SubprocessError):
        raise Problem(f"pip is missing, it is needed to fetch {spec}: install it "
                      "(Debian: apt-get install python3-pip or python3-venv) "
                      "and run this again") from None
    return own


def _pip(source, folder):
    spec = spec_of(source)
    wanted = os.path.join(folder, "wanted.txt")
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(f"{spec} --hash=sha256:{source['sha256']}\n")
    command = [_python_with_pip(spec), "-m", "pip", "download", *_PIP_OPTIONS, "--no-deps",
               "--no-binary", source["package"], "--dest", folder, "--requirement", wanted]
    status, output = _run("pip", command, spec, folder)
    if status:
        if "DO NOT MATCH THE HASHES" in output:
            raise Problem(f"pip found another {spec} than the one with SHA-256 "
                          f"{source['sha256']}: it is damaged or was exchanged, and is not used; "
                          "run this again, and report it if it stays so")
        reason = re.search(r"^ERROR: (.{1,200})", output, re.MULTILINE)
        raise Problem(f"pip could not fetch {spec} ({reason.group(1) if reason else status}): "
                      "check the network and pip's index and proxy settings, then run this again")
    return _the_one("pip", spec, folder, ".tar.gz")


def _apt(source, folder):
    spec = spec_of(source)
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Problem(f"apt-get is missing, it is needed to fetch {spec}: this pack is made from "
                      "a package of Debian and can be installed on Debian and its relatives")
    os.chmod(folder, 0o755)     # apt reads through it as its own user
    status, output = _run("apt-get", ["apt-get", "download", "--quiet=2", spec], spec, folder)
    if status:
        reason = re.search(r"^E: (.{1,200})", output, re.MULTILINE)
        raise Problem(f"apt-get could not fetch {spec} "
                      f"({reason.group(1) if reason else status}): check the network, "
                      "run apt-get update as root, then run this again")
    return _the_one("apt-get", spec, folder, ".deb")


CLIENTS = {"npm": _npm, "pypi": _pip, "apt": _apt}
