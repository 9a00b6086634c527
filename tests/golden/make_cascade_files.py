#!/usr/bin/env python3
"""Makes up two small cascades, to test what no published face cascade has.

    python3 tests/golden/make_cascade_files.py

cascade_tilted.xml      the older format: trees of up to three nodes, tilted and
                        upright features, rectangles three at a time, and the
                        branches between stages that OpenCV goes past
cascade_patterns.xml    the newer format: local binary patterns, trees too
*.safetensors           the same as tools/models/cascade_xml.py writes them

Features and thresholds come from a generator of our own: they mean nothing.
test_cascade_xml.py compares conversions with these files, test_cascades.c our
windows with those of OpenCV.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "models"))

from cascade_xml import convert_cascade         # noqa: E402

WIDTH, HEIGHT = 21, 18


class Chance:
    def __init__(self, state):
        self.state = state

    def pick(self, low, high):
        """A whole number from low to high."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)

    def part(self):
        return self.pick(-1000, 1000) / 1000


def _rect(chance, tilted, width=WIDTH, height=HEIGHT):
    while True:
        x, y = chance.pick(0, width - 1), chance.pick(0, height - 1)
        w, h = chance.pick(1, width // 2), chance.pick(1, height // 2)
        if tilted and x - h >= 0 and x + w <= width and y + w + h <= height:
            return [x, y, w, h]
        if not tilted and x + w <= width and y + h <= height:
            return [x, y, w, h]


def _feature(chance):
    """Rectangles whose weights add up to nothing on an even surface."""
    tilted, count = chance.pick(0, 1), chance.pick(2, 3)
    rects = [_rect(chance, tilted) for _ in range(count)]
    areas = [w * h * (2 if tilted else 1) for _, _, w, h in rects]
    weights = [1.0] + [-areas[0] / area / (count - 1) for area in areas[1:]]
    lines = "".join(f"<_>{' '.join(map(str, rect))} {weight:.6f}</_>"
                    for rect, weight in zip(rects, weights))
    return f"<feature><rects>{lines}</rects><tilted>{tilted}</tilted></feature>"


def _child(chance, side, node):
    if node:
        return f"<{side}_node>{node}</{side}_node>"
    return f"<{side}_val>{chance.part():.4f}</{side}_val>"


def _old_tree(chance):
    shape = [[(0, 0)], [(1, 0), (0, 0)], [(0, 1), (0, 2), (0, 0)], [(2, 1), (0, 0), (0, 0)]]
    nodes = "".join(
        f"<_>{_feature(chance)}<threshold>{chance.part() / 20:.5f}</threshold>"
        f"{_child(chance, 'left', left)}{_child(chance, 'right', right)}</_>"
        for left, right in shape[chance.pick(0, 3)])
    return f"<_>{nodes}</_>"


def old_cascade(chance):
    stages = ""
    for index in range(4):
        trees = "".join(_old_tree(chance) for _ in range(3 + 2 * index))
        threshold = 0.3 + chance.part() / 5
        stages += (f"<_><trees>{trees}</trees><stage_threshold>{threshold:.5f}</stage_threshold>"
                   f"<parent>{index - 1}</parent><next>{-1 if index < 2 else index - 1}</next></_>\n")
    return (f'<?xml version="1.0"?>\n<opencv_storage>\n<tilted type_id="opencv-haar-classifier">\n'
            f"<size>{WIDTH} {HEIGHT}</size>\n<stages>\n{stages}</stages></tilted>\n</opencv_storage>\n")


def _new_tree(chance, features):
    nodes = chance.pick(1, 2)
    words = []
    for node in range(nodes):
        last = node == nodes - 1
        words += [0 if last else 1, -1 if last else -2, chance.pick(0, features - 1)]
        words += [chance.pick(-2**31, 2**31 - 1) for _ in range(8)]
    if nodes == 2:
        words[11], words[12] = 0, -1
    leaves = " ".join(f"{chance.part():.4f}" for _ in range(nodes + 1))
    return (f"<_><internalNodes>{' '.join(map(str, words))}</internalNodes>"
            f"<leafValues>{leaves}</leafValues></_>")


def new_cascade(chance):
    features = 40
    stages = ""
    for index in range(4):
        count = 3 + 2 * index
        trees = "".join(_new_tree(chance, features) for _ in range(count))
        stages += (f"<_><maxWeakCount>{count}</maxWeakCount>"
                   f"<stageThreshold>{-0.1 + chance.part() / 10:.5f}</stageThreshold>"
                   f"<weakClassifiers>{trees}</weakClassifiers></_>\n")
    rects = ""
    for _ in range(features):
        x, y, w, h = _rect(chance, False, WIDTH // 3, HEIGHT // 3)
        rects += f"<_><rect>{3 * x} {3 * y} {w} {h}</rect></_>\n"
    return ('<?xml version="1.0"?>\n<opencv_storage>\n<cascade type_id="opencv-cascade-classifier">'
            "<stageType>BOOST</stageType><featureType>LBP</featureType>\n"
            f"<height>{HEIGHT}</height><width>{WIDTH}</width>\n"
            "<stageParams><maxDepth>2</maxDepth><maxWeakCount>9</maxWeakCount></stageParams>\n"
            "<featureParams><maxCatCount>256</maxCatCount></featureParams>\n"
            f"<stageNum>4</stageNum>\n<stages>\n{stages}</stages>\n<features>\n{rects}</features>"
            "</cascade>\n</opencv_storage>\n")


def main():
    for name, text in (("cascade_tilted", old_cascade(Chance(17))),
                       ("cascade_patterns", new_cascade(Chance(11)))):
        data = text.encode("ascii")
        (HERE / f"{name}.xml").write_bytes(data)
        weights = convert_cascade(data)
        (HERE / f"{name}.safetensors").write_bytes(weights)
        print(f"{name}: {len(data)} bytes, {len(weights)} as weights")


if __name__ == "__main__":
    main()
