#!/usr/bin/env python3
"""vultus cluster: made-up embeddings through --truth; albums of real pictures, and what people say of them."""

import json
import os
import random
import struct

import harness
from harness import ENVIRONMENT, INPUTS, NO, USAGE, picture

EXAMPLES = "face_recognition/examples"


def write_embeddings(path, people, each, dimension=32, noise=0.4):
    """A file as vultus embed writes it, of people who do not exist."""
    draw = random.Random(5)
    rows, person = [], []
    centres = [[draw.gauss(0, 1) for _ in range(dimension)] for _ in range(people)]
    for i in range(people * each):
        row = [x + noise * draw.gauss(0, 1) for x in centres[i % people]]
        length = sum(x * x for x in row) ** 0.5
        rows += [x / length for x in row]
        person.append(i % people)
    names = b"".join(b"person %d\0" % i for i in range(people))
    data = struct.pack(f"<{len(rows)}f", *rows)
    end = len(data) + 4 * len(person)
    head = {"embedder": "", "people": people, "metric": "cosine", "raw": False, "kind": "embeddings", "version": 1}
    header = json.dumps({
        "__metadata__": {"vultus": json.dumps(head)},
        "embeddings": {"dtype": "F32", "shape": [len(person), dimension], "data_offsets": [0, len(data)]},
        "person": {"dtype": "I32", "shape": [len(person)], "data_offsets": [len(data), end]},
        "names": {"dtype": "U8", "shape": [len(names)], "data_offsets": [end, end + len(names)]}}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + data +
                     struct.pack(f"<{len(person)}i", *person) + names)


class Truth(harness.Case):
    """No models are needed."""

    def test_made_up_people(self):
        path = self.folder / "faces.safetensors"
        write_embeddings(path, people=20, each=6)
        for method in ("linkage", "whispers", "density"):
            report, = self.json("cluster", "--truth", path, "--threshold", "0.7", "--method", method)
            self.assertEqual((report["method"], report["faces"], report["people"], report["clusters"]),
                             (method, 120, 20, 20))
            self.assertEqual((report["bcubed"]["f1"], report["pairs"]["f1"], report["impurity"]), (1, 1, 0))
            self.assertEqual((report["far"], report["basis"]), (None, "given"))
        one, = self.json("cluster", "--truth", path, "--threshold", "1")
        self.assertEqual((one["clusters"], one["pairs"]["recall"], one["pairs"]["precision"]), (120, 0, None))
        rows = {row["measure"]: row["value"] for row in self.csv("cluster", "--truth", path, "--threshold", "0.7")}
        self.assertEqual(float(rows["bcubed.f1"]), 1)
        output, _ = self.vultus("cluster", "--truth", path, "--threshold", "0.7")
        self.assertIn("120 faces of 20 people in 20 clusters (linkage, threshold 0.700, as it was given)", output)

    def test_threads_and_seeds(self):
        path = self.folder / "faces.safetensors"
        write_embeddings(path, people=50, each=4, noise=1.2)
        for method in ("linkage", "whispers"):
            answers = []
            for threads in "124":
                report, = self.json("cluster", "--truth", path, "--threshold", "0.3", "--method", method,
                                    "--seed", "9", "--threads", threads)
                answers.append({**report, "seconds": 0})
            self.assertEqual(answers[0], answers[1])
            self.assertEqual(answers[0], answers[2])


class Usage(harness.Case):
    def test_wrong_calls(self):
        for arguments in ((), ("--method", "kmeans", "x"), ("--threshold", "0.5", "--far", "0.1", "x"),
                          ("--copy", "x"), ("split", "1"), ("split", "1", "2", "--auto"), ("merge", "1"),
                          ("merge", "1", "two"), ("show", "0"), ("name", "-1"), ("name", "1", "--enroll"),
                          ("link", "1"), ("list", "--auto"), ("reset",)):
            _, errors = self.vultus("cluster", *arguments, code=USAGE)
            self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_there_is_no_album(self):
        for arguments in (("list",), ("show", "1"), ("merge", "1", "2"), ("undo",), ("reset", "--yes")):
            _, errors = self.vultus("cluster", *arguments, code=ENVIRONMENT)
            self.assertIn("there is no album", errors)
            self.assertIn("vultus cluster DIR", errors)

    def test_a_damaged_album(self):
        path = self.folder / "album.safetensors"
        path.write_bytes(b"no album at all")
        _, errors = self.vultus("cluster", "list", "--state", path, code=ENVIRONMENT)
        self.assertIn("album.safetensors", errors)
        self.assertEqual(path.read_bytes(), b"no album at all")


