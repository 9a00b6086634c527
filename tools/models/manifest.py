"""Reads and checks a pack.json: what a model pack is made of.

    manifest = read_manifest("models/mobile/pack.json")
    manifest.data           # the JSON object
    manifest.networks()     # every network of every model

Only what the installation relies on is checked here: names that become paths
or command arguments, hashes, sizes and references.  What the networks mean
(colour order, alignment, thresholds) is read by the library, not by the tools.
"""

import json
import re
from dataclasses import dataclass

from problem import USAGE, Problem

MAX_MANIFEST_BYTES = 1 << 20
MAX_DOWNLOAD_BYTES = 512 << 20      # the largest published archive of models is 100 MB

_PACK_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,50}\.(onnx|safetensors)")
_PACKAGE_NAMES = {
    "npm": re.compile(r"(@[a-z0-9][a-z0-9._~-]*/)?[a-z0-9][a-z0-9._~-]{0,127}"),
    "pypi": re.compile(r"[a-z0-9][a-z0-9._-]{0,127}"),
    "apt": re.compile(r"[a-z0-9][a-z0-9.+-]{1,127}"),
}
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,63}")
_MEMBER = re.compile(r"[A-Za-z0-9_@+-][A-Za-z0-9_.@+ -]*(/[A-Za-z0-9_@+-][A-Za-z0-9_.@+ -]*)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Bad(ValueError):
    pass


@dataclass
class Manifest:
    path: str
    text: bytes             # as in the file, which is copied unchanged
    data: dict

    @property
    def name(self):
        return self.data["name"]

    def sources(self):
        return self.data["sources"]

    def networks(self):
        return [network for model in self.data["models"] for network in model["networks"]]


def members_of(network):
    """The files of its source that a network is made from, in the order that its recipe expects."""
    members = network.get("from")
    return members if isinstance(members, list) else [members]


def _text(where, holder, key, pattern=None):
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, str) or pattern and not pattern.fullmatch(value):
        raise _Bad(f"{where}: \"{key}\" is missing or not usable")
    return value


def _list(where, holder, key):
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, list) or not value:
        raise _Bad(f"{where}: \"{key}\" is missing or no list")
    return value


def _hash_and_size(where, holder):
    _text(where, holder, "sha256", _SHA256)
    size = holder.get("bytes")
    if type(size) is not int or not 0 < size <= MAX_DOWNLOAD_BYTES:
        raise _Bad(f"{where}: \"bytes\" is missing or no usable number")


def _check_source(source):
    where = "source " + _text("sources", source, "id")
    registry = _text(where, source, "registry")
    if registry not in _PACKAGE_NAMES:
        raise _Bad(f"{where}: the registry \"{registry}\" is not known")
    _text(where, source, "package", _PACKAGE_NAMES[registry])
    if registry != "apt":       # the releases of Debian have different versions of a package
        _text(where, source, "version", _VERSION)
        _hash_and_size(where, source)
    for file in _list(where, source, "files"):
        _text(where, file, "path", _MEMBER)
        _hash_and_size(f"{where}, {file['path']}", file)


def _check(data):
    if not isinstance(data, dict) or data.get("format") != 1:
        raise _Bad("\"format\" is not 1")
    _text("the pack", data, "name", _PACK_NAME)
    _text("the pack", data, "version")
    members = {}
    for source in _list("the pack", data, "sources"):
        _check_source(source)
        if source["id"] in members:
            raise _Bad(f"two sources are called {source['id']}")
        members[source["id"]] = {file["path"] for file in source["files"]}
    seen = set()
    for model in _list("the pack", data, "models"):
        where = "model " + _text("models", model, "id")
        for network in _list(where, model, "networks"):
            name = _text(where, network, "file", _FILE_NAME)
            _hash_and_size(f"{where}, {name}", network)
            if name in seen:
                raise _Bad(f"two networks are called {name}")
            seen.add(name)
            source = _text(where, network, "source")
            for member in members_of(network):
                if not isinstance(member, str) or member not in members.get(source, ()):
                    raise _Bad(f"{where}, {name}: its source does not list \"{member}\"")


def read_manifest(path):
    """The checked Manifest, or a Problem that names the file and the fault."""
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}", USAGE) from None
    try:
        if len(text) > MAX_MANIFEST_BYTES:
            raise _Bad(f"more than {MAX_MANIFEST_BYTES} bytes")
        data = json.loads(text.decode("utf-8"))
        _check(data)
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is not a usable pack description: {error}", USAGE) from None
    return Manifest(path, text, data)
