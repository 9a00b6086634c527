#!/usr/bin/env python3
"""A run that is cut off: Ctrl-C ends it in order, kill -9 at any moment loses nothing reported."""

import json
import os
import random
import signal
import time
import unittest

import harness
from harness import DATA, INTERRUPTED

KILLS = 20
PICTURES = 40


class Interrupted(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.root = DATA / "lfw/lfw-deepfunneled"
        if not self.root.is_dir():
            raise unittest.SkipTest("no folder of people: lfw/lfw-deepfunneled")
        people = sorted(self.root.iterdir())[:PICTURES]
        self.people_folder = self.folder / "people"
        self.people_folder.mkdir()
        for person in people:
            (self.people_folder / person.name).symlink_to(person)

    def start_enroll(self):
        return self.start("enroll", "--json", "--no-progress", self.people_folder)

    def check_gallery(self, reported):
        """Everything that was reported is there, whole, and can be read and added to."""
        stored = self.json("people", "export") if self.gallery.exists() else []
        faces = {each["face"] for each in stored}
        self.assertLessEqual(reported, faces)
        self.assertLessEqual(len(faces), len(reported) + 1, "at most the one in hand is more")
        for each in stored:
            self.assertAlmostEqual(sum(x * x for x in each["embedding"]), 1, places=3)

    @staticmethod
    def reported(output):
        rows = [json.loads(line) for line in output.decode().splitlines(keepends=True)
                if line.endswith("\n")]
        return {row["face"] for row in rows if row["status"] in ("enrolled", "already_enrolled")}

    def test_interrupt(self):
        for number, code in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                self.gallery.unlink(missing_ok=True)
                process = self.start_enroll()
                first = process.stdout.readline()
                process.send_signal(number)
                output, errors = process.communicate(timeout=60)
                self.assertEqual(process.returncode, code, errors)
                self.assertIn(b"vultus: interrupted\n", errors)
                self.assertRegex(errors, rb"vultus: enrolled \d+ faces? of \d+ p")
                self.check_gallery(self.reported(first + output))
                self.assertFalse(os.path.exists(f"{self.gallery}-journal"))

    def test_interrupt_identify(self):
        self.vultus("enroll", "--name", "x", *list(self.root.rglob("*_0001.jpg"))[:1])
        process = self.start("identify", "--json", self.people_folder)
        self.assertTrue(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, errors), (INTERRUPTED, b"vultus: interrupted\n"))
        for line in output.decode().splitlines():
            json.loads(line)

    def test_kill(self):
        chance = random.Random(7)
        reported = set()
        for _ in range(KILLS):
            process = self.start_enroll()
            time.sleep(chance.uniform(0.0, 0.8))
            process.kill()
            output, _ = process.communicate(timeout=60)
            # a kill between storing and reporting may come each time
            now = self.reported(output)
            stored = self.json("people", "export") if self.gallery.exists() else []
            self.assertLessEqual(now | reported, {each["face"] for each in stored})
            reported = {each["face"] for each in stored}
        process = self.start_enroll()
        output, errors = process.communicate(timeout=120)
        self.assertIn(process.returncode, (0, 3), errors)
        names = [json.loads(line) for line in output.decode().splitlines()]
        used = [row for row in names if row["status"] in ("enrolled", "already_enrolled")]
        self.assertEqual(sum(self.people().values()), len(used))


if __name__ == "__main__":
    harness.main()
