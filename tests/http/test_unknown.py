#!/usr/bin/env python3
"""Unknown faces: kept when asked, grouped, named in one step, erased when their days are over."""

import serving


class Unknown(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.unknown = self.folder / "gallery.db-unknown"

    def start_server(self, *options):
        self.server = self.serve("--workers", "2", "--rate", "1000000", *options)

    def keep(self, file, query=""):
        answer = self.server.picture(f"/v1/unknown{query}", file)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def groups(self):
        answer = self.server.ask("GET", "/v1/unknown/groups").json
        return [[face["face"] for face in group["faces"]] for group in answer["groups"]]

    def test_off(self):
        self.start_server()
        self.refused(self.server.picture("/v1/unknown", self.obama), 403, "forbidden")
        self.assertEqual(self.groups(), [])
        self.assertFalse(self.unknown.exists())

    def test_life(self):
        ask = lambda *arguments: self.server.ask(*arguments)  # noqa: E731
        send = lambda *arguments: self.server.send(*arguments)  # noqa: E731
        self.start_server("--keep-unknown", "7")
        first = self.keep(self.obama)
        self.assertEqual((first["kept"], first["duplicates"], first["faces"][0]["kept"]), (1, 0, True))
        self.assertEqual(self.keep(self.obama)["duplicates"], 1)
        self.keep(self.obama2)
        self.keep(self.biden, "?days=2")
        self.assertEqual(self.groups(), [[1, 2], [3]])
        rows = [face for group in ask("GET", "/v1/unknown/groups").json["groups"] for face in group["faces"]]
        self.assertLess(rows[2]["expires"], rows[0]["expires"])
        picture = ask("GET", "/v1/unknown/faces/3/picture")
        self.assertEqual((picture.status, picture.body[:3]), (200, b"\xff\xd8\xff"))
        self.assertEqual(self.people(), {})
        named = send("POST", "/v1/unknown/groups/1/name", {"name": "Barack"}).json
        self.assertEqual(named, {"name": "Barack", "added": 2, "duplicates": 0, "new_person": True})
        self.refused(send("POST", "/v1/unknown/groups/1/name", {"name": "Barack"}), 404, "not_found")
        self.assertEqual((self.people(), self.groups()), ({"Barack": 2}, [[3]]))
        self.assertEqual(self.keep(self.obama)["faces"][0]["kept"], False)
        # as if somebody had been killed between the two galleries
        self.assertEqual(self.server.picture("/v1/people?name=Joe", self.biden).status, 201)
        named = send("POST", "/v1/unknown/groups/3/name", {"name": "Joe", "faces": [3]}).json
        self.assertEqual((named["added"], named["duplicates"]), (0, 1))
        self.assertEqual((self.people(), self.groups()), ({"Barack": 2, "Joe": 1}, []))
        for method, path in (("DELETE", "/v1/unknown/groups/3"), ("DELETE", "/v1/unknown/faces/3"),
                             ("GET", "/v1/unknown/faces/3/picture")):
            self.refused(ask(method, path), 404, "not_found")
        self.refused(send("POST", "/v1/unknown/groups/3/name", {"name": ""}), 400, "bad_name")
        self.refused(send("POST", "/v1/unknown/groups/3/name", {"name": "x", "faces": []}), 400, "bad_request")

    def test_deleted(self):
        self.start_server("--keep-unknown", "7")
        self.server.send("POST", "/v1/galleries", {"name": "x"})
        for query in ("", "?gallery=x"):
            self.keep(self.obama, query)
        self.keep(self.biden)
        self.assertEqual(self.server.ask("DELETE", "/v1/unknown/faces/1").status, 204)
        self.assertEqual(self.server.ask("DELETE", "/v1/unknown/groups/2").status, 204)
        self.assertEqual(self.groups(), [])
        other = self.folder / "gallery.db-galleries/x.db-unknown"
        self.assertTrue(other.exists())
        self.assertEqual(self.server.ask("DELETE", "/v1/galleries/x").status, 204)
        self.assertFalse(other.exists())

    def test_days(self):
        """Their time passes: they are not shown, and a server that starts erases them."""
        self.start_server("--keep-unknown", "7")
        self.keep(self.obama)
        date = self.json("people", "list", "--db", self.unknown)[0]["name"]
        self.vultus("people", "rename", "--db", self.unknown, date, "2000-01-01")
        self.assertEqual(self.groups(), [])
        self.server.end()
        self.start_server("--keep-unknown", "7")
        self.server.end()
        self.assertEqual(self.json("people", "list", "--db", self.unknown), [])


if __name__ == "__main__":
    serving.main()
