"""The converted networks of the packs made from TensorFlow Lite against the originals.

LiteRT runs the published files, ONNX Runtime runs ours; inputs are random
numbers and, where VULTUS_TEST_DATA (default ../shared/data) has them, real
faces.  That upright pictures give upright answers is checked on a face whose
place in the picture is known.  Needs tests/tools/requirements.txt, and the
package in the download cache or npm; skips with the reason where they miss.
"""

import hashlib
import json
import os
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tools" / "models"), str(ROOT / "tests" / "golden")]

try:
    import numpy
    import onnxruntime
    import make_networks
    MISSING = ""
except ImportError as error:
    MISSING = f"{error.name} is missing (tests/tools/requirements.txt)"

from fetch import downloads_folder          # noqa: E402
from install import convert_networks        # noqa: E402
from manifest import read_manifest          # noqa: E402
from problem import Problem                 # noqa: E402

TOLERANCE = 1e-4        # of the greatest value, where that is over 1
SIZES = (("pnet", 41), ("rnet", 24), ("onet", 48), ("mobilefacenet", 112), ("blazeface_short", 128),
         ("blazeface_full", 192), ("antispoof", 256))
DATA = Path(os.environ.get("VULTUS_TEST_DATA") or ROOT.parent / "shared" / "data")


def setUpModule():
    """Loads both sides once; the conversion takes some seconds."""
    global ORIGINALS, OURS, NETWORKS, CONVERTED
    if MISSING:
        raise unittest.SkipTest(MISSING)
    manifests = [read_manifest(ROOT / "models" / pack / "pack.json") for pack in make_networks.PACKS]
    NETWORKS = [network for manifest in manifests for network in manifest.networks()]
    try:
        ORIGINALS = make_networks.load_originals()
        CONVERTED = {}
        for manifest in manifests:
            CONVERTED |= convert_networks(manifest, downloads_folder(), lambda line: None)
    except Problem as problem:
        raise unittest.SkipTest(str(problem)) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    OURS = {name.removesuffix(".onnx"): onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"])
            for name, data in CONVERTED.items()}


def run_ours(name, array):
    session = OURS[name]
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": array})))


def read_pgm(path):
    """A binary PGM as float32 [height, width]."""
    data = path.read_bytes()
    magic, wide, high, most = data.split(maxsplit=4)[:4]
    assert (magic, most) == (b"P5", b"255")
    pixels = numpy.frombuffer(data[-int(wide) * int(high):], dtype=numpy.uint8)
    return pixels.reshape(int(high), int(wide)).astype(numpy.float32)


def scaled(picture, high, wide):
    """Bilinear, with the corners of both pictures at the same place."""
    y = (numpy.arange(high) + 0.5) * picture.shape[0] / high - 0.5
    x = (numpy.arange(wide) + 0.5) * picture.shape[1] / wide - 0.5
    rows = numpy.array([numpy.interp(x, numpy.arange(picture.shape[1]), row) for row in picture])
    return numpy.array([numpy.interp(y, numpy.arange(picture.shape[0]), column)
                        for column in rows.T]).T.astype(numpy.float32)


def network_input(*pictures):
    """Grey pictures of one size as normalised NCHW."""
    planes = numpy.stack([numpy.stack([picture] * 3) for picture in pictures])
    return ((planes - 127.5) / 128).astype(numpy.float32)


class Comparing(unittest.TestCase):
    """Keeps the greatest difference of every output and prints it in the end."""

    def __init_subclass__(cls):
        cls.worst = {}

    @classmethod
    def tearDownClass(cls):
        for name, value in sorted(cls.worst.items()):
            print(f"{cls.__name__}: {name}: greatest difference {value:.2g}", file=sys.stderr)

    def compare(self, name, array):
        ours, theirs = run_ours(name, array), ORIGINALS[name].run(array)
        self.assertEqual(list(theirs), list(ours))
        for output, expected in theirs.items():
            self.assertEqual(expected.shape, ours[output].shape, f"{name} {output}")
            scale = max(1.0, float(abs(expected).max()))    # boxes are in pixels, beyond a hundred
            difference = float(abs(expected - ours[output]).max()) / scale
            self.worst[f"{name} {output}"] = max(difference, self.worst.get(f"{name} {output}", 0))
            self.assertLessEqual(difference, TOLERANCE, f"{name} {output} of {array.shape}")


