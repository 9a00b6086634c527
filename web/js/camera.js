// The camera, and a loop over its frames that never has more than one on the way.
import { h, sleep } from "./dom.js";
import { shape } from "./overlay.js";
import { frameOf } from "./picture.js";
import { camera as chosen } from "./preferences.js";
import { texts } from "./texts.js";

const REASONS = { NotAllowedError: "refused", NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "taken" };

export class Camera {
  constructor(signal) {
    this.video = h("video", { muted: true, playsInline: true, "aria-label": texts.camera.picture });
    this.video.addEventListener("resize", () => {
      const { parentElement, videoWidth, videoHeight } = this.video;
      if (videoWidth) shape(parentElement, videoWidth, videoHeight);
    });
    this.stream = null;
    this.mirrored = true;
    signal.addEventListener("abort", () => this.stop());
  }

  async start(device = chosen.get()) {
    this.stop();
    if (!navigator.mediaDevices) throw new Error(texts.camera.insecure);
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const open = (more) => navigator.mediaDevices.getUserMedia({ video: { ...size, ...more }, audio: false });
    try {
      this.stream = await open(device ? { deviceId: { exact: device } } : { facingMode: "user" })
        .catch((trouble) => (device && trouble.name !== "NotAllowedError" ? open({}) : Promise.reject(trouble)));
    } catch (trouble) {
      throw new Error(texts.camera[REASONS[trouble.name] ?? "other"]);
    }
    this.mirrored = this.stream.getVideoTracks()[0].getSettings().facingMode !== "environment";
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  get device() { return this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? null; }

  async devices() {
    return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput" && device.deviceId);
  }

  // A choice of cameras where there are several; `onchange` after another one plays.
  async chooser(onchange) {
    const list = await this.devices();
    if (list.length < 2) return null;
    const another = async () => {
      chosen.set(select.value);
      await this.start(select.value);
      onchange();
    };
    const option = ({ deviceId, label }, i) =>
      h("option", { value: deviceId, selected: deviceId === this.device }, label || texts.camera.number(i + 1));
    const select = h("select", { class: "input", "aria-label": texts.camera.choose, onchange: another }, list.map(option));
    return select;
  }
}

// Sends one frame after the other to `look(data)` and gives the answers to `show(answer, canvas)`, at the pace of the answers.
export async function follow(camera, { wide, signal, paused = () => false, look, show, fail }) {
  while (!signal.aborted) {
    if (paused() || !camera.stream || document.hidden || !camera.video.videoWidth) {
      await sleep(120, signal);
      continue;
    }
    try {
      const { canvas, data } = await frameOf(camera.video, wide, 0.85);
      const answer = await look(data);
      if (!signal.aborted && !paused()) show(answer, canvas);
      await new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); });
    } catch (error) {
      if (signal.aborted) return;
      fail(error);
      await sleep(1000 * Math.max(1, error.wait ?? 1), signal);
    }
  }
}
