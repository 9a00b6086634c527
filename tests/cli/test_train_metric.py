#!/usr/bin/env python3
"""vultus train metric: made-up embeddings become a projection; with the models also real pictures."""

import json
import math
import random
import signal
import struct
import time

import harness
from harness import ENVIRONMENT, INPUTS, INTERRUPTED, NO, USAGE, picture

DIMENSION = 24


def write_embeddings(path, people, each, embedder="made@00000000", seed=1):
    """People are directions in eight of the numbers; what changes between pictures is in the others."""
    chance = random.Random(seed)
    rows, person = [], []
    for p in range(people):
        own = [chance.gauss(0, 1) for _ in range(8)]
        for _ in range(each):
            row = [x + chance.gauss(0, 0.3) for x in own]
            row += [chance.gauss(0, 0.8) for _ in range(DIMENSION - 8)]
            length = math.sqrt(sum(x * x for x in row))
            rows += [x / length for x in row]
            person.append(p)
    tensors = {"embeddings": ("F32", [len(person), DIMENSION], struct.pack(f"<{len(rows)}f", *rows)),
               "person": ("I32", [len(person)], struct.pack(f"<{len(person)}i", *person)),
               "names": ("U8", [sum(len(f"p{p}") + 1 for p in range(people))],
                         b"".join(f"p{p}\0".encode() for p in range(people)))}
    head = {"kind": "embeddings", "version": 1, "embedder": embedder, "metric": "cosine",
            "people": people, "raw": False}
    header, body = {"__metadata__": {"vultus": json.dumps(head)}}, b""
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data + b"\0" * (-len(data) % 8)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


class MadeUp(harness.Case):
    def setUp(self):
        super().setUp()
        self.data = write_embeddings(self.folder / "people.safetensors", 30, 5)
        self.environment["VULTUS_MODELS"] = str(self.folder / "models")

    def test_a_pack_is_written(self):
        out = self.folder / "mine"
        answer, = self.json("train", "metric", self.data, "--output", f"{out}/", "--lr", "0.01",
                            "--identity", "0")
        self.assertEqual((answer["people"], answer["held_people"]), (24, 6))
        self.assertGreater(answer["kept"]["auc"], answer["embedder"]["auc"] + 0.01)
        self.assertTrue(answer["better"])
        self.assertEqual(answer["base"], "made@00000000")
        contract = json.loads((out / "pack.json").read_text())
        model, = contract["models"]
        self.assertEqual((contract["name"], model["base"], model["base_id"]),
                         ("mine", "made", "made@00000000"))
        self.assertAlmostEqual(model["threshold"], answer["threshold"], places=4)
        self.assertGreaterEqual(model["identify_threshold"], model["threshold"])
        again = self.folder / "again"
        self.vultus("train", "metric", self.data, "--output", again, "--lr", "0.01", "--identity",
                    "0", "--threads", "3")
        self.assertEqual((again / "projection.safetensors").read_bytes(),
                         (out / "projection.safetensors").read_bytes())
        _, errors = self.vultus("models", "add", out, code=ENVIRONMENT)
        self.assertIn("embedder mine needs its base made", errors)
        _, errors = self.vultus("train", "metric", self.data, "--output", out, code=INPUTS)
        self.assertIn("exists already", errors)

    def test_epochs_are_shown(self):
        shown, _ = self.vultus("train", "metric", self.data, "--output", self.folder / "a")
        self.assertIn("TAR AT FAR 1E2", shown.upper().replace("_", " "))
        self.assertIn("kept", shown)
        *epochs, last = self.json("train", "metric", self.data, "--output", self.folder / "b",
                                  "--verbose", "--loss", "contrastive")
        self.assertEqual([each["epoch"] for each in epochs], list(range(last["epochs"] + 1)))
        self.assertIsNone(epochs[0]["loss"])
        best = [each["epoch"] for each in epochs if each["best"]]
        self.assertEqual(best[-1], last["best_epoch"])
        rows = self.csv("train", "metric", self.data, "--output", self.folder / "c", "--epochs", "7",
                        "--loss", "arcface", "--hidden", "6", "--dimension", "12", "--html",
                        self.folder / "c.html")
        page = (self.folder / "c.html").read_text()
        self.assertIn("<svg", page)
        self.assertIn("By the epoch that is kept", page)
        self.assertEqual([row["epoch"] for row in rows], [str(i) for i in range(8)])

    def test_what_is_wrong_is_said(self):
        for more, code, said in (
                ((), USAGE, "needs --name NAME"),
                (("--output", "x", "--loss", "hinge"), USAGE, "--loss"),
                (("--output", "x", "--batch", "4"), USAGE, "--batch"),
                (("--output", "a b"), USAGE, "not a pack's name"),
                (("--output", "x", "--dimension", "99"), USAGE, "a dimension of 99"),
                (("--name", "x"), ENVIRONMENT, "needs its base made")):
            _, errors = self.vultus("train", "metric", self.data, *more, code=code, cwd=self.folder)
            self.assertIn(said, errors)
            self.assertFalse((self.folder / "x").exists())
        one = write_embeddings(self.folder / "one.safetensors", 1, 5)
        _, errors = self.vultus("train", "metric", one, "--output", "x", code=USAGE)
        self.assertIn("1 person, 1 of them with several faces", errors)
        unknown = write_embeddings(self.folder / "unknown.safetensors", 9, 3, embedder="")
        _, errors = self.vultus("train", "metric", unknown, "--output", "x", code=USAGE)
        self.assertIn("not the id of one embedder", errors)

    @staticmethod
    def catches(pid, number):
        """True once the process has a handler for the signal."""
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            caught = next(line.split()[1] for line in status if line.startswith("SigCgt"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def test_an_interrupt_leaves_nothing(self):
        out = self.folder / "never"
        process = self.start("train", "metric", self.data, "--output", out, "--epochs", "100000",
                             "--patience", "100000")
        while not self.catches(process.pid, signal.SIGINT):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output), (INTERRUPTED, b""))
        self.assertIn(b"nothing is written", errors)
        self.assertFalse(out.exists())


