#!/usr/bin/env python3
"""gallery: copies, checks, statistics, export and import. Faces are made up, so no models are needed."""

import hashlib
import json
import math
import os
import random
import signal
import time

import harness
from harness import DONE, ENVIRONMENT, INPUTS, INTERRUPTED, NO, USAGE


def face(number, name, dimension=16):
    source = random.Random(number)
    numbers = [source.gauss(0, 1) for _ in range(dimension)]
    length = math.sqrt(sum(x * x for x in numbers))
    return {"name": name, "face": number, "source": f"{number}.jpg", "created": "2026-01-31T12:00:00Z",
            "embedder": "synthetic@00000001", "x": 1.5, "y": 2, "width": 64, "height": 80, "score": 0.875,
            "picture": hashlib.sha256(str(number).encode()).hexdigest(),
            "landmarks": [[i, 2.5 * i] for i in range(5)],
            "quality": {"size": 64, "sharpness": 0.5, "brightness": 0.25, "roll": -3.5, "yaw": 0},
            "embedding": [x / length for x in numbers], "thumbnail": "/9j/4AAQ"}


class Gallery(harness.Case):
    def lines(self, name, rows):
        path = self.folder / name
        path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
        return path

    def fill(self, count=6):
        self.vultus("gallery", "import",
                    self.lines("in.jsonl", [face(i, f"person {i // 2}") for i in range(count)]))

    def test_import_and_export(self):
        rows = [face(i, f"person {i // 2}") for i in range(6)]
        path = self.lines("in.jsonl", rows)
        _, errors = self.vultus("gallery", "import", path)
        self.assertIn("imported 6 faces, 3 people are new, 0 faces were there already", errors)
        _, errors = self.vultus("gallery", "import", path)
        self.assertIn("imported 0 faces, 0 people are new, 6 faces were there already", errors)
        self.assertEqual(self.people(), {f"person {i}": 2 for i in range(3)})
        output, _ = self.vultus("gallery", "export", "-")
        once = self.folder / "once.jsonl"
        self.vultus("gallery", "export", once)
        self.assertEqual(once.read_text(), output)
        self.assertEqual(once.stat().st_mode & 0o777, 0o600)
        for wanted, got in zip(rows, map(json.loads, output.splitlines()), strict=True):
            wanted.pop("face"), got.pop("face")
            self.assertEqual(got.pop("facts"), [])
            numbers = wanted.pop("embedding"), got.pop("embedding")
            measures = wanted.pop("quality"), got.pop("quality")
            self.assertEqual(wanted, got)
            self.assertLessEqual(measures[0].items(), measures[1].items())
            for a, b in zip(*numbers, strict=True):
                self.assertAlmostEqual(a, b, places=6)
        other = self.folder / "other.db"
        self.vultus("gallery", "import", "--db", other, once)
        again, _ = self.vultus("gallery", "export", "--db", other, "-")
        self.assertEqual(again, output)

    def know(self, *db):
        """Something of each kind, somebody without a face, and a picture that is not of somebody."""
        for arguments in (["tag", "person 0", "vip"], ["group", "person 0", "board", "choir"],
                          ["set", "person 1", "born=1815 ✓"], ["consent", "person 1", "form 7"],
                          ["retain", "person 1", "2999-01-01"], ["not", "person 1", "3"],
                          ["move", "1", "person 1"], ["move", "2", "person 1"]):
            self.vultus("people", arguments[0], *db, *arguments[1:])

    def test_moving_loses_nothing(self):
        self.fill()
        self.know()
        exported, _ = self.vultus("gallery", "export", "-")
        people = [json.loads(line) for line in exported.splitlines() if '"person"' in line]
        self.assertEqual([(row["person"], len(row["facts"]), len(row["not"])) for row in people],
                         [("person 0", 3, 0), ("person 1", 3, 1)])
        other = self.folder / "other.db"
        path = self.folder / "all.jsonl"
        path.write_text(exported)
        _, errors = self.vultus("gallery", "import", "--db", other, path)
        self.assertIn("imported 6 faces, 3 people are new, 0 faces were there already", errors)
        self.assertIn("7 facts and refused pictures are new", errors)
        again, _ = self.vultus("gallery", "export", "--db", other, "-")
        without = [[{**json.loads(line), "face": 0} for line in text.splitlines()] for text in (exported, again)]
        self.assertCountEqual(*without)
        _, errors = self.vultus("gallery", "import", "--db", other, path)
        self.assertNotIn("facts", errors)
        self.assertEqual(self.vultus("gallery", "export", "--db", other, "-")[0], again)

    def test_a_refused_face_is_left_out_and_the_rest_is_not(self):
        self.fill(4)
        self.vultus("people", "not", "person 1", "3")
        rows = [face(i, f"person {i // 2}") for i in range(6)]
        rows[2]["embedder"] = rows[3]["embedder"] = "another@00000001"
        _, errors = self.vultus("gallery", "import", self.lines("in.jsonl", rows), code=INPUTS)
        self.assertIn('this picture does not show "person 1"', errors)
        self.assertIn("imported 3 faces, 1 people are new, 2 faces were there already", errors)

    def test_bad_people(self):
        good = {"person": "Ada", "created": None, "facts": [], "not": []}
        fact = {"kind": "tag", "key": "vip", "value": "", "since": "2026-01-31T12:00:00Z"}
        bad = [{**good, "facts": 1}, {**good, "facts": [{**fact, "kind": "hobby"}]}, {**good, "not": [{}]},
               {**good, "facts": [{**fact, "since": 1}]}, {**good, "person": 1}, {**good, "created": "x" * 40},
               {**good, "facts": [{**fact, "key": "x" * 300}]}, '{"person": \n']
        _, errors = self.vultus("gallery", "import", self.lines("bad.jsonl", [*bad, good]), code=INPUTS)
        for number in range(1, len(bad) + 1):
            self.assertIn(f"line {number}: ", errors)
        self.assertEqual(self.people(), {"Ada": 0})

    def test_bad_lines(self):
        good = face(1, "Ada")
        bad = ["nonsense\n", "[]\n", "{}\n", {**good, "x": None}, {**good, "embedding": []},
               {**good, "picture": "00"}, {**good, "name": "x" * 300}, {**good, "thumbnail": "=AAA"},
               {**good, "embedding": ["1"] * 16}, {**good, "landmarks": [[1, 2]] * 4}]
        _, errors = self.vultus("gallery", "import", self.lines("bad.jsonl", [*bad, good]), code=INPUTS)
        for number in range(1, len(bad) + 1):
            self.assertIn(f"line {number}: ", errors)
        self.assertEqual(self.people(), {"Ada": 1})
        for row in ({**face(2, " Ada")}, {**face(2, "Ada", 8)}, {**face(2, "Ada"), "created": "today"},
                    {**face(2, "Ada"), "embedding": [1] * 16}):
            _, errors = self.vultus("gallery", "import", self.lines("bad.jsonl", [row]), code=INPUTS)
            self.assertEqual(errors.count("\n"), 2, errors)
        self.assertEqual(self.people(), {"Ada": 1})
        self.vultus("gallery", "import", self.folder / "none", code=INPUTS)
        self.vultus("gallery", "import", self.lines("long.jsonl", ["x" * (5 << 20)]), code=INPUTS)

    def test_copies(self):
        self.fill()
        copy = self.folder / "copy.db"
        self.vultus("gallery", "backup", copy)
        self.assertEqual(sorted(os.listdir(self.folder)), ["copy.db", "gallery.db", "in.jsonl"])
        _, errors = self.vultus("gallery", "backup", copy, code=INPUTS)
        self.assertEqual(errors, f"vultus: {copy}: is there already; --force replaces it\n")
        self.vultus("people", "delete", "--yes", "person 1")
        _, errors = self.vultus("gallery", "restore", copy, code=INPUTS)
        self.assertIn("--force", errors)
        self.vultus("gallery", "restore", "--force", copy)
        self.assertIn("person 1", self.people())
        copy.write_bytes(copy.read_bytes()[:20000])
        self.vultus("gallery", "restore", "--force", copy, code=ENVIRONMENT)
        self.assertEqual(len(self.people()), 3)
        self.vultus("gallery", "backup", "--quiet", "--force", copy)
        self.vultus("gallery", "restore", "--db", self.folder / "new/place.db", copy)
        self.assertEqual((self.folder / "new").stat().st_mode & 0o777, 0o700)

    def test_check(self):
        self.vultus("gallery", "check", code=ENVIRONMENT)
        self.fill()
        output, errors = self.vultus("gallery", "check")
        self.assertEqual((output, errors), ("", "vultus: the gallery is whole\n"))
        import sqlite3
        with sqlite3.connect(self.gallery) as connection:
            connection.execute("UPDATE embeddings SET vector = x'00' WHERE face = 2")
        self.assertIn("row 2 of faces", self.vultus("gallery", "check", code=NO)[0])
        fault, = self.json("gallery", "check", code=NO)
        self.assertIn("row 2 of faces", fault["fault"])

    def test_check_of_a_search_file(self):
        self.fill(6000)
        file = self.folder / (self.gallery.name + "-search-synthetic@00000001")
        self.assertEqual(self.vultus("gallery", "check")[1], "vultus: the gallery is whole\n")
        with open(file, "r+b") as opened:
            data = opened.read()
            opened.seek(data.index(b"person 77\0") + 7)
            opened.write(b"8")
        output, errors = self.vultus("gallery", "check", code=NO)
        self.assertIn("is damaged: its names", output)
        self.assertTrue(file.exists())
        output, errors = self.vultus("gallery", "check", "--repair")
        self.assertIn("1 of 1 faults were of search files", errors)
        self.assertFalse(file.exists())
        self.assertEqual(self.vultus("gallery", "check")[1], "vultus: the gallery is whole\n")

    def test_erased(self):
        self.fill()
        trace, = self.json("gallery", "check", "--erased", "person 1", code=NO)
        self.assertEqual((trace["gone"], trace["texts"]), (False, 1))
        self.vultus("people", "delete", "--yes", "person 1")
        trace, = self.json("gallery", "check", "--erased", "person 1")
        self.assertEqual(trace, {"name": "person 1", "gone": True, "texts": 0, "mentions": 0, "places": 0,
                                 "free": trace["free"], "dirty": 0})
        self.assertEqual(self.csv("gallery", "check", "--erased", "person 1")[0]["gone"], "yes")

    def test_compact_and_stats(self):
        self.fill(600)
        before, = self.json("gallery", "stats")
        self.assertEqual((before["people"], before["faces"], before["free"]), (300, 600, 0))
        self.assertEqual(before["embedders"],
                         [{"embedder": "synthetic@00000001", "dimension": 16, "embeddings": 600}])
        self.vultus("people", "delete", "--yes", *[f"person {i}" for i in range(200)])
        self.assertGreater(self.json("gallery", "stats")[0]["free"], 0)
        self.vultus("gallery", "compact")
        after, = self.json("gallery", "stats")
        self.assertEqual((after["people"], after["free"]), (100, 0))
        self.assertLess(after["bytes"], before["bytes"])
        self.assertEqual(len(self.csv("gallery", "stats")), 1)

    def test_interrupted_import(self):
        rows = self.lines("in.jsonl", [face(i, f"person {i}") for i in range(40000)])
        process = self.start("gallery", "import", rows)
        while process.poll() is None and not self.gallery.exists():
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertIn(process.returncode, (INTERRUPTED, DONE), errors)
        stored = sum(self.people().values())
        self.assertEqual(stored % 1000, 0)
        self.vultus("gallery", "import", rows)
        self.assertEqual(sum(self.people().values()), 40000)
        self.vultus("gallery", "check")

    def test_people(self):
        self.fill()
        for command in (["tag", "person 1", "vip", "staff"], ["untag", "person 1", "staff"],
                        ["group", "person 1", "board", "choir"], ["ungroup", "person 1", "choir"],
                        ["set", "person 1", "born=1815", "city=London"], ["set", "person 1", "city="],
                        ["consent", "person 1", "form 7"], ["retain", "person 1", "2999-01-01"],
                        ["not", "person 1", "3"], ["move", "1", "2", "person 2"]):
            self.vultus("people", *command)
        person, = self.json("people", "show", "person 1")
        self.assertEqual([(x["kind"], x["key"], x["value"]) for x in person["facts"]],
                         [("attribute", "born", "1815"), ("consent", "", "form 7"), ("group", "board", ""),
                          ("retain", "", "2999-01-01T00:00:00Z"), ("tag", "vip", "")])
        self.assertTrue(self.vultus("people", "show", "person 1")[0].startswith("FACT "))
        self.vultus("people", "tag", "person 2", "vip")
        for filters, expected in ((["--tag", "vip"], ["person 1", "person 2"]), (["--group", "board"], ["person 1"]),
                                  (["--tag", "vip", "--group", "board"], ["person 1"]), (["--tag", "board"], []),
                                  (["--group", "choir"], [])):
            listed = self.json("people", "list", *filters)
            self.assertEqual([each["name"] for each in listed], expected, filters)
        self.vultus("people", "undo")
        self.assertEqual(self.json("people", "export", "person 1")[0]["facts"], person["facts"])
        self.assertEqual(self.people(), {"person 0": 0, "person 1": 2, "person 2": 4})
        self.vultus("people", "merge", "person 1", "person 2", "--actor", "Olga")
        change = self.json("people", "audit")[0]
        self.assertEqual((change["actor"], change["action"], change["before"], change["undoable"]),
                         ("Olga", "merge", "person 1", True))
        _, errors = self.vultus("people", "undo")
        self.assertEqual(errors, "vultus: taken back: merge\n")
        for _ in range(2):
            self.vultus("people", "undo")
        self.assertEqual(self.people(), {f"person {i}": 2 for i in range(3)})
        self.assertIn("undo", self.csv("people", "audit")[0]["action"])
        self.assertGreater(len(self.json("people", "audit", "person 1")), 8)
        self.assertEqual(self.json("people", "audit", "person 0"), [])
        faces = [str(row["face"]) for row in self.json("people", "show", "person 0")[0]["faces"]]
        self.vultus("people", "split", "person 0", "somebody new", faces[0])
        self.assertEqual(self.people(), {"person 0": 1, "person 1": 2, "person 2": 2, "somebody new": 1})
        self.vultus("people", "undo")
        self.assertEqual(self.people(), {f"person {i}": 2 for i in range(3)})
        self.vultus("people", "forget", faces[0], code=USAGE)  # there is nobody to ask
        self.vultus("people", "forget", "--yes", faces[0])
        self.assertEqual(self.people(), {"person 0": 1, "person 1": 2, "person 2": 2})
        self.vultus("people", "forget", "--yes", faces[0], code=INPUTS)
        self.vultus("people", "split", "person 0", "x", faces[0], code=INPUTS)
        self.vultus("people", "split", "person 0", "x", "one", code=USAGE)
        self.vultus("people", "retain", "person 1", "2001-01-01")
        self.vultus("gallery", "compact")
        self.assertEqual(self.people(), {"person 0": 1, "person 2": 2})
        self.vultus("gallery", "check")
        for command in (["set", "person 0", "x"], ["retain", "person 0", "soon"], ["tag", "person 0", " "],
                        ["move", "one", "person 0"], ["tag", "person 0"]):
            self.vultus("people", *command, code=USAGE)
        for command in (["tag", "nobody", "x"], ["untag", "person 0", "x"], ["move", "99", "person 0"],
                        ["not", "person 0", "no.jpg"], ["audit", "nobody"]):
            self.vultus("people", *command, code=INPUTS)

    def test_usage(self):
        self.vultus("gallery", "check", "--force", code=USAGE)
        self.vultus("gallery", "backup", code=USAGE)


if __name__ == "__main__":
    harness.main()
