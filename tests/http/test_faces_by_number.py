#!/usr/bin/env python3
"""Faces by their numbers, splitting people, groups and tags, and identification among some people only."""

from urllib.parse import quote

import serving


class Faces(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.server = self.serve("--workers", "2", "--rate", "1000000")

    def enrol(self, name, data):
        answer = self.server.ask("POST", f"/v1/people?name={quote(name)}", data, "image/jpeg")
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json["face"]

    def fill(self):
        """Barack 1, 2, 3, Joe 4."""
        data = self.obama.read_bytes()
        faces = [self.enrol("Barack", data + bytes([i])) for i in range(3)] + [self.enrol("Joe", self.biden.read_bytes())]
        self.assertEqual(faces, [1, 2, 3, 4])

    def test_single(self):
        ask = self.server.ask
        self.fill()
        page = ask("GET", "/v1/faces?limit=3").json
        self.assertEqual([(face["face"], face["name"]) for face in page["faces"]],
                         [(1, "Barack"), (2, "Barack"), (3, "Barack")])
        page = ask("GET", f"/v1/faces?limit=3&after={page['next']}").json
        self.assertEqual(([face["face"] for face in page["faces"]], page["next"]), ([4], None))
        self.assertEqual(ask("GET", "/v1/faces/4").json, page["faces"][0])
        row = {key: value for key, value in page["faces"][0].items() if key != "name"}
        self.assertEqual(ask("GET", "/v1/people/Joe/faces").json["faces"], [row])
        picture = ask("GET", "/v1/faces/4/picture")
        self.assertEqual((picture.status, picture.body), (200, ask("GET", "/v1/people/Joe/faces/4/picture").body))
        self.assertEqual(ask("GET", "/v1/faces/4/picture", headers={"If-None-Match": picture.headers["etag"]}).status, 304)
        self.refused(ask("GET", "/v1/people/Joe/faces/1/picture"), 404, "not_found")
        self.assertEqual(ask("DELETE", "/v1/faces/4").status, 204)
        for method, path in (("GET", "/v1/faces/4"), ("GET", "/v1/faces/4/picture"), ("DELETE", "/v1/faces/4"),
                             ("GET", "/v1/faces/x"), ("DELETE", "/v1/faces/0")):
            self.refused(ask(method, path), 404, "not_found")
        self.assertEqual(self.people(), {"Barack": 3, "Joe": 0})
        self.assertFalse(self.server.picture("/v1/identify", self.biden).json["faces"][0]["match"])
        self.assertEqual(ask("GET", "/v1/audit?limit=1").json["changes"][0]["action"], "delete face")

    def test_split(self):
        ask, send = self.server.ask, self.server.send
        self.fill()
        self.assertEqual(send("POST", "/v1/people/Barack/split", {"faces": [2, 3], "into": "Other"}).json, {"name": "Other"})
        self.assertEqual(self.people(), {"Barack": 1, "Joe": 1, "Other": 2})
        self.refused(send("POST", "/v1/people/Barack/split", {"faces": [1, 4], "into": "x"}), 404, "not_found")
        for body in ({"faces": [], "into": "x"}, {"faces": [0], "into": "x"}, {"faces": ["1"], "into": "x"},
                     {"faces": 1, "into": "x"}, {"into": "x"}, {"faces": [1], "into": "Barack"}):
            self.refused(send("POST", "/v1/people/Barack/split", body), 400, "bad_request")
        self.refused(send("POST", "/v1/people/Barack/split", {"faces": [1]}), 400, "bad_name")
        self.assertEqual(ask("POST", "/v1/undo").json, {"undone": "split"})
        self.assertEqual(self.people(), {"Barack": 3, "Joe": 1})

    def test_groups(self):
        ask = self.server.ask
        self.fill()
        for path in ("/v1/people/Joe/groups/board", "/v1/people/Joe/groups/board", "/v1/people/Barack/groups/a%2Fb",
                     "/v1/people/Barack/groups/board", "/v1/people/Joe/tags/vip"):
            answer = ask("PUT", path)
            self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual([(fact["kind"], fact["key"]) for fact in answer.json["facts"]],
                         [("group", "board"), ("tag", "vip")])
        self.assertEqual(ask("GET", "/v1/groups").json,
                         {"groups": [{"name": "a/b", "people": 1}, {"name": "board", "people": 2}],
                          "tags": [{"name": "vip", "people": 1}]})
        for query, names in (("group=board", ["Barack", "Joe"]), ("group=board&tag=vip", ["Joe"]), ("group=a%2Fb", ["Barack"]),
                             ("tag=none", []), ("group=board&after=Barack", ["Joe"])):
            page = ask("GET", f"/v1/people?{query}").json
            self.assertEqual([person["name"] for person in page["people"]], names, query)
        self.assertEqual(page["total"], 2)
        self.refused(ask("GET", "/v1/people?group=a&group=b"), 400, "bad_request")
        self.refused(ask("PUT", "/v1/people/Nobody/groups/x"), 404, "not_found")
        self.refused(ask("PUT", "/v1/people/Joe/groups/%20"), 400, "bad_name")
        stats = ask("GET", "/v1/stats").json
        self.assertEqual([stats[key] for key in ("name", "people", "faces", "groups", "tags")], ["default", 2, 4, 2, 1])
        self.assertEqual(stats["embedder"], ask("GET", "/v1/info").json["embedder"])
        self.assertEqual(ask("DELETE", "/v1/people/Joe/tags/vip").status, 200)
        self.refused(ask("DELETE", "/v1/people/Joe/tags/vip"), 404, "not_found")

        def nearest(query):
            face = self.server.picture(f"/v1/identify?{query}", self.obama).json["faces"][0]
            return face["name"] if face["match"] else None
        self.assertEqual([nearest(query) for query in ("person=Joe", "person=Joe&person=Barack", "group=board", "group=a%2Fb")],
                         [None, "Barack", "Barack", "Barack"])
        self.refused(self.server.picture("/v1/identify?tag=vip", self.obama), 404, "not_found")
        self.refused(self.server.picture("/v1/identify?person=Nobody", self.obama), 404, "not_found")


if __name__ == "__main__":
    serving.main()
