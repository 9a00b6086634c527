#!/usr/bin/env python3
"""vultus evaluate folder: exact figures from embeddings that are made here, and real pictures.

The made-up embeddings have four numbers, so that every similarity is known: Ada is (1,0,0,0), Bob
(0,1,0,0), Eve (0,0,1,0), and a face "so much Ada" is (s,0,0,sqrt(1-s*s))."""

import csv
import json
import math
import re

import harness
from harness import ENVIRONMENT, INPUTS, USAGE, picture
from harness import write_embeddings as write

NOWHERE = {"VULTUS_MODELS": "/nowhere"}
ADA, BOB, EVE = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)


def like(person, similarity):
    rest = math.sqrt(1 - similarity * similarity)
    return tuple(similarity * x for x in person[:3]) + (rest,)


class MadeUp(harness.Case):
    """Two known people, one stranger; no models, no pictures."""

    def setUp(self):
        super().setUp()
        self.environment.update(NOWHERE)
        self.known = write(self.folder / "known.safetensors",
                           [("Ada", "known/ada.jpg", ADA), ("Bob", "known/bob.jpg", BOB)])
        self.test = write(self.folder / "test.safetensors", [
            ("Ada", "test/ada1.jpg", like(ADA, 0.9)),   # named right
            ("Ada", "test/ada2.jpg", like(ADA, 0.4)),   # not near enough
            ("Bob", "test/bob1.jpg", like(ADA, 0.7)),   # taken for Ada
            ("Bob", "test/bob2.jpg", like(BOB, 0.8)),   # named right
            ("Eve", "test/eve1.jpg", EVE),              # a stranger
            ("Eve", "test/eve2.jpg", like(BOB, 0.6)),   # a stranger who is named
        ])

    def evaluate(self, *arguments, **options):
        return self.json("evaluate", "folder", self.known, self.test, "--threshold", "0.5", *arguments, **options)[0]

    def test_figures(self):
        report = self.evaluate()
        expected = {
            "probes": 6, "known_probes": 4, "stranger_probes": 2, "people_enrolled": 2, "faces_enrolled": 2,
            "accuracy": 3 / 6, "names_precision": 2 / 4, "names_recall": 2 / 4, "fnir": 2 / 4, "fpir": 1 / 2,
            # Ada: answered 2, right 1, of 2; Bob: answered 2, right 1, of 2; unknown: answered 2, right 1, of 2
            "precision_macro": 0.5, "recall_macro": 0.5, "f1_macro": 0.5, "specificity_macro": 0.75,
            "precision_micro": 0.5, "recall_micro": 0.5, "f1_micro": 0.5, "specificity_micro": 0.75,
            "precision_weighted": 0.5, "rank_1": 3 / 4, "rank_5": 1,
            "dir_at_fpir_1e-1": None, "same": 4, "different": 8, "tar_at_far_1e-1": None,
        }
        for key, value in expected.items():
            self.assertEqual(report[key], value, key)
        # same .9 .4 0 .8; different: 0 of Ada twice, .7 of Bob as Ada and 0, Eve 0 0, 0 and .6
        self.assertAlmostEqual(report["auc"], (8 + 6 + 0.5 * 6 + 8) / 32)
        self.assertEqual(report["confusion"], [
            {"true": "Ada", "predicted": "Ada", "faces": 1}, {"true": "Ada", "predicted": "unknown", "faces": 1},
            {"true": "Bob", "predicted": "Ada", "faces": 1}, {"true": "Bob", "predicted": "Bob", "faces": 1},
            {"true": "unknown", "predicted": "Bob", "faces": 1},
            {"true": "unknown", "predicted": "unknown", "faces": 1}])
        self.assertEqual([each["name"] for each in report["people"]], ["Ada", "Bob", "unknown"])
        self.assertEqual(report["cmc"], [0.75, 1])
        # of each person half is right, whoever is drawn
        self.assertEqual(report["intervals"]["accuracy"], [0.5, 0.5])
        self.assertNotIn("specificity_macro", report["intervals"])

    def test_table_and_csv(self):
        output, _ = self.vultus("evaluate", "folder", self.known, self.test, "--threshold", "0.5")
        lines = output.splitlines()
        self.assertRegex(lines[0], r"^accuracy +50\.00 %  \d+\.\d\d \.\. \d+\.\d\d ")
        for text in ("names right", "strangers named", "SPECIFICITY", "rank 1", "not with 2 faces of strangers",
                     "not with 8 comparisons of different people", "Bob                  1 of 2 called Ada",
                     "strangers            1 of 2 called Bob", "cosine >= 0.5"):
            self.assertIn(text, output)
        self.assertLessEqual(max(map(len, lines)), 120)
        rows = {row["measure"]: row["value"] for row in
                self.csv("evaluate", "folder", self.known, self.test, "--threshold", "0.5")}
        self.assertEqual(float(rows["accuracy"]), 0.5)
        self.assertIn("intervals.accuracy.0", rows)
        self.assertEqual(rows["people.2.name"], "unknown")

    def predictions(self, *arguments, option="--predictions"):
        out = self.folder / "rows.csv"
        self.vultus("evaluate", "folder", self.known, self.test, option, out, *arguments)
        with open(out, newline="") as file:
            return list(csv.DictReader(file))

    def test_predictions(self):
        rows = self.predictions("--threshold", "0.5")
        self.assertEqual(self.predictions("--threshold", "0.5", option="--output"), rows)
        self.assertEqual([row["file"] for row in rows],
                         [f"test/{name}.jpg" for name in ("ada1", "ada2", "bob1", "bob2", "eve1", "eve2")])
        self.assertEqual([row["true"] for row in rows], ["Ada", "Ada", "Bob", "Bob", "unknown", "unknown"])
        self.assertEqual([row["predicted"] for row in rows], ["Ada", "unknown", "Ada", "Bob", "unknown", "Bob"])
        self.assertEqual([row["correct"] for row in rows], ["true", "false", "false", "true", "true", "false"])
        self.assertEqual([row["person"] for row in rows][-1], "Eve")
        self.assertEqual((rows[0]["second"], float(rows[0]["second_cosine"])), ("Bob", 0))
        self.assertAlmostEqual(float(rows[0]["margin"]), 0.9, places=5)
        self.assertEqual([row["rank"] for row in rows], ["1", "1", "2", "1", "", ""])
        self.assertIn("not near enough", rows[1]["why"])
        self.assertIn("somebody else", rows[2]["why"])
        self.assertIn("stranger", rows[5]["why"])
        self.assertEqual(rows[0]["x"], "")

    def test_threshold_and_metric(self):
        self.assertEqual(self.evaluate()["names_recall"], 0.5)
        report, = self.json("evaluate", "folder", self.known, self.test, "--threshold", "0.39")
        self.assertEqual(report["names_recall"], 0.75)
        # of unit vectors a cosine of 0.5 is a distance of 1
        report, = self.json("evaluate", "folder", self.known, self.test, "--metric", "euclidean", "--threshold", "1")
        self.assertEqual((report["names_recall"], report["metric"]), (0.5, "euclidean"))
        _, errors = self.vultus("evaluate", "folder", self.known, self.test, code=ENVIRONMENT)
        self.assertIn("--threshold", errors)

    def test_templates(self):
        write(self.known, [("Ada", f"known/ada{i}.jpg", tuple(float(k == i) for k in range(4))) for i in range(4)])
        write(self.test, [("Ada", "test/ada.jpg", ADA)])
        for template, cosine in (("best", 1), ("mean", 1 / 2), ("set", 1 / 3)):
            row, = self.predictions("--threshold", "0.4", "--template", template)
            self.assertAlmostEqual(float(row["cosine"]), cosine, places=6)
            self.assertEqual(row["match"], str(cosine >= 0.4).lower())
        _, errors = self.vultus("evaluate", "folder", self.known, self.test, "--template", "worst", code=USAGE)
        self.assertIn("best|mean|set", errors)

    def test_seed_and_intervals(self):
        write(self.test, [(name, f"{name}{i}.jpg", like(vector, 0.7 if i < right else 0.3))
                          for name, vector, right in (("Ada", ADA, 5), ("Bob", BOB, 2), ("Eve", ADA, 1))
                          for i in range(5)])
        one, again = self.evaluate("--seed", "1"), self.evaluate("--seed", "1")
        self.assertEqual(one, again)
        none = self.evaluate("--bootstrap", "0")
        self.assertEqual((none["intervals"], none["resamples"]), ({}, 0))
        wide, narrow = self.evaluate("--confidence", "0.99"), self.evaluate("--confidence", "0.5")
        self.assertGreater(wide["intervals"]["accuracy"][1] - wide["intervals"]["accuracy"][0],
                           narrow["intervals"]["accuracy"][1] - narrow["intervals"]["accuracy"][0])

    def test_nobody_is_a_stranger(self):
        write(self.test, [("Ada", "a.jpg", like(ADA, 0.9)), ("Bob", "b.jpg", BOB)])
        report = self.evaluate()
        self.assertEqual((report["accuracy"], report["fpir"], report["stranger_probes"]), (1, None, 0))
        output, _ = self.vultus("evaluate", "folder", self.known, self.test, "--threshold", "0.5")
        self.assertIn("how strangers fare is not known", output)

    def test_only_strangers(self):
        write(self.test, [("Eve", "e.jpg", EVE), (None, "x.jpg", like(ADA, 0.9))])
        report = self.evaluate()
        self.assertEqual((report["accuracy"], report["fpir"], report["names_recall"], report["auc"]),
                         (0.5, 0.5, None, None))
        output, _ = self.vultus("evaluate", "folder", self.known, self.test, "--threshold", "0.5")
        self.assertNotIn("rank 1", output)

    def test_both_sides(self):
        report, errors = self.vultus("--json", "evaluate", "folder", self.known, self.known, "--threshold", "0.5")
        self.assertIn("the same pictures are on both sides", errors)
        self.assertEqual(json.loads(report)["on_both_sides"], 2)

    def test_empty(self):
        empty = self.folder / "empty"
        empty.mkdir()
        _, errors = self.vultus("evaluate", "folder", self.known, empty, "--threshold", "0.5", code=INPUTS)
        self.assertIn("empty", errors)
        _, errors = self.vultus("evaluate", "folder", empty, self.test, "--threshold", "0.5", code=INPUTS)
        self.assertIn("nobody to enrol", errors)

    def test_usage(self):
        for arguments, message in [
                ([self.known], "needs KNOWN and TEST"),
                (["--split", "0.5", self.known, self.test], "--split takes one folder"),
                (["--split", "1.5", self.known], "neither a share"),
                (["--strangers", "1", self.known, self.test], "goes with --split")]:
            _, errors = self.vultus("evaluate", "folder", *arguments, code=USAGE)
            self.assertIn(message, errors)

    def test_page(self):
        page = self.folder / "report.html"
        nasty = '<script>alert("1")</script>'
        write(self.known, [(nasty, "k.jpg", ADA), ("Bob", "b.jpg", BOB)])
        write(self.test, [(nasty, "<b>.jpg", like(ADA, 0.4)), ("Bob", "b1.jpg", like(ADA, 0.8)),
                          ("Eve & Co", "e.jpg", like(BOB, 0.9)), ("Bob", "b2.jpg", like(BOB, 0.7))])
        self.evaluate("--html", page)
        text = page.read_text()
        self.assertNotIn("<script", text)
        self.assertNotIn("<b>.jpg", text)
        self.assertIn("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;", text)
        self.assertIn("Eve &amp; Co (stranger)", text)
        self.assertIsNone(re.search(r"""https?:|(src|href)\s*=\s*["'](?!data:)|url\(|@import|<link""", text))
        self.assertIn("default-src 'none'", text)
        for title in ("ROC", "DET", "CMC", "Cosines", "Open set", "Confusion matrix", "People", "mistakes"):
            self.assertIn(title, text)
        self.assertEqual(text.count("<svg"), text.count("</svg>"))
        self.assertIsNone(re.search(r"(?<![a-z-])(nan|inf)(?![a-z])", text.split("</style>")[1]))
        self.evaluate("--html", self.folder / "again.html")
        self.assertEqual((self.folder / "again.html").read_text(), text)
        self.vultus("evaluate", "folder", self.known, self.test, "--threshold", "0.5", "--html", "/nowhere/x.html",
                    code=ENVIRONMENT)


