#!/usr/bin/env python3
"""Makes spoilt copies of pictures of people, from which the tables of src/face/quality_tables.c are learnt.

    vultus detect --json lfw/ > faces.jsonl
    tools/quality/spoil.py faces.jsonl OUTPUT --copies 4

Reads where the faces are from what `vultus detect --json` said, and writes OUTPUT/<person>/<picture>-<n>.jpg: a clean
copy (n 0) and copies that are blurred, small, dark, bright, flat, noisy, turned, cut off, or covered (masks, glasses,
hands, cloth, things). OUTPUT/spoilt.jsonl says of each what was done and how much of the eyes and of the mouth is covered.
Needs NumPy and Pillow.
"""

import argparse
import json
import math
import random
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

# In eye distances from the middle between the eyes, x along the eyes and y to the mouth.
EYES = (-1.0, -0.4, 1.0, 0.4)
MOUTH = (-0.75, 0.5, 0.75, 1.5)


class Frame:
    """The coordinates of a face."""

    def __init__(self, landmarks):
        left, right, _, mouth_left, mouth_right = np.array(landmarks, dtype=float)
        self.origin = (left + right) / 2
        down = (mouth_left + mouth_right) / 2 - self.origin
        # Seen from the side the eyes are near each other: the mouth's distance then says how large the face is.
        self.unit = max(np.linalg.norm(right - left), np.linalg.norm(down) / 1.3)
        along = (right - left) / max(np.linalg.norm(right - left), 1e-6)
        self.along, self.down = along * self.unit, np.array([-along[1], along[0]]) * self.unit

    def place(self, points):
        return [tuple(self.origin + x * self.along + y * self.down) for x, y in points]

    def box(self, x0, y0, x1, y1):
        return self.place([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])

    def ellipse(self, x, y, rx, ry):
        turns = [i * math.pi / 16 for i in range(32)]
        return self.place([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns])


def covering(rng, frame):
    """Polygons that cover something, and what it is."""
    u = rng.uniform
    kind = rng.choice(["mask", "mask", "glasses", "glasses", "bar", "hand", "cloth", "thing", "thing", "side"])
    if kind == "mask":
        top, wide, low = u(0.2, 0.6), u(0.95, 1.3), u(1.6, 2.3)
        shape = [[(-wide, top + u(0, 0.25)), (0, top), (wide, top + u(0, 0.25)), (wide * 0.85, low - 0.4), (0, low),
                  (-wide * 0.85, low - 0.4)]]
        return kind, [frame.place(shape[0])]
    if kind == "glasses":
        rx, ry, y = u(0.35, 0.6), u(0.28, 0.45), u(-0.05, 0.12)
        return kind, [frame.ellipse(-0.5, y, rx, ry), frame.ellipse(0.5, y, rx, ry),
                      frame.box(-1.2, y - 0.12, 1.2, y - 0.04)]
    if kind == "bar":
        return kind, [frame.box(-1.3, -u(0.2, 0.5), 1.3, u(0.2, 0.45))]
    if kind == "hand":
        return kind, [frame.ellipse(u(-0.5, 0.5), u(0.9, 1.4), u(0.5, 1.0), u(0.35, 0.8))]
    if kind == "cloth":
        return kind, [frame.box(-1.6, u(0.4, 0.9), 1.6, 3)]
    if kind == "side":
        side = rng.choice([-1, 1])
        return kind, [frame.box(min(side * u(-0.1, 0.3), side * 2), -1.5, max(side * 0.1, side * 2), 2.2)]
    x, y, w, h = u(-0.7, 0.7), u(-0.2, 1.4), u(0.4, 1.0), u(0.3, 0.9)
    return kind, [frame.box(x - w, y - h, x + w, y + h)]


def filling(rng, image, other, frame, kind):
    """A picture of the same size with what covers the face."""
    size = image.size
    if kind == "hand":  # the colour of this face, beside the nose
        x, y = frame.place([(rng.uniform(-0.4, 0.4), 0.45)])[0]
        spot = image.crop((int(x) - 2, int(y) - 2, int(x) + 3, int(y) + 3)).resize((1, 1), Image.BOX).getpixel((0, 0))
        tone = rng.uniform(0.75, 1.15)
        fill = Image.new("RGB", size, tuple(min(255, int(c * tone)) for c in spot))
    elif kind == "glasses":
        dark = rng.randint(5, 60)
        fill = Image.new("RGB", size, (dark, dark, min(255, dark + rng.randint(0, 15))))
    elif kind in ("cloth", "thing", "side") and rng.random() < 0.75:
        turned = other.rotate(rng.choice([0, 90, 180, 270]))
        x, y = rng.randint(0, 60), rng.randint(0, 60)
        fill = turned.crop((x, y, x + rng.randint(60, 180), y + rng.randint(60, 180))).resize(size)
    else:
        light = rng.choice([(235, 238, 240), (120, 160, 200), (25, 25, 28), (160, 200, 180),
                            tuple(rng.randint(0, 255) for _ in range(3))])
        fill = Image.new("RGB", size, light)
    shade = np.linspace(rng.uniform(0.7, 1.1), rng.uniform(0.7, 1.1), size[0])[None, :, None]
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0, 5), (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(fill) * shade + noise, 0, 255).astype(np.uint8))


