#!/usr/bin/env python3
"""--liveness and --require-live: scores where faces are told, no names for what is not live, and what is missing."""

import shutil

import harness
from harness import ENVIRONMENT, NO, USAGE, picture


class Liveness(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        if not (harness.models_folder() / "liveness").is_dir():
            self.skipTest("the pack liveness is not installed")
        self.obama = picture("face_recognition/examples/obama.jpg")
        self.obama2 = picture("face_recognition/examples/obama2.jpg")
        self.biden = picture("face_recognition/examples/biden.jpg")

    def live(self, face):
        live = face["live"]
        self.assertEqual(list(live), ["score", "threshold", "passed"])
        self.assertTrue(0 <= live["score"] <= 1)
        self.assertEqual(live["passed"], live["score"] >= live["threshold"])
        return live

    def test_detect(self):
        face, = self.json("detect", "--liveness", self.obama)[0]["faces"]
        live = self.live(face)
        self.assertAlmostEqual(live["threshold"], 0.8, 5)
        row, = self.csv("detect", "--liveness", self.obama)
        self.assertAlmostEqual(float(row["live"]), live["score"], 3)
        self.assertEqual(row["live_passed"], str(live["passed"]).lower())

    def test_identify(self):
        self.vultus("enroll", "-q", "--name", "Barack Obama", self.obama)
        self.vultus("enroll", "-q", "--name", "Joe Biden", self.biden)
        found, = self.json("identify", "--require-live", "0", "--top", "2", self.obama2)[0]["faces"]
        self.assertEqual((found["name"], self.live(found)["passed"]), ("Barack Obama", True))
        refused, = self.json("identify", "--require-live=1", "--top", "2", self.obama2)[0]["faces"]
        self.assertEqual((refused["name"], refused["match"], refused["why"]), (None, False, "not live"))
        self.assertEqual((refused["second"], refused["candidates"]), (None, []))
        self.assertEqual(self.live(refused)["threshold"], 1)
        self.assertNotIn("Obama", str(refused))
        output, _ = self.vultus("identify", "--strict", "--require-live", "1", self.obama2, code=NO)
        self.assertRegex(output, r" LIVE\n.* unknown .* 0\.\d\d\n")
        plain, = self.json("identify", "--require-live", self.obama2)[0]["faces"]  # a picture, not a number
        self.assertAlmostEqual(self.live(plain)["threshold"], 0.8, 5)
        self.assertEqual(plain["match"], self.live(plain)["passed"])

    def test_verify(self):
        same = self.json("verify", "--liveness", self.obama, self.obama2)[0]
        for side in "ab":
            self.live(same[side]["face"])
        row, = self.csv("verify", "--require-live=1", self.obama, self.obama2, code=NO)
        self.assertAlmostEqual(float(row["live_b"]), same["b"]["face"]["live"]["score"], 3)
        self.assertEqual((row["match"], row["why"]), ("false", "not live"))

    def test_watch(self):
        self.vultus("enroll", "-q", "--name", "Barack Obama", self.obama)
        frames = self.folder / "frames"
        frames.mkdir()
        for i in range(15):
            (frames / f"{i:02}.jpg").symlink_to(picture("face_recognition/examples/obama-240p.jpg"))
        for least, name, recognition in (("0", "Barack Obama", "named"), ("1", None, "not live")):
            events = self.json("watch", "--require-live", least, frames)
            self.assertEqual((events[-1]["event"], events[-1]["name"], events[-1]["recognition"]),
                             ("left", name, recognition))
            self.live(events[-1])
        self.assertNotIn("Obama", str(events))

    def test_wrong(self):
        for value in ("2", "-1", "x", ""):
            _, errors = self.vultus("identify", f"--require-live={value}", self.obama, code=USAGE)
            self.assertIn("--require-live", errors)
        models = self.folder / "models"
        shutil.copytree(harness.models_folder() / "mobile", models / "mobile")
        for call in (("detect", "--liveness", self.obama), ("watch", "--require-live", self.obama)):
            _, errors = self.vultus(*call, "--models", models, code=ENVIRONMENT)
            self.assertEqual(errors, "vultus: model pack liveness is not installed; run: vultus models install "
                                     "liveness, or see: vultus models list\n")


if __name__ == "__main__":
    harness.main()
