#!/usr/bin/env python3
"""evaluate and bench: that the numbers are there and make sense, not what they are."""

import csv
import os

import harness
from harness import ENVIRONMENT, INPUTS, USAGE, picture

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

    def test_far(self):
        loose, = self.json("evaluate", "pairs", self.pairs, "--folds", "2", "--far", "0.1")
        strict, = self.json("evaluate", "pairs", self.pairs, "--folds", "2", "--far", "1e-4")
        own, = self.json("evaluate", "pairs", self.pairs, "--folds", "2")
        self.assertEqual((loose["threshold_far"], strict["threshold_far"], own["threshold_far"]), (0.1, 1e-4, None))
        self.assertLess(loose["contract_threshold"], own["contract_threshold"])
        self.assertGreater(strict["contract_threshold"], own["contract_threshold"])
        verified, = self.json("verify", "--far", "1e-4", *[self.pairs.parent / name for name in ("obama.jpg", "obama2.jpg")])
        self.assertAlmostEqual(verified["threshold"], strict["contract_threshold"], places=5)
        output, _ = self.vultus("evaluate", "pairs", self.pairs, "--folds", "2", "--far", "1e-4")
        self.assertRegex(output, r"threshold in use +0\.\d+, which 0.0001 of strangers reach by the calibration")
        _, errors = self.vultus("evaluate", "pairs", self.pairs, "--far", "0.1", "--calibration", "none",
                                code=ENVIRONMENT)
        self.assertIn("vultus calibrate folder DIR", errors)
        _, errors = self.vultus("evaluate", "pairs", self.pairs, "--far", "0.1", "--threshold", "0.3", code=USAGE)
        self.assertIn("--threshold or --far, not both", errors)

    def test_scores(self):
        scores = self.folder / "scores.csv"
        for output in (self.folder / "no folder/scores.csv", self.folder):
            _, errors = self.vultus("evaluate", "pairs", self.pairs, "--folds", "2", "--output", output,
                                    "--models", "/nowhere", code=ENVIRONMENT)
            self.assertEqual((errors.count("\n"), "models" in errors), (1, False), errors)
            self.assertIn(str(output), errors)
        self.assertFalse(scores.exists())
        self.vultus("evaluate", "pairs", self.pairs, "--folds", "2", "--output", scores)
        with open(scores, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["same"] for row in rows], ["Yes", "Yes", "No", "No"])
        self.assertAlmostEqual(float(rows[1]["cosine"]), 1, places=4)
        self.assertGreater(float(rows[0]["cosine"]), float(rows[2]["cosine"]))

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


    def test_csv(self):
        rows = self.csv("evaluate", "pairs", self.pairs, "--folds", "2")
        values = {row["measure"]: row["value"] for row in rows}
        self.assertEqual((values["same"], values["auc"], values["tar_at_far_1e-3"]), ("2", "1.000000", ""))


