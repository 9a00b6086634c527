#!/usr/bin/env python3
"""detect, embed, identify, verify, compare, search: the answers are the command line's, whatever way a picture came."""

import base64

import serving
from serving import form, harness


class Faces(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.vultus("enroll", "-q", "--name", "Barack Obama", self.obama)
        self.vultus("enroll", "-q", "--name", "Joe Biden", self.biden)
        self.server = self.serve("--workers", "2")

    def same(self, answer, row, *left_out):
        """What the command line says of the file, without its name."""
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json, {key: value for key, value in row.items() if key not in ("file", *left_out)})

    def test_as_the_command_line(self):
        for path in (self.two_people, self.obama2):
            self.same(self.server.picture("/v1/detect", path), self.json("detect", path)[0])
            self.same(self.server.picture("/v1/identify?top=2", path), self.json("identify", "--top", "2", path)[0])
            self.same(self.server.picture("/v1/identify?threshold=0.9&metric=cosine", path),
                      self.json("identify", "--threshold", "0.9", "--metric", "cosine", path)[0])
        for other, code in ((self.obama2, harness.DONE), (self.biden, harness.NO)):
            body, kind = form(a=self.obama.read_bytes(), b=other.read_bytes())
            answer = self.server.ask("POST", "/v1/verify", body, kind)
            row = self.json("verify", self.obama, other, code=code)[0]
            for side in "ab":
                del row[side]["file"]
            self.same(answer, row)

    def test_three_ways(self):
        data = self.two_people.read_bytes()
        raw = self.server.ask("POST", "/v1/detect", data, "image/jpeg").json
        self.assertEqual(len(raw["faces"]), 2)
        self.assertEqual(self.server.ask("POST", "/v1/detect", data, "IMAGE/PNG; x=y").json, raw)
        self.assertEqual(self.server.ask("POST", "/v1/detect", *form(image=data)).json, raw)
        text = base64.b64encode(data).decode()
        self.assertEqual(self.server.send("POST", "/v1/detect", {"image": text}).json, raw)
        body, kind = form(a=data, b=data)
        self.assertEqual(self.server.send("POST", "/v1/verify", {"a": text, "b": text}).json,
                         self.server.ask("POST", "/v1/verify", body, kind).json)

    def test_embeddings(self):
        info = self.server.ask("GET", "/v1/info").json
        answer = self.server.picture("/v1/embed", self.obama).json
        self.assertEqual((answer["embedder"], answer["dimension"]), (info["embedder"], info["dimension"]))
        a = answer["faces"][0]["embedding"]
        self.assertEqual(len(a), info["dimension"])
        self.assertAlmostEqual(sum(x * x for x in a), 1, 5)
        b = self.server.picture("/v1/embed?max_faces=1", self.obama2).json["faces"][0]["embedding"]
        compared = self.server.send("POST", "/v1/compare", {"a": a, "b": b}).json
        verified = self.json("verify", self.obama, self.obama2)[0]
        self.assertEqual(set(compared), set(verified) - {"a", "b"})
        self.assertAlmostEqual(compared["cosine"], verified["cosine"], 4)
        found = self.server.send("POST", "/v1/search?top=2", {"embedding": b}).json
        self.assertEqual(found["name"], "Barack Obama")
        self.assertEqual([each["name"] for each in found["candidates"]], ["Barack Obama", "Joe Biden"])
        self.assertFalse(self.server.send("POST", "/v1/search?threshold=0.99", {"embedding": b}).json["match"])

    def test_options(self):
        two = self.server.picture("/v1/identify?max_faces=1", self.two_people).json["faces"]
        self.assertEqual(len(two), 1)
        self.same(self.server.picture("/v1/detect?min_face=100", self.two_people),
                  self.json("detect", "--min-face", "100", self.two_people)[0])
        who = self.server.picture("/v1/identify?min_quality=1", self.obama2).json["faces"][0]
        self.assertEqual((who["match"], who["why"], who["name"]), (False, "low quality", None))
        who = self.server.picture("/v1/identify?far=1e-6", self.obama2).json["faces"][0]
        self.assertAlmostEqual(who["threshold_far"], 1e-6, 8)

    def test_liveness(self):
        if not self.server.ask("GET", "/v1/info").json["liveness"]:
            self.refused(self.server.picture("/v1/detect?liveness=true", self.obama), 400, "bad_request")
            self.skipTest("the pack liveness is not installed")
        self.same(self.server.picture("/v1/detect?liveness=true", self.obama),
                  self.json("detect", "--liveness", self.obama)[0])
        for asked, said in (("true", ()), ("0.3", ("0.3",)), ("1", ("1",))):
            self.same(self.server.picture(f"/v1/identify?require_live={asked}&top=2", self.obama2),
                      self.json("identify", "--top", "2", "--require-live", *said, self.obama2)[0])
        who = self.server.picture("/v1/identify?require_live=1", self.obama2).json["faces"][0]
        self.assertEqual((who["match"], who["why"], who["name"], who["second"]), (False, "not live", None, None))
        body, kind = form(a=self.obama.read_bytes(), b=self.obama2.read_bytes())
        answer = self.server.ask("POST", "/v1/verify?require_live=1", body, kind).json
        self.assertEqual((answer["match"], answer["why"]), (False, "not live"))
        self.assertFalse(answer["a"]["face"]["live"]["passed"])
        self.assertNotIn("live", self.server.picture("/v1/identify", self.obama2).json["faces"][0])
        for wrong in ("2", "yes", "-0.1", ""):
            self.refused(self.server.picture(f"/v1/identify?require_live={wrong}", self.obama2), 400, "bad_request")

    def test_refused(self):
        ask, refused = self.server.ask, self.refused
        picture = self.obama.read_bytes()
        refused(ask("POST", "/v1/detect", b"no picture", "image/jpeg"), 415, "not_a_picture")
        refused(ask("POST", "/v1/detect", picture[:2000], "image/jpeg"), 415, "not_a_picture")
        refused(ask("POST", "/v1/detect", b"", "image/jpeg"), 400, "bad_request")
        refused(ask("POST", "/v1/detect", picture), 415, "unsupported_media_type")
        refused(ask("POST", "/v1/detect", picture, "text/plain"), 415, "unsupported_media_type")
        refused(ask("POST", "/v1/compare", picture, "image/jpeg"), 415, "unsupported_media_type")
        refused(ask("POST", "/v1/verify", picture, "image/jpeg"), 415, "unsupported_media_type")
        for query in ("threshold=2x", "threshold=nan", "threshold=11", "top=0", "top=101", "metric=x", "flip=2",
                      "far=0.1&threshold=0.3", "frob=1", "top=1&top=2", "name=x", "threshold"):
            refused(self.server.picture(f"/v1/identify?{query}", self.obama), 400, "bad_request")
        for body in (b"{", b"[]", b"{\"image\": 5}", b"{\"image\": \"x\"}", b"{\"image\": \"\", \"image\": \"\"}", b"{}",
                     b"{\"frob\": 1}", b"\xff", b"{\"image\": \"\"} x", b"[" * 100000):
            refused(ask("POST", "/v1/detect", body, "application/json"), 400, "bad_request")
        refused(self.server.send("POST", "/v1/detect", {"image": base64.b64encode(b"text").decode()}), 415,
                "not_a_picture")
        for body, kind in [(b"--x", "multipart/form-data"), (b"--x\r\n", "multipart/form-data; boundary=x"),
                           form(other=picture), form(image=picture, more=b"x"), (b"", form(image=b"")[1])]:
            refused(ask("POST", "/v1/detect", body, kind), 400, "bad_request")
        for body in ({"a": [1], "b": [2]}, {"a": [1] * 192, "b": ["x"] * 192}, {"a": [1] * 192, "b": [1] * 192}, {},
                     {"a": [0] * 192, "b": [1e39] * 192}):
            refused(self.server.send("POST", "/v1/compare", body), 400, "bad_request")

    def test_no_face(self):
        blank = harness.DATA / "broken"
        nobody = self.folder / "nobody.png"
        nobody.write_bytes(png(64, 64))
        self.assertEqual(self.server.picture("/v1/detect", nobody).json, {"width": 64, "height": 64, "faces": []})
        self.assertEqual(self.server.picture("/v1/identify", nobody).json["faces"], [])
        body, kind = form(a=self.obama.read_bytes(), b=nobody.read_bytes())
        error = self.refused(self.server.ask("POST", "/v1/verify", body, kind), 422, "no_face")
        self.assertEqual(error["details"], {"field": "b"})
        if blank.is_dir():
            for file in sorted(blank.iterdir())[:40]:
                if file.is_file():
                    self.assertIn(self.server.picture("/v1/detect", file).status, (200, 413, 415), file)

    def test_too_large(self):
        server = self.serve("--max-body", "100000")
        self.refused(server.picture("/v1/detect", self.obama), 413, "too_large")
        connection = server.connect()  # without a length
        connection.request("POST", "/v1/detect", iter([b"x" * 50000] * 4), {"Content-Type": "image/jpeg"},
                           encode_chunked=True)
        self.refused(serving.Answer(connection.getresponse()), 413, "too_large")
        connection.close()
        bomb = self.folder / "bomb.png"
        bomb.write_bytes(png(9000, 9000))
        self.refused(self.server.picture("/v1/detect", bomb), 413, "too_large")
        self.assertEqual(self.server.ask("GET", "/healthz").status, 200)


def png(width, height):
    """A grey one of one colour."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height, 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", rows) + chunk(b"IEND", b""))


if __name__ == "__main__":
    serving.main()
