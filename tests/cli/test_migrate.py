#!/usr/bin/env python3
"""gallery migrate: a gallery of a made-up embedder gets embeddings of a real one."""

import json
import math
import signal
import time
from pathlib import Path

import harness
from harness import DONE, ENVIRONMENT, INPUTS, INTERRUPTED, USAGE, picture

EXAMPLES = "face_recognition/examples/"
PICTURES = ("obama.jpg", "obama2.jpg", "biden.jpg")
MODEL = "mobile/mobilefacenet"


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


class Usage(harness.Case):
    def test_what_it_takes(self):
        _, errors = self.vultus("gallery", "migrate", code=USAGE)
        self.assertIn("--to MODEL is missing", errors)
        self.vultus("gallery", "migrate", "--to", MODEL, "operand", code=USAGE)

    def test_nothing_there(self):
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL, code=ENVIRONMENT)
        self.assertTrue(errors.startswith(f"vultus: {self.gallery}: "), errors)


class Migration(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        for name in PICTURES:
            self.copy(picture(EXAMPLES + name), f"people/{name[:5]}/{name}")
        self.vultus("enroll", self.folder / "people")
        rows = [json.loads(line) for line in self.vultus("gallery", "export", "-")[0].splitlines()]
        self.real = {row["picture"]: row["embedding"] for row in rows}
        self.old = [{**row, "embedder": "made-up@00000001", "embedding": [0.6, 0.8]} for row in rows]
        self.gallery.unlink()

    def fill(self, rows):
        path = self.folder / "old.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.vultus("gallery", "import", path)

    def exported(self):
        return [json.loads(line) for line in self.vultus("gallery", "export", "-")[0].splitlines()]

    def migrated(self):
        return [row for row in self.exported() if not row["embedder"].startswith("made-up")]

    def test_from_pictures(self):
        self.fill(self.old)
        _, errors = self.vultus("identify", self.folder / "people/obama", code=ENVIRONMENT)
        self.assertIn("run: vultus gallery migrate --to MODEL", errors)
        answer, = self.json("gallery", "migrate", "--to", MODEL)
        self.assertEqual((answer["by_picture"], answer["by_thumbnail"], answer["there"], answer["left"]), (3, 0, 0, 0))
        for row in self.migrated():
            self.assertGreater(cosine(row["embedding"], self.real[row["picture"]]), 0.9999)
        keys = ("name", "source", "picture", "created", "thumbnail", "x", "y", "landmarks")
        before = {row["picture"]: [row[key] for key in keys] for row in self.old}
        self.assertEqual({row["picture"]: [row[key] for key in keys] for row in self.migrated()}, before)
        self.assertEqual(sum(row["embedder"].startswith("made-up") for row in self.exported()), 3)
        faces = self.json("identify", self.folder / "people/obama")
        self.assertEqual({each["faces"][0]["name"] for each in faces}, {"obama"})
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL)
        self.assertIn("3 had one", errors)

    def test_the_old_ones_are_dropped(self):
        self.fill(self.old)
        Path(self.old[0]["source"]).unlink()
        self.vultus("gallery", "migrate", "--to", MODEL, "--drop-old", code=USAGE)  # nobody to ask
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL, "--drop-old", "--yes")
        self.assertIn("3 faces by made-up@00000001 are removed", errors)
        self.assertEqual(len(self.exported()), 3)
        self.assertEqual(self.migrated(), self.exported())
        self.assertEqual(self.vultus("gallery", "check")[1], "vultus: the gallery is whole\n")
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL, "--drop-old", "--yes")
        self.assertIn("there are no faces by other embedders", errors)

    def test_who_could_not_be_embedded_keeps_the_old_one(self):
        Path(self.old[0]["source"]).unlink()
        self.old[0]["thumbnail"] = None
        self.fill(self.old)
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL, "--drop-old", "--yes", code=INPUTS)
        self.assertIn("1 faces by made-up@00000001 have no embedding by", errors)
        self.assertEqual(len(self.exported()), 5)

    def test_from_thumbnails(self):
        self.fill(self.old)
        gone, changed = Path(self.old[0]["source"]), Path(self.old[1]["source"])
        gone.unlink()
        changed.write_bytes(Path(self.old[2]["source"]).read_bytes())
        answer, = self.json("gallery", "migrate", "--to", MODEL)
        self.assertEqual((answer["by_picture"], answer["by_thumbnail"]), (1, 2))
        for row in self.migrated():
            self.assertGreater(cosine(row["embedding"], self.real[row["picture"]]), 0.95)

    def test_what_cannot_be_embedded_is_named(self):
        self.old[0]["thumbnail"] = ""
        self.old[1]["thumbnail"] = "/9j/4AAQ"
        for row in self.old[:2]:
            row["source"] = "gone.jpg"
        self.fill(self.old)
        _, errors = self.vultus("gallery", "migrate", "--to", MODEL, code=INPUTS)
        self.assertIn("there is no thumbnail", errors)
        self.assertIn("the thumbnail: ", errors)
        self.assertIn("2 could not be embedded", errors)
        self.assertEqual(len(self.migrated()), 1)

    def test_goes_on_after_an_interruption(self):
        many = [{**row, "picture": f"{number:064x}", "source": None}
                for number, row in enumerate(self.old * 60)]
        self.fill(many)
        process = self.start("gallery", "migrate", "--to", MODEL, "--threads", "1")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            stats, = self.json("gallery", "stats")
            if len(stats["embedders"]) > 1:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertIn(process.returncode, (INTERRUPTED, DONE))
        some = len(self.migrated())
        self.assertGreater(some, 0)
        answer, = self.json("gallery", "migrate", "--to", MODEL)
        self.assertEqual(answer["there"], some)
        self.assertEqual(len(self.migrated()), len(many))


if __name__ == "__main__":
    harness.main()
