#!/usr/bin/env python3
"""Usage errors, help, the manual page and completion: what needs neither models nor pictures."""

import os
import re
import subprocess
import unittest

import harness
from harness import DONE, ENVIRONMENT, SOURCE, USAGE

COMMANDS = ["detect", "enroll", "identify", "watch", "events", "verify", "redact", "embed", "cluster", "people", "gallery",
            "models", "evaluate", "train", "calibrate", "bench", "serve", "keys", "doctor", "help"]


class Usage(harness.Case):
    def wrong(self, *arguments):
        output, errors = self.vultus(*arguments, code=USAGE)
        self.assertEqual(output, "")
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors.removeprefix("vultus: ").rstrip()

    def test_messages(self):
        for arguments, message in [
            ([], "no command; see: vultus --help"),
            (["idnetify", "x"], 'unknown command "idnetify"; did you mean "identify"?'),
            (["frobnicate"], 'unknown command "frobnicate"; see: vultus --help'),
            (["people", "lsit"], 'unknown command "people lsit"; did you mean "people list"?'),
            (["people"], "people what? see: vultus people --help"),
            (["detect", "--landmark5", "x"], "unknown option --landmark5; did you mean --landmarks?"),
            (["detect", "--xyzzy=1", "x"], "unknown option --xyzzy; see: vultus detect --help"),
            (["verify", "--strict", "a", "b"], "verify takes no --strict; see: vultus verify --help"),
            (["verify", "a"], "verify needs more: vultus verify A B"),
            (["verify", "a", "b", "c"], 'verify: "c" is one too many; usage: vultus verify A B'),
            (["detect"], "detect needs more: vultus detect IMAGE|DIR..."),
            (["detect", "--json", "--csv", "x"], "--json or --csv, not both"),
            (["people", "export", "--csv"], "people export takes no --csv; see: vultus people export --help"),
            (["models", "info", "--csv", "dlib"], "models info takes no --csv; see: vultus models info --help"),
            (["detect", "--min-neighbors", "0", "x"],
             '--min-neighbors: "0" is not a whole number from 1 to 1000'),
            (["detect", "x", "--threads"], "--threads needs a value: --threads N"),
            (["detect", "--json=1", "x"], "--json takes no value"),
            (["detect", "-z", "x"], "unknown option -z; see: vultus --help"),
            (["detect", "--threads", "0", "x"],
             '--threads: "0" is not a whole number from 1 to 256'),
            (["detect", "--threads", "2x", "x"],
             '--threads: "2x" is not a whole number from 1 to 256'),
            (["detect", "--thresholds", "0.5,0.5", "x"],
             '--thresholds: "0.5,0.5" is not three numbers from 0 to 1, with commas between'),
            (["identify", "--metric", "manhattan", "x"],
             '--metric: "manhattan" is none of cosine|euclidean'),
            (["identify", "--threshold", "nan", "x"],
             '--threshold: "nan" is not a number from -10 to 10'),
            (["identify", "--db", "", "x"], "--db needs a PATH that is not empty"),
            (["help", "nothing"], 'there is no command "nothing"; see: vultus --help'),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.wrong(*arguments), message)

    def test_options_anywhere(self):
        for arguments in (["--threads", "x", "detect", "a"], ["detect", "a", "--threads", "x"]):
            self.assertIn('"x" is not a whole number', self.wrong(*arguments))
        # behind "--" an option is an operand
        self.assertIn("one too many", self.wrong("verify", "a", "b", "--", "--json"))

    def test_alias(self):
        self.assertEqual(self.vultus("help", "enrol"), self.vultus("help", "enroll"))

    def test_version(self):
        output, _ = self.vultus("--version")
        self.assertRegex(output, r"^vultus \d+\.\d+\.\d+\n$")
        output, errors = self.vultus("--version", environment={"VULTUS_SIMD": "bogus"})
        self.assertRegex(output, r"^vultus \d+\.\d+\.\d+\n$")
        self.assertRegex(errors, r"^vultus: VULTUS_SIMD=bogus is not taken: this machine has scalar.*\n$")


