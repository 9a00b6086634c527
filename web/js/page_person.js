// One person: pictures, what is known, and what can be done with them.
import { call, get, path, post } from "./api.js";
import { ask, confirm, say, sayUndoable, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { nameList } from "./names.js";
import { button } from "./parts.js";
import { facts } from "./person_facts.js";
import { FaceGrid } from "./person_faces.js";
import { forget, ofPerson } from "./portrait.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.person;
const go = (name) => { location.hash = `#/people/${encodeURIComponent(name)}`; };

async function rename(name) {
  const to = await ask({ title: t.renameTitle(name), label: t.newName, value: name, yes: t.rename });
  if (!to || to === name) return;
  await call("PATCH", path`/v1/people/${name}`, { json: { name: to } });
  go(to);
  sayUndoable(t.renamed(to), () => go(name));
}

async function merge(name, signal) {
  const names = await nameList(signal);
  const about = { title: t.mergeTitle(name), message: t.mergeAbout(name), label: t.otherPerson };
  const into = await ask({ ...about, yes: t.merge, list: names.list });
  if (!into || into === name) return;
  await post(path`/v1/people/${name}/merge`, { into });
  forget(path`/v1/people/${into}/`);
  go(into);
  sayUndoable(t.merged(into), () => go(name));
}

async function remove(name, count) {
  const yes = await confirm({ title: t.removeTitle(name), message: t.removeAbout(name, texts.faces(count)), yes: t.remove });
  if (!yes) return;
  await call("DELETE", path`/v1/people/${name}`);
  forget(path`/v1/people/${name}/`);
  location.hash = "#/people";
  say(t.removed(name));
}

const run = (what) => async () => { try { await what(); } catch (error) { trouble(error); } };

export async function openPerson(place, name, signal) {
  const back = { href: "#/people", name: texts.back(texts.pages.people.title) };
  const body = h("div", { class: "stack wide" }, waiting());
  document.title = `${name} – vultus`;
  place.append(body);

  async function load() {
    const [{ faces }, person] = await Promise.all([
      get(path`/v1/people/${name}/faces`, { signal }), get(path`/v1/people/${name}`, { signal })]);
    const tools = [
      h("a", { class: "button small primary", href: `#/enrol?name=${encodeURIComponent(name)}` }, icon("plus"), t.addPictures),
      button(t.rename, run(() => rename(name)), { kind: "small", drawing: "pencil" }),
      button(t.merge, run(() => merge(name, signal)), { kind: "small", drawing: "merge" }),
      button(t.remove, run(() => remove(name, faces.length)), { kind: "small quiet danger", drawing: "trash" })];
    const about = `${texts.faces(faces.length)}${faces.length ? `, ${t.since(day(faces[0].created))}` : ""}`;
    const grid = new FaceGrid(name, faces, load, signal);
    replace(body,
      h("div", { class: "person-head" }, ofPerson(name, { round: true }), head({ title: name, about, tools, back })),
      h("div", { class: "person-body" }, h("section", { class: "stack", "aria-label": t.pictures }, grid.element),
        h("section", { class: "card", "aria-label": t.facts }, h("h2", null, t.facts), facts(name, person.facts))));
  }
  await load();
}
