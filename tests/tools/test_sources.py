"""Sources other than npm: pip and apt that hand out packages made here, and what is read from them."""

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
from array import array
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import fetch                                            # noqa: E402
import install                                          # noqa: E402
from manifest import read_manifest                      # noqa: E402
from problem import ConversionError, Problem            # noqa: E402
from safetensors_writer import ALIGNMENT, Tensor, encode_tensors    # noqa: E402

PIP = """import os, shutil, sys
if "download" in sys.argv:
    open(os.environ["FAKE_LOG"], "a").write(" ".join(sys.argv[1:]) + "\\n")
    if os.environ["FAKE_FAILS"]:
        sys.exit("ERROR: " + os.environ["FAKE_FAILS"])
    wanted = open(sys.argv[sys.argv.index("--requirement") + 1]).read()
    open(os.environ["FAKE_LOG"], "a").write(wanted)
    shutil.copy(os.environ["FAKE_FILE"], sys.argv[sys.argv.index("--dest") + 1])
"""

APT = """#!/bin/sh
echo "$@" >>"$FAKE_LOG"
if [ -n "$FAKE_FAILS" ]; then echo "E: $FAKE_FAILS" >&2; exit 100; fi
cp "$FAKE_FILE" .
"""


def described(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


class SourceTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "bin").mkdir()
        (self.root / "pip").mkdir()
        (self.root / "pip" / "__init__.py").write_text("")
        (self.root / "pip" / "__main__.py").write_text(PIP)
        (self.root / "bin" / "apt-get").write_text(APT)
        (self.root / "bin" / "apt-get").chmod(0o755)
        environment = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "PYTHONPATH": str(self.root),
                       "XDG_CACHE_HOME": str(self.root / "cache"), "HOME": str(self.root),
                       "FAKE_LOG": str(self.root / "log"), "FAKE_FAILS": "", "FAKE_FILE": ""}
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.said = []

    def sdist(self, content=b"weights", folder="tiny-1.0"):
        path = self.root / "tiny-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            info = tarfile.TarInfo(f"{folder}/a.dat")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        os.environ["FAKE_FILE"] = str(path)
        return {"id": "s", "registry": "pypi", "package": "tiny", "version": "1.0",
                **described(path.read_bytes()),
                "files": [{"path": "tiny-1.0/a.dat", **described(content)}]}

    def deb(self, content=b"weights", version="1"):
        if shutil.which("dpkg-deb") is None:
            self.skipTest("dpkg-deb is missing")
        tree = self.root / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share/tiny").mkdir(parents=True)
        (tree / "usr/share/tiny/a.xml").write_bytes(content)
        (tree / "DEBIAN/control").write_text(
            f"Package: tiny\nVersion: {version}\nArchitecture: all\nMaintainer: me <me@here>\n"
            "Description: a test\n")
        path = self.root / f"tiny_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, path], check=True,
                       stdout=subprocess.DEVNULL)
        os.environ["FAKE_FILE"] = str(path)
        return {"id": "s", "registry": "apt", "package": "tiny",
                "files": [{"path": "usr/share/tiny/a.xml", **described(content)}]}

    def get(self, source):
        return fetch.source_files(source, str(self.root / "downloads"), self.said.append)

    def calls(self):
        log = self.root / "log"
        return log.read_text().splitlines() if log.exists() else []

    def refuse(self, source, *words):
        with self.assertRaises(Problem) as caught:
            self.get(source)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_pip_gets_the_hash_and_the_archive_is_kept(self):
        source = self.sdist()
        self.assertEqual({"tiny-1.0/a.dat": b"weights"}, self.get(source))
        self.assertIn(f"tiny==1.0 --hash=sha256:{source['sha256']}", self.calls()[1])
        self.assertIn("--no-deps --no-binary tiny", self.calls()[0])
        self.assertEqual({"tiny-1.0/a.dat": b"weights"}, self.get(source))
        self.assertEqual(2, len(self.calls()))
        self.assertEqual(["fetching tiny==1.0 (0.0 MB)"], self.said)

    def test_another_archive_is_refused(self):
        source = self.sdist()
        self.sdist(b"other")
        self.refuse(source, "tiny==1.0 has SHA-256", source["sha256"])
        self.assertEqual([], list((self.root / "downloads").rglob("*.gz")))

    def test_pip_fails(self):
        source = self.sdist()
        os.environ["FAKE_FAILS"] = "no such thing"
        self.refuse(source, "pip could not fetch tiny==1.0", "no such thing", "check the network")
        os.environ["FAKE_FAILS"] = "THESE PACKAGES DO NOT MATCH THE HASHES"
        self.refuse(source, "another tiny==1.0", source["sha256"])

    def test_no_pip_at_all(self):
        source = self.sdist()
        with mock.patch("sys.executable", "/nonexistent/python"):
            self.refuse(source, "pip is missing", "python3-pip")

    def test_apt_takes_any_version_with_these_files(self):
        source = self.deb()
        self.assertEqual({"usr/share/tiny/a.xml": b"weights"}, self.get(source))
        self.deb(version="2")
        self.assertEqual({"usr/share/tiny/a.xml": b"weights"}, self.get(source))
        self.assertEqual(["download --quiet=2 tiny"], self.calls())
        self.assertEqual(["fetching tiny"], self.said)

    def test_apt_with_other_files_is_refused_and_fetched_anew(self):
        source = self.deb()
        self.deb(b"WEIGHTS")
        self.refuse(source, "usr/share/tiny/a.xml has another SHA-256")
        self.deb()
        self.assertEqual({"usr/share/tiny/a.xml": b"weights"}, self.get(source))

    def test_apt_fails(self):
        source = self.deb()
        os.environ["FAKE_FAILS"] = "Unable to locate package tiny"
        self.refuse(source, "Unable to locate", "apt-get update")
        os.environ["PATH"] = str(self.root / "nothing")
        self.refuse(source, "apt-get is missing", "Debian")

    def test_a_damaged_debian_package(self):
        source = self.deb()
        path = Path(os.environ["FAKE_FILE"])
        path.write_bytes(path.read_bytes()[:200])
        self.refuse(source, "cannot use")

    def manifest(self, source, **network):
        path = self.root / "pack.json"
        path.write_text(json.dumps({
            "format": 1, "name": "tiny", "version": "1", "sources": [source],
            "models": [{"id": "m", "networks": [{
                "file": "tiny.safetensors", **described(b""), "bytes": 1, "source": "s",
                **network}]}]}))
        return read_manifest(path)

    def test_a_network_of_several_files(self):
        source = self.sdist()
        member = source["files"][0]["path"]
        manifest = self.manifest(source, **{"from": [member, member]})
        with mock.patch("install.recipe_of", return_value=lambda first, second: first + second):
            results = install.convert_networks(manifest, str(self.root / "downloads"),
                                               self.said.append)
        self.assertEqual({"tiny.safetensors": b"weightsweights"}, results)

        def fails(*_):
            raise ConversionError("odd bytes")
        with mock.patch("install.recipe_of", return_value=fails), \
                self.assertRaisesRegex(Problem, "cannot make tiny.safetensors .*: odd bytes"):
            install.convert_networks(manifest, str(self.root / "downloads"), self.said.append)

    def test_bad_descriptions(self):
        source = self.sdist()
        for change, network, word in (
                ({}, {"from": ["tiny-1.0/a.dat", "other"]}, "other"),
                ({}, {"from": [["tiny-1.0/a.dat"]]}, "does not list"),
                ({}, {"from": "tiny-1.0/a.dat", "file": "tiny.exe"}, "file"),
                ({"package": "--index"}, {"from": "tiny-1.0/a.dat"}, "package"),
                ({"sha256": None}, {"from": "tiny-1.0/a.dat"}, "sha256"),
                ({"registry": "apt", "package": "-o"}, {"from": "tiny-1.0/a.dat"}, "package")):
            with self.subTest(word=word), self.assertRaisesRegex(Problem, word):
                self.manifest({**source, **change}, **network)


