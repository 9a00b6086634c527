// The settings of a camera, for a new one and for one that is there.
import { call, path } from "./api.js";
import { confirm, note, open, say } from "./dialog.js";
import { h, replace } from "./dom.js";
import { button, field, submit, textInput } from "./parts.js";
import { info } from "./server.js";
import { texts } from "./texts.js";

const t = texts.cameras;

const number = (name, value, more) => textInput({ name, type: "number", value: value ?? "", ...more });

function check(name, value) {
  const box = h("input", { type: "checkbox", name, checked: value });
  return h("label", { class: "check" }, box, h("span", null, t[name]));
}

// What was typed that differs from what is there; an empty number is the default again.
function changes(form, camera) {
  const values = {};
  for (const input of form.querySelectorAll("input")) {
    const { name, type } = input;
    const text = input.value.trim();
    const value = type === "checkbox" ? input.checked : type === "number" ? (text === "" ? null : Number(text)) : text;
    if (name === "source" && !text) continue;
    if (value !== (camera[name] ?? null)) values[name] = value;
  }
  return values;
}

function build(camera, fresh, liveness, done) {
  const told = h("div", { role: "status" });
  const fixed = camera.configured;
  const form = h("form", null,
    fixed ? h("p", { class: "soft" }, t.configured) : [
      field(t.name, textInput({ name: "name", value: camera.name ?? "", required: true })),
      field(t.source, textInput({ name: "source", required: fresh, placeholder: fresh ? t.sourceExample : t.sourceKept, maxLength: 1000 })),
    ],
    h("details", { class: "more", open: fixed }, h("summary", null, t.more),
      h("div", { class: "hyper" },
        field(t.fps, number("fps", camera.fps, { min: 0.1, max: 1000, step: "any", placeholder: t.all })),
        field(t.confirm, number("confirm", camera.confirm, { min: 1, max: 1000, step: 1 })),
        field(t.absence, number("absence", camera.absence, { min: 0.05, max: 86400, step: "any" })),
        field(t.cooldown, number("cooldown", camera.cooldown, { min: 0, max: 86400, step: "any" })),
        liveness && field(t.live, number("require_live", camera.require_live, { min: 0.01, max: 1, step: "any", placeholder: t.off }))),
      check("record", camera.record ?? true), check("repeat", camera.repeat ?? false)),
    told,
    h("div", { class: "row" },
      fresh || fixed ? null : button(t.remove, () => remove(camera, done), { kind: "quiet danger" }),
      button(texts.cancel, () => done(null), { kind: "quiet" }), submit(fresh ? t.add : t.save)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const json = changes(form, camera);
      done(fresh ? await call("POST", "/v1/cameras", { json }) : await call("PATCH", path`/v1/cameras/${camera.camera}`, { json }));
    } catch (error) { replace(told, note("bad", error.message)); }
  });
  return form;
}

async function remove(camera, done) {
  done(null);
  const yes = await confirm({ title: t.removeTitle(camera.name), message: t.removeAbout, yes: texts.person.remove });
  if (!yes) return;
  try {
    await call("DELETE", path`/v1/cameras/${camera.camera}`);
    say(t.removed(camera.name));
    location.hash = "#/cameras";
  } catch (error) { say(error.message); }
}

// Resolves to the camera as it is then; null: nothing was changed.
async function edit(title, camera, fresh) {
  const { liveness } = await info();
  return open(title, (done) => build(camera, fresh, liveness, done));
}
export const addCamera = () => edit(t.add, {}, true);
export const editCamera = (camera) => edit(t.edit(camera.name), camera, false);
