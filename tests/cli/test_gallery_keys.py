#!/usr/bin/env python3
"""gallery keygen and rekey, and encrypted galleries in the other commands. No models are needed."""

import json
import os
import sys

import harness
from harness import DONE, ENVIRONMENT, INPUTS, USAGE
from test_gallery import face


class Keys(harness.Case):
    def fill(self, *options):
        path = self.folder / "in.jsonl"
        path.write_text("".join(json.dumps(face(i, f"person {i // 2}")) + "\n" for i in range(6)))
        self.vultus("gallery", "import", path, *options)
        path.unlink()

    def key(self, name="my.key"):
        path = self.folder / name
        self.vultus("gallery", "keygen", path)
        return path

    def test_keygen(self):
        key = self.key()
        self.assertRegex(key.read_text(), r"^[0-9a-f]{64}\n$")
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        before = key.read_text()
        _, errors = self.vultus("gallery", "keygen", key, code=INPUTS)
        self.assertIn("a key is never replaced", errors)
        self.assertEqual(key.read_text(), before)
        self.assertNotEqual(self.key("other.key").read_text(), before)
        self.vultus("gallery", "keygen", self.folder / "none/key", code=INPUTS)

    def test_encrypted_from_the_start(self):
        key = self.key()
        self.fill("--key-file", key)
        for path in self.folder.glob("gallery.db*"):
            self.assertNotIn(b"person 1", path.read_bytes())
        _, errors = self.vultus("people", "list", code=ENVIRONMENT)
        self.assertEqual(errors, f"vultus: {self.gallery}: is encrypted; name its key with --key-file or "
                                 "VULTUS_KEY_FILE\n")
        wrong = self.key("wrong.key")
        _, errors = self.vultus("people", "list", "--key-file", wrong, code=ENVIRONMENT)
        self.assertIn("is encrypted with another key", errors)
        self.environment["VULTUS_KEY_FILE"] = str(key)
        self.assertEqual(self.people(), {f"person {i}": 2 for i in range(3)})
        self.vultus("people", "tag", "person 1", "vip")
        self.assertIn("vip", self.vultus("people", "show", "person 1")[0])
        self.vultus("people", "rename", "person 1", "Ada")
        self.assertIn("person 1", self.vultus("people", "audit")[0])
        self.assertEqual(self.vultus("gallery", "check")[1], "vultus: the gallery is whole\n")
        stats, = self.json("gallery", "stats")
        self.assertTrue(stats["encrypted"])
        self.assertEqual(self.csv("gallery", "stats")[0]["encrypted"], "yes")
        self.vultus("people", "delete", "--yes", "Ada")
        trace, = self.json("gallery", "check", "--erased", "Ada")
        self.assertTrue(trace["gone"])
        self.vultus("gallery", "compact")
        output, errors = self.vultus("gallery", "export", "-")
        self.assertIn("is not encrypted, as the gallery is", errors)
        self.assertEqual(len(output.splitlines()), 4)
        os.chmod(key, 0o644)
        self.assertIn("others may use this key", self.vultus("people", "list", code=ENVIRONMENT)[1])

    def test_rekey(self):
        self.fill()
        first, second = self.key(), self.key("second.key")
        _, errors = self.vultus("people", "list", "--key-file", first, code=ENVIRONMENT)
        self.assertIn("is not encrypted, and a key is given; encrypt it: vultus gallery rekey", errors)
        for options in ((), ("--plain", "--to-key-file", first)):
            self.assertIn("give either", self.vultus("gallery", "rekey", *options, code=USAGE)[1])
        self.assertIn("is not encrypted", self.vultus("gallery", "rekey", "--plain")[1])
        self.environment["VULTUS_KEY_FILE"] = str(first)
        self.vultus("gallery", "rekey", "--to-key-file", first)
        self.assertNotIn(b"person 1", self.gallery.read_bytes())
        self.assertEqual(len(self.people()), 3)
        copy = self.folder / "copy.db"
        self.vultus("gallery", "backup", copy)
        self.vultus("gallery", "rekey", "--to-key-file", second)
        self.vultus("people", "list", code=ENVIRONMENT)
        self.environment["VULTUS_KEY_FILE"] = str(second)
        self.assertEqual(len(self.people()), 3)
        self.vultus("gallery", "restore", "--force", copy, code=ENVIRONMENT)
        self.vultus("gallery", "restore", "--force", "--key-file", first, copy)
        self.vultus("people", "list", code=ENVIRONMENT)
        self.vultus("gallery", "rekey", "--key-file", first, "--plain")
        del self.environment["VULTUS_KEY_FILE"]
        self.assertEqual(len(self.people()), 3)
        self.assertIn(b"person 1", self.gallery.read_bytes())
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["copy.db", "gallery.db", "my.key", "second.key"])

    def test_keyring(self):
        import ctypes
        if sys.platform != "linux" or os.uname().machine != "x86_64":
            self.skipTest("the numbers of the system calls are those of x86_64")
        libc = ctypes.CDLL(None, use_errno=True)
        value = b"0123456789abcdeffedcba9876543210" * 2
        # a keyring of our own, which the program inherits
        if libc.syscall(250, 1, None) < 0 or libc.syscall(248, b"user", b"vultus-test", value, len(value), -3) < 0:
            self.skipTest(f"the kernel's keyring cannot be used here: {os.strerror(ctypes.get_errno())}")
        self.environment["VULTUS_KEYRING"] = "vultus-test"
        self.fill()
        self.assertEqual(len(self.people()), 3)
        self.environment["VULTUS_KEYRING"] = "vultus-none"
        self.assertIn("keyctl padd user", self.vultus("people", "list", code=ENVIRONMENT)[1])
        key = self.folder / "same.key"
        key.write_bytes(value)
        key.chmod(0o600)
        self.assertEqual(self.vultus("people", "list", "--key-file", key, code=DONE)[0].count("person"), 3)


if __name__ == "__main__":
    harness.main()
