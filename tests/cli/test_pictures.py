#!/usr/bin/env python3
"""detect, identify and verify on real pictures: what they print, in every format."""

import json
import os
import struct
import zlib

import harness
from harness import DONE, ENVIRONMENT, INPUTS, NO, picture

EXAMPLES = "face_recognition/examples/"


class Pictures(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.obama = picture(EXAMPLES + "obama.jpg")
        self.obama2 = picture(EXAMPLES + "obama2.jpg")
        self.biden = picture(EXAMPLES + "biden.jpg")
        self.two = picture(EXAMPLES + "two_people.jpg")

    def blank(self, name="blank.png"):
        """A picture without a face: grey."""
        def chunk(kind, data):
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
        rows = b"".join(b"\0" + b"\x80" * 64 for _ in range(64))
        path = self.folder / name
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 64, 64, 8, 0, 0, 0, 0))
                         + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
        return path


class Detect(Pictures):
    def test_table(self):
        os.chdir(self.two.parent)
        output, errors = self.vultus("detect", "two_people.jpg", "obama.jpg")
        lines = output.splitlines()
        self.assertEqual(errors, "")
        self.assertRegex(lines[0], r"^FILE +FACE +X +Y +WIDTH +HEIGHT +SCORE +SIZE +SHARPNESS +QUALITY$")
        row = r" +%d +-?\d+ +-?\d+ +\d+ +\d+ +[01]\.\d{3} +\d+ +[01]\.\d\d +[01]\.\d\d$"
        self.assertRegex(lines[1], "^two_people.jpg" + row % 1)
        self.assertRegex(lines[2], "^two_people.jpg" + row % 2)
        self.assertRegex(lines[3], "^obama.jpg     " + row % 1)
        self.assertEqual(len(lines), 4)
        self.assertEqual(len({len(line) for line in lines}), 1, "columns are aligned")

    def test_json(self):
        pictures = self.json("detect", self.two, self.blank())
        self.assertEqual([set(each) for each in pictures],
                         2 * [{"file", "width", "height", "faces"}])
        self.assertEqual((pictures[0]["width"], pictures[0]["height"]), (1126, 661))
        self.assertEqual(pictures[1]["faces"], [])
        faces = pictures[0]["faces"]
        self.assertEqual(len(faces), 2)
        self.assertGreaterEqual(faces[0]["width"] * faces[0]["height"],
                                faces[1]["width"] * faces[1]["height"])
        for face in faces:
            self.assertEqual(set(face), {"x", "y", "width", "height", "score", "landmarks", "quality"})
            self.assertEqual(set(face["quality"]), {"size", "sharpness", "brightness", "roll", "yaw", "pitch", "contrast",
                                                    "occlusion", "score"})
            self.assertEqual([len(point) for point in face["landmarks"]], 5 * [2])
            left, right, nose = face["landmarks"][:3]
            self.assertLess(left[0], right[0])
            self.assertLess(left[1], nose[1])
            self.assertGreater(face["score"], 0.9)

    def test_csv(self):
        rows = self.csv("detect", self.two, self.blank())
        self.assertEqual([row["face"] for row in rows], ["1", "2"])
        self.assertEqual(list(rows[0])[:7], ["file", "face", "x", "y", "width", "height", "score"])
        as_json = self.json("detect", self.two)[0]["faces"]
        for row, face in zip(rows, as_json):
            self.assertAlmostEqual(float(row["x"]), face["x"], places=2)
            self.assertAlmostEqual(float(row["nose_y"]), face["landmarks"][2][1], places=2)

    def test_landmarks_in_table(self):
        lines = self.vultus("detect", "--landmarks", self.obama)[0].splitlines()
        self.assertRegex(lines[0], r"SHARPNESS  QUALITY  LEFT EYE +RIGHT EYE +NOSE +LEFT MOUTH +RIGHT MOUTH$")
        self.assertRegex(lines[1], r"(\d+,\d+ +){4}\d+,\d+$")

    def test_shape(self):
        if not (harness.models_folder() / "dlib").is_dir():
            self.skipTest("the pack dlib is not installed")
        for name, count in (("points5", 5), ("points68", 68)):
            tagged = self.folder / name
            face, = self.json("detect", "--landmarker", "dlib/" + name, "--landmarks",
                              "--annotate", tagged, self.obama)[0]["faces"]
            self.assertEqual([len(point) for point in face["shape"]], count * [2])
            for x, y in face["shape"]:
                self.assertLess(abs(x - face["x"] - face["width"] / 2), face["width"])
                self.assertLess(abs(y - face["y"] - face["height"] / 2), face["height"])
            self.assertTrue((tagged / "obama.jpg").is_file())
            row, = self.csv("detect", "--landmarker", "dlib/" + name, "--landmarks", self.obama)
            self.assertEqual([key for key in row if key.startswith("shape_")],
                             [f"shape_{i + 1}_{axis}" for i in range(count) for axis in "xy"])
            for i, (x, y) in enumerate(face["shape"]):
                self.assertAlmostEqual(float(row[f"shape_{i + 1}_x"]), x, delta=0.006)
                self.assertAlmostEqual(float(row[f"shape_{i + 1}_y"]), y, delta=0.006)
        row, = self.csv("detect", "--landmarks", self.obama)
        self.assertNotIn("shape_1_x", row)

    def test_attributes(self):
        if not (harness.models_folder() / "face-api").is_dir():
            self.skipTest("the pack face-api is not installed")
        call = ("detect", "--attributes", "face-api", self.obama)
        face, = self.json(*call)[0]["faces"]
        self.assertTrue(30 < face["age"] < 70 and face["female"] < 0.1)
        self.assertEqual(list(face["expression"]), ["neutral", "happy", "sad", "angry", "fearful",
                                                    "disgusted", "surprised"])
        self.assertAlmostEqual(sum(face["expression"].values()), 1, 4)
        best = max(face["expression"], key=face["expression"].get)
        row, = self.csv(*call)
        self.assertAlmostEqual(float(row["age"]), face["age"], delta=0.06)
        self.assertAlmostEqual(float(row["female"]), face["female"], 3)
        self.assertAlmostEqual(float(row[best]), face["expression"][best], 3)
        self.assertRegex(self.vultus(*call, "--landmarks")[0],
                         rf"AGE  GENDER +EXPRESSION +LEFT EYE .*\n.* \d\d  male [01]\.\d\d +{best} ")
        self.assertNotIn("age", self.json("detect", self.obama)[0]["faces"][0])
        _, errors = self.vultus("detect", "--attributes", "mobile", self.obama, code=ENVIRONMENT)
        self.assertIn("model pack mobile tells no attributes", errors)
        self.assertEqual(self.json("detect", "--attributes", "face-api", self.blank())[0]["faces"], [])

    def test_no_face(self):
        blank = self.blank()
        output, errors = self.vultus("detect", blank)
        self.assertEqual(errors, f"vultus: {blank}: no face found\n")
        self.assertRegex(output, r"^FILE.*\n$")
        self.assertEqual(self.vultus("detect", "--quiet", blank)[1], "")

    def test_threads_agree(self):
        answers = {self.vultus("detect", "--json", "--threads", n, self.two, self.obama, self.biden)[0]
                   for n in "123"}
        self.assertEqual(len(answers), 1)
        alone = {self.vultus("detect", "--json", "--threads", n, self.two)[0] for n in "12"}
        self.assertEqual(len(alone), 1)

    def test_leaves_nothing(self):
        home = self.folder / "home"
        home.mkdir()
        self.vultus("detect", self.two, environment={"HOME": str(home), "TMPDIR": str(home)})
        self.vultus("verify", self.obama, self.obama2,
                    environment={"HOME": str(home), "TMPDIR": str(home)})
        self.assertEqual(os.listdir(home), [])

    def test_det_threshold(self):
        self.assertEqual(self.json("detect", "--min-face", "400", self.two)[0]["faces"], [])
        faces = self.json("detect", "--det-threshold", "1", self.two)[0]["faces"]
        self.assertLess(len(faces), 2)

    def test_folder_and_broken(self):
        self.copy(self.obama, "in/b/deep/o.JPG", "in/a.jpg", "in/.hidden.jpg", "in/notes.txt")
        (self.folder / "in/c.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
        (self.folder / "in/loop").symlink_to("..")
        folder = self.folder / "in"
        output, errors = self.vultus("detect", "--json", folder, self.folder / "missing.jpg", code=INPUTS)
        answers = [json.loads(line) for line in output.splitlines()]
        names = [os.path.relpath(each["file"], self.folder) for each in answers]
        # the link leads out of the folder, so what lies there is found once more, but only once
        self.assertEqual(names[:3], ["in/a.jpg", "in/b/deep/o.JPG", "in/c.jpg"])
        self.assertEqual(names[-1], "missing.jpg")
        self.assertEqual([len(each.get("faces", "-")) for each in answers[:3]], [1, 1, 1])
        self.assertIn("error", answers[2])
        self.assertEqual(answers[-1]["error"], "No such file or directory")
        self.assertIn(f"vultus: {self.folder}/missing.jpg: No such file or directory\n", errors)
        self.assertIn(f"vultus: {self.folder}/in/c.jpg: ", errors)

    def test_odd_names(self):
        names = [b"caf\xe9.jpg", 'quote",comma.jpg'.encode(), "две персоны 日本.jpg".encode(),
                 b"-dash.jpg", b"new\nline.jpg", b"esc\x1b[31m.jpg"]
        paths = [self.copy(self.obama, name) for name in names]
        answers = self.json("detect", *paths)
        self.assertEqual([os.path.basename(each["file"]) for each in answers],
                         ["caf\ufffd.jpg"] + [name.decode() for name in names[1:]])
        code, output, _ = self.run_raw("detect", "--csv", *paths)
        self.assertEqual(code, DONE)
        self.assertIn(b'quote"",comma.jpg",1,', output)
        code, output, _ = self.run_raw("detect", *paths)
        self.assertNotIn(b"\x1b", output)
        self.assertIn("caf\ufffd.jpg".encode(), output)
        os.chdir(self.folder)
        self.vultus("detect", "--json", "--", "-dash.jpg")

    def test_annotate(self):
        self.copy(self.obama, "a/same.jpg", "b/same.jpg")
        before = (self.folder / "a/same.jpg").read_bytes()
        out = self.folder / "new/tagged"
        output, _ = self.vultus("detect", "--json", "--annotate", out, self.folder / "a", self.folder / "b")
        self.assertEqual(len(output.splitlines()), 2)
        self.assertEqual(sorted(os.listdir(out)), ["same-2.jpg", "same.jpg"])
        self.vultus("detect", "--annotate", self.folder / "a", self.folder / "a/same.jpg")
        self.assertEqual((self.folder / "a/same.jpg").read_bytes(), before)
        self.assertEqual(sorted(os.listdir(self.folder / "a")), ["same-2.jpg", "same.jpg"])


class Identify(Pictures):
    def setUp(self):
        super().setUp()
        self.vultus("enroll", "--name", "Barack Obama", self.obama)
        self.vultus("enroll", "--name", "Joe Biden", self.biden)

    def test_table(self):
        os.chdir(self.two.parent)
        blank = self.blank()
        lines = self.vultus("identify", "two_people.jpg", "obama2.jpg", blank)[0].splitlines()
        self.assertRegex(lines[0], r"^FILE +FACE  NAME +SIMILARITY +COSINE +FAR +MARGIN  SECOND$")
        number, rate = r" +-?[01]\.\d{3}", r" +(-|[01]\.\d+|\de-\d+|\d\.\de-\d+)"
        self.assertRegex(lines[3], rf"^obama2.jpg +1  Barack Obama +(-|1.000){number}{rate}{number}  Joe Biden$")
        self.assertRegex(lines[4], rf"^{blank} +-  no face +-  +- +- +-  -$")
        self.assertEqual([line.split()[0] for line in lines[1:3]], 2 * ["two_people.jpg"])
        self.assertEqual(len(lines), 5)

    def test_json(self):
        answers = self.json("identify", self.obama2, self.two, self.blank())
        self.assertEqual(answers[2]["faces"], [])
        face = answers[0]["faces"][0]
        self.assertEqual(set(face), {
            "x", "y", "width", "height", "score", "name", "match", "why", "similarity", "cosine",
            "distance", "far", "threshold", "threshold_far", "metric", "margin", "second"})
        self.assertEqual((face["name"], face["match"]), ("Barack Obama", True))
        self.assertEqual(face["second"]["name"], "Joe Biden")
        self.assertAlmostEqual(face["cosine"] - face["second"]["cosine"], face["margin"], places=4)
        self.assertAlmostEqual(1 - face["cosine"], face["distance"], places=4)
        self.assertGreater(face["cosine"], face["threshold"])
        self.assertIsNone(face["why"])
        strict = self.json("identify", "--threshold", "0.999", self.obama2)[0]["faces"][0]
        self.assertEqual((strict["name"], strict["match"], strict["why"]), (None, False, "far"))

    def test_top(self):
        face = self.json("identify", "--top", "5", self.obama2)[0]["faces"][0]
        self.assertEqual([each["name"] for each in face["candidates"]], ["Barack Obama", "Joe Biden"])
        self.assertEqual(set(face["candidates"][0]), {"name", "similarity", "cosine", "distance", "far"})
        row = self.csv("identify", "--top", "3", self.obama2)[0]
        self.assertEqual((row["candidate_2"], row["candidate_3"]), ("Joe Biden", ""))
        output, _ = self.vultus("identify", "--top", "2", self.obama2)
        self.assertRegex(output, r"Barack Obama [01]\.\d+, Joe Biden -?[01]\.\d+\n$")

    def test_distances_in_table(self):
        if not (harness.models_folder() / "dlib").is_dir():
            self.skipTest("the pack dlib is not installed")
        for picture_of, name in ((self.obama, "Barack Obama"), (self.biden, "Joe Biden")):
            self.vultus("enroll", "--pipeline", "dlib", "--name", name, picture_of)
        call = ("identify", "--pipeline", "dlib", "--top", "2", self.obama2)
        face, = self.json(*call)[0]["faces"]
        header, row = self.vultus(*call)[0].splitlines()
        self.assertRegex(header, r"NAME +SIMILARITY +DISTANCE +FAR +MARGIN +SECOND +CANDIDATES$")
        distances = [each["distance"] for each in face["candidates"]]
        self.assertAlmostEqual(distances[1] - distances[0], face["margin"], places=4)
        self.assertRegex(row, rf"Barack Obama +\S+ +{distances[0]:.3f} +\S+ +{face['margin']:.3f} +Joe Biden +"
                              rf"Barack Obama {distances[0]:.3f}, Joe Biden {distances[1]:.3f}$")
        row, = self.csv(*call)
        self.assertAlmostEqual(float(row["cosine"]), face["cosine"], places=4)

    def test_csv(self):
        known, = self.csv("identify", self.obama2)
        self.assertEqual((known["face"], known["name"], known["match"]), ("1", "Barack Obama", "true"))
        unknown, = self.csv("identify", "--threshold", "0.999", self.obama2)
        self.assertEqual((unknown["name"], unknown["match"]), ("", "false"))
        none, = self.csv("identify", self.blank())
        self.assertEqual((none["face"], none["name"], none["match"]), ("0", "", ""))

    def test_metric(self):
        cosine = self.json("identify", self.obama2)[0]["faces"][0]
        euclid = self.json("identify", "--metric", "euclidean", self.obama2)[0]["faces"][0]
        self.assertTrue(euclid["match"])
        self.assertAlmostEqual(euclid["distance"] ** 2, 2 - 2 * cosine["cosine"], places=3)
        self.assertIn("DISTANCE", self.vultus("identify", "--metric", "euclidean", self.obama2)[0])
        far = self.json("identify", "--metric", "euclidean", "--threshold", "0.01", self.obama2)
        self.assertFalse(far[0]["faces"][0]["match"])

    def test_strict(self):
        self.vultus("identify", "--strict", self.obama2)
        self.vultus("identify", "--strict", "--threshold", "0.999", self.obama2, code=NO)
        self.vultus("identify", "--strict", "--threshold", "0.999", self.obama2, "missing.jpg", code=INPUTS)

    def test_annotate(self):
        out = self.folder / "tagged"
        output, _ = self.vultus("identify", "--json", "--annotate", out, self.obama2, self.two, self.blank())
        self.assertEqual(len(output.splitlines()), 3)
        self.assertEqual(sorted(os.listdir(out)), ["blank.png", "obama2.jpg", "two_people.jpg"])
        for name in os.listdir(out):
            self.vultus("detect", out / name)

    def test_empty_gallery(self):
        for name in self.people():
            self.vultus("people", "delete", "--yes", name)
        face = self.json("identify", self.obama2)[0]["faces"][0]
        self.assertEqual((face["name"], face["similarity"], face["cosine"], face["second"]), 4 * (None,))
        self.assertEqual((face["why"], face["far"]), ("empty gallery", None))
        self.assertIn("unknown", self.vultus("identify", self.obama2)[0])


class Verify(Pictures):
    def test_answers(self):
        output, _ = self.vultus("verify", self.obama, self.obama2)
        self.assertRegex(output.splitlines()[0], r"^A +B +ANSWER +SIMILARITY +COSINE +FAR +THRESHOLD +MARGIN$")
        self.assertRegex(output, r"obama2.jpg  one person .* 0\.\d{3} +\S+ +0\.375 +0\.\d{3}\n$")
        output, _ = self.vultus("verify", self.obama, self.biden, code=NO)
        self.assertIn("two people", output)
        same, = self.json("verify", self.obama, self.obama2)
        self.assertEqual(set(same), {
            "match", "why", "similarity", "cosine", "distance", "far", "threshold", "threshold_far",
            "margin", "metric", "a", "b"})
        self.assertTrue(same["match"])
        self.assertEqual(same["a"]["faces"], 1)
        row, = self.csv("verify", self.obama, self.biden, code=NO)
        self.assertEqual((row["match"], row["metric"]), ("false", "cosine"))

    def test_several_faces(self):
        _, errors = self.vultus("verify", self.two, self.two)
        self.assertEqual(errors.count("2 faces found, the largest is compared"), 2)

    def test_unusable(self):
        blank = self.blank()
        output, errors = self.vultus("verify", blank, "missing.jpg", code=INPUTS)
        self.assertEqual(output, "")
        self.assertEqual(errors, f"vultus: {blank}: no face found\n"
                                 "vultus: missing.jpg: No such file or directory\n")

    def test_threshold(self):
        self.vultus("verify", "--threshold", "0.999", self.obama, self.obama2, code=NO)
        self.vultus("verify", "--metric", "euclidean", "--threshold", "1.9", self.obama, self.biden)


if __name__ == "__main__":
    harness.main()
