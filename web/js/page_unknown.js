// Faces that were kept because they are nobody's, those of one person together: a name makes them known.
import { call, get, path, post } from "./api.js";
import { confirm, note, say, trouble } from "./dialog.js";
import { drop } from "./drop.js";
import { h, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { nameList } from "./names.js";
import { iconButton, nameInput, submit } from "./parts.js";
import { prepare } from "./picture.js";
import { forget, portrait } from "./portrait.js";
import { rate } from "./preferences.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.unknownFaces;
const SHOWN = 4; // pictures of a group
const SIDE = 2048;

const picture = ({ face }) => portrait(path`/v1/unknown/faces/${face}/picture`);

class Group {
  constructor({ group, faces }, names, changed) {
    Object.assign(this, { group, changed });
    this.input = nameInput(names.list);
    this.enter = submit(t.name);
    const onsubmit = (event) => {
      event.preventDefault();
      this.name();
    };
    this.element = h("li", { class: "card stack" },
      h("div", { class: `collage${faces.length === 1 ? " single" : ""}` }, faces.slice(0, SHOWN).map(picture)),
      h("p", { class: "row spread" },
        h("strong", null, texts.faces(faces.length)), h("span", { class: "faint" }, t.until(day(faces[0].expires)))),
      h("form", { class: "inline-form", onsubmit }, this.input, this.enter,
        iconButton(t.remove, "trash", () => this.remove(), "quiet danger")));
  }

  async name() {
    const name = this.input.value.trim();
    if (!name) return;
    this.enter.disabled = true;
    try {
      await post(path`/v1/unknown/groups/${this.group}/name`, { name });
      forget(path`/v1/people/${name}/`);
      say(t.named(name));
      await this.changed();
    } catch (error) { trouble(error); }
    this.enter.disabled = false;
  }

  async remove() {
    const yes = await confirm({ title: t.removeTitle, message: t.removeAbout, yes: texts.person.remove });
    if (!yes) return;
    try {
      await call("DELETE", path`/v1/unknown/groups/${this.group}`);
      await this.changed();
    } catch (error) { trouble(error); }
  }
}

// Keeps the unknown faces of pictures; says how many, or why not.
async function keep(files, told, signal) {
  let kept = 0;
  for (const file of files) {
    try {
      const { data } = await prepare(file, SIDE);
      kept += (await call("POST", "/v1/unknown", { body: data, query: { far: rate.get() }, signal })).kept;
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof DOMException ? texts.errors.not_a_picture : error.message;
      return replace(told, note("warn", error.status === 403 ? t.notKept : `${file.name}: ${reason}`));
    }
  }
  replace(told, h("p", { class: "soft" }, t.kept(kept)));
}

async function open(place, _, signal) {
  const told = h("div", { role: "status" });
  const body = h("div", null, waiting());
  const names = await nameList(signal);
  async function load() {
    const { groups } = await get("/v1/unknown/groups", { signal });
    replace(body, groups.length
      ? h("ul", { class: "unknown-groups" }, groups.map((group) => new Group(group, names, load).element))
      : empty("unknown", t.empty, t.emptyAbout));
  }
  const onfiles = async (files) => {
    await keep(files, told, signal);
    await load().catch(trouble);
  };
  place.append(head(texts.pages.unknown),
    h("div", { class: "stack wide" }, drop({ title: t.dropTitle, onfiles, signal }).slim(true), told, body), names.list);
  await load();
}

export default { path: "unknown", needs: "/v1/unknown/groups", scope: "enrol", open };
