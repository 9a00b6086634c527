#!/usr/bin/env python3
"""Networks that users bring: embedders of every contract, added and run, with answers worked out here.

The networks have the shapes of the published files; what they compute is simple enough to be done again
in Python: means of 16 fields of each colour, times a matrix.  A picture that is the chip itself is enrolled
with --aligned, so its embedding says which colours, which mean and scale, which layout the network was fed.
"""

import json
import math
import struct
import sys
import zlib
from array import array

import harness
from harness import DATA, INPUTS, ENVIRONMENT, SOURCE, models_folder, picture

sys.path.insert(0, str(SOURCE / "tools/models"))
from onnx_writer import Graph, Node, Value, Weight, encode_model    # noqa: E402

FIELDS = 4              # along a side
PLANES = 3 * FIELDS * FIELDS

# contract, pack, side, dimension, how a chip is fed: colours, mean, scale; None: standardised
EMBEDDERS = [
    ("sface", "sface", 112, 128, "BGR", 0, 1),
    ("arcface", "arcface", 112, 512, "RGB", 127.5, 1 / 127.5),
    ("facenet", "facenet", 160, 512, "RGB", 127.5, 1 / 128),
    ("facenet-standardised", "facenet", 160, 128, "RGB", None, None),
    ("openface", "openface", 96, 128, "RGB", 0, 1 / 255),
    ("mobilefacenet", "mobilefacenet", 112, 192, "RGB", 127.5, 1 / 128),
    ("edgeface", "edgeface", 112, 512, "RGB", 127.5, 1 / 127.5),
    ("adaface", "adaface", 112, 512, "BGR", 127.5, 1 / 127.5),
]


def matrix(dimension):
    """Rows of the last layer: neither symmetric nor the same for two colours or fields."""
    return [[math.sin(1 + 0.37 * row * (column + 1)) for column in range(dimension)] for row in range(PLANES)]


def network(side, dimension, *, batch="batch", pixels=False, extra=False, names=("data", "fc1"), nodes=()):
    """An embedder as ONNX; `extra`: a second output, the first in the file."""
    name, output = names
    chain = [Node("Transpose", [name], ["planes"], {"perm": [0, 3, 1, 2]})] if pixels else []
    field = side // FIELDS
    chain += [*nodes,
              Node("AveragePool", ["planes" if pixels else name], ["fields"],
                   {"kernel_shape": [field, field], "strides": [field, field]}),
              Node("Flatten", ["fields"], ["flat"]),
              Node("Gemm", ["flat", "matrix"], [output])]
    outputs = [Value(output, [batch, dimension])]
    if extra:
        chain.append(Node("ReduceL2", [output], ["norm"], {"axes": [1]}))
        outputs.insert(0, Value("norm", [batch, 1]))
    shape = [batch, side, side, 3] if pixels else [batch, 3, side, side]
    weights = [Weight("matrix", (PLANES, dimension), array("f", sum(matrix(dimension), [])))]
    return encode_model(Graph("embedder", [Value(name, shape)], outputs, chain, weights))


