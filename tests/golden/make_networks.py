#!/usr/bin/env python3
"""Makes tests/golden/networks.json: what the original networks answer to known inputs.

    python3 tests/golden/make_networks.py [--check]

LiteRT, the interpreter that the networks were published for, runs them; nothing
of our conversion takes part, apart from the names of inputs and outputs.  So a
test that feeds the installed ONNX networks the same inputs checks the whole
import.  Values are in the order of the ONNX networks: upright NCHW.

With --check the file is compared instead of written (greatest difference 1e-5:
versions and processors differ in the last digits).  Needs what
tests/tools/requirements.txt lists, and the package in the download cache or npm.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy
from ai_edge_litert.interpreter import Interpreter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "models"))
sys.dont_write_bytecode = True

from fetch import downloads_folder, source_files    # noqa: E402
from manifest import read_manifest              # noqa: E402
from tflite_to_onnx import RECIPES              # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "networks.json"
TOLERANCE = 1e-4
MOST_VALUES = 256       # of one output; keeps the file small

# network -> input shapes; even and odd sizes because the pooling of pnet differs for them
CASES = {
    "pnet": [(1, 3, 12, 12), (1, 3, 33, 48), (2, 3, 24, 17), (1, 3, 101, 64)],
    "rnet": [(1, 3, 24, 24), (3, 3, 24, 24)],
    "onet": [(1, 3, 48, 48), (3, 3, 48, 48)],
    "mobilefacenet": [(1, 3, 112, 112), (3, 3, 112, 112)],
    "blazeface_short": [(1, 3, 128, 128), (2, 3, 128, 128)],
    "blazeface_full": [(1, 3, 192, 192)],
    "antispoof": [(1, 3, 256, 256)],
}
PACKS = ("mobile", "mediapipe", "liveness")

INPUT_RULE = ("value[i] = (b - 127.5) / 128 where b = ((i * 2654435761) mod 2^32) >> 24 and i is the "
              "flat index in the NCHW input")


def input_values(shape):
    """The input that INPUT_RULE describes."""
    index = numpy.arange(numpy.prod(shape), dtype=numpy.uint64)
    byte = (index * 2654435761 % (1 << 32)) >> 24
    return ((byte.astype(numpy.float32) - 127.5) / 128).astype(numpy.float32).reshape(shape)


class Original:
    """A network as it was published; takes and gives upright NCHW arrays."""

    def __init__(self, pack, data, recipe):
        self.pack = pack
        self.recipe = recipe
        self.interpreter = Interpreter(model_content=data, num_threads=1)
        self.fixed_batch = int(self.interpreter.get_input_details()[0]["shape"][0])

    def _as_source(self, array):
        """NCHW -> NHWC, with x and y exchanged where the network wants it; and back."""
        return array.transpose((0, 3, 2, 1) if self.recipe.swap_xy else (0, 2, 3, 1))

    def _as_ours(self, array):
        if array.ndim != 4:
            return array
        return array.transpose((0, 3, 2, 1) if self.recipe.swap_xy else (0, 3, 1, 2))

    def _invoke(self, array):
        entry = self.interpreter.get_input_details()[0]
        if tuple(entry["shape"]) != array.shape:
            self.interpreter.resize_tensor_input(entry["index"], array.shape)
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(entry["index"], numpy.ascontiguousarray(array))
        self.interpreter.invoke()
        found = {d["name"]: d["index"] for d in self.interpreter.get_output_details()}
        return [self._as_ours(self.interpreter.get_tensor(found[source]))
                for _, source, _ in self.recipe.outputs]

    def run(self, array):
        """{output name: array}; pictures go in by as many as the file is made for."""
        array = self._as_source(array)
        step, count = self.fixed_batch, len(array)
        rows = []
        for start in range(0, count, step):
            part = array[start:start + step]
            rows.append(self._invoke(numpy.resize(part, (step, *part.shape[1:]))))
        outputs = {name: numpy.concatenate([row[i] for row in rows])[:count]
                   for i, (name, _, _) in enumerate(self.recipe.outputs)}
        if self.recipe.free_size():
            outputs["prob"] = outputs["prob"][:, 1:]    # ours gives the face class alone
        return outputs


def load_originals(downloads=None, say=lambda line: None):
    """{network name: Original} of all packs."""
    originals = {}
    for pack in PACKS:
        manifest = read_manifest(ROOT / "models" / pack / "pack.json")
        for source in manifest.sources():
            files = source_files(source, downloads_folder(downloads), say)
            for network in manifest.networks():
                if network["source"] == source["id"]:
                    name = network["file"].removesuffix(".onnx")
                    originals[name] = Original(pack, files[network["from"]], RECIPES[name])
    return originals


def _case(name, original, shape):
    outputs = []
    for output, values in original.run(input_values(shape)).items():
        step = max(1, -(-values.size // MOST_VALUES))
        if values.size > MOST_VALUES and step % 2 == 0:
            step += 1       # odd, so that it does not stay in one column of an even map
        chosen = [float(f"{v:.7g}") for v in values.ravel()[::step]]
        outputs.append({"name": output, "shape": list(values.shape), "step": step,
                        "values": chosen})
    return {"pack": original.pack, "file": f"{name}.onnx", "input": "input", "shape": list(shape), "outputs": outputs}


def make():
    originals = load_originals(say=lambda line: print(line, file=sys.stderr))
    return {
        "about": "Answers of the original networks (TensorFlow Lite) to known inputs, made by "
                 "tests/golden/make_networks.py. values are the elements 0, step, 2 step, ... of "
                 "the output in row-major order.",
        "interpreter": "ai-edge-litert",
        "interpreter_version": version("ai-edge-litert"),
        "input_rule": INPUT_RULE,
        "tolerance": TOLERANCE,
        "cases": [_case(name, originals[name], shape)
                  for name, shapes in CASES.items() for shape in shapes],
    }


def _values(golden):
    return {(case["file"], tuple(case["shape"]), output["name"]): output["values"]
            for case in golden["cases"] for output in case["outputs"]}


def _text(golden):
    """JSON with one line per output: a diff of the file shows which output changed."""
    head = json.dumps({key: value for key, value in golden.items() if key != "cases"}, indent=1)
    cases = []
    for case in golden["cases"]:
        outputs = ",\n   ".join(json.dumps(output) for output in case["outputs"])
        start = json.dumps({key: value for key, value in case.items() if key != "outputs"})
        cases.append(f'  {start[:-1]}, "outputs": [\n   {outputs}\n  ]}}')
    return head.removesuffix("\n}") + ',\n "cases": [\n' + ",\n".join(cases) + "\n ]\n}\n"


def main():
    golden = make()
    if "--check" in sys.argv[1:]:
        old, new = (_values(g) for g in (json.loads(GOLDEN.read_text("utf-8")), golden))
        worst = max(abs(a - b) for key in new for a, b in zip(old[key], new[key], strict=True))
        print(f"greatest difference {worst:.2g}")
        return 0 if old.keys() == new.keys() and worst <= 1e-5 else 1
    GOLDEN.write_text(_text(golden), "utf-8")
    print(f"{GOLDEN.name}: {len(golden['cases'])} cases, {GOLDEN.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
