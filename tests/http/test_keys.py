#!/usr/bin/env python3
"""Who may ask what: keys and their scopes, browsers, and how often."""

import os
import stat
import time

import serving
from serving import harness


class Keys(serving.Case):
    def key(self, scope, name="test"):
        return self.json("keys", "create", "-q", "--scope", scope, name)[0]

    def test_command(self):
        output, errors = self.vultus("keys", "create", "front door")
        self.assertRegex(output, r"^vultus_[0-9a-f]{8}_[0-9a-f]{64}\n$")
        file = self.folder / "gallery.db.keys"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertNotIn(output.split("_")[2].strip(), file.read_text())
        rows = self.json("keys", "list")
        self.assertEqual([(row["name"], row["scope"], row["revoked"]) for row in rows], [("front door", "read", False)])
        self.assertIn(rows[0]["id"], errors)
        self.vultus("keys", "revoke", rows[0]["id"])
        self.assertTrue(self.json("keys", "list")[0]["revoked"])
        self.vultus("keys", "revoke", rows[0]["id"], code=harness.INPUTS)
        self.vultus("keys", "revoke", "00000000", code=harness.INPUTS)
        self.vultus("keys", "create", "x" * 64, code=harness.USAGE)
        self.vultus("keys", "create", "--scope", "all", "x", code=harness.USAGE)
        self.assertIn("revoked", self.vultus("keys", "list")[0])
        os.chmod(file, 0o644)
        _, errors = self.vultus("keys", "list", code=harness.ENVIRONMENT)
        self.assertIn("others may use this file", errors)
        os.chmod(file, 0o600)
        for text in ("", "{}", '{"keys": [{}]}', '{"keys": 5}', "[]"):
            file.write_text(text)
            _, errors = self.vultus("keys", "list", code=harness.INPUTS)
            self.assertIn("is no file of keys", errors)
        other = self.folder / "other"
        self.vultus("keys", "create", "-q", "--keys", other, "x")
        self.assertEqual(len(self.json("keys", "list", "--keys", other)), 1)

    def test_scopes(self):
        keys = {scope: self.key(scope)["key"] for scope in ("read", "enrol", "admin")}
        server = self.serve()
        routes = [("GET", "/v1/people", "read"), ("GET", "/v1/info", "read"), ("GET", "/metrics", "read"),
                  ("POST", "/v1/detect", "read"), ("POST", "/v1/people?name=x", "enrol"),
                  ("POST", "/v1/people/x/faces", "enrol"), ("DELETE", "/v1/people/x", "admin"),
                  ("PATCH", "/v1/people/x", "admin"), ("POST", "/v1/people/x/merge", "admin"),
                  ("GET", "/v1/audit", "admin"), ("POST", "/v1/undo", "admin"), ("POST", "/v1/faces/1/move", "admin"),
                  ("PUT", "/v1/people/x/facts", "admin"), ("POST", "/v1/people/x/not", "admin")]
        order = list(keys)
        for method, path, needed in routes:
            with self.subTest(method=method, path=path):
                self.refused(server.ask(method, path), 401, "unauthorized")
                for scope, key in keys.items():
                    answer = server.ask(method, path, headers={"Authorization": f"Bearer {key}"})
                    if order.index(scope) < order.index(needed):
                        self.refused(answer, 403, "forbidden")
                    else:
                        self.assertNotIn(answer.status, (401, 403), answer.body)
        for path in ("/healthz", "/readyz", "/v1/openapi.yaml"):
            self.assertEqual(server.ask("GET", path).status, 200)
        self.assertEqual(server.ask("GET", "/v1/people", headers={"X-API-Key": keys["read"]}).status, 200)

    def test_wrong_keys(self):
        key = self.key("admin")["key"]
        server = self.serve()
        for text in ("", "x", key[:-1], key + "0", key.upper(), key[:-1] + ("0" if key[-1] != "0" else "1"), "x" * 5000):
            answer = server.ask("GET", "/v1/people", headers={"Authorization": f"Bearer {text}"})
            self.refused(answer, 401, "unauthorized")
            self.assertEqual(answer.headers["www-authenticate"], "Bearer")
        self.refused(server.ask("GET", "/v1/people", headers={"Authorization": f"Basic {key}"}), 401, "unauthorized")
        server.end()
        self.assertNotIn(key, server.log.read_text())

    def wait_for(self, server, key, status):
        end = time.monotonic() + 10
        while server.ask("GET", "/v1/people", headers={"X-API-Key": key}).status != status:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_while_it_runs(self):
        server = self.serve()
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)
        made = self.key("read")
        self.wait_for(server, "", 401)
        self.wait_for(server, made["key"], 200)
        self.refused(server.ask("GET", "/v1/people"), 401, "unauthorized")
        self.vultus("keys", "revoke", "-q", made["id"])
        self.wait_for(server, made["key"], 401)
        self.refused(server.ask("GET", "/v1/people"), 401, "unauthorized")  # it does not become open again

    def test_actor(self):
        self.pictures()
        made = self.key("enrol")
        server = self.serve()
        server.key = made["key"]
        self.assertEqual(server.picture("/v1/people?name=Joe", self.biden).status, 201)
        self.assertEqual(self.json("people", "audit")[0]["actor"], f"key {made['id']}")
        server.end()
        self.assertIn(f"key={made['id']} ", server.log.read_text())


    def bound(self, scope, *options):
        return self.json("keys", "create", "-q", "--scope", scope, *options, "bound")[0]["key"]

    def test_bounds(self):
        """What a key is for: galleries, workspaces, both, or all."""
        keys = {"free": self.key("read")["key"], "gallery": self.bound("enrol", "--gallery", "x"),
                "gallery admin": self.bound("admin", "--gallery", "x"), "user": self.bound("read", "--workspace", "ada"),
                "user admin": self.bound("admin", "--workspace", "ada", "--workspace", "bob"),
                "both": self.bound("enrol", "--gallery", "x", "--workspace", "ada"), "admin": self.key("admin")["key"]}
        self.vultus("keys", "create", "--workspace", "Ada", "x", code=harness.USAGE)
        server = self.serve()
        server.send("POST", "/v1/galleries", {"name": "x"}, headers={"X-API-Key": keys["admin"]})
        asked = {"/metrics": {"free", "gallery admin", "admin"}, "/v1/people?gallery=x": set(keys) - {"user", "user admin"},
                 "/v1/people": {"free", "admin"}, "/v1/workspaces/eve": {"free", "gallery admin", "admin"},
                 "/v1/workspaces/ada": {"free", "gallery admin", "admin", "user", "user admin", "both"},
                 "/v1/workspaces/bob/runs": {"free", "gallery admin", "admin", "user admin"},
                 "/v1/workspaces": {"gallery admin", "admin", "user", "user admin", "both"},
                 "/v1/keys": {"admin"}, "/v1/audit": {"admin"}, "/v1/info": set(keys), "/v1/models": set(keys),
                 "/v1/galleries": set(keys)}
        for path, allowed in asked.items():
            for name, key in keys.items():
                answer = server.ask("GET", path, headers={"X-API-Key": key})
                with self.subTest(path=path, key=name):
                    if name in allowed:
                        self.assertIn(answer.status, (200, 404), answer.body)
                    else:
                        self.refused(answer, 403, "forbidden")
        info = server.ask("GET", "/v1/info", headers={"X-API-Key": keys["both"]}).json
        self.assertEqual((info["galleries"], info["workspaces"], info["scope"]), (["x"], ["ada"], "enrol"))
        self.assertEqual(server.ask("GET", "/v1/galleries", headers={"X-API-Key": keys["user"]}).json, {"galleries": []})
        self.refused(server.send("POST", "/v1/galleries", {"name": "y"}, headers={"X-API-Key": keys["user admin"]}), 403,
                     "forbidden")

    def test_over_http(self):
        first, second = self.key("admin", "first"), self.json("keys", "create", "-q", "--workspace", "ada", "second")[0]
        server = self.serve()
        server.key = first["key"]
        rows = server.ask("GET", "/v1/keys").json["keys"]
        self.assertEqual([(row["id"], row["name"], row["own"], row["revoked"]) for row in rows],
                         [(first["id"], "first", True, False), (second["id"], "second", False, False)])
        self.assertEqual([row["ends"] for row in rows], [first["key"][-4:], second["key"][-4:]])
        self.assertEqual((rows[1]["workspaces"], rows[1]["galleries"], rows[1]["scope"], rows[1]["rate"]),
                         (["ada"], [], "read", None))
        for key in (first["key"], second["key"]):
            self.assertNotIn(key.split("_")[2].encode(), server.ask("GET", "/v1/keys").body)
        self.assertNotIn(b"hash", server.ask("GET", "/v1/keys").body)
        self.assertEqual(server.ask("GET", "/v1/info", headers={"X-API-Key": second["key"]}).status, 200)
        self.assertEqual(server.ask("DELETE", f"/v1/keys/{second['id']}").status, 204)
        self.refused(server.ask("GET", "/v1/info", headers={"X-API-Key": second["key"]}), 401, "unauthorized")  # at once
        self.refused(server.ask("DELETE", f"/v1/keys/{second['id']}"), 404, "not_found")
        self.refused(server.ask("DELETE", "/v1/keys/..%2Fx"), 404, "not_found")
        self.assertTrue(self.json("keys", "list")[1]["revoked"])