class Albums(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.copy(picture(f"{EXAMPLES}/obama.jpg"), "p/a.jpg")
        self.copy(picture(f"{EXAMPLES}/obama2.jpg"), "p/sub/b.jpg")
        self.copy(picture(f"{EXAMPLES}/biden.jpg"), "p/c.jpg")
        self.copy(picture(f"{EXAMPLES}/two_people.jpg"), "p/two.jpg")
        self.pictures = self.folder / "p"

    def cluster(self, *arguments, **options):
        return self.vultus("cluster", *map(str, arguments), **options)

    def clusters(self, *arguments, **options):
        return {each["cluster"]: [os.path.basename(face["file"]) for face in each["faces"]]
                for each in self.json("cluster", *map(str, arguments), **options)}

    def test_a_folder_is_grouped_and_remembered(self):
        first = self.clusters(self.pictures)
        self.assertEqual(sorted(name for names in first.values() for name in names),
                         ["a.jpg", "b.jpg", "c.jpg", "two.jpg", "two.jpg"])
        obama = next(id for id, names in first.items() if "a.jpg" in names)
        self.assertIn("b.jpg", first[obama])
        self.assertNotIn("c.jpg", first[obama])
        for names in first.values():
            self.assertEqual(len(names), len(set(names))) # two faces of one picture are two people
        output, _ = self.cluster(self.pictures)
        self.assertIn("looked at 0 new pictures", output)
        self.assertEqual(self.clusters("list"), first)
        # a new picture, a changed one and one that is gone
        self.copy(self.pictures / "a.jpg", "p/new.jpg")
        self.copy(self.pictures / "c.jpg", "p/sub/b.jpg")
        os.remove(self.pictures / "two.jpg")
        output, _ = self.cluster(self.pictures)
        self.assertIn("looked at 2 new pictures with 2 faces", output)
        self.assertIn("1 picture is gone", output)
        second = self.clusters("list")
        self.assertEqual(sorted(second[obama]), ["a.jpg", "new.jpg"])
        self.assertIn(["b.jpg", "c.jpg"], [sorted(names) for names in second.values()])
        rows = self.csv("cluster", "list")
        self.assertEqual(len(rows), 4)
        state = self.folder / ".local/share/vultus/clusters.safetensors"
        self.assertEqual(state.stat().st_mode & 0o777, 0o600)
        self.cluster("reset", "--yes")
        self.assertFalse(state.exists())

    def test_what_the_threshold_rests_on(self):
        state = ("--state", self.folder / "album")
        _, notes = self.cluster(self.pictures, *state)
        self.assertRegex(notes, r"linkage with threshold 0\.\d+, which 0\.01 of strangers reach by the calibration")
        _, notes = self.cluster(self.pictures, *state, "--calibration", "none")
        self.assertIn("if theirs are normally distributed; there is no calibration of mobilefacenet@", notes)
        _, notes = self.cluster(self.pictures, *state, "--far", "1e-4")
        self.assertIn("which 0.0001 of strangers reach by the calibration", notes)
        _, notes = self.cluster(self.pictures, *state, "--threshold", "0.5")
        self.assertIn("threshold 0.500, as it was given", notes)
        _, errors = self.cluster(self.pictures, *state, "--far", "1e-4", "--calibration", "none", code=ENVIRONMENT)
        self.assertIn("--far needs a calibration of mobilefacenet@", errors)
        self.assertIn("vultus calibrate folder DIR", errors)

    def test_what_people_say(self):
        state = ("--state", self.folder / "album")
        first = self.clusters(self.pictures, *state)
        obama = next(id for id, names in first.items() if "a.jpg" in names)
        biden = next(id for id, names in first.items() if "c.jpg" in names)
        shown = self.json("cluster", "show", str(obama), *state)
        faces = {os.path.basename(face["file"]): face["face"] for face in shown}
        self.cluster("name", obama, "Barack Obama", *state)
        _, errors = self.cluster("name", biden, "Barack Obama", *state, code=INPUTS)
        self.assertIn("merge the two instead", errors)
        self.cluster("split", obama, faces["b.jpg"], *state)
        self.clusters(self.pictures, *state)
        split = self.clusters("list", *state)
        self.assertNotIn("b.jpg", split[obama])
        _, errors = self.cluster("link", faces["a.jpg"], faces["b.jpg"], *state, code=INPUTS)
        self.assertIn("known to be two people", errors)
        self.cluster("undo", *state)
        self.assertEqual(self.clusters("list", *state), first)
        _, errors = self.cluster("merge", obama, biden, *state, code=INPUTS) # both are in two.jpg
        self.assertIn("in one picture", errors)
        self.cluster("split", "--auto", biden, *state)
        alone = max(self.clusters("list", *state))
        _, errors = self.cluster("merge", biden, alone, *state, code=INPUTS)
        self.assertIn("known to be two people", errors)
        self.cluster("undo", *state)
        self.cluster("unlink", faces["a.jpg"], faces["b.jpg"], *state)
        self.assertNotIn("b.jpg", self.clusters(self.pictures, *state)[obama])
        self.cluster("undo", *state)
        _, errors = self.cluster("show", 77, *state, code=INPUTS)
        self.assertIn("no cluster 77", errors)
        self.cluster("undo", *state) # the name
        _, errors = self.cluster("undo", *state, code=INPUTS)
        self.assertIn("nothing to take back", errors)

    def test_a_growing_album(self):
        """Clusters are made again, but with --keep; the name stays with the face that it was given to."""
        state = ("--state", self.folder / "album")
        every = ("--threshold", "-1")
        first = self.clusters(self.pictures / "a.jpg", *state, *every)
        obama, = first
        self.cluster("name", obama, "Obama", *state)
        self.cluster(self.pictures / "c.jpg", *state)
        both = self.clusters("list", *state)
        self.assertEqual(sorted(both[obama]), ["a.jpg", "c.jpg"])
        self.cluster(self.pictures / "c.jpg", *state, "--threshold", "0.6", "--keep")
        self.assertEqual(self.clusters("list", *state), both)
        output, _ = self.cluster(self.pictures / "c.jpg", *state)
        self.assertIn("1 face went to another", output)
        self.assertEqual(self.clusters("list", *state)[obama], ["a.jpg"])

    def test_an_album_of_the_first_version(self):
        """Its faces do not say who put them there: whoever has a name keeps it."""
        state = self.folder / "album"
        first = self.clusters(self.pictures, "--state", state, "--threshold", "-1")
        largest = max(first, key=lambda id: len(first[id]))
        self.cluster("name", largest, "Everybody", "--state", state)
        data = state.read_bytes()
        size, = struct.unpack("<Q", data[:8])
        head, body = json.loads(data[8:8 + size]), data[8 + size:]
        meta = json.loads(head["__metadata__"]["vultus"])
        meta["version"] = 1
        head["__metadata__"]["vultus"] = json.dumps(meta)
        tensors = {name: body[slice(*head[name]["data_offsets"])] for name in head if name != "__metadata__"}
        rows = head["face"]["shape"][0]
        tensors["face"] = b"".join(tensors["face"][16 * i:16 * i + 12] for i in range(rows))
        head["face"]["shape"] = [rows, 3]
        at, order = 0, sorted(tensors, key=lambda name: head[name]["dtype"] == "U8")  # aligned
        for name in order:
            head[name]["data_offsets"] = [at, at + len(tensors[name])]
            at += len(tensors[name])
        header = json.dumps(head).encode()
        header += b" " * (-len(header) % 8)
        state.write_bytes(struct.pack("<Q", len(header)) + header + b"".join(tensors[name] for name in order))
        self.assertEqual(self.clusters("list", "--state", state), first)
        second = self.clusters(self.pictures, "--state", state, "--threshold", "1")
        self.assertEqual(sorted(second[largest]), sorted(first[largest]))

    def test_enrolment(self):
        first = self.clusters(self.pictures)
        obama = next(id for id, names in first.items() if "a.jpg" in names)
        self.cluster("name", obama, "Obama", "--enroll")
        self.assertEqual(self.people(), {"Obama": len(first[obama])})
        self.cluster("name", obama, "Obama", "--enroll") # nothing twice
        self.assertEqual(self.people(), {"Obama": len(first[obama])})
        answer, = self.json("identify", self.pictures / "sub/b.jpg")
        self.assertEqual(answer["faces"][0]["name"], "Obama")

    def test_folders_of_people(self):
        out = self.folder / "out"
        first = self.clusters(self.pictures, "--output", out)
        for id, names in first.items():
            links = out / f"person_{id:03}"
            self.assertEqual(sorted(os.listdir(links)), sorted(names))
            for name in names:
                self.assertTrue((links / name).is_symlink() and (links / name).exists())
        self.cluster("list", "--output", out) # again: nothing is added
        self.assertEqual(sum(len(os.listdir(each)) for each in out.iterdir()), 5)
        obama = next(id for id, names in first.items() if "a.jpg" in names)
        copies = self.folder / "copies"
        self.cluster("name", obama, "../Obama")
        mine = copies / f"_._Obama_{obama}"
        mine.mkdir(parents=True)
        (mine / "a.jpg").write_bytes(b"mine")
        self.cluster("list", "--output", copies, "--copy", "--min-size", "3")
        self.assertEqual([each.name for each in copies.iterdir()], [mine.name])
        self.assertEqual((mine / "a.jpg").read_bytes(), b"mine")
        self.assertEqual((mine / "a-2.jpg").read_bytes(), (self.pictures / "a.jpg").read_bytes())

    def test_what_cannot_be_used(self):
        (self.pictures / "broken.jpg").write_bytes(b"no picture")
        _, errors = self.cluster(self.pictures, code=INPUTS)
        self.assertIn("broken.jpg", errors)
        self.assertEqual(sum(map(len, self.clusters("list").values())), 5)
        _, errors = self.cluster("--detector", "hog", "--embedder", "dlib/resnet29", self.pictures,
                                code=ENVIRONMENT)


if __name__ == "__main__":
    harness.main()
