#!/usr/bin/env python3
"""The web page: its files as the server gives them, and what each page is for, in Debian's chromium with a made-up camera.
Pictures of every page are left in web-pictures/ of the build folder."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

import serving  # noqa: E402  (its folder is known only now)
from serving import harness  # noqa: E402

WEB = harness.SOURCE / "web"
BUDGET = 200_000  # bytes of all files, as they are


def files():
    return [path for path in sorted(WEB.rglob("*")) if path.is_file()]


class Files(serving.Case):
    def test_size(self):
        total = sum(path.stat().st_size for path in files())
        print(f"the page has {total} bytes in {len(files())} files", file=sys.stderr)
        self.assertLess(total, BUDGET)

    def test_served(self):
        server = self.serve()
        page = server.ask("GET", "/")
        self.assertEqual(page.body, (WEB / "index.html").read_bytes())
        for path in files():
            plain = server.ask("GET", f"/ui/{path.name}")
            self.assertEqual((plain.status, plain.body), (200, path.read_bytes()), path.name)
            packed = server.ask("GET", f"/ui/{path.name}", headers={"Accept-Encoding": "gzip, br"})
            if packed.headers.get("content-encoding") == "gzip":
                self.assertEqual(gzip.decompress(packed.body), plain.body)
                self.assertNotEqual(packed.headers["etag"], plain.headers["etag"])
            again = server.ask("GET", f"/ui/{path.name}", headers={"If-None-Match": plain.headers["etag"]})
            self.assertEqual((again.status, again.body), (304, b""))
        script = server.ask("GET", "/ui/app.js", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(script.headers["content-encoding"], "gzip")
        self.assertEqual(script.headers["content-type"], "text/javascript; charset=utf-8")
        for name in ("nothing.js", "..%2Fgallery.db", "%2e%2e"):
            self.refused(server.ask("GET", f"/ui/{name}"), 404, "not_found")

    def test_policy(self):
        """Nothing inline, nothing from elsewhere; answers of the interface keep the policy of data."""
        server = self.serve()
        page = server.ask("GET", "/")
        policy = page.headers["content-security-policy"]
        self.assertIn("default-src 'none'; script-src 'self'; style-src 'self'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertIn("camera=(self), microphone=()", page.headers["permissions-policy"])
        self.assertNotIn("script-src", server.ask("GET", "/v1/info").headers["content-security-policy"])
        html = (WEB / "index.html").read_text()
        scripts = {path.name for path in (WEB / "js").iterdir()}
        self.assertEqual(set(re.findall(r'modulepreload" href="/ui/([^"]+)"', html)), scripts, "what is fetched at once")
        self.assertNotRegex(html, r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=")
        for path in files():
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            self.assertNotRegex(text, r"https?://|innerHTML|\beval\(|document\.write", path.name)

    def test_strings(self):
        """Every text that is asked for is there, and those that have a name of their own are asked for."""
        texts = (WEB / "js/texts.js").read_text()
        sections, section = {"": set()}, ""
        for blanks, name, opens in re.findall(r'^(  |    )(\w+):( \{$)?', texts, re.MULTILINE):
            section = "" if blanks == "  " else section
            sections.setdefault(section, set()).add(name)
            section = name if blanks == "  " and opens else section
        scripts = {path: path.read_text() for path in (WEB / "js").glob("*.js") if path.name != "texts.js"}
        everything = "".join(scripts.values())
        for path, script in scripts.items():
            own = re.search(r"const t = texts\.(\w+);", script)
            asked = [("", name) for name in re.findall(r"\btexts\.(?!js)(\w+)", script)]
            asked += [(own[1], name) for name in re.findall(r"\bt\.(\w+)", script)] if own else []
            for part, name in asked:
                self.assertIn(name, sections[part], f"{path.name} asks for {part}.{name}")
        for name in set().union(*(names for part, names in sections.items() if part not in ("errors", "pages", "camera"))):
            self.assertRegex(everything, rf"\.{name}\b|\"{name}\"", f"nobody asks for {name}")

    def test_without(self):
        server = self.serve("--no-ui")
        self.refused(server.ask("GET", "/"), 404, "not_found")
        self.refused(server.ask("GET", "/ui/app.js"), 404, "not_found")
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)


def node():
    """A node that the packages run with: the set-up's, or one on the PATH."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vultus/node/bin/node"
    for found in (shutil.which("node"), cache):
        if found and Path(found).exists():
            version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if re.match(r"v(2\d|[3-9]\d)\.", version):
                return str(found)
    return None


class Browser(serving.Case):
    def needs(self):
        chromium = os.environ.get("VULTUS_CHROMIUM") or shutil.which("chromium")
        if not chromium:
            self.skipTest("there is no chromium (tools/setup/packages.sh test)")
        if not node():
            self.skipTest("there is no node of version 20 or later (tools/setup/npm.sh)")
        done = subprocess.run([harness.SOURCE / "tools/setup/web.sh"], capture_output=True, text=True)
        if done.returncode:
            self.skipTest("the npm packages of tests/web cannot be had")
        return chromium, done.stdout.strip()

    def camera(self):
        """A film of one picture, as chromium's made-up camera takes it."""
        path = self.folder / "camera.mjpeg"
        path.write_bytes(self.obama2.read_bytes() * 4)
        return path

    def film(self, name, *pictures):
        """A folder that stands for a camera: each picture for two seconds."""
        folder = self.folder / name
        folder.mkdir()
        for i in range(50 * len(pictures)):
            (folder / f"{i:03}.jpg").symlink_to(pictures[i // 50])
        return str(folder)

    def test_pages(self):
        chromium, packages = self.needs()
        self.pictures()
        kept = ("--keep-unknown", "30") if "--keep-unknown" in self.vultus("serve", "--help")[0] else ()
        films = {name: self.film(name, *pictures) for name, pictures in
                 {"door": (self.two_people,), "hall": (self.biden,)}.items()}
        server = self.serve("--rate", "100000", "--quiet", *kept, "--camera", f"Front door={films['door']}",
                            "--camera-source", f"{self.folder}/*")
        for name, picture in (("Barack Obama", self.obama), ("Barack Obama", self.obama2), ("Joe Biden", self.biden)):
            self.assertEqual(server.picture(f"/v1/people?name={name.replace(' ', '+')}", picture).status, 201)
        keys = self.folder / "keys"
        create = lambda *more: self.vultus("keys", "create", "-q", "--keys", keys, *more)[0].strip()  # noqa: E731
        made, read = (create("--scope", scope, scope) for scope in ("admin", "read"))
        user = create("--scope", "enrol", "--workspace", "ada", "Ada's app")
        create("--gallery", "door", "--gallery", "gate", "Old door")
        keyed = self.serve("--keys", keys, "--quiet", "--db", self.folder / "other.db")
        done = subprocess.run(
            [node(), harness.SOURCE / "tests/web/browser.mjs"], capture_output=True, text=True, timeout=240, cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "WEB_PACKAGES": packages, "WEB_CHROMIUM": chromium,
                 "WEB_URL": f"http://127.0.0.1:{server.address[1]}", "WEB_KEYED": f"http://127.0.0.1:{keyed.address[1]}",
                 "WEB_FILMS": json.dumps(films), "WEB_KEY": made, "WEB_READ": read, "WEB_USER": user, "WEB_CAMERA": str(self.camera()),
                 "WEB_OUT": str(harness.BUILD / "web-pictures"),
                 "WEB_PICTURES": json.dumps({"one": str(self.biden), "group": str(self.two_people), "many": [str(self.obama), str(self.obama2)]})})
        print(done.stdout, done.stderr, file=sys.stderr)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    serving.main()
