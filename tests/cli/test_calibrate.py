#!/usr/bin/env python3
"""vultus calibrate and --far: made-up embeddings stand for pictures, so that no model is needed to fit."""

import json
import math
import random

import harness
from harness import ENVIRONMENT, INPUTS, USAGE, picture

EMBEDDER = "made-up@00000000"  # as harness.write_embeddings says


def people(count, faces, seed=1):
    """Rows of people who are random directions."""
    generator = random.Random(seed)
    for who in range(count):
        centre = [generator.gauss(0, 1) for _ in range(16)]
        for face in range(faces):
            row = [x + 0.3 * generator.gauss(0, 1) for x in centre]
            length = math.sqrt(sum(x * x for x in row))
            yield f"person {who}", f"{who}/{face}.jpg", [x / length for x in row]


class MadeUp(harness.Case):
    """No models, no pictures."""

    def setUp(self):
        super().setUp()
        self.environment["VULTUS_MODELS"] = "/nowhere"
        self.faces = harness.write_embeddings(self.folder / "faces.safetensors", list(people(60, 2)))

    def test_the_user_s_file(self):
        output, _ = self.vultus("calibrate", "folder", self.faces)
        path = self.folder / f".local/share/vultus/calibrations/{EMBEDDER}.json"
        stored = json.loads(path.read_text())
        self.assertEqual((stored["calibration"], stored["embedder"], stored["people"], stored["faces"]),
                         (1, EMBEDDER, 60, 120))
        self.assertEqual(stored["data"], "folder faces.safetensors")
        self.assertRegex(output.splitlines()[0], r"^PEOPLE +FAR +COSINE +TAR  EXTRAPOLATED$")
        self.assertIn("by 60 pairs of one person and 1770 of two", output)

    def test_json_and_csv_agree(self):
        out = self.folder / "out.json"
        answer, = self.json("calibrate", "folder", self.faces, "--output", out, "--name", "sixty")
        self.assertEqual((answer["file"], answer["embedder"], answer["score"], answer["data"]),
                         (str(out), EMBEDDER, "cosine", "sixty"))
        rows = answer["thresholds"]
        self.assertEqual([row["far"] for row in rows[:6]], [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
        self.assertEqual([row["people"] for row in rows[6:]], [10, 10, 100, 100, 1000, 1000, 10000, 10000])
        for before, after in zip(rows[:5], rows[1:6]):
            self.assertGreater(after["threshold"], before["threshold"])
        self.assertFalse(rows[0]["extrapolated"])
        self.assertTrue(rows[5]["extrapolated"])
        again = self.csv("calibrate", "folder", self.faces, "--output", out)
        self.assertEqual(len(again), len(rows))
        for row, line in zip(rows, again):
            self.assertAlmostEqual(float(line["cosine"]), row["threshold"], places=4)

    def test_one_face_of_each(self):
        one = harness.write_embeddings(self.folder / "one.safetensors", list(people(60, 1)))
        out = self.folder / "one.json"
        answer, errors = self.vultus("--json", "calibrate", "folder", one, "--output", out)
        self.assertIn("too few pairs of one person", errors)
        self.assertIsNone(json.loads(answer)["thresholds"][0]["tar"])
        self.assertIsNone(json.loads(out.read_text())["similarity"])

    def test_too_few_people(self):
        few = harness.write_embeddings(self.folder / "few.safetensors", list(people(10, 2)))
        _, errors = self.vultus("calibrate", "folder", few, code=INPUTS)
        self.assertIn("at least 100, so 15 people", errors)
        self.assertFalse((self.folder / ".local/share/vultus/calibrations").exists())

    def test_usage(self):
        self.vultus("calibrate", code=USAGE)
        self.vultus("calibrate", "folder", code=USAGE)
        self.vultus("calibrate", "folder", self.folder / "missing", code=INPUTS)
        self.vultus("verify", "--far", "2", "a.jpg", "b.jpg", code=USAGE)
        _, errors = self.vultus("verify", "--far", "0.01", "--threshold", "0.5", "a.jpg", "b.jpg", code=USAGE)
        self.assertIn("give one of them", errors)


class Decisions(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.a, self.b = (picture(f"face_recognition/tests/test_images/{name}.jpg") for name in ("obama", "obama2"))
        self.c = picture("face_recognition/tests/test_images/biden.jpg")
        # of random directions: what is fitted is nonsense for faces, but every number is known
        made = harness.write_embeddings(self.folder / "faces.safetensors", list(people(60, 2)))
        self.calibration = self.folder / "calibration.json"
        self.vultus("calibrate", "folder", made, "--output", self.calibration)

    def own(self):
        """The calibration as one of the default embedder."""
        content = json.loads(self.calibration.read_text())
        same, = self.json("verify", "--calibration", "none", self.a, self.b)
        self.assertIsNone(same["similarity"])
        self.vultus("enroll", "--name", "Barack Obama", self.a)
        with_id = self.vultus("people", "export", "Barack Obama")[0]
        content["embedder"] = json.loads(with_id.splitlines()[0])["embedder"]
        path = self.folder / "own.json"
        path.write_text(json.dumps(content))
        return path

    def test_another_embedder_is_refused(self):
        _, errors = self.vultus("verify", "--calibration", self.calibration, self.a, self.b, code=ENVIRONMENT)
        self.assertIn("calibrate again", errors)
        _, errors = self.vultus("verify", "--calibration", "none", "--far", "0.01", self.a, self.b, code=ENVIRONMENT)
        self.assertRegex(errors, r"needs a calibration of \S+; make one: vultus calibrate folder DIR\n$")

    def test_rates_decide(self):
        own = self.own()
        loose, = self.json("verify", "--calibration", own, "--far", "0.1", self.a, self.b)
        tight, = self.json("verify", "--calibration", own, "--far", "1e-3", self.a, self.b)
        self.assertGreater(tight["threshold"], loose["threshold"])
        self.assertAlmostEqual(loose["threshold_far"], 0.1, places=4)
        self.assertAlmostEqual(loose["margin"], loose["cosine"] - loose["threshold"], places=4)
        self.assertTrue(0 <= loose["similarity"] <= 1 and 0 < loose["far"] < 1)
        who = self.json("identify", "--calibration", own, self.b)[0]["faces"][0]
        self.assertAlmostEqual(who["threshold_far"], 0.01, places=4)
        asked = self.json("identify", "--calibration", own, "--far", "1e-4", self.b)[0]["faces"][0]
        self.assertGreater(asked["threshold"], who["threshold"])

    def test_abstains(self):
        sure, = self.json("verify", "--calibration", "none", self.a, self.b)
        doubt, = self.json("verify", "--calibration", "none", "--min-margin", "2", self.a, self.b, code=harness.NO)
        self.assertEqual((sure["match"], sure["why"], doubt["match"], doubt["why"]),
                         (True, None, False, "ambiguous"))
        bad, = self.json("verify", "--calibration", "none", "--min-quality", "1", self.a, self.b, code=harness.NO)
        self.assertEqual((bad["match"], bad["why"]), (False, "low quality"))
        self.assertIn("unknown", self.vultus("verify", "--min-quality", "1", self.a, self.b, code=harness.NO)[0])
        self.vultus("enroll", "--name", "Barack Obama", self.a)
        self.vultus("enroll", "--name", "Joe Biden", self.c)
        face = self.json("identify", "--min-margin", "1.5", self.b)[0]["faces"][0]
        self.assertEqual((face["name"], face["why"]), (None, "ambiguous"))

    def test_gallery(self):
        self.vultus("enroll", "--name", "Barack Obama", self.a)
        _, errors = self.vultus("calibrate", "gallery", code=INPUTS)
        self.assertIn("0 pairs of different people", errors)


if __name__ == "__main__":
    harness.main()
