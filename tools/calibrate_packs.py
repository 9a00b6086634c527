#!/usr/bin/env python3
"""Writes the calibrations into the packs' manifests, from LFW's pictures:

    tools/calibrate_packs.py PICTURES [--vultus build/release/bin/vultus] [--name TEXT] [PACK/MODEL...]

PICTURES is a folder with a folder for each person, or with a file PACK-MODEL.safetensors of
`vultus embed` for each model. The calibrations of fusions are beside that of the part that has no cosine
threshold, without which they would have none; their files are named with dashes too. The ids of embedders do not depend on what is written. JSON elsewhere in the
manifest stays as it is, byte for byte.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODELS = ("mobile/mobilefacenet", "dlib/resnet29")
FUSIONS = {"dlib/resnet29": ("mobile+dlib/resnet29", "mobile:0.7+dlib/resnet29:0.3")}
NAME = "LFW, View 1, development half (deep-funneled)"


def calibrate(vultus, model, pictures, name):
    """The calibration of one embedder, as the program writes it."""
    pack = model.split("/")[0] if "+" not in model else "mobile"
    file = pictures / f"{re.sub('[/+:]', '-', model)}.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "calibration.json"
        command = [vultus, "calibrate", "folder", file if file.exists() else pictures, "--pipeline", pack,
                   "--embedder", model, "--name", name, "--output", out]
        code = subprocess.run(command, stdout=sys.stderr, check=False).returncode
        if code not in (0, 3) or not out.exists():  # 3: some pictures had no face
            sys.exit(f"calibrate_packs: {model}: exit {code}")
        return json.loads(out.read_text())


def show(calibration):
    lines = ",\n".join(f"        {json.dumps(key)}: {json.dumps(value)}" for key, value in calibration.items())
    return f"{{\n{lines}\n      }}"


def place(text, model, calibrations):
    """The manifest with the calibrations after the model's threshold, in the manifest's own style."""
    at = text.index(f'"id": "{model}"')
    shown = ", ".join(map(show, calibrations))
    field = f',\n      "calibration": {f"[{shown}]" if len(calibrations) > 1 else shown}'
    old = re.compile(r',\n      "calibration": \[?\{\n.*?\n      \}\]?(?=\n|\Z)', re.DOTALL)
    end = re.compile(r'\n    \}').search(text, at).start()
    return text[:at] + old.sub("", text[at:end]) + field + text[end:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("models", nargs="*", default=MODELS, metavar="PACK/MODEL")
    parser.add_argument("--vultus", default=ROOT / "build/release/bin/vultus", type=Path)
    parser.add_argument("--name", default=NAME)
    arguments = parser.parse_args()
    for model in arguments.models:
        pack, name = model.split("/")
        manifest = ROOT / "models" / pack / "pack.json"
        found = [calibrate(arguments.vultus, each, arguments.pictures, arguments.name)
                 for each in (model, *FUSIONS.get(model, ()))]
        text = place(manifest.read_text(), name, found)
        json.loads(text)
        manifest.write_text(text)
        print(f"{manifest.relative_to(ROOT)}: {found[0]['people']} people, {found[0]['faces']} faces")


if __name__ == "__main__":
    main()