class Installed(harness.Case):
    """The models are there: a projection of MobileFaceNet is used like any other embedder."""

    needs_models = True

    def setUp(self):
        super().setUp()
        models = self.folder / "models"
        models.mkdir()
        (models / "mobile").symlink_to(harness.models_folder() / "mobile")
        self.environment["VULTUS_MODELS"] = str(models)
        root = "face_recognition/examples"
        self.obama, self.other, self.biden = (
            picture(f"{root}/{name}") for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
        self.copy(self.obama, "people/Obama/1.jpg")
        self.copy(self.other, "people/Obama/2.jpg")
        self.copy(self.biden, "people/Biden/1.jpg")
        self.data = self.folder / "people.safetensors"
        self.vultus("embed", self.folder / "people", "--output", self.data)

    def train(self, name, *more):
        return self.json("train", "metric", self.data, "--name", name, "--epochs", "5", *more)[0]

    def test_it_is_a_model(self):
        answer = self.train("mine", "--dimension", "100")
        self.assertEqual(answer["held_people"], 0)
        self.assertIsNone(answer["kept"]["auc"])
        self.vultus("models", "check", "mine")
        info, _ = self.vultus("models", "info", "mine")
        self.assertIn("base        mobile/mobilefacenet", info)
        listed = {(each["pack"], each["model"]): each for each in self.json("models", "list")}
        self.assertEqual(listed["mine", "mine"]["base"], "mobile/mobilefacenet")
        self.assertEqual(listed["mine", "mine"]["dimension"], 100)
        _, errors = self.vultus("train", "metric", self.data, "--name", "mine", code=INPUTS)
        self.assertIn("model pack mine exists already", errors)

        use = ("--embedder", "mine", "--threshold", "0.4")
        self.vultus("verify", self.obama, self.other, *use)
        self.vultus("verify", self.obama, self.biden, *use, code=NO)
        self.vultus("enroll", self.folder / "people", "--embedder", "mine")
        answer, = self.json("identify", self.obama, *use)
        self.assertEqual(answer["faces"][0]["name"], "Obama")
        _, errors = self.vultus("identify", self.obama, code=ENVIRONMENT)
        self.assertIn("mobilefacenet@", errors)

        direct, projected = self.folder / "direct.safetensors", self.folder / "projected.safetensors"
        first, = self.json("embed", self.folder / "people", "--embedder", "mine", "--output", direct)
        second, = self.json("embed", self.data, "--embedder", "mine", "--output", projected)
        self.assertEqual(first["embedder"], second["embedder"])
        self.assertTrue(first["embedder"].startswith("mine@"))
        self.assertEqual((first["dimension"], second["dimension"]), (100, 100))
        self.vultus("embed", projected, "--embedder", "mine", "--output", self.folder / "same.safetensors")
        _, errors = self.vultus("embed", projected, "--embedder", "mobile", "--output",
                                self.folder / "not.safetensors", code=INPUTS)
        self.assertIn("are by mine@", errors)
        _, errors = self.vultus("train", "metric", projected, "--name", "twice", code=USAGE)
        self.assertIn("a projection; learn from those of its base", errors)
        self.vultus("models", "remove", "mine", "--yes")
        _, errors = self.vultus("verify", self.obama, self.other, *use, code=ENVIRONMENT)
        self.assertIn("mine", errors)

    def test_damage_and_other_bases_are_refused(self):
        self.train("mine", "--hidden", "8")
        pack = self.folder / "models/mine"
        whole = (pack / "projection.safetensors").read_bytes()
        contract = json.loads((pack / "pack.json").read_text())

        def refused(said, weights=whole, **fields):
            source = self.folder / "changed"
            source.mkdir(exist_ok=True)
            (source / "projection.safetensors").write_bytes(weights)
            model = {**contract["models"][0], **fields}
            model["networks"] = [{**model["networks"][0]}]
            del model["networks"][0]["sha256"]
            (source / "pack.json").write_text(json.dumps({**contract, "models": [model]}))
            _, errors = self.vultus("models", "add", source, "--name", "changed", code=ENVIRONMENT)
            self.assertIn(said, errors)
            self.assertFalse((self.folder / "models/changed").exists())

        refused("projects 192 numbers to 192", output={"dimension": 100})
        refused("was trained on mobilefacenet@00000000", base_id="mobilefacenet@00000000")
        refused("needs its base nobody", base="nobody/none")
        refused("is a projection itself", base="mine/mine")
        refused("NaN", whole[:-8] + struct.pack("<f", math.nan) + whole[-4:])
        (pack / "projection.safetensors").write_bytes(whole[:-8] + b"\1" * 8)
        _, errors = self.vultus("models", "check", "mine", code=ENVIRONMENT)
        self.assertIn("SHA-256 differs", errors)


if __name__ == "__main__":
    harness.main()
