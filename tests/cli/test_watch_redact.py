#!/usr/bin/env python3
"""vultus watch --redact: films, and pictures of events, in which nobody is seen but who is excepted."""

import harness
from harness import INPUTS, USAGE, picture

EXAMPLES = "face_recognition/examples/"


class Redact(harness.Case):
    needs_models = True

    def frames(self, *names):
        """A folder of a few frames of each picture."""
        folder = self.folder / "frames"
        folder.mkdir()
        for i, name in enumerate(name for name in names for _ in range(3)):
            (folder / f"{i:02}.jpg").symlink_to(picture(EXAMPLES + name))
        return folder

    def faces(self, path):
        return len(self.json("detect", path)[0]["faces"])

    def test_pictures_of_events(self):
        frames = self.frames("obama-240p.jpg", "biden.jpg")
        self.vultus("enroll", "--name", "Barack Obama", picture(EXAMPLES + "obama.jpg"))
        out = self.folder / "snapshots"
        for extra, clear in (((), set()), (("--except", "Barack Obama"), {"Barack Obama"})):
            events = self.json("watch", "--redact", "pixelate", *extra, "--snapshots", out, frames)
            self.assertEqual({event["name"] for event in events}, {"Barack Obama", None})
            for event in events:
                self.assertEqual(self.faces(event["snapshot"]), int(event["name"] in clear), event)

    def test_film(self):
        film = self.folder / "redacted.mp4"
        code, _, errors = self.run_raw("watch", "--quiet", "--every", "12", "--redact", "fill", "--output", film,
                                       picture(EXAMPLES + "short_hamilton_clip.mp4"))
        if b"FFmpeg" in errors:
            self.skipTest("built without FFmpeg")
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.json("watch", "--confirm", "1", film), [])

    def test_wrong_usage(self):
        frames = self.frames("biden.jpg")
        _, errors = self.vultus("watch", "--except", "Ada", frames, code=USAGE)
        self.assertIn("--except is of --redact", errors)
        _, errors = self.vultus("watch", "--redact", "blur", "--except", "Ada", frames, code=USAGE)
        self.assertIn("--except needs a gallery", errors)
        self.vultus("enroll", "--name", "Barack Obama", picture(EXAMPLES + "obama.jpg"))
        _, errors = self.vultus("watch", "--redact", "blur", "--except", "Ada", frames, code=INPUTS)
        self.assertIn('nobody in the gallery is called "Ada"', errors)
        self.vultus("watch", "--redact", "smear", frames, code=USAGE)


if __name__ == "__main__":
    harness.main()