class EvaluateDetection(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        for name in ("obama", "two_people"):
            self.copy(picture(f"{EXAMPLES}{name}.jpg"), f"pictures/{name}.jpg")
        found = {}
        for name in ("obama", "two_people"):
            line, = self.json("detect", self.folder / f"pictures/{name}.jpg")
            found[name] = line["faces"]
        self.assertEqual((len(found["obama"]), len(found["two_people"])), (1, 2))
        self.truth = self.folder / "pictures/truth.txt"
        self.write(found["obama"], found["two_people"])
        self.found = found

    def write(self, obama, two, more=""):
        def faces(those):
            rows = [f"{f['x']:.2f} {f['y']:.2f} {f['width']:.2f} {f['height']:.2f} 0 0 0 "
                    f"{int(f.get('invalid', 0))} 0 0" for f in those]
            return "\n".join([str(len(rows)), *(rows or ["0 0 0 0 0 0 0 0 0 0"])])
        self.truth.write_text(f"obama.jpg\n{faces(obama)}\ntwo_people.jpg\n{faces(two)}\n{more}")

    def test_all_found(self):
        report, = self.json("evaluate", "detection", self.truth)
        self.assertEqual((report["pictures"], report["faces"], report["true_positives"],
                          report["false_positives"]), (2, 3, 3, 0))
        self.assertEqual((report["average_precision"], report["precision"], report["recall"]), (1, 1, 1))
        self.assertEqual(sum(each["found"] for each in report["heights"]), 3)
        self.assertEqual([each["from"] for each in report["heights"]], [0, 10, 20, 30, 50, 80, 160])
        times = report["milliseconds"]
        self.assertLess(0, times["min"])
        self.assertLessEqual(times["min"], times["median"])
        output, _ = self.vultus("evaluate", "detection", "--root", self.truth.parent, self.truth)
        for text in ("average precision", "recall", "false positives", "2, 0 not readable"):
            self.assertIn(text, output)

    def test_wrong_and_ignored(self):
        """One face moved away (missed, and its box false), one ignored (neutral), one right."""
        one, two = self.found["two_people"]
        self.write([{**self.found["obama"][0], "x": 0, "y": 0, "width": 15, "height": 15}],
                   [one, {**two, "invalid": 1}])
        report, = self.json("evaluate", "detection", self.truth)
        self.assertEqual((report["faces"], report["ignored"], report["true_positives"],
                          report["false_positives"], report["neutral"]), (2, 1, 1, 1, 1))
        self.assertEqual((report["precision"], report["recall"], report["false_positives_per_picture"]),
                         (0.5, 0.5, 0.5))
        self.assertIn(report["average_precision"], (0.5, 0.25))  # whichever box has the higher score

    def test_threshold(self):
        report, = self.json("evaluate", "detection", self.truth, "--det-threshold", "1")
        self.assertEqual((report["true_positives"], report["recall"], report["average_precision"]), (0, 0, 0))
        self.assertIsNone(report["precision"])

    def test_curve_and_csv(self):
        curve = self.folder / "curve.csv"
        rows = self.csv("evaluate", "detection", self.truth, "--output", curve)
        values = {row["measure"]: row["value"] for row in rows}
        self.assertEqual((values["faces"], values["average_precision"], values["heights.6.from"]),
                         ("3", "1.000000", "160.000000"))
        self.assertIn("milliseconds.median", values)
        with open(curve, newline="") as file:
            points = list(csv.DictReader(file))
        self.assertEqual([point["true_positives"] for point in points], ["1", "2", "3"])
        self.assertEqual(float(points[-1]["recall"]), 1)
        self.assertGreater(float(points[0]["score"]), float(points[-1]["score"]))

    def test_unreadable(self):
        (self.folder / "pictures/none.jpg").write_bytes(b"no picture")
        self.write(self.found["obama"], self.found["two_people"],
                   "none.jpg\n1\n1 1 50 50 0 0 0 0 0 0\nmissing.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n")
        output, errors = self.vultus("--json", "evaluate", "detection", self.truth, code=INPUTS)
        self.assertIn('"not_readable":2', output)
        self.assertIn('"faces":3', output)
        self.assertIn("missing.jpg: No such file or directory", errors)
        self.assertIn("none.jpg", errors)
        self.truth.write_text("missing.jpg\n0\n")
        _, errors = self.vultus("evaluate", "detection", self.truth, code=INPUTS)
        self.assertIn("none of its pictures could be used", errors)

    def test_wrong_files(self):
        self.vultus("evaluate", "detection", self.folder / "missing.txt", code=INPUTS)
        self.vultus("evaluate", "detection", code=USAGE)
        self.truth.write_text("obama.jpg\n1\n1 2 three 4\n")
        _, errors = self.vultus("evaluate", "detection", self.truth, code=INPUTS)
        self.assertIn("truth.txt:3: a face is expected", errors)


class EvaluateLandmarks(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.copy(picture(f"{EXAMPLES}obama.jpg"), "pictures/obama.jpg")
        line, = self.json("detect", "--landmarks", self.folder / "pictures/obama.jpg")
        face, = line["faces"]
        self.truth = self.folder / "pictures/truth.txt"
        self.box = [face["x"], face["y"], face["x"] + face["width"], face["y"] + face["height"]]
        self.points = [value for point in face["landmarks"] for value in point]
        self.write(self.points)

    def write(self, points):
        self.truth.write_text(" ".join(["obama.jpg", *(f"{value:.3f}" for value in [*self.box, *points])]) + "\n")

    def test_report(self):
        report, = self.json("evaluate", "landmarks", self.truth)
        self.assertEqual((report["faces"], report["missed"], report["five"]["faces"]), (1, 0, 1))
        self.assertLess(report["five"]["worst"], 1e-4)
        self.assertIsNone(report["shape"])
        left_x, left_y, right_x, right_y = self.points[:4]
        eyes = ((right_x - left_x) ** 2 + (right_y - left_y) ** 2) ** 0.5
        self.points[5] += eyes  # the nose, by a whole distance of the eyes: a fifth on average
        self.write(self.points)
        report, = self.json("evaluate", "landmarks", self.truth)
        self.assertAlmostEqual(report["five"]["mean"], 0.2, places=4)
        self.assertEqual(report["five"]["failure_rate"], 1)
        output, _ = self.vultus("evaluate", "landmarks", self.truth)
        self.assertRegex(output, r"(?m)^five landmarks +1 +0\.2000")

    def test_output_and_csv(self):
        errors = self.folder / "errors.csv"
        rows = self.csv("evaluate", "landmarks", self.truth, "--output", errors)
        self.assertIn({"measure": "five.faces", "value": "1"}, rows)
        with open(errors, newline="") as file:
            row, = csv.DictReader(file)
        self.assertEqual((row["file"], row["face"], row["shape"]),
                         (str(self.folder / "pictures/obama.jpg"), "1", ""))
        self.assertLess(float(row["five"]), 1e-4)

    def test_shapes_in_true_boxes(self):
        if not (harness.models_folder() / "dlib/pack.json").exists():
            self.skipTest("the pack dlib is not installed")
        xml = picture("dlib_faces/testing_with_face_landmarks.xml")
        report, = self.json("evaluate", "landmarks", xml, "--landmarker", "dlib/points68")
        self.assertGreater(report["faces"], 10)
        self.assertLess(report["shape_in_true_boxes"]["mean"], 0.03)
        self.assertIn("points68", report["landmarks"])

    def test_missed_and_wrong(self):
        self.box = [0, 0, 10, 10]
        self.write(self.points)
        report, = self.json("evaluate", "landmarks", self.truth)
        self.assertEqual((report["faces"], report["missed"], report["five"]), (1, 1, None))
        self.truth.write_text("obama.jpg\n1\n1 2 30 40\n")
        _, errors = self.vultus("evaluate", "landmarks", self.truth, code=INPUTS)
        self.assertIn("no faces with landmarks", errors)


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


class BenchSearch(harness.Case):
    def test_search(self):
        for data in ("faces", "random"):
            result, = self.json("bench", "search", "--faces", "5000", "--dim", "64", "--repeat", "2",
                                "--data", data)
            self.assertEqual((result["faces"], result["dimension"], result["data"]), (5000, 64, data))
            self.assertEqual((result["checked"], result["different"]), (64, 0))
            self.assertEqual([on["threads"] for on in result["measured"]], [1, 2])
            for on in result["measured"]:
                self.assertGreater(on["probes_per_second"], 0)
                for times in ("known_ms", "stranger_ms", "batch_known_ms", "batch_stranger_ms"):
                    self.assertLessEqual(on[times]["min"], on[times]["p50"])
                    self.assertLessEqual(on[times]["p50"], on[times]["p99"])
            self.assertEqual(result["bytes_per_face"]["embedding"], 256)
            self.assertLess(result["bytes_per_face"]["codes"], 64)
        output, _ = self.vultus("bench", "search", "--faces", "5000", "--dim", "64", "--repeat", "1")
        self.assertRegex(output, r"(?m)^exact +64 of 64 probes")

    def test_faces_need_dimensions(self):
        _, errors = self.vultus("bench", "search", "--faces", "5000", "--dim", "32", code=USAGE)
        self.assertIn("58 or more", errors)


if __name__ == "__main__":
    harness.main()
