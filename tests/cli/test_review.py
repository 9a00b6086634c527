#!/usr/bin/env python3
"""people review; fusions of embedders; templates."""

import shutil

import harness
from harness import DONE, ENVIRONMENT, NO, USAGE, picture

EXAMPLES = "face_recognition/examples/"
OBAMA, OBAMA2, BIDEN = (EXAMPLES + name for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))


class Empty(harness.Case):
    def test_no_gallery(self):
        output, errors = self.vultus("people", "review", code=ENVIRONMENT)
        self.assertEqual(output, "")
        self.assertTrue(errors.startswith(f"vultus: {self.gallery}: "), errors)

    def test_what_it_takes(self):
        _, errors = self.vultus("people", "review", "Ada", code=USAGE)
        self.assertIn("Ada", errors)
        self.vultus("people", "list", "--strict", code=USAGE)
        _, errors = self.vultus("identify", "--template", "worst", "x.jpg", code=USAGE)
        self.assertIn("none of best|mean|set", errors)


class Review(harness.Case):
    needs_models = True

    def test_review(self):
        self.vultus("enroll", "--name", "Ada", picture(OBAMA), picture(OBAMA2))
        self.vultus("enroll", "--name", "Joe", picture(BIDEN))
        rows = self.csv("people", "review")
        self.assertEqual([(row["concern"], row["name"]) for row in rows], [("single", "Joe")])
        self.assertEqual(list(rows[0]), ["concern", "name", "face", "source", "other", "own", "to_other", "quality",
                                         "reason", "what_to_do"])
        self.vultus("people", "review", "--strict", code=NO)
        self.vultus("people", "rename", "Joe", "Joe Biden")
        self.vultus("people", "merge", "Joe Biden", "Ada")  # now a stranger is among Ada's faces
        found = self.json("people", "review")
        self.assertEqual([each["concern"] for each in found], ["outlier"])
        self.assertTrue(found[0]["source"].endswith("biden.jpg"))
        self.assertLess(found[0]["own"], 0.375)
        output, errors = self.vultus("people", "review")
        self.assertRegex(output.splitlines()[0], r"^CONCERN +NAME +FACE +OTHER +REASON +WHAT TO DO$")
        self.assertIn("3 faces of 1 people were looked at", errors)

    def test_nothing_to_say(self):
        self.vultus("enroll", "--name", "Ada", picture(OBAMA), picture(OBAMA2))
        self.vultus("people", "review", "--strict", code=DONE)
        self.assertEqual(self.json("people", "review"), [])

    def test_templates(self):
        self.vultus("enroll", "--name", "Ada", picture(OBAMA), picture(OBAMA2))
        values = {way: self.json("identify", "--template", way, picture(OBAMA))[0]["faces"][0]
                  for way in ("best", "mean", "set")}
        for face in values.values():
            self.assertEqual(face["name"], "Ada")
        similar = {way: face.get("cosine", face["similarity"]) for way, face in values.items()}
        self.assertAlmostEqual(similar["best"], 1, 3)
        self.assertLess(similar["set"], similar["mean"])  # the mean of 1 and less
        self.assertLess(similar["mean"], 1)


class Fusion(harness.Case):
    needs_models = True

    def similarity(self, *options, code=DONE):
        answer = self.json("verify", *options, picture(OBAMA), picture(OBAMA2), code=code)[0]
        return answer.get("cosine", answer["similarity"])

    def test_bad_names(self):
        for name in ("mobile+", "mobile+mobile", "mobile:1+x"):
            _, errors = self.vultus("verify", "--embedder", name, "a.jpg", "b.jpg", code=USAGE)
            self.assertIn("A:0.7+B:0.3", errors)

    def test_one_part_is_missing(self):
        _, errors = self.vultus("verify", "--embedder", "mobile+nothing", picture(OBAMA), picture(OBAMA2),
                                code=ENVIRONMENT)
        self.assertIn("nothing", errors)

    def models_of_source(self):
        """The installed weights with the manifests of the source."""
        for pack in ("mobile", "dlib"):
            folder = self.folder / "models" / pack
            folder.mkdir(parents=True)
            for file in (harness.models_folder() / pack).iterdir():
                if file.name != "pack.json":
                    shutil.copy(file, folder)
            shutil.copy(harness.SOURCE / "models" / pack / "pack.json", folder)
        return "--models", self.folder / "models"

    def test_published_calibrations(self):
        if not (harness.models_folder() / "dlib/resnet29.onnx").exists():
            self.skipTest("the pack dlib is not installed")
        models = self.models_of_source()
        for embedder in ("mobile+dlib/resnet29", "mobile:0.7+dlib/resnet29:0.3"):
            fusion = (*models, "--embedder", embedder)
            answer, = self.json("verify", *fusion, picture(OBAMA), picture(OBAMA2))
            self.assertTrue(answer["match"])
            self.assertAlmostEqual(answer["threshold_far"], 6e-3, places=4)
            strict, = self.json("verify", *fusion, "--far", "1e-4", picture(OBAMA), picture(OBAMA2))
            self.assertGreater(strict["threshold"], answer["threshold"])
            other, = self.json("verify", *fusion, picture(OBAMA), picture(BIDEN), code=NO)
            self.assertFalse(other["match"])

    def test_weighted_mean(self):
        packs = {(row["pack"], row["model"]) for row in self.json("models", "list") if row["installed"]}
        if ("dlib", "resnet29") not in packs:
            self.skipTest("the pack dlib is not installed")
        common = ("--landmarker", "dlib/points5", "--metric", "cosine", "--threshold", "0.5")
        mobile = self.similarity("--embedder", "mobile", *common)
        dlib = self.similarity("--embedder", "dlib/resnet29", *common)
        fused = self.similarity("--embedder", "mobile:0.7+dlib/resnet29:0.3", *common)
        self.assertAlmostEqual(fused, 0.7 * mobile + 0.3 * dlib, 3)
        for none in (("--embedder", "mobile:0.9+dlib/resnet29:0.1"),
                     ("--embedder", "mobile+dlib/resnet29", "--calibration", "none")):
            _, errors = self.vultus("verify", *none, picture(OBAMA), picture(OBAMA2), code=USAGE)
            self.assertIn("no threshold for the cosine metric", errors)
        self.vultus("enroll", "--embedder", "mobile+dlib/resnet29", "--name", "Ada", picture(OBAMA))
        found = self.json("identify", "--embedder", "mobile+dlib/resnet29", "--threshold", "0.5", picture(OBAMA2))
        self.assertEqual(found[0]["faces"][0]["name"], "Ada")
        shown = self.json("people", "show", "Ada")[0]["faces"][0]
        self.assertRegex(shown["embedder"], r"^mobilefacenet\+resnet29@[0-9a-f]{8}$")


if __name__ == "__main__":
    harness.main()
