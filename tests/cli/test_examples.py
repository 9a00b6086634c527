#!/usr/bin/env python3
"""The examples as somebody outside would build them: from an installed tree, with pkg-config, the
public header and the library and nothing else; and the installed program, moved elsewhere."""

import os
import shutil
import subprocess
import unittest

import harness
from harness import BUILD, DONE, NO, SOURCE, models_folder, picture

EXAMPLES = "face_recognition/examples/"


class Installed(harness.Case):
    @classmethod
    def setUpClass(cls):
        for tool in ("cmake", "cc", "pkg-config"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is missing")

    def setUp(self):
        super().setUp()
        first = self.folder / "first"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", first], check=True, capture_output=True)
        self.prefix = self.folder / "moved here"
        first.rename(self.prefix)
        libraries = [path.parent for path in self.prefix.rglob("vultus.pc")]
        self.assertEqual(len(libraries), 1)
        self.environment.update(PKG_CONFIG_PATH=str(libraries[0]),
                                LD_LIBRARY_PATH=str(libraries[0].parent))

    def build(self, name):
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "vultus"], env=self.environment,
                               check=True, capture_output=True, text=True).stdout.strip()
        program = self.folder / name
        # pkg-config quotes for a shell, so a shell it is: the prefix has a space
        command = f'cc -std=c17 -Wall -Wextra -Werror "{SOURCE}/examples/{name}.c" {flags} -o "{program}"'
        subprocess.run(command, shell=True, env=self.environment, check=True)
        return program

    def run_example(self, program, *arguments):
        result = subprocess.run([program, *arguments], env=self.environment, capture_output=True, text=True)
        return result.returncode, result.stdout, result.stderr

    def test_build(self):
        for name in ("identify", "verify"):
            code, _, errors = self.run_example(self.build(name))
            self.assertEqual(code, 2)
            self.assertIn("usage: ", errors)

    def test_run(self):
        if not harness.have_models():
            self.skipTest("the models are not installed")
        self.assertTrue(models_folder().is_dir())
        obama, obama2, biden = (str(picture(f"{EXAMPLES}{name}.jpg")) for name in ("obama", "obama2", "biden"))
        verify, identify = self.build("verify"), self.build("identify")
        code, output, _ = self.run_example(verify, obama, obama2)
        self.assertEqual(code, DONE)
        self.assertRegex(output, r"^one person \(cosine 0\.\d+, threshold 0\.375\)\n$")
        self.assertEqual(self.run_example(verify, obama, biden)[0], NO)
        code, _, errors = self.run_example(verify, obama, "missing.jpg")
        self.assertEqual((code, errors), (2, "verify: missing.jpg: No such file or directory\n"))
        gallery = str(self.folder / "people.db")
        code, output, _ = self.run_example(identify, gallery, "Barack Obama", obama, obama2)
        self.assertEqual(code, DONE)
        self.assertRegex(output, r"^Barack Obama \(cosine 0\.\d+\) at \d+,\d+\n$")
        code, output, _ = self.run_example(identify, gallery, "Barack Obama", obama, biden)
        self.assertRegex(output, r"^unknown ")

    def test_program(self):
        environment = {**self.environment, "VULTUS_MODELS": str(self.folder / "none")}
        environment.pop("LD_LIBRARY_PATH")
        program = self.prefix / "bin/vultus"
        result = subprocess.run([program, "models", "list"], env=environment, capture_output=True, text=True)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertIn("available", result.stdout)
        for path in ("share/man/man1/vultus.1", "share/bash-completion/completions/vultus",
                     "share/vultus/models/mobile/pack.json", "share/vultus/tools/models/install.py",
                     "include/vultus/vultus.h"):
            self.assertTrue((self.prefix / path).exists(), path)
        self.assertEqual([path for path in self.prefix.rglob("*.onnx")], [])
        self.assertEqual(os.listdir(self.prefix / "include"), ["vultus"])


if __name__ == "__main__":
    harness.main()
