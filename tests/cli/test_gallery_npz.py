#!/usr/bin/env python3
"""gallery export and import of NumPy's files of arrays. NumPy itself looks at them where VULTUS_TEST_PYTHON has it."""

import ast
import json
import os
import random
import struct
import subprocess
import zipfile

import harness
from harness import INPUTS, USAGE
from test_gallery import face

KINDS = {"<f4": "f", "<f8": "d", "<i8": "q", "|u1": "B"}
PROGRAM = """
import json, sys, numpy
with numpy.load(sys.argv[1]) as arrays:
    print(json.dumps({name: [str(arrays[name].dtype), arrays[name].tolist()] for name in arrays.files}))
    numpy.savez_compressed(sys.argv[2], embeddings=arrays["embeddings"].astype(float), names=arrays["names"],
                           embedder="from numpy@1")
"""


def npy(kind, shape, data, order="False", version=1):
    head = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(head)) + head + data


def numbers(kind, shape, values):
    return npy(kind, shape, struct.pack(f"<{len(values)}{KINDS[kind]}", *values))


def texts(values, shape=None):
    width = max(1, *(len(value) for value in values))
    data = b"".join(value.ljust(width, "\0").encode("utf-32-le") for value in values)
    return npy(f"<U{width}", (len(values),) if shape is None else shape, data)


def read(path):
    """The arrays of a file, as (kind, shape, bytes)."""
    result = {}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            data = archive.read(name)
            length, = struct.unpack("<H", data[8:10])
            head = ast.literal_eval(data[10:10 + length].decode())
            assert (10 + length) % 64 == 0 and not head["fortran_order"]
            result[name.removesuffix(".npy")] = head["descr"], head["shape"], data[10 + length:]
    return result


