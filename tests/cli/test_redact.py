#!/usr/bin/env python3
"""redact: pictures and films in which faces cannot be recognised."""

import shutil
import signal
import time

import harness
from harness import ENVIRONMENT, INPUTS, INTERRUPTED, USAGE, picture

EXAMPLES = "face_recognition/examples/"


class Pictures(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.two = picture(EXAMPLES + "two_people.jpg")
        self.biden = picture(EXAMPLES + "biden.jpg")
        self.obama = picture(EXAMPLES + "obama.jpg")

    def faces(self, path):
        return len(self.json("detect", path)[0]["faces"])

    def test_everybody(self):
        for method in ("blur", "pixelate", "fill"):
            out = self.folder / f"{method}.jpg"
            row, = self.json("redact", "--method", method, "--output", out, self.two)
            self.assertEqual(row, {"file": str(self.two), "frames": 1, "faces": 2, "redacted": 2, "output": str(out)})
            self.assertEqual(self.faces(out), 0)

    def test_all_but_one(self):
        self.vultus("enroll", "--name", "Joe", self.biden)
        self.vultus("enroll", "--name", "Barack", self.obama)
        out = self.folder / "out"
        rows = self.json("redact", "--except", "Joe", "--output", out, self.two, self.biden, self.obama)
        self.assertEqual([(row["faces"], row["redacted"]) for row in rows], [(2, 1), (1, 0), (1, 1)])
        who = self.json("identify", out / "two_people.jpg")[0]["faces"]
        self.assertEqual([face["name"] for face in who], ["Joe"])
        _, errors = self.vultus("redact", "--except", "Jill", "--output", out, self.two, code=INPUTS)
        self.assertIn('nobody in the gallery is called "Jill"', errors)

    def test_outputs(self):
        folder = self.folder / "in"
        folder.mkdir()
        shutil.copy(self.two, folder / "a.jpg")
        shutil.copy(self.biden, folder / "b.jpg")
        out = self.folder / "out"
        output, _ = self.vultus("redact", "-o", out, folder)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["a.jpg", "b.jpg"])
        self.assertRegex(output.splitlines()[0], "^FILE +FRAMES +FACES +REDACTED +OUTPUT$")
        self.vultus("redact", "-o", out, folder)  # nothing is replaced
        self.assertEqual(len(list(out.iterdir())), 4)
        broken = folder / "c.jpg"
        broken.write_bytes(b"\xff\xd8\xff\xe0 nothing")
        _, errors = self.vultus("redact", "-o", out, folder, code=INPUTS)
        self.assertIn("c.jpg", errors)
        self.assertFalse((out / "c.jpg").exists())

    def test_wrong(self):
        for arguments, message in [
            (["redact", self.two], "redact needs --output FILE"),
            (["redact", "-o", "x.jpg", self.two, self.biden], "x.jpg: is one file; for this give a folder"),
            (["redact", "--method", "smear", "-o", "x.jpg", self.two],
             '--method: "smear" is none of blur, pixelate, fill'),
        ]:
            _, errors = self.vultus(*arguments, code=USAGE)
            self.assertIn(message, errors)


class Films(harness.Case):
    needs_models = True

    def film(self):
        path = picture(EXAMPLES + "short_hamilton_clip.mp4")
        _, _, errors = self.run_raw("redact", "-o", self.folder / "none.mp4", "/dev/null")
        if b"FFmpeg" in errors:
            self.skipTest("no FFmpeg")
        return path

    def test_interrupted_is_a_film(self):
        out = self.folder / "out.mp4"
        film = self.film()
        process = self.start("redact", "--json", "--min-face", "60", "-o", out, film)
        while process.poll() is None and not list(self.folder.glob("out.mp4.*")):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertIn(b"ended early", errors)
        self.assertIn(b'"frames":', output)
        # It is a film, without faces.
        again = self.folder / "again.mp4"
        row, = self.json("redact", "--min-face", "60", "-o", again, out)
        self.assertEqual(row["faces"], 0)
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.mp4*")), ["again.mp4", "out.mp4"])

    def test_what_is_no_film(self):
        self.film()
        out = self.folder / "out.mp4"
        for source, message in [("/dev/null", "no video"), (self.folder / "none.mp4", "No such file"),
                                ("http://ada:secret@127.0.0.1:1/cam", "refused"),
                                ("ftp://ada:secret@cam/x", "sources in the network are")]:
            code, _, errors = self.run_raw("redact", "-o", out, source)
            self.assertIn(code, (USAGE, INPUTS, ENVIRONMENT))
            self.assertIn(message.encode(), errors)
            self.assertNotIn(b"secret", errors)
            self.assertFalse(out.exists())


if __name__ == "__main__":
    harness.main()
