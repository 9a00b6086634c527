#!/usr/bin/env python3
"""evaluate and bench: that the numbers are there and make sense, not what they are."""

import csv
import os

import harness
from harness import DATA, ENVIRONMENT, INPUTS, picture

EXAMPLES = "face_recognition/examples/"


class Evaluate(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        for name in ("obama", "obama2", "biden", "two_people"):
            self.copy(picture(f"{EXAMPLES}{name}.jpg"), f"pictures/{name}.jpg")
        (self.folder / "pictures/none.jpg").write_bytes(b"no picture")
        self.pairs = self.folder / "pictures/pairs.csv"
        self.pairs.write_text("file_x,file_y,Decision\n"
                              "obama.jpg,obama2.jpg,Yes\nobama.jpg,obama.jpg,Yes\n"
                              "obama.jpg,biden.jpg,No\nobama2.jpg,biden.jpg,No\n")

    def test_report(self):
        report, = self.json("evaluate", "pairs", self.pairs, "--folds", "2")
        self.assertEqual((report["same"], report["different"], report["pictures"], report["folds"]),
                         (2, 2, 3, 2))
        self.assertEqual((report["accuracy_at_threshold"], report["auc"], report["left_out"]), (1, 1, 0))
        self.assertIsNone(report["tar_at_far_1e-3"])
        output, _ = self.vultus("evaluate", "pairs", "--root", self.pairs.parent, "--folds", "2", self.pairs)
        for text in ("accuracy", "threshold", "false accept rate", "AUC", "equal error rate", "pictures/s"):
            self.assertIn(text, output)

    def test_scores(self):
        scores = self.folder / "scores.csv"
        self.vultus("evaluate", "pairs", self.pairs, "--folds", "2", "--output", scores)
        with open(scores, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["same"] for row in rows], ["Yes", "Yes", "No", "No"])
        self.assertAlmostEqual(float(rows[1]["similarity"]), 1, places=4)
        self.assertGreater(float(rows[0]["similarity"]), float(rows[2]["similarity"]))

    def test_left_out(self):
        with open(self.pairs, "a") as file:
            file.write("none.jpg,biden.jpg,No\nmissing.jpg,biden.jpg,No\n")
        output, errors = self.vultus("--json", "evaluate", "pairs", self.pairs, "--folds", "2", code=INPUTS)
        self.assertIn('"left_out":2', output)
        self.assertIn('"not_readable":2', output)
        self.assertIn("missing.jpg: No such file or directory", errors)

    def test_wrong_files(self):
        self.vultus("evaluate", "pairs", self.folder / "missing.txt", code=INPUTS)
        self.pairs.write_text("this,is\nno,list\n")
        _, errors = self.vultus("evaluate", "pairs", self.pairs, code=INPUTS)
        self.assertIn("pairs.csv", errors)


class Bench(harness.Case):
    needs_models = True

    def test_pipeline(self):
        image = picture(EXAMPLES + "two_people.jpg")
        result, = self.json("bench", "pipeline", "--repeat", "3", "--people", "5", image)
        self.assertEqual((result["faces"], result["people"], result["repeats"], result["threads"]),
                         (2, 5, 3, 1))
        times = result["milliseconds"]
        self.assertEqual(list(times), ["decode", "detect", "detect_networks", "align", "embed",
                                       "embed_networks", "search", "total", "networks"])
        for each in times.values():
            self.assertLessEqual(0, each["min"])
            self.assertLessEqual(each["min"], each["median"])
        self.assertLess(times["detect_networks"]["min"], times["detect"]["min"])
        self.assertGreater(result["overhead_percent"]["median"], 0)
        output, errors = self.vultus("bench", "pipeline", "--repeat", "1", "--people", "2")
        self.assertIn("synthetic", errors)
        self.assertRegex(output, r"(?m)^total +\d+\.\d+ +\d+\.\d+$")
        self.assertFalse(self.gallery.exists())

    def test_folder(self):
        self.copy(picture(EXAMPLES + "obama.jpg"), "in/a.jpg", "in/b.jpg", "in/c.jpg")
        result, = self.json("bench", "folder", self.folder / "in")
        self.assertEqual((result["pictures"], result["faces"], result["searched"]), (3, 3, False))
        self.vultus("enroll", "--name", "Ada", self.folder / "in/a.jpg")
        result, = self.json("bench", "folder", self.folder / "in")
        self.assertEqual((result["known"], result["searched"]), (3, True))
        self.assertGreater(result["pictures_per_second"], 0)
        self.assertGreater(result["peak_rss_mib"], 1)

    def test_start(self):
        result, = self.json("bench", "start", "--repeat", "2")
        times = result["milliseconds"]
        self.assertGreater(times["process"]["min"], times["open"]["min"])
        self.assertGreater(times["picture"]["min"], times["networks"]["min"])
        self.vultus("bench", "start", "--repeat", "1", "missing.jpg", code=INPUTS)
        self.vultus("bench", "start", "--repeat", "1", "--models", self.folder / "none", code=ENVIRONMENT)

    def test_nothing_is_left(self):
        self.environment["TMPDIR"] = str(self.folder)
        self.vultus("bench", "pipeline", "--repeat", "1", "--people", "2")
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    harness.main()
