// What numbers mean, in words.
import { texts } from "./texts.js";

const steps = [[0.995, "certain"], [0.95, "very"], [0.8, "likely"], [0.5, "perhaps"], [0, "hardly"]];

export function likelihood(similarity) {
  if (similarity === null || similarity === undefined) return "";
  return texts.likelihood[steps.find(([least]) => similarity >= least)?.[1] ?? "hardly"];
}

export const per = (similarity) => (similarity === null ? "–" : `${Math.min(99.9, 100 * similarity).toFixed(similarity > 0.99 ? 1 : 0)} %`);

// A face of /v1/identify as a label for a box.
export function labelOf(face) {
  if (face.match) return { kind: "known", label: face.name, detail: likelihood(face.similarity) };
  if (face.why === "ambiguous") return { kind: "unsure", label: texts.ambiguous, detail: texts.twoAlike };
  if (face.why === "low quality") return { kind: "unsure", label: texts.tooUnclear, detail: "" };
  if (face.why === "not live") return { kind: "unsure", label: texts.notLive, detail: "" };
  return { kind: "unknown", label: texts.unknown, detail: "" };
}

// "1 in 100"; two digits are enough.
export function oneIn(rate) {
  const count = 1 / rate;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return texts.oneIn((Math.round(count / unit) * unit).toLocaleString());
}

// What would make a face better for enrolment: the first that applies is said.
const hints = [
  ["closer", (q, face, width) => q.size < 90 || face.width < 0.14 * width],
  ["farther", (q, face, width) => face.width > 0.72 * width],
  ["middle", (q, face, width, height) => face.x < 0 || face.y < 0 || face.x + face.width > width || face.y + face.height > height],
  ["light", (q) => q.brightness !== null && q.brightness < 0.24],
  ["glare", (q) => q.brightness !== null && q.brightness > 0.86],
  ["turn", (q) => Math.abs(q.yaw ?? 0) > 0.32],
  ["nod", (q) => Math.abs(q.pitch ?? 0) > 0.5],
  ["upright", (q) => Math.abs(q.roll ?? 0) > 18],
  ["free", (q) => q.occlusion !== null && q.occlusion > 0.6],
  ["still", (q) => q.sharpness !== null && q.sharpness < 0.22],
];

const checks = {
  distance: ["closer", "farther", "middle"],
  pose: ["turn", "nod", "upright", "free"],
  light: ["light", "glare"],
  sharp: ["still"],
};

// {hint, checks: {distance, pose, light, sharp}}; a check is true, false, or null when there is no face.
export function lookAt(detection) {
  const { faces, width, height } = detection;
  const none = { distance: null, pose: null, light: null, sharp: null };
  if (!faces.length) return { hint: "nobody", checks: none };
  if (faces.length > 1) return { hint: "several", checks: none, face: faces[0] };
  const [face] = faces;
  const wrong = hints.filter(([, applies]) => applies(face.quality, face, width, height)).map(([name]) => name);
  const state = Object.fromEntries(Object.entries(checks).map(([name, list]) => [name, !list.some((item) => wrong.includes(item))]));
  return { hint: wrong[0] ?? "good", checks: state, face };
}

export const day = (text) => new Date(text).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
export const time = (text) => new Date(text).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
