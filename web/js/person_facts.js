// What is known of somebody: groups, tags, notes, consent, and until when they are kept.
import { call, path } from "./api.js";
import { ask, say, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { button } from "./parts.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.person;

const shown = (fact) => (fact.kind === "attribute" ? `${fact.key} = ${fact.value}` : fact.key);

export function facts(name, known) {
  const place = h("dl", { class: "facts" });

  const put = async (fact) => {
    try {
      known = (await call("PUT", path`/v1/people/${name}/facts`, { json: fact })).facts;
      draw();
      say(t.saved);
    } catch (error) { trouble(error); }
  };

  const chip = (fact) => {
    const onclick = () => put({ kind: fact.kind, key: fact.key, value: null });
    return h("span", { class: "chip" }, shown(fact),
      h("button", { type: "button", "aria-label": t.dropFact(shown(fact)), onclick }, icon("cross")));
  };

  async function add(kind) {
    const text = await ask({ title: t.addFact[kind], label: t.factLabel[kind], yes: t.save });
    if (!text) return;
    const [key, ...value] = kind === "attribute" ? text.split("=") : [text];
    if (kind === "attribute" && !value.length) say(t.attributeForm);
    else await put({ kind, key: key.trim(), value: value.join("=").trim() });
  }

  const addButton = (kind) =>
    h("button", { class: "chip add", type: "button", onclick: () => add(kind) }, icon("plus"), t.addFact[kind]);

  const small = (label, onclick) => button(label, onclick, { kind: "small quiet" });

  async function setConsent() {
    const value = await ask({ title: t.consentSet, label: t.consentLabel, yes: t.save });
    if (value) await put({ kind: "consent", key: null, value });
  }

  async function setRetain() {
    const value = await ask({ title: t.retainSet, label: t.retainLabel, yes: t.save, type: "date" });
    if (value) await put({ kind: "retain", key: null, value });
  }

  function draw() {
    const of = (kind) => known.filter((fact) => fact.kind === kind);
    const [consent] = of("consent");
    const [retain] = of("retain");
    const row = (kind, ...content) => h("div", null, h("dt", null, t.kinds[kind]), h("dd", { class: "row" }, content));
    replace(place,
      ["group", "tag", "attribute"].map((kind) => row(kind, of(kind).map(chip), addButton(kind))),
      row("consent", h("span", null, consent ? `${consent.value}, ${day(consent.since)}` : t.noConsent),
        consent ? small(t.consentDrop, () => put({ kind: "consent", key: null, value: null })) : small(t.consentSet, setConsent)),
      row("retain", h("span", null, retain ? day(retain.value) : t.noRetain),
        retain ? small(t.retainDrop, () => put({ kind: "retain", key: null, value: null })) : small(t.retainSet, setRetain)));
  }

  draw();
  return place;
}
