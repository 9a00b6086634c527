#!/usr/bin/env python3
"""People and faces over HTTP: enrolment, lists, pictures, corrections, history, idempotency."""

import base64
from urllib.parse import quote

import serving
from serving import form


class People(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.server = self.serve("--workers", "2")

    def enrol(self, name, file, **more):
        answer = self.server.picture(f"/v1/people?name={quote(name)}", file, **more)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    def names(self):
        return [person["name"] for person in self.server.ask("GET", "/v1/people").json["people"]]

    def test_enrolment(self):
        ask, send = self.server.ask, self.server.send
        first = self.enrol("Barack Obama", self.obama)
        self.assertEqual((first["status"], first["new_person"], first["name"]), ("enrolled", True, "Barack Obama"))
        again = self.server.picture("/v1/people?name=Barack%20Obama", self.obama)
        self.assertEqual((again.status, again.json["status"], again.json["face"]),
                         (200, "already_enrolled", first["face"]))
        error = self.refused(self.server.picture("/v1/people?name=Other", self.obama), 409, "other_name")
        self.assertIn("Barack Obama", error["message"])
        more = self.server.picture("/v1/people/Barack%20Obama/faces", self.obama2)
        self.assertEqual((more.status, more.json["new_person"]), (201, False))
        self.assertEqual(ask("POST", "/v1/people", *form(name="Ада", image=self.biden.read_bytes())).status, 201)
        self.assertEqual(self.people(), {"Barack Obama": 2, "Ада": 1})
        text = base64.b64encode(self.two_people.read_bytes()).decode()
        self.refused(send("POST", "/v1/people", {"name": "x", "image": text}), 422, "several_faces")
        self.assertEqual(send("POST", "/v1/people?select=largest", {"name": "x", "image": text}).status, 201)

    def test_refused(self):
        picture = self.server.picture
        error = self.refused(picture("/v1/people?name=x", self.two_people), 422, "several_faces")
        self.assertEqual(error["details"]["faces"], 2)
        error = self.refused(picture("/v1/people?name=x&min_size=1000", self.obama), 422, "too_small")
        self.assertEqual(error["details"]["faces"], 1)
        self.assertGreater(error["details"]["quality"]["size"], 100)
        self.refused(picture("/v1/people?name=x&min_sharpness=1", self.obama), 422, "blurred")
        self.refused(picture("/v1/people", self.obama), 400, "bad_request")
        self.refused(picture(f"/v1/people?name={'x' * 300}", self.obama), 400, "bad_name")
        self.refused(picture("/v1/people?name=", self.obama), 400, "bad_request")
        self.refused(self.server.ask("POST", "/v1/people?name=x", b"text", "image/jpeg"), 415, "not_a_picture")
        self.refused(self.server.ask("POST", "/v1/people", *form(name=b"\xff", image=self.obama.read_bytes())), 400,
                     "bad_name")
        self.assertEqual(self.names(), [])

    def test_pages(self):
        data = self.obama.read_bytes()
        names = [f"P{i:02}" for i in range(5)] + ["a/b?c=d&e#f%20"]
        for i, name in enumerate(names):
            answer = self.server.ask("POST", f"/v1/people?name={quote(name, safe='')}", data + bytes([i]), "image/jpeg")
            self.assertEqual(answer.status, 201, answer.body)
        seen, after = [], ""
        while after is not None:
            page = self.server.ask("GET", "/v1/people?limit=2" + (f"&after={quote(after, safe='')}" if after else "")).json
            self.assertEqual(page["total"], len(names))
            self.assertLessEqual(len(page["people"]), 2)
            seen += [person["name"] for person in page["people"]]
            after = page["next"]
        self.assertEqual(seen, sorted(names))
        odd = quote(names[-1], safe="")
        self.assertEqual(self.server.ask("GET", f"/v1/people/{odd}").json["name"], names[-1])
        self.assertEqual(self.server.ask("DELETE", f"/v1/people/{odd}").status, 204)

    def test_faces(self):
        face = self.enrol("Joe", self.biden)["face"]
        rows = self.server.ask("GET", "/v1/people/Joe/faces").json
        self.assertEqual(rows, {key: value for key, value in self.json("people", "show", "Joe")[0].items()
                                if key != "facts"})
        path = f"/v1/people/Joe/faces/{face}/picture"
        picture = self.server.ask("GET", path)
        self.assertEqual((picture.status, picture.headers["content-type"]), (200, "image/jpeg"))
        self.assertEqual(picture.body[:3], b"\xff\xd8\xff")
        self.assertEqual(picture.headers["cache-control"], "private, no-cache")
        same = self.server.ask("GET", path, headers={"If-None-Match": picture.headers["etag"]})
        self.assertEqual((same.status, same.body, same.headers["etag"]), (304, b"", picture.headers["etag"]))
        self.assertEqual(self.server.ask("GET", path, headers={"If-None-Match": '"x"'}).status, 200)
        for wrong in (f"/v1/people/Nobody/faces/{face}/picture", "/v1/people/Joe/faces/999/picture",
                      "/v1/people/Joe/faces/-1/picture", "/v1/people/Joe/faces/1e3/picture"):
            self.refused(self.server.ask("GET", wrong), 404, "not_found")

    def test_changes(self):
        ask, send = self.server.ask, self.server.send
        self.enrol("Joe", self.biden)
        face = self.enrol("Barack", self.obama)["face"]
        self.enrol("Barack 2", self.obama2)
        self.assertEqual(send("PATCH", "/v1/people/Joe", {"name": "Joe Biden"}).json, {"name": "Joe Biden"})
        self.refused(send("PATCH", "/v1/people/Joe", {"name": "Joe Biden"}), 404, "not_found")
        self.refused(send("PATCH", "/v1/people/Barack", {"name": "Joe Biden"}), 409, "exists")
        self.refused(send("PATCH", "/v1/people/Barack", {"name": ""}), 400, "bad_name")
        self.refused(send("PATCH", "/v1/people/Barack", {"name": "a\nb"}), 400, "bad_name")
        self.assertEqual(send("POST", "/v1/people/Barack%202/merge", {"into": "Barack"}).status, 200)
        self.assertEqual(self.people(), {"Barack": 2, "Joe Biden": 1})
        self.assertEqual(ask("POST", "/v1/undo").json, {"undone": "merge"})
        self.assertEqual(self.people(), {"Barack": 1, "Barack 2": 1, "Joe Biden": 1})
        self.assertEqual(send("POST", f"/v1/faces/{face}/move", {"into": "Barack 2"}).json,
                         {"face": face, "name": "Barack 2"})
        self.refused(send("POST", "/v1/faces/999/move", {"into": "Barack 2"}), 404, "not_found")
        facts = send("PUT", "/v1/people/Joe%20Biden/facts", {"kind": "attribute", "key": "born", "value": "1942"}).json
        self.assertEqual([(fact["kind"], fact["key"], fact["value"]) for fact in facts["facts"]],
                         [("attribute", "born", "1942")])
        self.assertEqual(send("PUT", "/v1/people/Joe%20Biden/facts",
                              {"kind": "attribute", "key": "born", "value": None}).json, {"facts": []})
        self.refused(send("PUT", "/v1/people/Joe%20Biden/facts", {"kind": "frob", "key": "x"}), 400, "bad_request")
        self.assertEqual(ask("DELETE", "/v1/people/Joe%20Biden").status, 204)
        self.refused(ask("DELETE", "/v1/people/Joe%20Biden"), 404, "not_found")
        changes = ask("GET", "/v1/audit?limit=1000").json["changes"]
        self.assertEqual(changes, self.json("people", "audit"))
        self.assertEqual({change["actor"] for change in changes}, {"server"})
        self.assertEqual([change["action"] for change in ask("GET", "/v1/audit?name=Barack%202&limit=1").json["changes"]],
                         [change["action"] for change in self.json("people", "audit", "Barack 2")][:1])

    def test_not_this_person(self):
        face = self.enrol("Joe", self.biden)["face"]
        self.assertTrue(self.server.picture("/v1/identify", self.biden).json["faces"][0]["match"])
        self.assertEqual(self.server.picture("/v1/people/Joe/not", self.biden).status, 204)
        self.assertFalse(self.server.picture("/v1/identify", self.biden).json["faces"][0]["match"])
        self.assertEqual(self.server.ask("DELETE", f"/v1/people/Joe/not/{face}").status, 204)
        self.assertTrue(self.server.picture("/v1/identify", self.biden).json["faces"][0]["match"])
        self.assertEqual(self.server.send("POST", "/v1/people/Joe/not", {"face": face}).status, 204)
        self.refused(self.server.send("POST", "/v1/people/Joe/not", {"face": 999}), 404, "not_found")
        self.refused(self.server.send("POST", "/v1/people/Joe/not", {"face": "x"}), 400, "bad_request")
        self.refused(self.server.picture("/v1/people/Nobody/not", self.biden), 404, "not_found")

    def test_idempotency(self):
        key = {"Idempotency-Key": "0001"}
        first = self.server.picture("/v1/people?name=Joe", self.biden, headers=key)
        self.assertEqual(first.status, 201)
        again = self.server.picture("/v1/people?name=Joe", self.biden, headers=key)
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.refused(self.server.picture("/v1/people?name=Joe", self.obama, headers=key), 422, "idempotency_key_reused")
        self.refused(self.server.picture("/v1/people?name=Jo", self.biden, headers=key), 422, "idempotency_key_reused")
        self.refused(self.server.picture("/v1/people?name=Joe&flip=true", self.biden, headers=key), 422,
                     "idempotency_key_reused")
        self.assertEqual(self.server.picture("/v1/people?name=Joe", self.biden).status, 200)
        self.refused(self.server.picture("/v1/people?name=x", self.biden, headers={"Idempotency-Key": "x" * 300}), 400,
                     "bad_request")

    def test_idempotency_after_a_restart(self):
        """The same answer, and somebody who was deleted meanwhile does not come back."""
        key = {"Idempotency-Key": "0001"}
        first = self.server.picture("/v1/people?name=Joe", self.biden, headers=key)
        self.assertEqual(first.status, 201)
        self.server.process.kill()
        self.server.process.wait()
        self.assertNotIn(b"Joe", (self.folder / "gallery.db.replays").read_bytes())
        for deleted in (False, True):
            if deleted:
                self.vultus("people", "delete", "-q", "--yes", "Joe")
            self.server = self.serve("--workers", "2")
            again = self.server.picture("/v1/people?name=Joe", self.biden, headers=key)
            self.assertEqual((again.status, again.body), (first.status, first.body))
            self.assertEqual(self.names(), [] if deleted else ["Joe"])
            self.refused(self.server.picture("/v1/people?name=Jo", self.biden, headers=key), 422, "idempotency_key_reused")
            self.assertEqual(self.server.end(), 0)

    def test_others_change_it(self):
        """Another process changes the gallery while the server has it open."""
        self.assertEqual(self.names(), [])
        self.vultus("enroll", "-q", "--name", "Joe", self.biden)
        self.assertEqual(self.server.picture("/v1/identify", self.biden).json["faces"][0]["name"], "Joe")
        self.vultus("people", "delete", "-q", "--yes", "Joe")
        self.assertEqual(self.server.picture("/v1/identify", self.biden).json["faces"][0]["why"], "empty gallery")


if __name__ == "__main__":
    serving.main()
