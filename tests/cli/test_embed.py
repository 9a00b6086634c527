#!/usr/bin/env python3
"""vultus embed: folders of people become one file, and the file stands for the folders."""

import json
import struct

import harness
from harness import INPUTS, USAGE, picture


def read(path):
    """The head, and tensors as (type, shape, bytes)."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    head = json.loads(header.pop("__metadata__")["vultus"])
    return head, {name: (each["dtype"], each["shape"],
                         data[8 + size + each["data_offsets"][0]:8 + size + each["data_offsets"][1]])
                  for name, each in header.items()}


class Embed(harness.Case):
    needs_models = True

    def people(self):
        examples = "face_recognition/examples"
        self.copy(picture(f"{examples}/obama.jpg"), "people/Obama/1.jpg", "people/Obama/2.jpg")
        self.copy(picture(f"{examples}/biden.jpg"), "people/Biden.jpg")
        return self.folder / "people"

    def test_a_file_of_embeddings(self):
        out = self.folder / "out.safetensors"
        answer, = self.json("embed", self.people(), "--output", out)
        self.assertEqual((answer["faces"], answer["people"], answer["dimension"]), (3, 2, 192))
        head, tensors = read(out)
        self.assertEqual(head["kind"], "embeddings")
        self.assertTrue(head["embedder"].startswith("mobilefacenet@"))
        self.assertEqual(tensors["embeddings"][:2], ("F32", [3, 192]))
        self.assertEqual(tensors["names"][2], b"Biden\0Obama\0")
        self.assertEqual(struct.unpack("<3i", tensors["person"][2]), (0, 1, 1))
        rows = struct.unpack("<576f", tensors["embeddings"][2])
        self.assertEqual(rows[192:384], rows[384:])
        self.assertAlmostEqual(sum(x * x for x in rows[:192]), 1, places=5)
        again = self.folder / "again.safetensors"
        self.vultus("embed", out, "--output", again, environment={"VULTUS_MODELS": "/nowhere"})
        self.assertEqual(read(again), read(out))

    def test_what_cannot_be_used(self):
        self.vultus("embed", self.folder, code=USAGE)
        out = self.folder / "out.safetensors"
        self.vultus("embed", self.folder, "--output", out, code=INPUTS)
        people = self.people()
        (people / "Obama/3.jpg").write_bytes(b"no picture")
        _, errors = self.vultus("embed", people, "--output", out, code=INPUTS)
        self.assertIn("3.jpg", errors)
        self.assertEqual(read(out)[1]["embeddings"][1], [3, 192])
        damaged = self.folder / "damaged.safetensors"
        damaged.write_bytes(out.read_bytes()[:200])
        _, errors = self.vultus("embed", damaged, "--output", out, code=INPUTS)
        self.assertIn("damaged.safetensors", errors)


if __name__ == "__main__":
    harness.main()
