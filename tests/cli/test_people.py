#!/usr/bin/env python3
"""people: an empty gallery, changes, questions, export."""

import base64
import json
import os
import pty

import harness
from harness import DONE, ENVIRONMENT, INPUTS, NO, USAGE, picture

EXAMPLES = "face_recognition/examples/"


class Empty(harness.Case):
    """What needs no models."""

    def test_no_gallery(self):
        for command in (["list"], ["show", "Ada"], ["rename", "a", "b"], ["merge", "a", "b"],
                        ["delete", "--yes", "a"], ["export"]):
            with self.subTest(command=command):
                output, errors = self.vultus("people", *command, code=ENVIRONMENT)
                self.assertEqual(output, "")
                self.assertTrue(errors.startswith(f"vultus: {self.gallery}: "), errors)
                self.assertEqual(errors.count("\n"), 1)
        self.assertFalse(self.gallery.exists())

    def test_empty_gallery(self):
        self.gallery.touch()
        self.vultus("people", "rename", "Ada", "Eve", code=INPUTS)  # makes the tables
        self.assertEqual(self.vultus("people", "list")[0], "NAME  FACES  CREATED\n")
        self.assertEqual(self.vultus("people", "list", "--json")[0], "")
        self.assertEqual(self.vultus("people", "list", "--csv")[0], "name,faces,created,id\n")
        self.assertEqual(self.vultus("people", "export")[0], "")
        for command in (["show", "Ada"], ["merge", "Ada", "Eve"], ["delete", "--yes", "Ada"],
                        ["export", "Ada"]):
            _, errors = self.vultus("people", *command, code=INPUTS)
            self.assertIn("Ada", errors)

    def test_delete_needs_yes(self):
        _, errors = self.vultus("people", "delete", "Ada", code=USAGE)
        self.assertEqual(errors, "vultus: people delete needs --yes where it cannot ask\n")

    def test_folder_as_gallery(self):
        _, errors = self.vultus("people", "list", "--db", self.folder, code=ENVIRONMENT)
        self.assertIn(str(self.folder), errors)


class People(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.vultus("enroll", "--name", "Barack Obama", picture(EXAMPLES + "obama.jpg"),
                    picture(EXAMPLES + "obama2.jpg"))
        self.vultus("enroll", "--name", "Джо, \"J\"", picture(EXAMPLES + "biden.jpg"))

    def test_filters(self):
        """identify among some people only."""
        face = picture(EXAMPLES + "obama.jpg")
        self.vultus("people", "tag", "Barack Obama", "vip")
        self.vultus("people", "group", "Джо, \"J\"", "choir")

        def name(*options):
            output, _ = self.vultus("identify", "--json", *options, face)
            return json.loads(output)["faces"][0]["name"]

        self.assertEqual(name("--tag", "vip"), "Barack Obama")
        self.assertEqual(name("--person", "Barack Obama", "--person", "Джо, \"J\""), "Barack Obama")
        self.assertIsNone(name("--group", "choir"))
        self.assertIsNone(name("--group", "choir", "--tag", "vip"))
        _, errors = self.vultus("identify", "--group", "board", face, code=ENVIRONMENT)
        self.assertEqual(errors, "vultus: nobody is in the group \"board\"\n")

    def test_list(self):
        output, _ = self.vultus("people", "list")
        created = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
        self.assertRegex(output, "^NAME          FACES  CREATED\n"
                                 f"Barack Obama      2  {created}\n"
                                 f'Джо, "J"          1  {created}\n$')
        self.assertEqual([row["name"] for row in self.csv("people", "list")], ["Barack Obama", 'Джо, "J"'])

    def test_show(self):
        person, = self.json("people", "show", "Barack Obama")
        self.assertEqual([os.path.basename(each["source"]) for each in person["faces"]],
                         ["obama.jpg", "obama2.jpg"])
        rows = self.csv("people", "show", "Barack Obama")
        self.assertEqual([row["face"] for row in rows], [str(each["face"]) for each in person["faces"]])
        self.assertEqual(len(self.vultus("people", "show", "Barack Obama")[0].splitlines()), 3)

    def test_rename_and_merge(self):
        _, errors = self.vultus("people", "rename", "Barack Obama", 'Джо, "J"', code=INPUTS)
        self.assertIn("Джо", errors)
        self.vultus("people", "rename", "Barack Obama", "Барак")
        self.assertEqual(self.people(), {"Барак": 2, 'Джо, "J"': 1})
        self.vultus("people", "merge", 'Джо, "J"', "Барак")
        self.assertEqual(self.people(), {"Барак": 3})
        self.vultus("people", "rename", "Барак", "", code=USAGE)

    def test_delete(self):
        output, errors = self.vultus("people", "delete", "--yes", "Nobody", "Barack Obama", code=INPUTS)
        self.assertEqual(output, "")
        self.assertIn("Nobody", errors)
        self.assertEqual(self.people(), {'Джо, "J"': 1})

    def answer(self, text):
        control, terminal = pty.openpty()
        process = self.start("people", "delete", "Barack Obama", stdin=terminal, stdout=terminal,
                             stderr=terminal)
        os.close(terminal)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(control, 1000)
        os.write(control, text)
        code = process.wait(timeout=60)
        os.close(control)
        self.assertIn(b"Delete Barack Obama with all faces?", shown)
        return code

    def test_question(self):
        self.assertEqual(self.answer(b"n\n"), NO)
        self.assertEqual(self.answer(b"\n"), NO)
        self.assertEqual(self.people()["Barack Obama"], 2)
        self.assertEqual(self.answer(b"y\n"), DONE)
        self.assertEqual(self.people(), {'Джо, "J"': 1})

    def test_export(self):
        faces = self.json("people", "export")
        self.assertEqual([face["name"] for face in faces], 2 * ["Barack Obama"] + ['Джо, "J"'])
        for face in faces:
            self.assertTrue({"face", "source", "created", "embedder", "x", "y", "width", "height", "score",
                             "landmarks", "quality"} <= set(face))
            self.assertAlmostEqual(sum(x * x for x in face["embedding"]), 1, places=4)
            self.assertEqual(base64.b64decode(face["thumbnail"], validate=True)[:2], b"\xff\xd8")
        path = self.folder / "out.jsonl"
        output, errors = self.vultus("people", "export", "Nobody", "Barack Obama", "-o", path, code=INPUTS)
        self.assertEqual(output, "")
        self.assertEqual([json.loads(line) for line in path.read_text().splitlines()], faces[:2])
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        _, errors = self.vultus("people", "export", "-o", self.folder / "no/such/x", code=ENVIRONMENT)
        self.assertIn("no/such/x: No such file or directory", errors)
        self.assertEqual(sorted(os.listdir(self.folder))[-1], "out.jsonl")


if __name__ == "__main__":
    harness.main()