class Browsers(serving.Case):
    def test_origins(self):
        server = self.serve("--cors", "https://faces.example")
        host = f"127.0.0.1:{server.address[1]}"
        for origin, status in ((None, 200), (f"http://{host}", 200), ("https://faces.example", 200),
                               ("https://evil.example", 403), ("null", 403), ("https://faces.example.evil", 403)):
            answer = server.ask("GET", "/v1/people", headers={"Origin": origin} if origin else {})
            self.assertEqual(answer.status, status, origin)
            self.assertEqual(answer.headers["access-control-allow-origin"], "https://faces.example")
        preflight = server.ask("OPTIONS", "/v1/people", headers={"Origin": "https://faces.example"})
        self.assertEqual(preflight.status, 204)
        self.assertIn("Authorization", preflight.headers["access-control-allow-headers"])
        plain = self.serve()
        answer = plain.ask("OPTIONS", "/v1/people", headers={"Origin": "https://faces.example"})
        self.assertEqual(answer.status, 405)
        self.assertNotIn("access-control-allow-origin", answer.headers)

    def test_hosts(self):
        """A name of somebody else that leads here is not answered while nobody is asked for a key."""
        server = self.serve()
        for host, status in (("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1", 200), ("[::1]:80", 200),
                             ("evil.example", 403), ("localhost.evil.example", 403), ("", 403), ("127.0.0.2", 403)):
            self.assertEqual(server.ask("GET", "/v1/people", headers={"Host": host}).status, status, host)


