"""Turns a cascade of OpenCV (XML) into weights that src/face/detect_cascade.c maps.

    python3 tools/models/cascade_xml.py IN.xml OUT.safetensors

Reads Haar and LBP cascades of both formats: that of opencv_traincascade
(opencv-cascade-classifier) and the older one of haartraining
(opencv-haar-classifier), with stumps or trees, upright or tilted features.
Stages are taken as a row, one after the other, as OpenCV takes them since
version 3: the branches that an old file may have between its stages are not kept.

The tensors, for S stages, T trees, N nodes and F features:

    window              I32 [2]         width, height of the window
    stage_trees         I32 [S]         trees in each stage
    stage_threshold     F32 [S]         as the file has it
    tree_nodes          I32 [T]         nodes in each tree
    node_feature        I32 [N]
    node_child          I32 [N,2]       left, right: over 0 a node of its tree, else minus the leaf
    node_threshold      F32 [N]         Haar: left if the feature is below
    node_subset         I32 [N,8]       LBP: left if the bit of the pattern is set
    leaf_value          F32 [N+T]       one more for each tree than it has nodes
    feature_rect        I32 [F,3,4]     Haar: x, y, width, height; [F,1,4] for LBP
    feature_weight      F32 [F,3]       Haar: of the rectangles, 0 where there is none
    feature_tilted      U8 [F]          Haar

The format of the older files says "left if below" as well, so both become the same.
"""

import sys
from dataclasses import dataclass, field
from xml.parsers import expat

from problem import ConversionError
from safetensors_writer import Tensor, encode_tensors

MAX_BYTES = 64 << 20        # twenty times the largest one published
MAX_DEPTH = 16
MAX_TEXT = 4096             # characters in one element
MAX_ELEMENTS = 2_000_000
MAX_SIDE, MAX_NODES, MAX_STAGES = 255, 200_000, 1000
MAX_NUMBER = 1e6            # those published are below 400
SUBSET = 8                  # words of 32 bits: 256 patterns

NEW, OLD = "opencv-cascade-classifier", "opencv-haar-classifier"


class _Element:
    __slots__ = ("name", "type", "text", "children")

    def __init__(self, name, kind):
        self.name, self.type, self.text, self.children = name, kind, "", []

    def find(self, name):
        return next((child for child in self.children if child.name == name), None)

    def get(self, name):
        child = self.find(name)
        if child is None:
            raise ConversionError(f"<{self.name}> has no <{name}>")
        return child

    def items(self, name):
        """The elements <_> of a list."""
        return [child for child in self.get(name).children if child.name == "_"]

    def numbers(self):
        try:
            return [float(word) for word in self.text.split()]
        except ValueError:
            raise ConversionError(f"<{self.name}> has what is no number") from None

    def whole(self, low, high):
        return _whole(self.numbers(), self.name, low, high)[0]


def _whole(numbers, name, low, high, count=1):
    """`count` whole numbers from low to high."""
    if len(numbers) != count:
        raise ConversionError(f"<{name}> has {len(numbers)} numbers, {count} are expected")
    for number in numbers:
        if not low <= number <= high or number != int(number):
            raise ConversionError(f"<{name}>: {number:g} is not a whole number from {low} to {high}")
    return [int(number) for number in numbers]


class _Reader:
    """Builds elements; refuses declarations, so that no entity can grow, and counts."""

    def __init__(self):
        self.root = _Element("", "")
        self.stack = [self.root]
        self.count = 0

    def start(self, name, attributes):
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.stack) > MAX_DEPTH:
            raise ConversionError("too many elements, or one inside of the other")
        element = _Element(name, attributes.get("type_id", ""))
        self.stack[-1].children.append(element)
        self.stack.append(element)

    def end(self, _name):
        self.stack.pop()

    def text(self, text):
        element = self.stack[-1]
        element.text += text
        if len(element.text) > MAX_TEXT:
            if element.text.strip():
                raise ConversionError(f"<{element.name}> has too much text")
            element.text = ""

    def refuse(self, *_arguments):
        raise ConversionError("a document type has no place in a cascade")


