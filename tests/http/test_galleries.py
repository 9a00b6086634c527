#!/usr/bin/env python3
"""Several galleries of one server: making, using, deleting them, keys that are for some of them, and encrypted ones."""

import os
import stat
import subprocess
import threading

import serving


class Galleries(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()

    def start_server(self, **options):
        self.server = self.serve("--workers", "2", "--rate", "1000000", **options)
        self.others = self.folder / "gallery.db-galleries"

    def make(self, name):
        answer = self.server.send("POST", "/v1/galleries", {"name": name})
        self.assertEqual((answer.status, answer.json), (201, {"name": name}))

    def names(self):
        return [row["name"] for row in self.server.ask("GET", "/v1/galleries").json["galleries"]]

    def named(self, gallery):
        face = self.server.picture(f"/v1/identify?gallery={gallery}", self.obama).json["faces"][0]
        return face["name"] if face["match"] else None

    def test_life(self):
        self.start_server()
        ask, send = self.server.ask, self.server.send
        self.assertEqual(self.names(), ["default"])
        self.make("team-a")
        self.make("team_b")
        self.assertEqual(self.names(), ["default", "team-a", "team_b"])
        self.refused(send("POST", "/v1/galleries", {"name": "team-a"}), 409, "exists")
        self.refused(send("POST", "/v1/galleries", {"name": "default"}), 409, "exists")
        for name in ("", "A", "../x", "a/b", "a.b", "x" * 41, None, 5):
            self.refused(send("POST", "/v1/galleries", {"name": name}), 400, "bad_name")
        self.assertEqual(stat.S_IMODE(os.stat(self.others).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(self.others / "team-a.db").st_mode), 0o600)
        for gallery, name in (("team-a", "Barack"), ("team_b", "Obama"), ("default", "B")):
            answer = self.server.picture(f"/v1/people?gallery={gallery}&name={name}", self.obama)
            self.assertEqual((answer.status, answer.json["face"]), (201, 1))
        self.assertEqual([self.named(gallery) for gallery in ("team-a", "team_b", "default")], ["Barack", "Obama", "B"])
        self.assertEqual(self.people(), {"B": 1})
        self.assertEqual(self.json("people", "list", "--db", self.others / "team-a.db")[0]["name"], "Barack")
        sizes = ask("GET", "/v1/galleries/team-a").json
        self.assertEqual((sizes["name"], sizes["people"], sizes["faces"], sizes["encrypted"]), ("team-a", 1, 1, False))
        self.assertEqual(ask("GET", "/v1/audit?gallery=team-a").json["changes"][0]["action"], "enroll")
        same = {"Idempotency-Key": "1"}
        self.assertEqual(self.server.picture("/v1/people?name=Joe", self.biden, headers=same).status, 201)
        self.refused(self.server.picture("/v1/people?name=Joe&gallery=team-a", self.biden, headers=same), 422,
                     "idempotency_key_reused")
        self.assertEqual(ask("DELETE", "/v1/galleries/team-a").status, 204)
        self.assertEqual(sorted(os.listdir(self.others)), ["team_b.db", "team_b.db-shm", "team_b.db-wal"])
        for method, path in (("GET", "/v1/galleries/team-a"), ("DELETE", "/v1/galleries/team-a"),
                             ("GET", "/v1/people?gallery=team-a"), ("DELETE", "/v1/people/B?gallery=team-a"),
                             ("GET", "/v1/people?gallery=..%2Fteam_b"), ("GET", "/v1/galleries/%2e%2e")):
            for _ in range(3):  # by each worker
                self.refused(ask(method, path), 404, "not_found")
        self.refused(ask("DELETE", "/v1/galleries/default"), 403, "forbidden")
        self.refused(ask("GET", "/v1/people?gallery="), 400, "bad_request")
        self.make("team-a")  # again, empty
        self.assertEqual([self.named("team-a") for _ in range(4)], [None] * 4)
        self.assertEqual(self.named("team_b"), "Obama")

    def test_many(self):
        """More than a worker keeps open."""
        self.start_server()
        galleries = [f"g{i}" for i in range(10)]
        for gallery in galleries:
            self.make(gallery)
            self.assertEqual(self.server.picture(f"/v1/people?gallery={gallery}&name=N{gallery}", self.obama).status, 201)
        for gallery in 3 * galleries:
            people = self.server.ask("GET", f"/v1/people?gallery={gallery}").json["people"]
            self.assertEqual([person["name"] for person in people], [f"N{gallery}"])

    def test_deleted_while_it_is_used(self):
        """Who asks meanwhile gets an answer from before, from an empty gallery, or none that is a failure."""
        self.start_server()
        seen, end = set(), threading.Event()

        def look():
            while not end.is_set():
                answer = self.server.ask("GET", "/v1/people?gallery=x")
                seen.add((answer.status, answer.json["total"] if answer.status == 200 else answer.code))
        thread = threading.Thread(target=look)
        self.make("x")
        thread.start()
        try:
            for _ in range(3):
                self.assertEqual(self.server.picture("/v1/people?gallery=x&name=Barack", self.obama).status, 201)
                self.assertEqual(self.server.ask("DELETE", "/v1/galleries/x").status, 204)
                self.make("x")
        finally:
            end.set()
            thread.join()
        self.assertLessEqual(seen, {(200, 0), (200, 1), (404, "not_found")}, self.server.log.read_text()[-9000:])

    def test_encrypted(self):
        key = self.folder / "key"
        self.vultus("gallery", "keygen", key)
        self.environment = {**self.environment, "VULTUS_KEY_FILE": str(key)}
        self.start_server()
        self.make("x")
        self.assertEqual(self.server.picture("/v1/people?gallery=x&name=Barack", self.obama).status, 201)
        self.assertEqual(self.named("x"), "Barack")
        self.assertTrue(self.server.ask("GET", "/v1/galleries/x").json["encrypted"])
        self.server.end()
        self.assertNotIn(b"Barack", (self.others / "x.db").read_bytes())

    def test_keys(self):
        bound = self.json("keys", "create", "-q", "--scope", "admin", "--gallery", "x", "--gallery", "y", "team")[0]
        free = self.json("keys", "create", "-q", "--scope", "admin", "all")[0]
        self.assertEqual((bound["galleries"], free["galleries"]), (["x", "y"], []))
        self.assertEqual([row["galleries"] for row in self.json("keys", "list")], [["x", "y"], []])
        self.vultus("keys", "create", "--gallery", "../x", "team", code=serving.harness.USAGE)
        self.start_server()
        ask, send = self.server.ask, self.server.send
        self.server.key = free["key"]
        self.make("x")
        self.make("z")
        self.server.key = bound["key"]
        self.make("y")
        self.assertEqual(self.names(), ["x", "y"])
        self.refused(send("POST", "/v1/galleries", {"name": "w"}), 403, "forbidden")
        for path in ("/v1/people", "/v1/people?gallery=z", "/v1/people?gallery=nothing", "/v1/galleries/z", "/v1/audit"):
            self.refused(ask("GET", path), 403, "forbidden")
        self.refused(self.server.picture("/v1/identify", self.obama), 403, "forbidden")
        self.refused(self.server.picture("/v1/people?name=x&gallery=z", self.obama), 403, "forbidden")
        self.refused(ask("DELETE", "/v1/galleries/z"), 403, "forbidden")
        self.assertEqual(self.server.picture("/v1/people?name=x&gallery=y", self.obama).status, 201)
        self.assertEqual(ask("GET", "/v1/audit?gallery=y").json["changes"][0]["actor"], f"key {bound['id']}")
        self.assertEqual((ask("GET", "/v1/info").status, ask("GET", "/metrics").status), (200, 200))
        self.assertEqual(ask("DELETE", "/v1/galleries/y").status, 204)


class OverPostgres(serving.Case):
    """Galleries and unknown faces of a server whose gallery is in a database."""

    def setUp(self):
        super().setUp()
        self.pictures()
        self.database = subprocess.Popen(["bash", serving.harness.SOURCE / "tests/support/postgres_server.sh"], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.database.wait)
        self.addCleanup(self.database.stdout.close)
        self.addCleanup(self.database.stdin.close)
        address = self.database.stdout.readline().strip()
        if not address:
            self.skipTest("there is no PostgreSQL with pgvector here")
        self.place = f"{address}&gallery=staff"

    def test_life(self):
        server = self.serve("--workers", "2", "--keep-unknown", "7", "--db", self.place)
        other = self.serve("--workers", "1", "--db", self.place)  # another server over the same galleries
        ask, send, picture = server.ask, server.send, server.picture
        self.assertEqual(send("POST", "/v1/galleries", {"name": "door"}).status, 201)
        self.refused(send("POST", "/v1/galleries", {"name": "door"}), 409, "exists")
        for name in ("the-door", "x" * 40, "default-x"):
            self.refused(send("POST", "/v1/galleries", {"name": name}), 400, "bad_name")
        for gallery, name in (("default", "Barack"), ("door", "Obama")):
            self.assertEqual(picture(f"/v1/people?gallery={gallery}&name={name}", self.obama).status, 201)
        for each in (server, other):
            self.assertEqual([row["name"] for row in each.ask("GET", "/v1/galleries").json["galleries"]], ["default", "door"])
            named = [each.picture(f"/v1/identify?gallery={gallery}", self.obama).json["faces"][0]["name"]
                     for gallery in ("default", "door")]
            self.assertEqual(named, ["Barack", "Obama"])
        about = ask("GET", "/v1/galleries/door").json
        self.assertEqual((about["name"], about["people"], about["journal"]), ("door", 1, "PostgreSQL"))
        for query in ("", "?gallery=door"):
            kept = picture(f"/v1/unknown{query}", self.biden).json
            self.assertEqual((kept["kept"], picture(f"/v1/unknown{query}", self.biden).json["duplicates"]), (1, 1))
            group = ask("GET", f"/v1/unknown/groups{query}").json["groups"][0]
            self.assertEqual(len(group["faces"]), 1)
            self.assertEqual(ask("GET", f"/v1/unknown/faces/{group['group']}/picture{query}").body[:2], b"\xff\xd8")
        named = send("POST", "/v1/unknown/groups/1/name?gallery=door", {"name": "Joe"}).json
        self.assertEqual((named["added"], named["new_person"]), (1, True))
        self.assertEqual(ask("GET", "/v1/unknown/groups?gallery=door").json["total"], 0)
        self.assertEqual(ask("GET", "/v1/people?gallery=door").json["total"], 2)
        self.assertEqual(ask("GET", "/v1/people").json["total"], 1)
        self.assertEqual(ask("DELETE", "/v1/galleries/door").status, 204)
        for each in (server, other, server):
            self.refused(each.ask("GET", "/v1/people?gallery=door"), 404, "not_found")
        self.refused(ask("DELETE", "/v1/galleries/door"), 404, "not_found")
        self.assertEqual(other.send("POST", "/v1/galleries", {"name": "door"}).status, 201)  # again, empty
        self.assertEqual([each.ask("GET", "/v1/people?gallery=door").json["total"] for each in (server, other)], [0, 0])
        self.assertEqual(ask("GET", "/v1/unknown/groups?gallery=door").json["total"], 0)
        self.assertEqual(len(ask("GET", "/v1/unknown/groups").json["groups"]), 1)


if __name__ == "__main__":
    serving.main()