class Rates(serving.Case):
    def test_rate(self):
        server = self.serve("--rate", "2")
        answers = [server.ask("GET", "/v1/people") for _ in range(12)]
        self.assertEqual([answer.status for answer in answers[:3]], [200] * 3)
        self.refused(answers[-1], 429, "too_many_requests")
        self.assertGreaterEqual(int(answers[-1].headers["retry-after"]), 1)
        self.assertEqual(server.ask("GET", "/healthz").status, 200)
        time.sleep(1.2)
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)

    def test_own_rate(self):
        """A key may have more than others, also from one address, or less."""
        fast = self.json("keys", "create", "-q", "--rate", "1000", "fast")[0]["key"]
        slow = self.json("keys", "create", "-q", "--rate", "1", "slow")[0]["key"]
        self.assertEqual([row["rate"] for row in self.json("keys", "list")], [1000, 1])
        server = self.serve("--rate", "5")
        answers = [server.ask("GET", "/v1/people", headers={"X-API-Key": fast}) for _ in range(40)]
        self.assertEqual({answer.status for answer in answers}, {200})
        answers = [server.ask("GET", "/v1/people", headers={"X-API-Key": slow}) for _ in range(4)]
        self.assertEqual(answers[0].status, 200)
        self.refused(answers[-1], 429, "too_many_requests")


if __name__ == "__main__":
    serving.main()
