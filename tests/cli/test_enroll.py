#!/usr/bin/env python3
"""enroll: folder layouts, pictures that are refused, and that the same picture is one face."""

import json
import os

import harness
from harness import DONE, ENVIRONMENT, INPUTS, USAGE, picture

EXAMPLES = "face_recognition/examples/"


class Enroll(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.obama = picture(EXAMPLES + "obama.jpg")
        self.obama2 = picture(EXAMPLES + "obama2.jpg")
        self.biden = picture(EXAMPLES + "biden.jpg")
        self.two = picture(EXAMPLES + "two_people.jpg")
        self.root = self.folder / "people"

    def test_layouts(self):
        self.copy(self.obama, "people/Barack Obama/1.jpg")
        self.copy(self.obama2, "people/Barack Obama/2019/2.JPEG")
        self.copy(self.biden, "people/Joe_Biden.jpg", "people/Barack Obama/too/deep/x.jpg")
        (self.root / "notes.txt").write_text("not a picture")
        too_deep = (f"vultus: {self.root}/Barack Obama/too/deep: is too deep: a person's pictures are at most one "
                    "folder below the person's\n")
        output, errors = self.vultus("enroll", self.root, code=INPUTS)
        self.assertEqual(errors, too_deep)
        lines = output.splitlines()
        self.assertRegex(lines[0], r"^FILE +NAME +STATUS$")
        self.assertEqual([line.split("  ")[0].removeprefix(f"{self.root}/") for line in lines[1:-1]],
                         ["Barack Obama/1.jpg", "Barack Obama/2019/2.JPEG", "Joe_Biden.jpg"])
        self.assertTrue(all(line.endswith("  enrolled") for line in lines[1:-1]))
        self.assertEqual(lines[-1], "enrolled 3 faces of 2 people")
        self.assertEqual(self.people(), {"Barack Obama": 2, "Joe_Biden": 1})

        output, errors = self.vultus("enroll", self.root, code=INPUTS)
        self.assertEqual(errors, too_deep)
        self.assertEqual(output.splitlines()[-1],
                         "enrolled 0 faces of 0 people; 3 pictures were already enrolled")
        self.assertEqual(output.count("already enrolled\n"), 4)
        self.assertEqual(self.people(), {"Barack Obama": 2, "Joe_Biden": 1})

    def test_named(self):
        output, _ = self.vultus("enroll", "--name", "Ада Лавлейс", self.obama, self.obama2)
        self.assertIn("enrolled 2 faces of 1 person\n", output)
        self.assertEqual(self.people(), {"Ада Лавлейс": 2})

    def test_refused(self):
        self.copy(self.two, "people/Two/two.jpg")
        self.copy(self.obama, "people/One/one.jpg", "people/Other/same.jpg")
        (self.root / "One/bad.jpg").write_bytes(b"\xff\xd8\xff not really")
        (self.root / "Empty").mkdir()
        output, errors = self.vultus("--json", "enroll", self.root, code=INPUTS)
        rows = {os.path.basename(row["file"]): row for row in map(json.loads, output.splitlines())}
        self.assertEqual({name: row["status"] for name, row in rows.items()}, {
            "one.jpg": "enrolled", "same.jpg": "other_name", "two.jpg": "several_faces",
            "bad.jpg": "unreadable"})
        self.assertEqual(rows["same.jpg"]["reason"], "already enrolled as One")
        self.assertIsNone(rows["one.jpg"]["reason"])
        self.assertEqual(set(rows["one.jpg"]), {
            "file", "name", "status", "reason", "person", "face", "x", "y", "width", "height", "score",
            "quality"})
        for text in (f"vultus: {self.root}/Two/two.jpg: 2 faces found",
                     f"vultus: {self.root}/One/bad.jpg: ",
                     f"vultus: {self.root}/Other/same.jpg: already enrolled as One\n",
                     f"vultus: {self.root}/Empty: no pictures in this folder\n",
                     "vultus: enrolled 1 face of 1 person; 3 pictures were not used\n"):
            self.assertIn(text, errors)
        self.assertEqual(self.people(), {"One": 1})

        rows = self.csv("enroll", self.root, code=INPUTS)
        self.assertEqual(sorted(row["status"] for row in rows),
                         ["already_enrolled", "other_name", "several_faces", "unreadable"])

    def test_selection(self):
        output, _ = self.vultus("enroll", "--name", "Large", "--select", "largest", self.two)
        self.assertIn("enrolled 1 face of 1 person", output)
        self.vultus("enroll", "--name", "Small", "--min-size", "1000", self.obama, code=INPUTS)
        self.vultus("enroll", "--name", "Sharp", "--min-sharpness", "1", self.obama, code=INPUTS)
        self.vultus("enroll", "--name", "Any", "--min-sharpness", "0", "--min-size", "0", self.obama)
        self.vultus("enroll", "--name", "Aligned", "--aligned", self.biden)
        self.assertEqual(self.people(), {"Large": 1, "Any": 1, "Aligned": 1})

    def test_dry_run(self):
        output, _ = self.vultus("enroll", "--dry-run", "--name", "Ada", self.obama)
        self.assertIn("would enroll 1 face of 1 person\n", output)
        self.assertFalse(self.gallery.exists())
        self.vultus("enroll", "--name", "Ada", self.obama)
        output, _ = self.vultus("enroll", "--dry-run", "--name", "Ada", self.obama, self.obama2)
        self.assertIn("would enroll 1 face of 1 person; 1 picture was already enrolled\n", output)
        self.assertEqual(self.people(), {"Ada": 1})

    def test_dry_run_knows_its_own(self):
        """What storing would find out is said without: the same picture twice, names that are none."""
        self.copy(self.obama2, "people/Barack Obama/1.jpg", "people/Barack Obama/2.jpg", "people/Other/3.jpg")
        self.copy(self.biden, "people/caf\ue900/1.jpg", b"people/bad\xe9/1.jpg")
        dry = self.json("enroll", "--dry-run", self.root, code=INPUTS)
        self.assertFalse(self.gallery.exists())
        code, output, _ = self.run_raw("enroll", "--json", self.root)
        real = [json.loads(line) for line in output.decode().splitlines()]
        self.assertEqual(code, INPUTS)
        self.assertEqual([(row["file"], row["status"], row["reason"]) for row in dry],
                         [(row["file"], row["status"], row["reason"]) for row in real])
        self.assertEqual(sorted(row["status"] for row in dry),
                         ["already_enrolled", "bad_name", "enrolled", "enrolled", "other_name"])

    def test_bad_name_given(self):
        for name in (b"caf\xe9", b"a\nb", b"x" * 1000):
            for more in ([], ["--dry-run"]):
                code, output, errors = self.run_raw("enroll", "--name", name, *more, self.obama, self.obama2)
                self.assertEqual((code, output, errors.count(b"\n")), (USAGE, b"", 1), errors)
        self.assertFalse(self.gallery.exists())

    def test_what_is_no_file(self):
        self.copy(self.obama, "people/Ada/1.jpg")
        (self.root / "Ada/gone.jpg").symlink_to("nowhere.jpg")
        os.mkfifo(self.root / "Ada/pipe.jpg")
        os.mkfifo(self.root / "Ada/notes.txt")
        for command in (["enroll", self.root], ["detect", self.root], ["enroll", "--name", "Ada", self.root]):
            _, errors = self.vultus(*command, code=INPUTS)
            self.assertEqual(sorted(errors.splitlines()), [
                f"vultus: {self.root}/Ada/gone.jpg: is a link that leads to no file",
                f"vultus: {self.root}/Ada/pipe.jpg: is no file"])

    def test_bad_names(self):
        self.copy(self.obama, b"people/caf\xe9/1.jpg")
        self.copy(self.obama2, b"people/fine/caf\xe9.jpg")
        code, output, errors = self.run_raw("enroll", "--json", self.root)
        self.assertEqual(code, INPUTS)
        rows = [json.loads(line) for line in output.decode().splitlines()]
        self.assertEqual([row["status"] for row in rows], ["bad_name", "enrolled"])
        self.assertEqual(self.people(), {"fine": 1})
        source = self.json("people", "show", "fine")[0]["faces"][0]["source"]
        self.assertEqual(source, f"{self.root}/fine/caf\ufffd.jpg")

    def test_wrong_operands(self):
        _, errors = self.vultus("enroll", self.obama, code=USAGE)
        self.assertIn("is not a folder; whose picture is it?", errors)
        _, errors = self.vultus("enroll", self.folder / "missing", code=INPUTS)
        self.assertIn(f"{self.folder}/missing: No such file or directory", errors)
        (self.folder / "nobody").mkdir()
        _, errors = self.vultus("enroll", self.folder / "nobody", code=INPUTS)
        self.assertIn("nobody: no pictures in this folder", errors)

    def test_environment(self):
        empty = self.folder / "no models"
        empty.mkdir()
        _, errors = self.vultus("enroll", "--name", "Ada", self.obama, code=ENVIRONMENT,
                                environment={"VULTUS_MODELS": str(empty)})
        self.assertTrue(errors.startswith(
            "vultus: model pack mobile is not installed; run: vultus models install"), errors)
        self.assertFalse(self.gallery.exists())
        self.gallery.write_bytes(b"this is no gallery" * 1000)
        before = self.gallery.read_bytes()
        _, errors = self.vultus("enroll", "--name", "Ada", self.obama, code=ENVIRONMENT)
        self.assertIn(str(self.gallery), errors)
        self.assertEqual(self.gallery.read_bytes(), before)

    def test_closed_output_keeps_the_gallery(self):
        # the first file that is opened must not take the place of standard output
        command = f'"{harness.PROGRAM}" enroll --name Ada "{self.obama}" >&-'
        process = harness.subprocess.run(["sh", "-c", command], env=self.environment,
                                         capture_output=True)
        self.assertEqual(process.returncode, ENVIRONMENT)
        self.assertEqual(self.people(), {"Ada": 1})
        with open("/dev/full", "wb") as full:
            self.vultus("enroll", "--name", "Ada", self.obama2, code=ENVIRONMENT, stdout=full)
        self.assertEqual(self.people(), {"Ada": 2})


if __name__ == "__main__":
    harness.main()