class SafetensorsTest(unittest.TestCase):

    def test_layout(self):
        data = encode_tensors([Tensor("a", "F32", (3,), array("f", [1, 2, 3])),
                               Tensor("b", "U8", (2, 2), b"\1\2\3\4"),
                               Tensor("c", "I16", (1,), [-2])])
        length, = struct.unpack_from("<Q", data)
        header, body = json.loads(data[8:8 + length]), data[8 + length:]
        self.assertEqual(0, (8 + length) % ALIGNMENT)
        end = 0
        for name, entry in header.items():      # without holes, as the format demands
            self.assertEqual(end, entry["data_offsets"][0])
            end = entry["data_offsets"][1]
            if not name.startswith("pad"):
                self.assertEqual(0, entry["data_offsets"][0] % ALIGNMENT)
        self.assertEqual(len(body), end)
        self.assertEqual((1.0, 2.0, 3.0), struct.unpack_from("<3f", body))
        self.assertEqual([1], header["c"]["shape"])
        self.assertEqual((-2,), struct.unpack_from("<h", body, header["c"]["data_offsets"][0]))

    def test_wrong_use(self):
        with self.assertRaises(ValueError):
            encode_tensors([Tensor("a", "F32", (4,), [1.0])])
        with self.assertRaises(ValueError):
            encode_tensors([Tensor("a", "F32", (1,), [1.0])] * 2)


if __name__ == "__main__":
    unittest.main()