class OneTable(harness.Case):
    """Help, the manual page and completion name the same commands and options."""

    def words(self, *command):
        output, _ = self.vultus("help", "--words", *command)
        return [line.split("\t")[0] for line in output.splitlines()]

    def test_commands(self):
        output, _ = self.vultus("--help")
        listed = re.findall(r"^  (\w+) {2,}\w", output.split("Options:")[0], re.M)
        self.assertEqual(listed, COMMANDS)
        self.assertEqual(self.words(), COMMANDS)
        self.assertEqual(self.vultus("help")[0], output)

    def test_help_of_each(self):
        for command in COMMANDS:
            output, _ = self.vultus(command, "--help")
            self.assertEqual(self.vultus("help", command)[0], output)
            options = set(re.findall(r"^  (?:-\w,|   ) (--[A-Za-z-]+)", output, re.M))
            words = self.words(command)
            self.assertEqual(options, {word for word in words if word.startswith("--")})
            for word in words:
                if not word.startswith("--"):
                    self.assertRegex(output, rf"(?m)^  {word} +\w")
            self.assertRegex(output, r"(?m)^Usage: vultus " + command)
            for part in ("Examples:", "Exit codes:"):
                self.assertIn(part, output)
            self.assertLessEqual(max(map(len, output.splitlines())), 100)
            for line in re.findall(r"^  vultus (.*)$", output.split("Examples:")[1], re.M):
                self.assertIn(line.split()[0], COMMANDS)

    def test_manual(self):
        page = (SOURCE / "docs/vultus.1").read_text()
        sections = dict(re.findall(r"^\.Ss (\w+).*\n((?:(?!\.S[sh]).*\n)*)", page, re.M))
        common = set(re.findall(r"^\.It (?:Fl \w , )?Fl -([A-Za-z-]+)", sections["Common"], re.M))
        self.assertEqual([name for name in sections if name != "Common"], COMMANDS)
        for command in COMMANDS:
            own = set(re.findall(r"^\.It (?:Fl \w , )?Fl -([A-Za-z-]+)", sections[command], re.M))
            subs = set(re.findall(r"^\.It Cm (\w+)", sections[command], re.M))
            words = self.words(command)
            self.assertEqual(subs, {word for word in words if not word.startswith("--")})
            options = {word[2:] for word in words if word.startswith("--")}
            self.assertEqual(own, options - common, command)
            output, _ = self.vultus("help", command)
            help_common = output.split("Common options:")[1].split("Examples:")[0]
            self.assertLessEqual(set(re.findall(r" --([A-Za-z-]+)", help_common)), common)

    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
                  '_vultus "$1"; printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(
            ["bash", "-c", script, "bash", SOURCE / "cli/completion.bash", harness.PROGRAM, *words],
            env=self.environment, capture_output=True, text=True, cwd=self.folder, check=True)
        return result.stdout.split("\n")[:-1]

    def test_completion(self):
        self.assertEqual(self.complete("det"), ["detect"])
        self.assertEqual(self.complete("people", "re"), ["rename", "retain", "review"])
        self.assertEqual(self.complete("identify", "--metric", "eu"), ["euclidean"])
        self.assertEqual(self.complete("--db", "x.db", "identify", "--str"), ["--strict"])
        (self.folder / "party.jpg").touch()
        self.assertEqual(self.complete("identify", "par"), ["party.jpg"])
        for command in COMMANDS[:-1]:
            options = [word for word in self.words(command) if word.startswith("--")]
            self.assertEqual(self.complete(command, "--"), options)


class Streams(harness.Case):
    def test_closed_output(self):
        command = f'"{harness.PROGRAM}" --version >&-'
        result = subprocess.run(["sh", "-c", command], env=self.environment, capture_output=True)
        self.assertEqual(result.returncode, ENVIRONMENT)
        self.assertRegex(result.stderr, rb"^vultus: standard output: ")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            _, errors = self.vultus("help", "identify", code=ENVIRONMENT, stdout=full)
        self.assertEqual(errors, "vultus: standard output: No space left on device\n")

    def test_broken_pipe(self):
        reader, writer = os.pipe()
        os.close(reader)
        _, errors = self.vultus("help", "identify", code=ENVIRONMENT, stdout=writer)
        os.close(writer)
        self.assertEqual(errors, "vultus: standard output: Broken pipe\n")

    def test_closed_everything(self):
        command = f'"{harness.PROGRAM}" people list <&- >&- 2>&-'
        result = subprocess.run(["sh", "-c", command], env=self.environment)
        self.assertEqual(result.returncode, ENVIRONMENT)


if __name__ == "__main__":
    unittest.util._MAX_LENGTH = 2000
    harness.main()