class ConversionTest(Comparing):

    def random(self, *shape):
        return numpy.random.default_rng(sum(shape)).uniform(-1, 1, shape).astype(numpy.float32)

    def test_the_bytes_are_the_pinned_ones(self):
        for network in NETWORKS:
            data = CONVERTED[network["file"]]
            self.assertEqual((network["bytes"], network["sha256"]),
                             (len(data), hashlib.sha256(data).hexdigest()), network["file"])

    def test_inputs_and_outputs_are_the_described_ones(self):
        for network in NETWORKS:
            session = OURS[network["file"].removesuffix(".onnx")]
            self.assertEqual([network["input"]], [entry.name for entry in session.get_inputs()])
            self.assertEqual(network["outputs"], [entry.name for entry in session.get_outputs()])
            self.assertIsInstance(session.get_inputs()[0].shape[0], str)

    def test_pnet_at_many_sizes(self):
        for high, wide in ((12, 12), (12, 13), (13, 12), (13, 13), (24, 17), (31, 47), (48, 30),
                           (101, 64), (240, 321)):
            self.compare("pnet", self.random(1, 3, high, wide))
        self.compare("pnet", self.random(3, 3, 37, 52))

    def test_rnet_and_onet(self):
        for count in (1, 2, 17):
            self.compare("rnet", self.random(count, 3, 24, 24))
            self.compare("onet", self.random(count, 3, 48, 48))

    def test_mobilefacenet(self):
        for count in (1, 2, 5):
            self.compare("mobilefacenet", self.random(count, 3, 112, 112))

    def test_blazeface(self):
        for count in (1, 2, 3):
            self.compare("blazeface_short", self.random(count, 3, 128, 128))
            self.compare("blazeface_full", self.random(count, 3, 192, 192))

    def test_antispoof(self):
        """Pictures that come to different leaves of the tree."""
        pictures = [numpy.full((1, 3, 256, 256), 0.5, numpy.float32),
                    abs(self.random(1, 3, 256, 256))]
        self.compare("antispoof", numpy.concatenate(pictures))
        routes = [run_ours("antispoof", picture)["route"] for picture in pictures]
        self.assertEqual([1.0, 1.0], [float(route.sum()) for route in routes])
        self.assertFalse((routes[0] == routes[1]).all())

    def test_extreme_inputs(self):
        for value in (-1.0, 0.0, 1.0):
            for name, size in SIZES:
                self.compare(name, numpy.full((1, 3, size, size), value, numpy.float32))

    def test_without_optimisation_the_graph_says_the_same(self):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        for name, size in SIZES:
            plain = onnxruntime.InferenceSession(CONVERTED[f"{name}.onnx"], options,
                                                 providers=["CPUExecutionProvider"])
            array = self.random(2, 3, size, size)
            for expected, actual in zip(run_ours(name, array).values(),
                                        plain.run(None, {"input": array}), strict=True):
                scale = max(1.0, float(abs(expected).max()))
                self.assertLessEqual(float(abs(expected - actual).max()), TOLERANCE * scale, name)

    def test_golden_numbers(self):
        golden = json.loads(make_networks.GOLDEN.read_text("utf-8"))
        self.assertEqual(make_networks.INPUT_RULE, golden["input_rule"])
        for case in golden["cases"]:
            name = case["file"].removesuffix(".onnx")
            ours = run_ours(name, make_networks.input_values(case["shape"]))
            for output in case["outputs"]:
                values = ours[output["name"]]
                self.assertEqual(output["shape"], list(values.shape))
                difference = abs(values.ravel()[::output["step"]] - output["values"]).max()
                scale = max(1.0, float(abs(values).max()))
                self.assertLessEqual(float(difference), golden["tolerance"] * scale, name)


