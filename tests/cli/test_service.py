#!/usr/bin/env python3
"""packaging/vultus.service.in: systemd takes it and finds it closed; and the server runs where memory that was written may
not be executed, as the unit has it. Without systemd-analyze, or such a kernel, that part is skipped, visibly."""

import ctypes
import re
import shutil
import subprocess
import unittest

import harness

PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
EXPOSED_MOST = 2.0  # systemd's own scale, to 10; what is left is the network


class Unit(harness.Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        text = (harness.SOURCE / "packaging/vultus.service.in").read_text()
        self.unit = self.folder / "vultus.service"
        self.unit.write_text(text.replace("@CMAKE_INSTALL_FULL_BINDIR@", str(harness.BUILD / "bin")))

    def analyze(self, *arguments):
        done = subprocess.run(["systemd-analyze", *arguments, self.unit], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_verify(self):
        code, text = self.analyze("verify", "--man=no")
        if "Failed to" in text and "vultus.service" not in text:
            self.skipTest(text.strip())
        self.assertNotIn("vultus.service", text)
        self.assertEqual(code, 0, text)

    def test_security(self):
        code, text = self.analyze("security", "--offline=yes", "--no-pager")
        found = re.search(r"exposure level for vultus.service: ([\d.]+)", text)
        if not found:
            self.skipTest(f"this systemd-analyze judges no file: {text.strip()[:200]}")
        self.assertLessEqual(float(found[1]), EXPOSED_MOST, text)


class Memory(harness.Case):
    needs_models = True

    def test_no_execution_of_what_was_written(self):
        library = ctypes.CDLL(None, use_errno=True)

        def refuse():
            if library.prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0):
                raise OSError

        picture = harness.picture("face_recognition/examples/biden.jpg")
        try:
            code, output, errors = self.run_raw("detect", "--json", picture, preexec_fn=refuse)
        except subprocess.SubprocessError:
            self.skipTest("this kernel cannot refuse it")
        self.assertEqual(code, harness.DONE, errors)
        self.assertIn(b'"file"', output)


if __name__ == "__main__":
    harness.main()
