#!/usr/bin/env python3
"""models and doctor: lists, damaged packs, and installation with an installer that copies."""

import json
import os
import shutil
import stat

import harness
from harness import DONE, ENVIRONMENT, INPUTS, USAGE, models_folder, picture

INSTALLER = """
import os, shutil, sys
manifest, folder = sys.argv[1:3]
print("this goes to standard error")
if os.environ.get("STUB_FAILS"):
    sys.exit(4)
shutil.copytree(os.environ["STUB_FROM"], os.path.join(folder, "mobile"), dirs_exist_ok=True)
"""


class NoModels(harness.Case):
    """What needs no installed models."""

    def setUp(self):
        super().setUp()
        self.empty = self.folder / "models"
        self.environment["VULTUS_MODELS"] = str(self.empty)

    def test_available(self):
        rows = self.json("models", "list")
        self.assertIn(("mobile", "mobilefacenet", False),
                      [(row["pack"], row["model"], row["installed"]) for row in rows])
        output, _ = self.vultus("models", "list")
        self.assertRegex(output, r"(?m)^mobile +mtcnn +detector +\d+  MIT +available$")
        self.assertFalse(self.empty.exists())

    def test_info(self):
        info, = self.json("models", "info", "mobile")
        self.assertEqual((info["pack"], info["installed"]), ("mobile", False))
        self.assertEqual(info["sources"][0]["registry"], "npm")
        embedder, = [each for each in info["models"] if each["kind"] == "embedder"]
        self.assertEqual((embedder["dimension"], embedder["metric"]), (192, "cosine"))
        self.assertEqual(len(embedder["networks"][0]["sha256"]), 64)
        output, _ = self.vultus("models", "info", "mobile")
        for text in ("not installed", "licence", "provenance", "source      npm ", "sha256 "):
            self.assertIn(text, output)
        self.vultus("models", "info", "nonsense", code=INPUTS)
        self.vultus("models", "info", "../mobile", code=INPUTS)

    def test_missing(self):
        for command in (["detect", "x.jpg"], ["identify", "x.jpg"], ["verify", "a", "b"],
                        ["enroll", "--name", "Ada", "x.jpg"], ["bench", "once"],
                        ["detect", "--pipeline", "mobile", "x.jpg"],
                        ["detect", "--embedder", "mobile/mobilefacenet", "x.jpg"]):
            with self.subTest(command=command):
                output, errors = self.vultus(*command, code=ENVIRONMENT)
                self.assertEqual(output, "")
                self.assertTrue(errors.startswith(
                    "vultus: model pack mobile is not installed; run: vultus models install"), errors)
                self.assertEqual(errors.count("\n"), 1)
        _, errors = self.vultus("models", "check", code=ENVIRONMENT)
        self.assertIn("run: vultus models install", errors)
        self.vultus("models", "remove", "--yes", "mobile", code=INPUTS)
        self.vultus("models", "remove", "mobile", code=USAGE)
        self.vultus("models", "install", "nonsense", code=INPUTS)

    def test_doctor(self):
        checks = {row["check"]: row for row in self.json("doctor", code=ENVIRONMENT)}
        self.assertEqual(checks["models"]["status"], "fail")
        self.assertEqual(checks["models"]["mend"], "run: vultus models install")
        self.assertEqual(checks["gallery"]["status"], "note")
        self.assertEqual(checks["version"]["status"], "ok")
        self.gallery.write_text("nonsense, and long enough to be read as a header" * 100)
        output, _ = self.vultus("doctor", code=ENVIRONMENT)
        self.assertRegex(output, r"(?m)^FAIL  gallery +\S")

    def test_simd(self):
        checks = {row["check"]: row for row in
                  self.json("doctor", code=ENVIRONMENT, environment={"VULTUS_SIMD": "scalar"})}
        self.assertIn("uses scalar", checks["processor"]["detail"])
        self.assertNotIn("VULTUS_SIMD", checks)
        checks = {row["check"]: row for row in
                  self.json("doctor", code=ENVIRONMENT, environment={"VULTUS_SIMD": "bogus"})}
        self.assertEqual(checks["VULTUS_SIMD"]["status"], "note")
        self.assertIn('"bogus"', checks["VULTUS_SIMD"]["detail"])


