#!/usr/bin/env python3
"""vultus enroll --camera: pictures of one person from a moving source, and what is said to them meanwhile."""

import signal

import harness
from harness import DONE, INPUTS, INTERRUPTED, USAGE, picture

EXAMPLES = "face_recognition/examples/"


class Camera(harness.Case):
    needs_models = True

    def film(self, *shots):
        """A folder of frames, 25 a second: (picture, how many of them) each."""
        folder = self.folder / f"film{len(list(self.folder.glob('film*')))}"
        folder.mkdir()
        names = [name for name, count in shots for _ in range(count)]
        for i, name in enumerate(names):
            (folder / f"{i:03}.jpg").symlink_to(picture(EXAMPLES + name))
        return folder

    def enroll(self, source, *arguments, code=DONE):
        return self.vultus("enroll", "--name", "Barack Obama", "--camera", source, *arguments, code=code)

    def test_takes_the_best_few(self):
        film = self.film(("obama-240p.jpg", 13), ("obama2.jpg", 13), ("obama_small.jpg", 13))
        output, errors = self.enroll(film, "--pictures", "2")
        self.assertIn("enrolled 2 faces of 1 person", output)
        self.assertIn("1 of 2 taken", errors)
        self.assertEqual(self.people(), {"Barack Obama": 2})
        # Again: the same pictures are there already.
        output, _ = self.enroll(film, "--pictures", "2")
        self.assertIn("2 pictures were already enrolled", output)
        who = self.json("identify", picture(EXAMPLES + "obama.jpg"))[0]["faces"]
        self.assertEqual([face["name"] for face in who], ["Barack Obama"])

    def test_refuses_others_and_several(self):
        film = self.film(("two_people.jpg", 10), ("obama-240p.jpg", 10), ("biden.jpg", 100))  # a line stays for 0.7 s
        output, errors = self.enroll(film, "--pictures", "3")
        self.assertIn("only one person, please", errors)
        self.assertIn("another person", errors)
        self.assertIn("enrolled 1 face of 1 person", output)
        who = self.json("identify", picture(EXAMPLES + "biden.jpg"))[0]["faces"]
        self.assertEqual([face["name"] for face in who], [None])

    def test_nothing_good(self):
        output, errors = self.enroll(self.film(("two_people.jpg", 5)), code=INPUTS)
        self.assertIn("no picture was good enough", errors)
        self.assertIn("only one person", errors)
        self.assertIn("enrolled 0 faces", output)
        self.assertEqual(self.people(), {})
        _, errors = self.enroll(self.film(("obama-240p.jpg", 5)), "--min-size", "500", code=INPUTS)
        self.assertIn("come closer", errors)
        _, errors = self.enroll(self.folder / "none.mp4", code=INPUTS)
        self.assertIn("none.mp4", errors)

    def test_dry_run_and_seconds(self):
        film = self.film(("obama-240p.jpg", 60))
        output, _ = self.enroll(film, "--dry-run", "--seconds", "0.5")
        self.assertIn("would enroll", output)
        self.assertFalse(self.gallery.exists())

    def test_wrong_usage(self):
        for arguments, message in [
            (["enroll"], "enroll needs more: vultus enroll DIR..."),
            (["enroll", "--camera", "x"], "--camera takes one source, --name and no pictures"),
            (["enroll", "--name", "A", "--camera", "x", "y.jpg"], "--camera takes one source"),
            (["enroll", "--name", "A", "--camera", "x", "--camera", "y"], "--camera takes one source"),
            (["enroll", "--name", "A", "--camera", "x", "--aligned"], "--camera or --aligned, not both"),
            (["enroll", "--name", "A", "--pictures", "3", "y.jpg"], "--pictures is of --camera"),
            (["enroll", "--name", "A", "--camera", "x", "--pictures", "17"], "from 1 to 16"),
        ]:
            _, errors = self.vultus(*arguments, code=USAGE)
            self.assertIn(message, errors)

    def test_interrupt(self):
        process = self.start("enroll", "--name", "A", "--camera", self.film(("two_people.jpg", 900)), "--seconds", "60")
        process.stderr.readline()  # it looks
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertIn(b"nothing was enrolled", errors)
        self.assertEqual(self.people(), {})


if __name__ == "__main__":
    harness.main()