def chip(side):
    """Pixels of a picture, row by row: colours that differ over the fields."""
    return [[(40 + 150 * x // side, 230 - 200 * y // side, (x * y) // side % 256) for x in range(side)]
            for y in range(side)]


def png(rows):
    def block(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + block(b"IHDR", head) + block(b"IDAT", zlib.compress(raw)) + block(b"IEND", b"")


def expected(side, dimension, colours, mean, scale):
    """The unit embedding of chip(side)."""
    rows = chip(side)
    if mean is None:
        values = [value for row in rows for pixel in row for value in pixel]
        mean = sum(values) / len(values)
        scale = 1 / math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    field = side // FIELDS
    flat = []
    for plane in range(3):
        colour = plane if colours == "RGB" else 2 - plane
        for y in range(FIELDS):
            for x in range(FIELDS):
                total = sum(rows[y * field + j][x * field + i][colour] for j in range(field) for i in range(field))
                flat.append((total / field ** 2 - mean) * scale)
    weights = matrix(dimension)
    out = [sum(flat[row] * weights[row][column] for row in range(PLANES)) for column in range(dimension)]
    length = math.sqrt(sum(value * value for value in out))
    return [value / length for value in out]


class Adding(harness.Case):
    def setUp(self):
        super().setUp()
        self.models = self.folder / "models"
        self.environment["VULTUS_MODELS"] = str(self.models)

    def add(self, data, contract, *arguments, **options):
        path = self.folder / "net work.onnx"
        path.write_bytes(data)
        return self.vultus("models", "add", path, "--contract", contract, *arguments, **options)

    def manifest(self, pack):
        return json.loads((self.models / pack / "pack.json").read_text())["models"][0]


class Contracts(Adding):
    """What needs no installed models."""

    def test_list(self):
        rows = {row["contract"]: row for row in self.json("models", "contracts")}
        self.assertEqual({"yunet", "scrfd", "scrfd-boxes", "rfb", "retinaface"} | {e[0] for e in EMBEDDERS},
                         set(rows))
        for name, pack, *_ in EMBEDDERS:
            self.assertEqual((rows[name]["pack"], rows[name]["kind"]), (pack, "embedder"))
        for row in rows.values():
            self.assertTrue(row["licence"] and row["provenance"] and row["summary"], row)
        output, _ = self.vultus("models", "contracts")
        self.assertRegex(output, r"(?m)^sface +sface +embedder +SFace")

    def test_info(self):
        output, _ = self.vultus("models", "info", "facenet-standardised")
        for text in ("for the pack facenet", "licence     MIT", "provenance  ", "--contract facenet-standardised"):
            self.assertIn(text, output)
        info, = self.json("models", "info", "yunet")
        self.assertEqual((info["contract"], info["kind"]), ("yunet", "detector"))
        self.vultus("models", "info", "../contracts/yunet", code=INPUTS)

    def test_names(self):
        data = network(112, 128)
        _, errors = self.add(data, "nonsense", code=INPUTS)
        self.assertIn("there is no contract nonsense; see: vultus models contracts", errors)
        self.add(data, "../sface", code=INPUTS)
        self.add(data, ".sface", code=INPUTS)
        _, errors = self.add(data, "sface")
        self.assertIn("was checked and added as sface", errors)
        _, errors = self.add(data, "sface", code=INPUTS)
        self.assertIn("exists already", errors)
        self.add(data, str(SOURCE / "models/contracts/sface.json"), "--name", "other")
        self.assertEqual({row["pack"] for row in self.json("models", "list") if row["installed"]},
                         {"sface", "other"})

    def test_filled_in(self):
        self.add(network(160, 512, pixels=True, names=("image:0", "a/b")), "facenet")
        model = self.manifest("facenet")
        self.assertEqual((model["networks"][0]["input"], model["networks"][0]["outputs"]), ("image:0", ["a/b"]))
        self.assertEqual((model["input"]["layout"], model["output"]["dimension"]), ("NHWC", 512))
        self.add(network(112, 512, extra=True), "adaface")
        self.assertEqual(self.manifest("adaface")["networks"][0]["outputs"], ["fc1"])
        self.assertNotIn('"*"', json.dumps([self.manifest(pack) for pack in ("facenet", "adaface")]))
        row, = [row for row in self.json("models", "list") if row["pack"] == "facenet"]
        self.assertEqual((row["dimension"], row["metric"], row["threshold"]), (512, "euclidean", 0.7))

    def test_refusals(self):
        def refused(data, contract, reason, code=ENVIRONMENT):
            _, errors = self.add(data, contract, code=code)
            self.assertIn(reason, errors)
            self.assertEqual(list(self.models.iterdir()), [])
        refused(network(128, 512), "arcface", "is not [any, 3, 112, 112] as its contract says")
        refused(network(112, 512), "sface", "is not [any, 128] as its contract says")
        refused(network(112, 512), "yunet", "outputs are not those of yunet: 1x512")
        refused(b"text", "sface", "it is no ONNX network")
        refused(network(112, 128)[:-5], "sface", "refused")
        refused(network(112, 128, nodes=[Node("Loop", [], ["x"])]), "sface", "the operator Loop")
        nodes = [Node("GlobalAveragePool", ["data"], ["mean"]), Node("Flatten", ["mean"], ["flat"])]
        wide = [Value("data", ["n", 3, 112, 112])]
        out = [Value("fc1", ["n", 128])]
        ones = Weight("matrix", (3, 128), array("f", [0.0] * 384))
        refused(encode_model(Graph("x", wide, out, nodes + [Node("Gemm", ["flat", "matrix"], ["fc1"])], [ones])),
                "sface", "no usable embedding")
        nan = Weight("matrix", (3, 128), array("f", [math.nan] * 384))
        refused(encode_model(Graph("x", wide, out, nodes + [Node("Gemm", ["flat", "matrix"], ["fc1"])], [nan])),
                "sface", "gives NaN or infinity on a test picture")


class Embedders(Adding):
    """What also needs a detector: the pack mobile."""

    needs_models = True

    def setUp(self):
        super().setUp()
        self.models.mkdir()
        (self.models / "mobile").symlink_to(models_folder() / "mobile")

    def embedding(self, pack, side):
        path = self.folder / f"{side}.png"
        path.write_bytes(png(chip(side)))
        self.gallery.unlink(missing_ok=True)
        self.vultus("enroll", "--embedder", pack, "--name", "A", "--aligned",
                    "--min-sharpness", "0", path)
        record, = [json.loads(line) for line in self.vultus("people", "export", "A")[0].splitlines()]
        return record["embedding"]

    def bring_shapes(self):
        """An embedder that is aligned by 68 points is refused without; says whether there are any."""
        _, errors = self.vultus("verify", "--embedder", "openface", "a.jpg", "b.jpg", code=ENVIRONMENT)
        self.assertIn("embedder openface is aligned by 68 points, which nothing here finds; run: vultus models "
                      "install dlib", errors)
        if not (models_folder() / "dlib/pack.json").exists():
            return False
        (self.models / "dlib").symlink_to(models_folder() / "dlib")
        _, errors = self.vultus("verify", "--embedder", "openface", "--landmarker", "points5", "a.jpg", "b.jpg",
                                code=ENVIRONMENT)
        self.assertIn("--landmarker dlib/points68", errors)
        return True

    def test_embeddings(self):
        for number, (contract, pack, side, dimension, colours, mean, scale) in enumerate(EMBEDDERS):
            with self.subTest(contract=contract):
                data = network(side, dimension, batch=1 if number % 2 else "N", pixels=number % 3 == 2)
                self.add(data, contract, "--name", contract)
                if contract == "openface" and not self.bring_shapes():
                    continue
                found = self.embedding(contract, side)
                wanted = expected(side, dimension, colours, mean, scale)
                self.assertEqual(len(found), dimension)
                self.assertLess(max(abs(a - b) for a, b in zip(found, wanted)), 2e-3)

    def test_pipelines(self):
        image = picture("face_recognition/examples/obama.jpg")
        self.add(network(160, 512), "facenet")
        self.vultus("enroll", "--pipeline", "facenet", "--name", "Barack Obama", image)
        row, = self.json("identify", "--pipeline", "facenet", image)
        self.assertEqual(row["faces"][0]["name"], "Barack Obama")
        _, errors = self.vultus("detect", "--pipeline", "opencv", image, code=ENVIRONMENT)
        self.assertIn("yunet", errors)
        if (models_folder() / "dlib/pack.json").exists():
            (self.models / "dlib").symlink_to(models_folder() / "dlib")
            self.add(network(96, 128), "openface")
            answer, = self.json("verify", "--pipeline", "openface", image, image)
            self.assertTrue(answer["match"] and answer["metric"] == "euclidean" and answer["distance"] < 1e-3)
        yunet = DATA.parent / "models/face_detection_yunet_2023mar.onnx"
        if not yunet.exists():
            self.skipTest("no network of YuNet")
        self.vultus("models", "add", yunet, "--contract", "yunet")
        self.add(network(112, 128), "sface")
        face, = self.json("detect", "--pipeline", "opencv", image)[0]["faces"]
        usual, = self.json("detect", image)[0]["faces"]
        for key in ("x", "y", "width", "height"):
            self.assertAlmostEqual(face[key], usual[key], delta=0.15 * usual["width"])


if __name__ == "__main__":
    harness.main()