class Arrays(harness.Case):
    def write(self, name, **arrays):
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for key, data in arrays.items():
                archive.writestr(key + ".npy", data)
        return path

    def fill(self, count=7):
        path = self.folder / "in.jsonl"
        rows = [face(i, f"Zoë {i // 2}" if i % 3 else "A") for i in range(count)]
        rows[1]["source"] = None
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.vultus("gallery", "import", path)

    def test_there_and_back(self):
        self.fill()
        path = self.folder / "all.npz"
        old = os.umask(0)
        self.vultus("gallery", "export", path)
        os.umask(old)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        arrays = read(path)
        self.assertEqual({name: (kind, shape) for name, (kind, shape, _) in arrays.items()}, {
            "embedder": ("<U18", ()), "names": ("<U5", (7,)), "sources": ("<U5", (7,)),
            "created": ("<U20", (7,)), "embeddings": ("<f4", (7, 16)), "pictures": ("|u1", (7, 32)),
            "boxes": ("<f4", (7, 4)), "landmarks": ("<f4", (7, 5, 2)), "scores": ("<f4", (7,)),
            "quality": ("<f4", (7, 5)), "faces": ("<i8", (7,)), "thumbnails": ("|u1", (42,)),
            "thumbnail_offsets": ("<i8", (8,))})
        other = self.folder / "other.db"
        _, errors = self.vultus("gallery", "import", "--db", other, path)
        self.assertIn("imported 7 faces, 4 people are new, 0 faces were there already", errors)
        self.assertIn("7 faces were there already", self.vultus("gallery", "import", "--db", other, path)[1])

        def rows(*options):
            lines = map(json.loads, self.vultus("gallery", "export", "-", *options)[0].splitlines())
            return sorted(([row.pop("face"), row][1] for row in lines), key=lambda row: row["picture"])
        self.assertEqual(rows("--db", other), rows())

    def test_what_is_known_of_people(self):
        self.fill()
        self.vultus("people", "tag", "A", "vip")
        self.vultus("people", "set", "Zoë 0", "born=1815 ✓")
        self.vultus("people", "not", "Zoë 0", "2")
        self.vultus("people", "move", "6", "A")
        path, other = self.folder / "all.npz", self.folder / "other.db"
        self.vultus("gallery", "export", path)
        kind, shape, data = read(path)["people"]
        self.assertEqual((kind, shape), ("|u1", (len(data),)))
        self.assertEqual([json.loads(line)["person"] for line in data.decode().splitlines()][:2], ["A", "Zoë 0"])
        _, errors = self.vultus("gallery", "import", "--db", other, path)
        self.assertIn("3 facts and refused pictures are new", errors)

        def known(*options):
            lines = map(json.loads, self.vultus("gallery", "export", "-", *options)[0].splitlines())
            return [row for row in lines if "person" in row]
        self.assertEqual(known("--db", other), known())
        self.assertEqual(len(known()), len(data.decode().splitlines()))

    def test_numpy(self):
        python = os.environ.get("VULTUS_TEST_PYTHON")
        if not python or subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode:
            self.skipTest("NumPy is not in VULTUS_TEST_PYTHON")
        self.fill()
        path, other = self.folder / "all.npz", self.folder / "numpy.npz"
        self.vultus("gallery", "export", path)
        result = subprocess.run([python, "-c", PROGRAM, path, other], capture_output=True, check=True)
        arrays = json.loads(result.stdout)
        self.assertEqual(arrays["embedder"], ["<U18", "synthetic@00000001"])
        self.assertEqual(sorted(set(arrays["names"][1])), ["A", "Zoë 0", "Zoë 1", "Zoë 2"])
        self.assertEqual(arrays["embeddings"][0], "float32")
        exported = [json.loads(line) for line in self.vultus("gallery", "export", "-")[0].splitlines()]
        for row, numbers_of in zip(exported, arrays["embeddings"][1], strict=True):
            for a, b in zip(row["embedding"], numbers_of, strict=True):
                self.assertAlmostEqual(a, b, places=7)
        # what NumPy writes: float64, compressed, nothing but what is needed
        _, errors = self.vultus("gallery", "import", "--db", self.folder / "new.db", other)
        self.assertIn("imported 7 faces, 4 people are new", errors)

    def test_little_is_enough(self):
        path = self.write("small.npz", embeddings=numbers("<f8", (2, 2), [1, 0, 0, 1]),
                          names=texts(["Ada", "Grace 😀"]), embedder=texts(["mine"], ()))
        self.vultus("gallery", "import", path)
        self.assertEqual(self.people(), {"Ada": 1, "Grace 😀": 1})
        self.assertIn("2 faces were there already", self.vultus("gallery", "import", path)[1])

    def test_bad_rows(self):
        nan = float("nan")
        path = self.write("rows.npz", embedder=texts(["mine"], ()),
                          embeddings=numbers("<f4", (6, 2), [1, 0, nan, 1, 0, 0, 0, 1, 1, 0, 0.6, 0.8]),
                          names=texts(["Ada", "b", "c", " d", "", "Grace"]))
        _, errors = self.vultus("gallery", "import", path, code=INPUTS)
        for row in (1, 2):
            self.assertIn(f"row {row}: has an embedding that is not finite, or without length", errors)
        for row in (3, 4):
            self.assertIn(f"row {row}: has a name that cannot be one", errors)
        self.assertEqual(self.people(), {"Ada": 1, "Grace": 1})

    def test_bad_files(self):
        good = {"embeddings": numbers("<f4", (2, 2), [1, 0, 0, 1]), "names": texts(["Ada", "Grace"]),
                "embedder": texts(["mine"], ())}
        cut = good["embeddings"][:-1]
        cases = [
            ({"names": None}, 'has no array "names"'), ({"embeddings": None}, 'no array "embeddings"'),
            ({"embeddings": numbers("<i8", (2, 2), [1, 0, 0, 1])}, "must be float32 or float64"),
            ({"embeddings": numbers("<f4", (4,), [1, 0, 0, 1])}, "another number of axes"),
            ({"embeddings": npy("<f4", (2, 2), b"\0" * 16, "True")}, "Fortran's order"),
            ({"embeddings": npy(">f4", (2, 2), b"\0" * 16)}, "of a kind that is not read"),
            ({"embeddings": npy("|O", (2, 2), b"\0" * 16)}, "of a kind that is not read"),
            ({"embeddings": cut}, "more or fewer bytes"), ({"embeddings": b"nothing"}, "no array of NumPy"),
            ({"embeddings": numbers("<f4", (2, 0), [])}, "embeddings of 0 numbers"),
            ({"embeddings": npy("<f4", (1 << 40, 1 << 40), b"")}, "more or fewer bytes"),
            ({"names": texts(["Ada"])}, "another number of rows"), ({"names": npy("|S3", (2,), b"AdaBob")}, "must be texts"),
            ({"boxes": numbers("<f4", (2, 3), [0] * 6)}, "another shape"),
            ({"thumbnails": numbers("|u1", (3,), [1, 2, 3]), "thumbnail_offsets": numbers("<i8", (2,), [0, 3])},
             "one place more"),
            ({"landmarks": npy("<f4", (2, 5, 2), b"\0" * 80, version=9)}, "newer version"),
        ]
        for changes, text in cases:
            arrays = {name: data for name, data in {**good, **changes}.items() if data is not None}
            _, errors = self.vultus("gallery", "import", self.write("bad.npz", **arrays), code=INPUTS)
            self.assertIn(text, errors)
        path = self.write("good.npz", **good)
        whole = path.read_bytes()
        source = random.Random(1)
        for _ in range(30):
            damaged = bytearray(whole)
            damaged[source.randrange(len(whole))] ^= 1 << source.randrange(8)
            path.write_bytes(damaged if source.random() < 0.7 else whole[:source.randrange(len(whole))])
            code, _, errors = self.run_raw("gallery", "import", path)
            self.assertIn(code, (0, INPUTS), errors)
        self.vultus("gallery", "import", self.folder / "none.npz", code=INPUTS)
        path.write_text("no zip file")
        self.assertIn("no file of arrays", self.vultus("gallery", "import", path, code=INPUTS)[1])

    def test_embedders(self):
        self.assertIn("no faces", self.export_of_nothing())
        self.fill()
        row = self.folder / "row.jsonl"
        row.write_text(json.dumps({**face(1, "A"), "embedder": "other@1"}) + "\n")
        self.vultus("gallery", "import", row)
        path = self.folder / "all.npz"
        self.assertIn("--embedder", self.vultus("gallery", "export", path, code=USAGE)[1])
        self.vultus("gallery", "export", "--embedder", "none", path, code=INPUTS)
        self.vultus("gallery", "export", "--embedder", "other", path)
        self.assertEqual(read(path)["embeddings"][1], (1, 16))

    def export_of_nothing(self):
        empty = self.folder / "empty.jsonl"
        empty.write_text("")
        self.vultus("gallery", "import", empty)
        return self.vultus("gallery", "export", self.folder / "none.npz", code=INPUTS)[1]


if __name__ == "__main__":
    harness.main()