def cover(rng, image, other, frame):
    kind, polygons = covering(rng, frame)
    mask = Image.new("L", image.size, 0)
    for polygon in polygons:
        ImageDraw.Draw(mask).polygon(polygon, fill=255)
    whole = np.asarray(mask) > 127
    soft = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    out = Image.composite(filling(rng, image, other, frame, kind), image, soft)
    return out, kind, [covered(whole, frame, EYES), covered(whole, frame, MOUTH)]


def covered(mask, frame, box):
    """The share of a part of the face that is covered."""
    part = Image.new("L", (mask.shape[1], mask.shape[0]), 0)
    ImageDraw.Draw(part).polygon(frame.box(*box), fill=255)
    inside = np.asarray(part) > 127
    return float(mask[inside].mean()) if inside.any() else 0.0


def cut_off(rng, image, frame):
    """The picture ends inside the face."""
    x, y = (int(v) for v in frame.origin)
    far = int(frame.unit * rng.uniform(0.3, 1.2))
    side = rng.randrange(4)
    box = [0, 0, *image.size]
    if side == 0:
        box[2] = x + far
    elif side == 1:
        box[0] = x - far
    elif side == 2:
        box[3] = y + int(frame.unit * rng.uniform(0.8, 1.8))
    else:
        box[1] = y - int(frame.unit * rng.uniform(0, 0.4))
    return image.crop(box)


def darken(rng, image):
    dark = np.asarray(image) * rng.choice([0.35, 0.2, 0.1, 0.06, 0.03])
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0.5, 2.5), dark.shape)
    return Image.fromarray(np.clip(dark + noise, 0, 255).astype(np.uint8))


def noisy(rng, image):
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.choice([10, 20, 35, 50]), (*image.size[::-1], 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


SIMPLE = {
    "blur": lambda rng, image: image.filter(ImageFilter.GaussianBlur(rng.choice([1, 1.5, 2, 2.5, 3, 4, 5]))),
    "dark": darken,
    "bright": lambda rng, image: ImageEnhance.Brightness(image).enhance(rng.choice([1.6, 2, 2.6, 3.5])),
    "flat": lambda rng, image: ImageEnhance.Contrast(image).enhance(rng.choice([0.4, 0.25, 0.12, 0.06])),
    "noise": noisy,
    "turn": lambda rng, image: image.rotate(rng.choice([-1, 1]) * rng.uniform(10, 60), Image.BICUBIC),
}


def shrink(rng, image):
    factor = rng.choice([0.6, 0.45, 0.35, 0.27, 0.21, 0.17])
    return image.resize([max(16, int(side * factor)) for side in image.size], Image.LANCZOS)


def spoil(rng, image, other, frame, what):
    """Returns the picture and what is covered: eyes and mouth."""
    if what == "clean":
        return image, what, [0.0, 0.0]
    if what == "cover":
        return cover(rng, image, other, frame)
    if what == "cut":
        return cut_off(rng, image, frame), what, None
    if what == "small":
        return shrink(rng, image), what, [0.0, 0.0]
    if what == "both":  # a real picture seldom has one fault only
        first, kind, parts = cover(rng, image, other, frame) if rng.random() < 0.5 else (image, "", [0.0, 0.0])
        name = rng.choice(["blur", "dark", "flat", "noise"])
        return shrink(rng, SIMPLE[name](rng, first)) if rng.random() < 0.5 else SIMPLE[name](rng, first), \
            f"{kind}+{name}", parts
    return SIMPLE[what](rng, image), what, [0.0, 0.0]


def work(job):
    record, other_path, output, copies, seed = job
    rng = random.Random(seed)
    path = Path(record["file"])
    image, other = Image.open(path).convert("RGB"), Image.open(other_path).convert("RGB")
    middle = lambda face: abs(face["x"] + face["width"] / 2 - record["width"] / 2) + \
        abs(face["y"] + face["height"] / 2 - record["height"] / 2)
    frame = Frame(min(record["faces"], key=middle)["landmarks"])
    folder = output / path.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    kinds = ["clean"] + [rng.choice(["cover", "cover", "cover", "both", "small", "cut", *SIMPLE]) for _ in range(copies)]
    rows = []
    for number, what in enumerate(kinds):
        spoilt, kind, parts = spoil(rng, image, other, frame, what)
        target = folder / f"{path.stem}-{number}.jpg"
        spoilt.save(target, quality=rng.choice([75, 85, 92, 92]))
        rows.append({"file": str(target), "from": str(path), "person": path.parent.name, "kind": kind, "covered": parts})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    records = [json.loads(line) for line in options.faces.read_text().splitlines()]
    records = [record for record in records if record.get("faces")]
    others = random.Random(options.seed).sample(records, len(records))
    jobs = [(record, other["file"], options.output, options.copies, f"{options.seed} {record['file']}")
            for record, other in zip(records, others)]
    with Pool(2) as pool, open_list(options.output) as out:
        for rows in pool.imap(work, jobs, chunksize=16):
            for row in rows:
                out.write(json.dumps(row) + "\n")


def open_list(output):
    output.mkdir(parents=True, exist_ok=True)
    return (output / "spoilt.jsonl").open("w", encoding="utf-8")


if __name__ == "__main__":
    main()