class FaceTest(Comparing):
    """The same on photographs: AT&T faces, which fill a picture of 92 x 112."""

    @classmethod
    def setUpClass(cls):
        folder = DATA / "att_orl"
        if not folder.is_dir():
            raise unittest.SkipTest("no att_orl in VULTUS_TEST_DATA")
        cls.faces = [read_pgm(folder / f"s{i}" / "1.pgm") for i in (1, 5, 9, 13, 20)]

    def window(self, face, right=0.0, down=0.0):
        """A square around the face, moved by a fraction of its side."""
        side = face.shape[1]
        y, x = int((0.12 + down) * side), int(right * side)
        padded = numpy.pad(face, side, mode="edge")
        return padded[side + y:2 * side + y, side + x:2 * side + x]

    def test_differences(self):
        for face in self.faces:
            self.compare("pnet", network_input(scaled(face, 45, 37)))
            self.compare("mobilefacenet", network_input(scaled(face, 112, 112)))
            self.compare("rnet", network_input(scaled(self.window(face), 24, 24)))
            self.compare("onet", network_input(scaled(self.window(face), 48, 48)))
            self.compare("antispoof", network_input(scaled(self.window(face), 256, 256)) / 2 + 0.5)

    def test_landmarks_are_upright(self):
        for face in self.faces:
            answer = run_ours("onet", network_input(scaled(self.window(face), 48, 48)))
            self.assertGreater(answer["prob"][0, 1], 0.9)
            x, y = answer["landmarks"][0].reshape(2, 5)
            left_eye, right_eye, nose, left_mouth, right_mouth = range(5)
            self.assertGreater(x[right_eye] - x[left_eye], 0.2)
            self.assertGreater(x[right_mouth] - x[left_mouth], 0.15)
            self.assertLess(abs(y[right_eye] - y[left_eye]), 0.15)
            self.assertTrue(x[left_eye] < x[nose] < x[right_eye])
            self.assertTrue(max(y[left_eye], y[right_eye]) < y[nose] < min(y[left_mouth], y[right_mouth]))

    def test_boxes_follow_the_face(self):
        shift = 0.15
        for name, size in (("rnet", 24), ("onet", 48)):
            still, right, down = (
                sum(run_ours(name, network_input(scaled(self.window(face, *move), size, size)))
                    ["boxes"][0] for face in self.faces) / len(self.faces)
                for move in ((0, 0), (shift, 0), (0, shift)))
            # A window that moves right sees the face move left, both of its edges.
            x1, y1, x2, y2 = right - still
            self.assertLess(x1 + x2, -shift)
            self.assertLess(abs(y1 + y2), -(x1 + x2) / 2)
            x1, y1, x2, y2 = down - still
            self.assertLess(y1 + y2, -shift)
            self.assertLess(abs(x1 + x2), -(y1 + y2) / 2)

    def test_pnet_finds_the_face_where_it_is(self):
        for face in self.faces:
            canvas = numpy.full((60, 100), 127.5, numpy.float32)
            canvas[20:20 + 24, 70:70 + 20] = scaled(face, 24, 20)
            prob = run_ours("pnet", network_input(canvas))["prob"][0, 0]
            y, x = numpy.unravel_index(prob.argmax(), prob.shape)
            self.assertGreater(prob[y, x], 0.6)
            # The middle of the window of cell (y, x) is somewhere on the face.
            self.assertTrue(20 <= 2 * y + 6 < 44 and 70 <= 2 * x + 6 < 90, (y, x))


if __name__ == "__main__":
    unittest.main()
