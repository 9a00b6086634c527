// How sure a name has to be, in words; the key; models with their licences; the server.
import { get } from "./api.js";
import { say } from "./dialog.js";
import { h, replace } from "./dom.js";
import { head } from "./head.js";
import { button, card, field } from "./parts.js";
import { key, rate } from "./preferences.js";
import * as server from "./server.js";
import { keysCard } from "./settings_keys.js";
import { texts } from "./texts.js";
import { themeSwitch } from "./theme_switch.js";
import { oneIn } from "./words.js";

const t = texts.settings;
const RATES = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001, 0.00001, 0.000001];
const USUAL = RATES.indexOf(0.01);

const apart = (one, other) => Math.abs(Math.log(one / other));
const nearest = (value) => RATES.reduce((best, one, i) => (apart(one, value) < apart(RATES[best], value) ? i : best), 0);
const trade = (value) => (value >= 0.02 ? t.trade.loose : value >= 0.002 ? t.trade.middle : t.trade.strict);

function recognition(info) {
  if (!info.calibrated) return h("p", { class: "soft" }, t.uncalibrated);
  const big = h("p", { class: "consequence", role: "status" });
  const small = h("p", { class: "soft" });
  const own = h("div", { class: "row" });
  const oninput = () => {
    rate.set(String(RATES[slider.value]));
    draw();
  };
  const slider = h("input", { type: "range", class: "range", min: 0, max: RATES.length - 1, step: 1, oninput });
  const reset = button(t.useDefault, () => {
    rate.set(null);
    draw();
  }, { kind: "small" });
  function draw() {
    const chosen = Number(rate.get()) || null;
    const value = chosen ?? RATES[USUAL];
    slider.value = nearest(value);
    slider.setAttribute("aria-valuetext", t.consequence(oneIn(value)));
    big.textContent = chosen ? t.consequence(oneIn(value)) : t.serverDefault;
    small.textContent = chosen ? trade(value) : t.consequence(oneIn(info.threshold_far ?? value));
    replace(own, chosen ? [h("span", { class: "faint" }, t.own), reset] : h("span", { class: "faint" }, t.own));
  }
  draw();
  return h("div", { class: "stack" }, big, small,
    field(t.strictness, slider),
    h("div", { class: "row spread faint", "aria-hidden": "true" }, h("span", null, t.loose), h("span", null, t.strict)), own);
}

function keyPart(info) {
  const scope = h("p", null, texts.key.scopes[info.scope ?? "none"]);
  const only = [...(info.galleries ?? []).map(texts.keys.gallery), ...(info.workspaces ?? []).map(texts.keys.workspace)];
  if (only.length) scope.append(" ", texts.keys.only(only.join(", ")));
  if (!key.get()) return scope;
  const forget = button(texts.key.forget, () => {
    key.set(null);
    forget.disabled = true;
    say(texts.key.forgotten);
  }, { kind: "small" });
  return h("div", { class: "stack" }, scope, h("p", { class: "soft" }, texts.key.has),
    h("div", null, forget));
}

const pair = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));

async function models(info) {
  const installed = server.has("/v1/models") ? (await get("/v1/models")).models : [];
  const names = (model) => [model.model, `${model.pack}/${model.model}`];
  const licence = (id) => installed.find((model) => names(model).includes(id.split("@")[0]))?.licence;
  const chip = (id) => licence(id) && h("span", { class: "chip" }, licence(id));
  const roles = Object.keys(t.role).filter((role) => info[role]);
  return h("dl", { class: "pairs" }, roles.map((role) => pair(t.role[role], h("span", null, info[role], chip(info[role])))));
}

async function open(place, _, signal) {
  const info = await server.info(true);
  const mib = (bytes) => `${Math.round(bytes / 1048576)} MiB`;
  place.classList.add("page-narrow");
  place.append(head(texts.pages.settings), h("div", { class: "stack wide" },
    card(t.recognition, recognition(info)),
    card(t.appearance, themeSwitch(true)),
    card(t.key, keyPart(info)),
    await keysCard(info, signal),
    card(t.models, await models(info)),
    card(t.server, h("dl", { class: "pairs" }, pair(t.version, info.version), pair(t.workers, String(info.workers)),
      pair(t.bodies, mib(info.limits.body_bytes)), pair(t.api, h("a", { href: "/v1/openapi.yaml" }, "openapi.yaml"))))));
  if (signal.aborted) place.remove();
}

export default { path: "settings", needs: "/v1/info", about: "server", open };
