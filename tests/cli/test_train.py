#!/usr/bin/env python3
"""vultus train, on files of embeddings that are made up: no pictures, no models."""

import json
import random
import struct

import harness
from harness import INPUTS, USAGE, picture

NOWHERE = {"VULTUS_MODELS": "/nowhere"}


def write_embeddings(path, people, rows, seed=1, spread=0.5, dimension=16, embedder="made-up@1"):
    """A file as vultus embed writes it: unit vectors around a centre for each of the named people."""
    chance = random.Random(seed)
    values, person = [], []
    for number, _ in enumerate(people):
        centre = [chance.gauss(0, 1) for _ in range(dimension)]
        for _ in range(rows):
            row = [x + chance.gauss(0, spread) for x in centre]
            length = sum(x * x for x in row) ** 0.5
            values += [x / length for x in row]
            person.append(number)
    tensors = {"embeddings": ("F32", [len(person), dimension], struct.pack(f"<{len(values)}f", *values)),
               "person": ("I32", [len(person)], struct.pack(f"<{len(person)}i", *person)),
               "names": ("U8", None, "".join(f"{name}\0" for name in people).encode())}
    head = {"kind": "embeddings", "version": 1, "embedder": embedder, "metric": "cosine", "raw": False,
            "people": len(people)}
    header, body = {"__metadata__": {"vultus": json.dumps(head)}}, b""
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape or [len(data)], "data_offsets": [len(body), len(body) + len(data)]}
        body += data + bytes(-len(data) % 8)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