class Split(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment.update(NOWHERE)
        rows = [(name, f"{name}/{i}.jpg", like(vector, 0.9 - i / 100))
                for name, vector in (("Ada", ADA), ("Bob", BOB), ("Eve", EVE)) for i in range(4)]
        self.all = write(self.folder / "all.safetensors", rows + [("Zoe", "Zoe/0.jpg", like(EVE, 0.1))])

    def evaluate(self, *arguments):
        output, errors = self.vultus("--json", "evaluate", "folder", self.all, "--threshold", "0.5", *arguments)
        return json.loads(output), errors

    def test_share_and_number(self):
        for split, enrolled in (("0.5", 2 * 3 + 1), ("1", 3 + 1), ("3", 9 + 1), ("0.99", 9 + 1), ("0.01", 3 + 1)):
            report, errors = self.evaluate("--split", split)
            self.assertEqual((report["faces_enrolled"], report["probes"]), (enrolled, 13 - enrolled), split)
            self.assertIn("1 of 4 people have one picture only", errors)
        self.assertEqual(report["accuracy"], 1)

    def test_seed(self):
        def files(seed):
            out = self.folder / "rows.csv"
            self.evaluate("--split", "2", "--seed", seed, "--predictions", out)
            with open(out, newline="") as file:
                return [row["file"] for row in csv.DictReader(file)]
        self.assertEqual(files("1"), files("1"))
        self.assertGreater(len({tuple(files(str(seed))) for seed in range(5)}), 1)

    def test_strangers(self):
        report, _ = self.evaluate("--split", "1", "--strangers", "2")
        self.assertEqual(report["people_enrolled"], 2)
        self.assertGreater(report["stranger_probes"], 0)
        _, errors = self.vultus("evaluate", "folder", self.all, "--threshold", "0.5", "--split", "1",
                                "--strangers", "4", code=INPUTS)
        self.assertIn("nobody to enrol", errors)


class Pictures(harness.Case):
    needs_models = True

    def test_knn_examples(self):
        examples = picture("face_recognition/examples/knn_examples/train").parent
        test = self.folder / "test"
        for person, name in (("alex_lacamoire", "alex_lacamoire1"), ("kit_harington", "johnsnow_test1"),
                             ("obama", "obama1")):
            self.copy(examples / f"test/{name}.jpg", f"test/{person}/{name}.jpg")
        self.copy(picture("face_recognition/examples/lin-manuel-miranda.png"), "test/lin/1.png")
        (test / "obama/broken.jpg").write_bytes(b"no picture")
        rows, page = self.folder / "rows.csv", self.folder / "page.html"
        output, errors = self.vultus("--json", "evaluate", "folder", examples / "train", test, "--predictions", rows,
                                     "--html", page, code=INPUTS)
        report = json.loads(output)
        self.assertIn("broken.jpg", errors)
        self.assertEqual((report["not_readable"], report["accuracy"], report["probes"], report["stranger_probes"]),
                         (1, 1, 4, 1))
        with open(rows, newline="") as file:
            row = next(csv.DictReader(file))
        self.assertGreater(float(row["width"]), 20)
        self.assertIn("No mistakes", page.read_text())

    def test_pictures_of_mistakes(self):
        examples = "face_recognition/examples"
        self.copy(picture(f"{examples}/obama.jpg"), "known/Obama/1.jpg", "test/Biden/1.jpg")
        self.copy(picture(f"{examples}/biden.jpg"), "known/Biden/1.jpg")
        page = self.folder / "page.html"
        self.vultus("evaluate", "folder", self.folder / "known", self.folder / "test", "--html", page)
        self.assertEqual(page.read_text().count("data:image/jpeg;base64,/9j/"), 2)
        self.vultus("evaluate", "folder", self.folder / "known", self.folder / "test", "--html", page, "--no-pictures")
        self.assertNotIn("data:image/jpeg", page.read_text())

    def test_celebrities(self):
        folder = picture("celeb5/train").parent
        output, errors = self.vultus("--json", "evaluate", "folder", folder / "train", folder / "test", code=INPUTS)
        report = json.loads(output)
        self.assertEqual((report["accuracy"], report["probes"], report["people_enrolled"]), (1, 5, 5))
        self.assertEqual((report["faces_enrolled"], report["without_face"]), (86, 2))
        self.assertEqual(errors.count("no face found"), 2)
        # the threshold of the decision is none of the detector's
        output, _ = self.vultus("--json", "evaluate", "folder", folder / "train", folder / "test", "--threshold",
                                "0.82", code=INPUTS)
        report = json.loads(output)
        self.assertEqual((report["faces_enrolled"], report["without_face"]), (86, 2))

    def test_pairs_page(self):
        examples = "face_recognition/examples"
        for name in ("obama", "obama2", "biden"):
            self.copy(picture(f"{examples}/{name}.jpg"), f"pictures/{name}.jpg")
        pairs = self.folder / "pictures/pairs.csv"
        pairs.write_text("file_x,file_y,Decision\nobama.jpg,obama2.jpg,Yes\nobama.jpg,biden.jpg,Yes\n"
                         "obama.jpg,biden.jpg,No\nobama.jpg,obama2.jpg,No\n")
        page = self.folder / "page.html"
        report, = self.json("evaluate", "pairs", pairs, "--folds", "2", "--html", page)
        self.assertEqual(report["people_drawn"], 0)
        self.assertIn("auc", report["intervals"])
        text = page.read_text()
        self.assertEqual(text.count("data:image/jpeg;base64,/9j/"), 4)
        for title in ("ROC", "DET", "two people taken for one", "one person, not recognised"):
            self.assertIn(title, text)


if __name__ == "__main__":
    harness.main()