class Packs(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.models = self.folder / "models"
        shutil.copytree(models_folder() / "mobile", self.models / "mobile")
        for path in (self.models / "mobile").iterdir():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
        self.environment["VULTUS_MODELS"] = str(self.models)

    def test_list_and_check(self):
        rows = {row["model"]: row for row in self.json("models", "list")}
        self.assertTrue(rows["mtcnn"]["installed"] and rows["mobilefacenet"]["default"])
        self.assertEqual(self.vultus("models", "check")[0], "mobile: whole\n")
        self.assertEqual(self.json("models", "check", "mobile"), [{"pack": "mobile", "ok": True, "error": None}])
        checks = {row["check"]: row["status"] for row in self.json("doctor")}
        self.assertEqual((checks["models"], checks["engine"]), ("ok", "ok"))

    def test_damage(self):
        network = self.models / "mobile/mobilefacenet.onnx"
        network.write_bytes(network.read_bytes()[:-1] + b"?")
        for command in (["models", "check"], ["models", "check", "mobile"], ["verify", "x.jpg", "x.jpg"]):
            _, errors = self.vultus(*command, code=ENVIRONMENT)
            self.assertIn("mobilefacenet.onnx", errors)
        self.assertEqual(self.json("models", "check", code=ENVIRONMENT)[0]["ok"], False)
        checks = {row["check"]: row["status"] for row in self.json("doctor", code=ENVIRONMENT)}
        self.assertEqual(checks["models"], "fail")
        image = picture("face_recognition/examples/obama.jpg")    # which takes no embedder
        self.assertEqual(len(self.json("detect", image)[0]["faces"]), 1)
        (self.models / "mobile/pack.json").write_text("{")
        output, errors = self.vultus("models", "list", code=ENVIRONMENT)
        self.assertIn("pack.json", errors)
        self.assertIn("PACK", output)

    def test_damaged_weights(self):
        """A large file is hashed beside the loading: what it says is never used, and said once."""
        if not (models_folder() / "dlib").is_dir():
            self.skipTest("the pack dlib is not installed")
        (self.models / "dlib").mkdir()
        for path in (models_folder() / "dlib").iterdir():
            (self.models / "dlib" / path.name).symlink_to(path)
        weights = self.models / "dlib/points68.safetensors"
        content = bytearray(weights.read_bytes())
        content[len(content) // 2] ^= 1
        weights.unlink()
        weights.write_bytes(content)
        image = picture("face_recognition/examples/obama.jpg")
        for command in (["detect", "--landmarker", "points68", image, image],
                        ["models", "check", "dlib"]):
            output, errors = self.vultus(*command, code=ENVIRONMENT)
            self.assertRegex(errors, r"points68.safetensors .*; run: vultus models install dlib --force\n$")
            self.assertEqual((output, errors.count("\n")), ("", 1))
        row, = [row for row in self.json("doctor", code=ENVIRONMENT) if "points68" in row["detail"]]
        self.assertEqual((row["status"], row["mend"]), ("fail", None))
        self.assertEqual(len(self.json("detect", "--landmarker", "points5", image)[0]["faces"]), 1)

    def test_parts_alone(self):
        """Faces are found without an embedder, and without shapes where no finder is installed."""
        if not (models_folder() / "cascades").is_dir():
            self.skipTest("the pack cascades is not installed")
        shutil.rmtree(self.models / "mobile")
        shutil.copytree(models_folder() / "cascades", self.models / "cascades")
        image = picture("face_recognition/examples/obama.jpg")
        face, = self.json("detect", "--detector", "haar", image)[0]["faces"]
        self.assertEqual(face["landmarks"], 5 * [[None, None]])
        _, errors = self.vultus("verify", "--detector", "haar", image, image, code=ENVIRONMENT)
        self.assertIn("vultus models install", errors)

    def test_add(self):
        source = self.models / "mobile"
        self.vultus("models", "add", source, "--name", "second")
        installed = {row["pack"] for row in self.json("models", "list") if row["installed"]}
        self.assertEqual(installed, {"mobile", "second"})
        image = picture("face_recognition/examples/obama.jpg")
        self.assertEqual(len(self.json("detect", "--pipeline", "second", image)[0]["faces"]), 1)
        _, errors = self.vultus("models", "add", source, code=INPUTS)
        self.assertIn("exists already", errors)
        self.vultus("models", "add", self.folder / "nothing", code=INPUTS)

    def test_remove(self):
        self.vultus("models", "remove", "--yes", "mobile")
        self.assertEqual(list(self.models.iterdir()), [])
        self.vultus("detect", "x.jpg", code=ENVIRONMENT)

    def test_threads_and_pipeline(self):
        image = picture("face_recognition/examples/obama.jpg")
        plain = self.vultus("detect", "--json", image)[0]
        for arguments in (["--pipeline", "mobile"], ["--detector", "mobile/mtcnn"],
                          ["--models", self.models], ["--embedder", "mobile"]):
            self.assertEqual(self.vultus("detect", "--json", *arguments, image)[0], plain)
        _, errors = self.vultus("detect", "--detector", "mobile/nothing", image, code=ENVIRONMENT)
        self.assertIn("nothing", errors)
        _, errors = self.vultus("detect", "--pipeline", "nothing", image, code=ENVIRONMENT)
        self.assertIn("there is no pipeline and no installed model pack nothing", errors)
        for arguments, said in (
                (["--detector", "nothing"], "no detector and no model pack nothing; installed: mtcnn; see: "),
                (["--detector", "none/nothing"], "no model pack none; installed: mobile; see: vultus models list"),
                (["--attributes", "nothing"], "no model pack nothing; installed: mobile; see: ")):
            _, errors = self.vultus("detect", *arguments, image, code=ENVIRONMENT)
            self.assertIn(said, errors)
            self.assertNotIn("install ", errors)
        _, errors = self.vultus("models", "check", "nothing", code=ENVIRONMENT)
        self.assertIn("there is no model pack nothing", errors)

    def test_options_without_use(self):
        image = picture("face_recognition/examples/obama.jpg")
        for options, said in ((["--upsample", "1"], "upsample: the detector mtcnn has no use for it"),
                              (["--scale-factor", "1.2"], "scale-factor: the detector mtcnn"),
                              (["--min-neighbors", "3"], "min-neighbors: the detector mtcnn"),
                              (["--min-neighbors", "0"], '--min-neighbors: "0" is not a whole number from 1')):
            for command in (["detect", image], ["enroll", "--name", "Ada", image], ["verify", image, image]):
                output, errors = self.vultus(*command, *options, code=USAGE)
                self.assertEqual((output, errors.count("\n")), ("", 1))
                self.assertIn(said, errors)
        self.vultus("detect", "--thresholds", "0.6,0.7,0.7", "--min-face", "60", image)


class Install(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        share = self.folder / "share"
        (share / "models/mobile").mkdir(parents=True)
        (share / "tools/models").mkdir(parents=True)
        shutil.copyfile(models_folder() / "mobile/pack.json", share / "models/mobile/pack.json")
        (share / "tools/models/install.py").write_text(INSTALLER)
        self.models = self.folder / "data/models"
        self.environment.update(VULTUS_SHARE=str(share), VULTUS_MODELS=str(self.models),
                                STUB_FROM=str(models_folder() / "mobile"))

    def install(self, *arguments, code=DONE, **environment):
        got, output, errors = self.run_raw("models", "install", *arguments, environment=environment)
        self.assertEqual(got, code, errors)
        self.assertEqual(output, b"")
        return errors.decode()

    def test_install(self):
        self.assertIn("this goes to standard error", self.install())
        self.vultus("models", "check", "mobile")
        self.assertEqual(self.install("mobile"), "vultus: model pack mobile is installed and whole\n")
        self.assertIn("this goes to", self.install("--force"))
        self.vultus("models", "check", "mobile")

    def test_failures(self):
        self.install(code=ENVIRONMENT, STUB_FAILS="1")
        self.assertIn("python3", self.install(code=ENVIRONMENT, PATH=str(self.folder)))
        # an installer that leaves something damaged is found out
        broken = self.folder / "broken"
        shutil.copytree(models_folder() / "mobile", broken)
        os.truncate(broken / "rnet.onnx", 10)
        self.assertIn("rnet.onnx", self.install(code=ENVIRONMENT, STUB_FROM=str(broken)))
        self.install()
        self.vultus("models", "check")


if __name__ == "__main__":
    harness.main()
