#!/usr/bin/env python3
"""Routes that the web page asks for: portraits, searching names, models, and what a key may do."""

from urllib.parse import quote

import serving


class PageRoutes(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()

    def test_portrait(self):
        """The best face of somebody, with a tag."""
        server = self.serve("--workers", "1")
        for file in (self.obama, self.obama2):
            self.assertEqual(server.picture("/v1/people?name=Barack+Obama", file).status, 201)
        faces = server.ask("GET", "/v1/people/Barack%20Obama/faces").json["faces"]
        best = max(faces, key=lambda face: face["quality"]["score"])["face"]
        of_face = server.ask("GET", f"/v1/people/Barack%20Obama/faces/{best}/picture")
        portrait = server.ask("GET", "/v1/people/Barack%20Obama/picture")
        self.assertEqual((portrait.status, portrait.headers["content-type"]), (200, "image/jpeg"))
        self.assertEqual(portrait.body, of_face.body)
        again = server.ask("GET", "/v1/people/Barack%20Obama/picture", headers={"If-None-Match": portrait.headers["etag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        self.refused(server.ask("GET", "/v1/people/Nobody/picture"), 404, "not_found")

    def test_search(self):
        """A part of a name, page by page."""
        server = self.serve("--workers", "1")
        data = self.obama.read_bytes()
        for name in ("Ada Lovelace", "Adam", "Grace Hopper", "Ада"):  # bytes behind the picture make it another one
            self.assertEqual(server.ask("POST", f"/v1/people?name={quote(name)}", data + name.encode(), "image/jpeg").status, 201)

        def found(query):
            answer = server.ask("GET", f"/v1/people?{query}").json
            return [person["name"] for person in answer["people"]], answer["total"], answer["next"]

        self.assertEqual(found("search=ADA"), (["Ada Lovelace", "Adam"], 2, None))
        self.assertEqual(found("search=ada&limit=1"), (["Ada Lovelace"], 2, "Ada Lovelace"))
        self.assertEqual(found("search=ada&limit=1&after=Ada+Lovelace"), (["Adam"], 2, None))
        self.assertEqual(found("search=" + quote("Ада")), (["Ада"], 1, None))
        self.assertEqual(found("search=nobody"), ([], 0, None))
        self.refused(server.ask("GET", "/v1/people?search="), 400, "bad_request")

    def test_models(self):
        server = self.serve("--workers", "1")
        models = server.ask("GET", "/v1/models").json["models"]
        self.assertTrue(all(model["installed"] for model in models))
        mine = {(model["pack"], model["kind"]): model for model in models}
        self.assertIn("licence", mine["mobile", "embedder"])
        self.assertTrue(mine["mobile", "embedder"]["licence"])
        installed = [model for model in self.json("models", "list") if model["installed"]]
        self.assertCountEqual(models, installed)

    def test_scope(self):
        server = self.serve("--workers", "1")
        self.assertIsNone(server.ask("GET", "/v1/info").json["scope"])
        for scope in ("read", "enrol", "admin"):
            key = self.json("keys", "create", "-q", "--scope", scope, scope)[0]["key"]
            keyed = self.serve("--workers", "1")
            keyed.key = key
            self.assertEqual(keyed.ask("GET", "/v1/info").json["scope"], scope)


if __name__ == "__main__":
    serving.main()
