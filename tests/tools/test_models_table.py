"""The table of models: what is written of measurements, of failures, and how its inputs are chosen."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from models_table import Data, embedder_choices, measured, write_many_pairs  # noqa: E402
from models_table_picture import faces_inside  # noqa: E402
from models_table_text import document, table  # noqa: E402

FACTS = {"version": "vultus 1", "processor": "one processor", "runtime": "2", "different": 99, "faces": 3,
         "seconds": 61.0}


def detector(name, ap, milliseconds, **more):
    heights = [{"from": 0, "to": 10, "recall": None}, {"from": 10, "to": None, "recall": 0.5}]
    return {"name": name, "default": False, "bytes": 2000000, "licence": "MIT", "ms1": 9.0, "ms2": 5.0,
            "detection": {"average_precision": ap, "average_precision_from_10px": ap, "precision": None,
                          "recall": 0.4, "heights": heights, "false_positives_per_picture": 0.5, "pictures": 7,
                          "faces": 70, "milliseconds": {"median": milliseconds}, "peak_rss_mib": 60.4},
            "landmarks": {"five": {"mean": 0.05}, "missed": 1, "faces": 4, "pictures": 4}, **more}


class Text(unittest.TestCase):
    def test_detectors(self):
        rows = [detector("a/slow", 0.25, 100.0), detector("b/good", 0.5, 50.0, default=True),
                {**detector("c/bad", 0, 1), "failure": "no such file"}]
        text = document({"detectors": rows, "finders": [], "embedders": []}, FACTS)
        self.assertLess(text.index("| **b/good** | 0.500"), text.index("| a/slow | 0.250"))  # the best first
        self.assertIn("| **b/good** | 10.0 | 50.0 | 9.0 | 5.0 | 2.00 | 60 | MIT |", text)  # AP / s is 0.5 / 0.05
        self.assertIn("| 0.500 | 0.500 | – | 40.0 % | – | 50 % | 0.50 | 0.050 | 25.0 % |", text)
        self.assertIn("c/bad could not be measured: no such file.", text)
        self.assertIn("On the 7 pictures of the WIDER FACE part (70 faces", text)
        self.assertNotIn("{", text)

    def test_embedders(self):
        row = {"name": "a/b", "default": False, "bytes": 4e6, "licence": "MIT", "dimension": 128, "ms": 4.04,
               "pairs": {"detector": "mtcnn@0123", "accuracy": 0.99, "deviation": 0.006, "left_out": 2,
                         "accuracy_at_threshold": 0.98, "auc": 0.9991}, "many": {"tar_at_far_1e-3": None}}
        text = document({"detectors": [], "finders": [], "embedders": [row]}, FACTS)
        self.assertIn("| a/b | mtcnn | 99.00 % ± 0.60 | 98.00 % | 0.9991 | too few different pairs | 2 | 4.0 | 128 "
                      "| 4.00 | MIT |", text)
        row["many"]["tar_at_far_1e-3"] = 0.975
        self.assertIn("| 97.50 % |", document({"detectors": [], "finders": [], "embedders": [row]}, FACTS))

    def test_bars_do_not_break_the_table(self):
        self.assertIn("| a\\|b |", table(["x"], [["a|b"]]))


class Inputs(unittest.TestCase):
    def test_faces_in_the_cut(self):
        whole, small, cut_through, outside = [10, 10, 50, 60], [10, 10, 20, 30], [620, 10, 50, 60], [700, 10, 50, 60]
        self.assertEqual(faces_inside([whole, outside], 0, 0), 1)
        self.assertEqual(faces_inside([whole, small], 0, 0), 0)
        self.assertEqual(faces_inside([whole, cut_through], 0, 0), 0)
        self.assertEqual(faces_inside([outside], 200, 0), 1)
        self.assertEqual(faces_inside([], 0, 0), 0)

    def test_many_pairs(self):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "pairs.txt"), Path(folder, "many.csv")
            source.write_text("2\nAda\t1\t2\nGrace\t1\t3\nAda\t1\tGrace\t12\nEmmy\t4\tGrace\t3\n")
            different = write_many_pairs(source, target)
            rows = [line.split(",") for line in target.read_text().splitlines()]
        self.assertEqual(rows[0], ["file_x", "file_y", "Decision"])
        self.assertEqual(rows[1], ["Ada/Ada_0001.jpg", "Ada/Ada_0002.jpg", "Yes"])
        self.assertEqual(len(rows), 1 + 2 + different)
        self.assertTrue(all(a.split("/")[0] != b.split("/")[0] for a, b, same in rows[1:] if same == "No"))
        self.assertIn("Grace/Grace_0012.jpg", {name for row in rows[1:] for name in row[:2]})

    def test_embedders_and_their_detectors(self):
        models = [{"kind": "detector", "pack": "mobile", "name": "mobile/d", "default": True},
                  {"kind": "embedder", "pack": "mobile", "name": "mobile/e", "default": True},
                  {"kind": "detector", "pack": "dlib", "name": "dlib/d", "default": False},
                  {"kind": "embedder", "pack": "dlib", "name": "dlib/e", "default": False}]
        self.assertEqual([choice for _, choice in embedder_choices(models)],
                         [("--embedder", "mobile/e"), ("--embedder", "dlib/e"), ("--pipeline", "dlib")])

    def test_failures_are_rows(self):
        def broken():
            raise KeyError("milliseconds")
        self.assertIn("milliseconds", measured("broken", broken)["failure"])

    def test_missing_data(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(OSError):
            Data(Path(folder), Path(folder), None)


if __name__ == "__main__":
    unittest.main()