def _read_xml(data):
    if len(data) > MAX_BYTES:
        raise ConversionError(f"{len(data)} bytes are more than any cascade has")
    reader, parser = _Reader(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ConversionError(f"not XML: {error}") from None
    return reader.root.get("opencv_storage")


@dataclass
class _Tree:
    features: list              # of each node
    children: list              # (left, right) of each node
    tests: list                 # threshold or subset of each node
    leaves: list


@dataclass
class _Cascade:
    width: int
    height: int
    lbp: bool = False
    stages: list = field(default_factory=list)      # (threshold, [_Tree])
    features: list = field(default_factory=list)    # (rectangles, weights, tilted)

    def nodes(self):
        return sum(len(tree.features) for _, trees in self.stages for tree in trees)


# ---------------------------------------------------------------- features

def _haar_feature(element, width, height):
    rects, weights = [], []
    tilted = element.find("tilted")
    tilted = bool(tilted is not None and tilted.whole(0, 1))
    for item in element.items("rects"):
        numbers = item.numbers()
        if len(numbers) != 5:
            raise ConversionError("a rectangle of a feature has other than five numbers")
        rect = _whole(numbers[:4], "rects", 0, MAX_SIDE, 4)
        x, y, w, h = rect
        inside = (x - h >= 0 and x + w <= width and y + w + h <= height) if tilted \
            else (x + w <= width and y + h <= height)
        if not inside or not w or not h:
            raise ConversionError(f"a feature has the rectangle {rect} outside of the window")
        rects.append(rect)
        weights.append(numbers[4])
    if not 2 <= len(rects) <= 3:
        raise ConversionError(f"a feature has {len(rects)} rectangles")
    while len(rects) < 3:
        rects.append([0, 0, 0, 0])
        weights.append(0.0)
    return rects, weights, tilted


def _lbp_feature(element, width, height):
    rect = _whole(element.get("rect").numbers(), "rect", 0, MAX_SIDE, 4)
    x, y, w, h = rect
    if not w or not h or x + 3 * w > width or y + 3 * h > height:
        raise ConversionError(f"a feature has the rectangle {rect} outside of the window")
    return [rect], [], False


# ---------------------------------------------------------------- opencv-cascade-classifier

def _new_tree(element, lbp):
    step = 3 + SUBSET if lbp else 4
    words = element.get("internalNodes").numbers()
    tree = _Tree([], [], [], element.get("leafValues").numbers())
    if not words or len(words) % step:
        raise ConversionError(f"<internalNodes> has {len(words)} numbers, a multiple of {step} is "
                           "expected")
    nodes = len(words) // step
    for at in range(0, len(words), step):
        tree.children.append(_whole(words[at:at + 2], "internalNodes", -nodes, nodes - 1, 2))
        tree.features += _whole(words[at + 2:at + 3], "internalNodes", 0, MAX_NODES)
        tree.tests.append(_whole(words[at + 3:at + step], "internalNodes", -2**31, 2**31 - 1, SUBSET)
                          if lbp else words[at + 3])
    return tree


def _read_new(element):
    kind = element.get("featureType").text.strip()
    if kind not in ("HAAR", "LBP") or element.get("stageType").text.strip() != "BOOST":
        raise ConversionError(f"features of the type {kind[:20]!r}: only HAAR and LBP are known")
    cascade = _Cascade(element.get("width").whole(3, MAX_SIDE),
                       element.get("height").whole(3, MAX_SIDE), kind == "LBP")
    patterns = element.get("featureParams").get("maxCatCount").whole(0, 256)
    if patterns != (256 if cascade.lbp else 0):
        raise ConversionError(f"features with {patterns} patterns")
    read = _lbp_feature if cascade.lbp else _haar_feature
    cascade.features = [read(each, cascade.width, cascade.height)
                        for each in element.items("features")]
    for stage in element.items("stages"):
        trees = [_new_tree(each, cascade.lbp) for each in stage.items("weakClassifiers")]
        cascade.stages.append((stage.get("stageThreshold").numbers(), trees))
    return cascade


# ---------------------------------------------------------------- opencv-haar-classifier

def _old_child(node, side, tree):
    """Minus the leaf, which is made here, or the node."""
    child = node.find(side + "_node")
    if child is not None:
        return child.whole(1, MAX_NODES)
    tree.leaves += node.get(side + "_val").numbers()
    return 1 - len(tree.leaves)


def _old_tree(element, cascade):
    tree = _Tree([], [], [], [])
    for node in [child for child in element.children if child.name == "_"]:
        tree.features.append(len(cascade.features))
        cascade.features.append(_haar_feature(node.get("feature"), cascade.width, cascade.height))
        tree.children.append([_old_child(node, side, tree) for side in ("left", "right")])
        tree.tests += node.get("threshold").numbers()
    return tree


def _read_old(element):
    width, height = _whole(element.get("size").numbers(), "size", 3, MAX_SIDE, 2)
    cascade = _Cascade(width, height)
    for stage in element.items("stages"):
        trees = [_old_tree(each, cascade) for each in stage.items("trees")]
        cascade.stages.append((stage.get("stage_threshold").numbers(), trees))
    return cascade


# ---------------------------------------------------------------- both

def _check(cascade):
    if not 1 <= len(cascade.stages) <= MAX_STAGES or cascade.nodes() > MAX_NODES:
        raise ConversionError(f"{len(cascade.stages)} stages, {cascade.nodes()} nodes")
    for threshold, trees in cascade.stages:
        if len(threshold) != 1 or not trees:
            raise ConversionError("a stage without a threshold or without trees")
        for tree in trees:
            nodes = len(tree.features)
            if not nodes or len(tree.tests) != nodes or len(tree.leaves) != nodes + 1:
                raise ConversionError("a tree whose nodes and leaves do not fit")
            for at, children in enumerate(tree.children):
                for child in children:
                    if not (at < child < nodes or -nodes <= child <= 0):
                        raise ConversionError(f"a node of a tree goes on to {child}")
            if max(tree.features) >= len(cascade.features):
                raise ConversionError(f"feature {max(tree.features)} is missing")


def _flat(lists):
    return [item for each in lists for item in each]


def _encode(cascade):
    trees = _flat(trees for _, trees in cascade.stages)
    nodes, features = cascade.nodes(), cascade.features
    rects = _flat(_flat(rects) for rects, _, _ in features)
    tests = _flat(tree.tests for tree in trees)
    tensors = [
        Tensor("window", "I32", (2,), [cascade.width, cascade.height]),
        Tensor("stage_trees", "I32", (len(cascade.stages),),
               [len(each) for _, each in cascade.stages]),
        Tensor("stage_threshold", "F32", (len(cascade.stages),),
               _flat(threshold for threshold, _ in cascade.stages)),
        Tensor("tree_nodes", "I32", (len(trees),), [len(tree.features) for tree in trees]),
        Tensor("node_feature", "I32", (nodes,), _flat(tree.features for tree in trees)),
        Tensor("node_child", "I32", (nodes, 2), _flat(_flat(tree.children) for tree in trees)),
        Tensor("leaf_value", "F32", (nodes + len(trees),), _flat(tree.leaves for tree in trees)),
        Tensor("feature_rect", "I32", (len(features), 1 if cascade.lbp else 3, 4), rects),
    ]
    if cascade.lbp:
        return tensors + [Tensor("node_subset", "I32", (nodes, SUBSET), _flat(tests))]
    return tensors + [
        Tensor("node_threshold", "F32", (nodes,), tests),
        Tensor("feature_weight", "F32", (len(features), 3),
               _flat(weights for _, weights, _ in features)),
        Tensor("feature_tilted", "U8", (len(features),), [int(tilted) for _, _, tilted in features]),
    ]


def convert_cascade(data):
    """The bytes of a safetensors file for those of a cascade."""
    storage = _read_xml(data)
    for element in storage.children:
        if element.type == OLD:
            cascade = _read_old(element)
        elif element.type == NEW or (element.name == "cascade" and not element.type):
            cascade = _read_new(element)
        else:
            continue
        _check(cascade)
        tensors = _encode(cascade)
        for tensor in tensors:
            if tensor.type == "F32" and not all(abs(value) <= MAX_NUMBER for value in tensor.data):
                raise ConversionError(f"{tensor.name} has a number that is too large or none")
        return encode_tensors(tensors)
    raise ConversionError(f"neither {NEW} nor {OLD}")


# The recipes of the pack: see recipes.py.
FILES = {f"{name}.safetensors": convert_cascade
         for name in ("haar", "haar_alt", "haar_alt2", "haar_alt_tree", "profile", "lbp",
                      "lbp_improved")}


def main(arguments):
    if len(arguments) != 2:
        print("usage: cascade_xml.py IN.xml OUT.safetensors", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as file:
            data = convert_cascade(file.read(MAX_BYTES + 1))
        with open(arguments[1], "wb") as file:
            file.write(data)
    except (OSError, ConversionError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
