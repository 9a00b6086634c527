#!/usr/bin/env python3
"""Galleries in PostgreSQL: every command that takes --db takes such an address. Faces are made up, so no models are needed."""

import json
import subprocess
import unittest

import harness
from harness import NO, SOURCE, USAGE
from test_gallery import face


class Postgres(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = subprocess.Popen(["bash", SOURCE / "tests/support/postgres_server.sh"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.address = cls.server.stdout.readline().strip()
        if not cls.address:
            cls.tearDownClass()
            raise unittest.SkipTest("there is no PostgreSQL with pgvector here")

    @classmethod
    def tearDownClass(cls):
        cls.server.stdin.close()
        cls.server.stdout.close()
        cls.server.wait()
        super().tearDownClass()

    def place(self):
        return f"{self.address}&gallery={self.id().rsplit('_', 1)[-1]}"

    def lines(self, rows):
        path = self.folder / "in.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    def said(self, *arguments):
        """Both streams, whatever the exit code."""
        _, output, errors = self.run_raw(*arguments)
        return ((output or b"") + (errors or b"")).decode()

    def test_faces_go_in_and_out(self):
        rows = [face(i, f"person {i // 2}") for i in range(6)]
        db = self.place()
        _, errors = self.vultus("gallery", "import", "--db", db, self.lines(rows))
        self.assertIn("imported 6 faces, 3 people are new, 0 faces were there already", errors)
        _, errors = self.vultus("gallery", "import", "--db", db, self.lines(rows))
        self.assertIn("6 faces were there already", errors)
        out, _ = self.vultus("gallery", "export", "--db", db, "-")
        file = self.folder / "copy.db"
        (self.folder / "out.jsonl").write_text(out)
        self.vultus("gallery", "import", "--db", file, self.folder / "out.jsonl")
        again, _ = self.vultus("gallery", "export", "--db", file, "-")
        self.assertEqual(again, out)  # to the bit, from a server to a file

    def test_what_is_known_travels(self):
        db, file = self.place(), self.folder / "file.db"
        self.vultus("gallery", "import", "--db", file, self.lines([face(i, f"p{i // 2}") for i in range(6)]))
        for arguments in (["tag", "p0", "vip"], ["set", "p1", "born=1815 ✓"], ["retain", "p1", "2999-01-01"],
                          ["not", "p1", "3"], ["move", "5", "p1"], ["move", "6", "p1"]):
            self.vultus("people", arguments[0], "--db", file, *arguments[1:])

        def export(place, name):
            self.vultus("gallery", "export", "--db", place, self.folder / name)
            lines = (self.folder / name).read_text().splitlines()
            return sorted(json.dumps({**json.loads(line), "face": 0}, sort_keys=True) for line in lines)
        exported = export(file, "out.jsonl")
        _, errors = self.vultus("gallery", "import", "--db", db, self.folder / "out.jsonl")
        self.assertIn("4 facts and refused pictures are new", errors)
        self.assertEqual(export(db, "server.jsonl"), exported)
        back = self.folder / "back.db"
        self.vultus("gallery", "import", "--db", back, self.folder / "server.jsonl")
        self.assertEqual(export(back, "back.jsonl"), exported)
        _, errors = self.vultus("gallery", "import", "--db", db, self.folder / "back.jsonl")
        self.assertNotIn("facts", errors)

    def test_people_change(self):
        db = self.place()
        self.vultus("gallery", "import", "--db", db, self.lines([face(i, f"p{i // 2}") for i in range(6)]))
        self.vultus("people", "rename", "--db", db, "p0", "Ada")
        self.vultus("people", "merge", "--db", db, "p1", "Ada")
        self.vultus("people", "set", "--db", db, "Ada", "born=1815")
        self.vultus("people", "delete", "--db", db, "--yes", "p2")
        out, _ = self.vultus("people", "list", "--db", db, "--json")
        self.assertEqual([(row["name"], row["faces"]) for row in map(json.loads, out.splitlines())], [("Ada", 4)])
        out, _ = self.vultus("people", "audit", "--db", db, "--json")
        self.assertEqual([row["action"] for row in map(json.loads, out.splitlines())],
                         ["delete", "set", "merge", "rename", "import"])
        self.vultus("people", "undo", "--db", db)
        self.vultus("people", "undo", "--db", db)
        out, _ = self.vultus("people", "list", "--db", db, "--json")
        self.assertEqual([row["name"] for row in map(json.loads, out.splitlines())], ["Ada", "p1"])
        out, _ = self.vultus("gallery", "check", "--db", db, "--erased", "p2", "--json")
        self.assertTrue(json.loads(out)["gone"])
        self.vultus("gallery", "check", "--db", db, "--erased", "Ada", code=NO)

    def test_upkeep(self):
        db = self.place()
        self.vultus("gallery", "import", "--db", db, self.lines([face(1, "Ada")]))
        _, errors = self.vultus("gallery", "check", "--db", db)
        self.assertIn("the gallery is whole", errors)
        self.vultus("gallery", "compact", "--db", db)
        out, _ = self.vultus("gallery", "stats", "--db", db, "--json")
        stats = json.loads(out)
        self.assertEqual((stats["people"], stats["faces"], stats["journal"]), (1, 1, "PostgreSQL"))
        self.assertGreater(stats["bytes"], 0)
        _, errors = self.vultus("gallery", "backup", "--db", db, self.folder / "b.db", code=USAGE)
        self.assertIn("pg_dump", errors)
        _, errors = self.vultus("gallery", "restore", "--db", db, self.folder / "b.db", code=USAGE)
        self.assertIn("pg_restore", errors)

    def test_no_password_is_shown(self):
        secret = "postgresql://ada:s3cret@127.0.0.1:1/faces"
        for command in (["people", "list"], ["gallery", "stats"], ["gallery", "check"]):
            said = self.said(*command, "--db", secret)
            self.assertIn("postgresql://ada@127.0.0.1/faces", said)
            self.assertNotIn("s3cret", said)


if __name__ == "__main__":
    harness.main()
