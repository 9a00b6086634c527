#!/usr/bin/env python3
"""vultus watch --display on a screen of 480 x 320 that Xvfb makes: what is on it, and enrolment by keys. The screen is left
in the build folder, to be looked at."""

import os
import shutil
import struct
import subprocess
import time
import zlib

import harness
from harness import BUILD, ENVIRONMENT, picture

EXAMPLES = "face_recognition/examples/"
WIDTH, HEIGHT = 480, 320


class Screen:
    """An X server whose pixels lie in a file (XWD)."""

    def __init__(self, folder):
        self.file = folder / "Xvfb_screen0"
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder, "-nolisten",
             "tcp"], pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.name = ":" + pipe.readline().strip()

    def pixels(self):
        """Rows of (red, green, blue, ...)."""
        data = self.file.read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, width, height, step, colours = head[0], head[4], head[5], head[12], head[19]
        at, rows = size + 12 * colours, []
        for y in range(height):
            row = data[at + y * step:at + y * step + 4 * width]
            rows.append(bytes(byte for x in range(0, len(row), 4) for byte in (row[x + 2], row[x + 1], row[x])))
        return rows

    def keep(self, path):
        """Writes a PNG."""
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        rows = b"".join(b"\0" + row for row in self.pixels())
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) +
                         chunk(b"IEND", b""))

    def colours(self):
        return len({row[x:x + 3] for row in self.pixels() for x in range(0, len(row), 3)})

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class Display(harness.Case):
    needs_models = True

    def frames(self, count):
        folder = self.folder / "frames"
        folder.mkdir()
        for i in range(count):
            (folder / f"{i:03}.jpg").symlink_to(picture(EXAMPLES + "obama-240p.jpg"))
        return folder

    def watch(self, *arguments):
        environment = {"DISPLAY": self.screen.name, "SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software"}
        return self.start("watch", "--json", *arguments, environment=environment)

    def press(self, *keys):
        subprocess.run(["xdotool", "key", "--delay", "60", *keys], check=True, timeout=20,
                       env={**os.environ, "DISPLAY": self.screen.name})

    def wait_for(self, true, seconds=20):
        end = time.monotonic() + seconds
        while not true():
            self.assertLess(time.monotonic(), end, "it took too long")
            time.sleep(0.1)

    def test_window_and_enrolment(self):
        for program in ("Xvfb", "xdotool"):
            if not shutil.which(program):
                self.skipTest(f"no {program}")
        self.screen = Screen(self.folder)
        self.addCleanup(self.screen.close)
        process = self.watch("--fullscreen", self.frames(1500))
        self.addCleanup(process.kill)
        self.wait_for(lambda: process.poll() is not None or self.screen.colours() > 2000)
        if process.poll() is not None:
            errors = process.communicate()[1]
            if b"no windows" in errors or b"needs SDL2" in errors:
                self.skipTest("no SDL2")
            self.fail(errors)
        time.sleep(0.5)  # the face is found
        self.press("e")
        time.sleep(0.3)
        self.press("A", "d", "a")
        time.sleep(0.3)
        self.screen.keep(BUILD / "watch-display-enrol.png")
        self.press("Return")
        self.wait_for(lambda: self.gallery.exists() and self.people() == {"Ada": 1})
        self.wait_for(lambda: any(b'"identified"' in line for line in iter(process.stdout.readline, b"")))
        time.sleep(0.3)
        self.screen.keep(BUILD / "watch-display.png")
        self.press("q")
        output, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, errors)
        self.assertIn(b"enrolled Ada", errors)
        self.assertIn(b'"left"', output)

    def test_without_a_screen(self):
        code, _, errors = self.run_raw("watch", "--display", self.frames(3),
                                       environment={"DISPLAY": "", "WAYLAND_DISPLAY": "", "SDL_VIDEODRIVER": "x11"})
        self.assertEqual(code, ENVIRONMENT)
        lines = [line for line in errors.decode().splitlines() if "--display" in line]
        self.assertEqual(len(lines), 1, errors)
        self.assertRegex(lines[0], "no screen|no windows|needs SDL2")


if __name__ == "__main__":
    harness.main()