class TrainClassifier(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment.update(NOWHERE)
        self.people = write_embeddings(self.folder / "people.safetensors",
                                       [f"Person {i}" for i in range(8)], 5)
        self.out = self.folder / "out.classifier"

    def test_a_classifier_and_how_good_it_is(self):
        answer, = self.json("train", "classifier", self.people, "--method", "logistic", "--C", "10",
                            "--output", self.out)
        self.assertEqual((answer["people"], answer["pictures"], answer["tested"], answer["folds"]), (8, 40, 40, 5))
        self.assertEqual(answer["method"], "logistic")
        self.assertTrue(answer["parameters"].startswith("C=10;"))
        self.assertGreater(answer["accuracy"], 0.9)
        self.assertEqual((answer["strangers"], answer["embedder"]), (40, "made-up@1"))
        self.assertLessEqual(answer["accuracy_low"], answer["accuracy"])
        self.assertLessEqual(answer["accuracy"], answer["accuracy_high"])
        right = sum(cell["count"] for cell in answer["confusion"] if cell["truth"] == cell["answer"])
        self.assertAlmostEqual(right / 40, answer["accuracy"])
        first = self.out.read_bytes()
        text, _ = self.vultus("train", "classifier", self.people, "--method", "logistic", "--C", "10",
                              "--output", self.out, "--threads", "1")
        self.assertEqual(self.out.read_bytes(), first)
        self.assertIn("held out, in 5 folds", text)
        self.assertIn("recognised", text)
        self.assertIn("95 % interval", text)
        rows = {row["measure"]: row["value"] for row in
                self.csv("train", "classifier", self.people, "--method", "centroid", "-o", self.out)}
        self.assertEqual((rows["method"], rows["people"]), ("centroid", "8"))

    def test_a_grid(self):
        arguments = ("train", "classifier", self.people, "--method", "svm-rbf", "--cv", "3",
                     "--grid", "C=0.1,10;gamma=scale,0.5", "-o", self.out)
        answer, = self.json(*arguments)
        self.assertEqual(len(answer["trials"]), 4)
        self.assertEqual(answer["accuracy"], max(trial["accuracy"] for trial in answer["trials"]))
        text, _ = self.vultus(*arguments)
        self.assertIn("C=10;gamma=0.5", text)

    def test_one_picture_each(self):
        people = write_embeddings(self.folder / "one.safetensors", ["Ada", "Bob", "Cy"], 1)
        answer, = self.json("train", "classifier", people, "-o", self.out)
        self.assertEqual((answer["single"], answer["tested"], answer["accuracy"]), (3, 0, None))
        text, _ = self.vultus("train", "classifier", people, "-o", self.out)
        self.assertIn("no picture could be held out", text)

    def test_strangers_from_a_file(self):
        others = write_embeddings(self.folder / "others.safetensors", ["x", "y"], 5, seed=2)
        answer, = self.json("train", "classifier", self.people, "--strangers-from", others, "--far", "0.1",
                            "-o", self.out)
        self.assertEqual((answer["strangers"], answer["far"]), (50, 0.1))
        other = write_embeddings(self.folder / "other.safetensors", ["x"], 5, embedder="other@1")
        _, errors = self.vultus("train", "classifier", self.people, "--strangers-from", other, "-o", self.out,
                                code=harness.ENVIRONMENT)
        self.assertIn("another model", errors)

    def test_what_is_wrong_is_one_line(self):
        one = write_embeddings(self.folder / "one.safetensors", ["Ada"], 4)
        for arguments, says in (
                ((self.people,), "--output"),
                ((one, "-o", self.out), "at least two people; there is 1"),
                ((self.people, "-o", self.out, "--method", "svm"), "no classifier is called \"svm\""),
                ((self.people, "-o", self.out, "--C", "0"), "C: \"0\""),
                ((self.people, "-o", self.out, "--gamma", "1"), "softmax has no parameter \"gamma\""),
                ((self.people, "-o", self.out, "--grid", "D=1"), "softmax has no parameter \"D\""),
                ((self.people, "-o", self.out, "--grid", "C=1,2", "--cv", "1"), "at least two folds"),
                ((self.people, "-o", self.out, "--far", "0.9"), "false accept rate"),
                ((self.people, "-o", self.out, "--name", "x"), "takes no --name")):
            with self.subTest(says=says):
                _, errors = self.vultus("train", "classifier", *arguments, code=USAGE)
                self.assertEqual(len(errors.splitlines()), 1)
                self.assertIn(says, errors)
        self.assertFalse(self.out.exists())
        missing = self.folder / "missing.safetensors"
        _, errors = self.vultus("train", "classifier", missing, "-o", self.out, code=INPUTS)
        self.assertIn("missing.safetensors", errors)


class TrainSiamese(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment.update(NOWHERE)
        self.people = write_embeddings(self.folder / "people.safetensors", [f"P{i}" for i in range(20)], 6)
        self.out = self.folder / "out.siamese"

    def test_a_comparison_beside_the_cosine(self):
        answer, = self.json("train", "siamese", self.people, "--output", self.out)
        self.assertEqual((answer["people"], answer["held_people"], answer["pairs"]), (20, 6, 2 * 20 * 15))
        self.assertGreater(answer["siamese"]["auc"], 0.9)
        self.assertGreater(answer["plain"]["auc"], 0.9)
        text, _ = self.vultus("train", "siamese", self.people, "-o", self.out)
        self.assertRegex(text, r"HELD OUT PEOPLE +PLAIN +SIAMESE")
        answer, = self.json("train", "siamese", self.people, "--held-out", "0", "--hard", "0", "-o", self.out)
        self.assertEqual((answer["held_people"], answer["siamese"]), (0, None))

    def test_what_is_wrong_is_one_line(self):
        single = write_embeddings(self.folder / "single.safetensors", ["Ada", "Bob"], 1)
        for arguments, says in (((self.people,), "--output"), (("-o", self.out), "needs people"),
                                ((self.people, "--pairs", "x", "-o", self.out), "not both"),
                                ((self.people, "--C", "0", "-o", self.out), "--C: \"0\""),
                                ((single, "-o", self.out), "two pictures")):
            with self.subTest(says=says):
                _, errors = self.vultus("train", "siamese", *arguments, code=USAGE)
                self.assertEqual(len(errors.splitlines()), 1)
                self.assertIn(says, errors)

    def test_what_a_learnt_comparison_leaves_no_room_for(self):
        for option in (("--far", "1e-3"), ("--min-margin", "0.1"), ("--metric", "cosine")):
            _, errors = self.vultus("verify", "--siamese", self.out, *option, "a.jpg", "b.jpg", code=harness.USAGE)
            self.assertIn(f"--siamese or {option[0]}, not both", errors)


class Using(harness.Case):
    """With real pictures: what was trained answers, and does not answer for another embedder."""

    needs_models = True

    def people(self):
        train = "face_recognition/examples/knn_examples/train"
        for person in ("biden", "obama", "kit_harington"):
            for each in sorted(picture(f"{train}/{person}").iterdir())[:2]:
                self.copy(each, f"people/{person}/{each.name}")
        return self.folder / "people"

    def test_a_classifier_names_faces(self):
        people, out = self.people(), self.folder / "out.classifier"
        self.vultus("train", "classifier", people, "-o", out)
        answer, = self.json("identify", "--classifier", out, "--top", "3",
                            picture("face_recognition/examples/obama.jpg"))
        face, = answer["faces"]
        self.assertEqual((face["name"], face["metric"], face["match"]), ("obama", "softmax", True))
        self.assertEqual([each["name"] for each in face["candidates"]][0], "obama")
        self.assertGreaterEqual(face["score"], face["threshold"])
        self.assertAlmostEqual(sum(each["similarity"] for each in face["candidates"]), 1, places=4)
        row, = self.csv("identify", "--classifier", out, picture("face_recognition/examples/alex-lacamoire.png"))
        self.assertEqual(row["name"], "")
        self.assertFalse(self.gallery.exists())
        other = write_embeddings(self.folder / "other.safetensors", ["a", "b"], 2, dimension=192)
        self.vultus("train", "classifier", other, "-o", out)
        _, errors = self.vultus("identify", "--classifier", out, picture("face_recognition/examples/obama.jpg"),
                                code=harness.ENVIRONMENT)
        self.assertIn("trained on embeddings by made-up@1", errors)
        _, errors = self.vultus("identify", "--classifier", out, "--threshold", "0.5", "x.jpg", code=USAGE)
        self.assertIn("--classifier or --threshold", errors)

    def test_a_siamese_comparison_verifies(self):
        people, out = self.people(), self.folder / "out.siamese"
        self.vultus("train", "siamese", people, "--held-out", "0", "-o", out)
        examples = "face_recognition/examples"
        answer, = self.json("verify", "--siamese", out, picture(f"{examples}/obama.jpg"),
                            picture(f"{examples}/obama2.jpg"))
        self.assertEqual((answer["match"], answer["metric"], answer["threshold"]), (True, "siamese", 0.5))
        self.assertGreater(answer["similarity"], 0.5)
        answer, = self.json("verify", "--siamese", out, picture(f"{examples}/obama.jpg"),
                            picture(f"{examples}/biden.jpg"), code=harness.NO)
        self.assertLess(answer["similarity"], 0.5)
        pairs = self.folder / "pairs.csv"
        files = {name: picture(f"{examples}/{name}.jpg") for name in ("obama", "obama2", "biden")}
        for name, file in files.items():
            self.copy(file, f"{name}.jpg")
        pairs.write_text("file_x,file_y,Decision\nobama.jpg,obama2.jpg,Yes\nobama2.jpg,obama.jpg,Yes\n"
                         "obama.jpg,biden.jpg,No\nobama2.jpg,biden.jpg,No\n")
        answer, = self.json("evaluate", "pairs", pairs, "--siamese", out, "--folds", "2", "--bootstrap", "0")
        self.assertEqual((answer["auc"], answer["siamese"]["auc"]), (1, 1))
        page = self.folder / "page.html"
        self.vultus("evaluate", "pairs", pairs, "--siamese", out, "--folds", "2", "--bootstrap", "0", "--html", page)
        learnt = page.read_text().split("<h2>The learnt comparison</h2>")[1].split("</table>")[0]
        self.assertIn('<tr><td>AUC</td><td class="n">1.0000</td><td class="n">1.0000</td></tr>', learnt)
        self.assertNotIn("at threshold", learnt)
        self.vultus("evaluate", "pairs", pairs, "--folds", "2", "--bootstrap", "0", "--html", page)
        self.assertNotIn("learnt comparison", page.read_text())
        answer, = self.json("train", "siamese", "--pairs", pairs, "-o", out)
        self.assertEqual(answer["pairs"], 4)


if __name__ == "__main__":
    harness.main()
