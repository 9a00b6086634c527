"""The import of cascades: both formats against files made up for it, and what is refused."""

import json
import struct
import subprocess
import sys
import tempfile
import unittest
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
TOOLS = HERE.parents[1] / "tools" / "models"
sys.path[:0] = [str(TOOLS), str(GOLDEN)]

import make_cascade_files                               # noqa: E402
from cascade_xml import convert_cascade                 # noqa: E402
from problem import ConversionError                     # noqa: E402

NEW = """<?xml version="1.0"?><opencv_storage>
<!-- a cascade of one stage -->
<cascade type_id="opencv-cascade-classifier"><stageType>BOOST</stageType>
<featureType>HAAR</featureType><height>12</height><width>10</width>
<stageParams><maxWeakCount>1</maxWeakCount></stageParams>
<featureParams><maxCatCount>0</maxCatCount></featureParams><stageNum>1</stageNum>
<stages><_><maxWeakCount>1</maxWeakCount><stageThreshold>-2.5e-01</stageThreshold>
<weakClassifiers><_><internalNodes>1 0 0 1.5 -1 -2 0 0.25</internalNodes>
<leafValues>1. 2. 3.</leafValues></_></weakClassifiers></_></stages>
<features><_><rects><_>0 0 10 4 -1.</_><_>0 2 10 2 2.</_></rects><tilted>0</tilted></_>
</features></cascade></opencv_storage>"""

OLD = """<?xml version="1.0"?><opencv_storage><mine type_id="opencv-haar-classifier">
<size>10 12</size><stages><_><trees><_><_><feature><rects><_>0 0 10 4 -1.</_><_>0 2 10 2 2.</_>
</rects><tilted>0</tilted></feature><threshold>1.5</threshold><left_node>1</left_node>
<right_val>1.</right_val></_><_><feature><rects><_>0 0 10 4 -1.</_><_>0 2 10 2 2.</_></rects>
<tilted>0</tilted></feature><threshold>0.25</threshold><left_val>2.</left_val>
<right_val>3.</right_val></_></_></trees><stage_threshold>-0.25</stage_threshold>
<parent>-1</parent><next>-1</next></_></stages></mine></opencv_storage>"""


def tensors(data):
    """{name: list} of a file of weights."""
    length = struct.unpack_from("<Q", data)[0]
    found = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        begin, end = (8 + length + at for at in entry["data_offsets"])
        found[name] = array({"I32": "i", "F32": "f", "U8": "B"}[entry["dtype"]], data[begin:end])
    return {name: list(values) for name, values in found.items() if not name.startswith("pad.")}


def convert(text):
    return tensors(convert_cascade(text.encode("ascii")))


class CascadeTest(unittest.TestCase):

    def refused(self, text, why):
        with self.assertRaisesRegex(ConversionError, why):
            convert_cascade(text if isinstance(text, bytes) else text.encode("ascii"))

    def changed(self, old, new, why, text=NEW):
        self.assertIn(old, text)
        self.refused(text.replace(old, new, 1), why)

    def test_new_format(self):
        found = convert(NEW)
        self.assertEqual(found["window"], [10, 12])
        self.assertEqual(found["stage_trees"], [1])
        self.assertEqual(found["stage_threshold"], [-0.25])
        self.assertEqual(found["tree_nodes"], [2])
        self.assertEqual(found["node_child"], [1, 0, -1, -2])
        self.assertEqual(found["node_threshold"], [1.5, 0.25])
        self.assertEqual(found["node_feature"], [0, 0])
        self.assertEqual(found["leaf_value"], [1, 2, 3])
        self.assertEqual(found["feature_rect"], [0, 0, 10, 4, 0, 2, 10, 2, 0, 0, 0, 0])
        self.assertEqual(found["feature_weight"], [-1, 2, 0])
        self.assertEqual(found["feature_tilted"], [0])

    def test_old_format_says_the_same(self):
        new, old = convert(NEW), convert(OLD)
        self.assertEqual(old["node_feature"], [0, 1])       # each node has its own
        for name in ("feature_rect", "feature_weight", "feature_tilted"):
            self.assertEqual(old.pop(name), new.pop(name) * 2)
        del old["node_feature"], new["node_feature"]
        self.assertEqual(old, new)

    def test_files_are_those_made_up(self):
        old = make_cascade_files.old_cascade(make_cascade_files.Chance(17)).encode("ascii")
        new = make_cascade_files.new_cascade(make_cascade_files.Chance(11)).encode("ascii")
        for name, text in (("cascade_tilted", old), ("cascade_patterns", new)):
            self.assertEqual((GOLDEN / f"{name}.xml").read_bytes(), text)
            self.assertEqual((GOLDEN / f"{name}.safetensors").read_bytes(), convert_cascade(text))

    def test_damaged_files(self):
        self.refused("<opencv_storage>", "not XML")
        self.refused("<other/>", "no <opencv_storage>")
        self.refused("<opencv_storage/>", "neither")
        self.changed("HAAR", "HOG", "HAAR and LBP")
        self.changed("<height>12", "<height>2", "from 3")
        self.changed("<width>10", "<width>ten", "no number")
        self.changed("<width>10", "<width>8", "outside of the window")
        self.changed("1 0 0 1.5", "0 0 0 1.5 7", "multiple of 4")
        self.changed("1 0 0 1.5 -1", "1 0 0 1.5 1", "goes on to 1")
        self.changed("1 0 0 1.5", "1 0 3 1.5", "feature 3 is missing")
        self.changed("1. 2. 3.", "1. 2.", "do not fit")
        self.changed("1. 2. 3.", "1. 2. 1e300", "too large")
        self.changed("10 4 -1.", "10 4 -1. 0", "other than five")
        self.changed("<_>0 2 10 2 2.</_>", "", "1 rectangles")
        self.changed("<_>0 2 10 2 2.</_>", "<_>0 2 10 2 2.</_>" * 3, "4 rectangles")
        self.changed("<tilted>0", "<tilted>1", "outside of the window")
        self.changed("<left_node>1", "<left_node>0", "from 1", OLD)
        self.changed("<left_node>1", "<left_node>2", "do not fit|goes on", OLD)

    def test_hostile_files(self):
        self.refused('<!DOCTYPE x [<!ENTITY a "aaaa">]><opencv_storage>&a;</opencv_storage>',
                     "document type")
        self.refused("<opencv_storage>" + "<_>" * 100 + "</_>" * 100 + "</opencv_storage>",
                     "one inside of the other")
        self.refused("<opencv_storage><a>" + "1 " * 9000 + "</a></opencv_storage>", "too much text")
        for cut in range(0, len(NEW), 7):
            self.refused(NEW[:cut], "not XML")

    def test_command(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.safetensors"
            command = [sys.executable, str(TOOLS / "cascade_xml.py")]
            done = subprocess.run([*command, str(GOLDEN / "cascade_tilted.xml"), str(out)],
                                  check=False, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(out.read_bytes(), (GOLDEN / "cascade_tilted.safetensors").read_bytes())
            done = subprocess.run([*command, str(TOOLS / "cascade_xml.py"), str(out)],
                                  check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("not XML", done.stderr)


if __name__ == "__main__":
    unittest.main()
