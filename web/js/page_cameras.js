// The wall of cameras, and one of them alone. How they are is asked for again and again.
import { get, path } from "./api.js";
import { addCamera, editCamera } from "./camera_form.js";
import { peopleChips, Tile } from "./camera_tile.js";
import { trouble } from "./dialog.js";
import { h, replace, sleep } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { button, namedCard } from "./parts.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const t = texts.cameras;
const PAUSE = 1000; // milliseconds

// Asks until the page is left; an answer that does not come is waited for.
async function again(signal, ask) {
  while (!signal.aborted) {
    await sleep(PAUSE, signal);
    if (document.hidden || signal.aborted) continue;
    try { await ask(); } catch (error) { if (error.status === 404) throw error; }
  }
}

// ------------------------------------------------------------------ all

class Wall {
  constructor(signal) {
    this.signal = signal;
    this.tiles = new Map();
    this.list = h("ul", { class: "wall" });
    this.admin = server.may("admin");
  }

  show(cameras) {
    for (const number of [...this.tiles.keys()]) if (!cameras.some((one) => one.camera === number)) this.drop(number);
    for (const camera of cameras) {
      const tile = this.tiles.get(camera.camera);
      if (tile) tile.show(camera);
      else this.add(camera);
    }
  }

  add(camera) {
    const onedit = (one) => editCamera(one).then((changed) => changed && this.tiles.get(changed.camera)?.show(changed), trouble);
    const tile = new Tile(camera, { admin: this.admin, signal: this.signal, onedit });
    this.tiles.set(camera.camera, tile);
    this.list.append(tile.element);
  }

  drop(number) {
    const tile = this.tiles.get(number);
    tile.end();
    tile.element.remove();
    this.tiles.delete(number);
  }
}

async function openAll(place, signal) {
  await server.info();
  const body = h("div", null, waiting());
  const wall = new Wall(signal);
  const load = async () => {
    const { cameras, may_add: mayAdd } = await get("/v1/cameras", { signal });
    const adding = mayAdd && wall.admin;
    add.hidden = !adding;
    wall.show(cameras);
    if (cameras.length) body.contains(wall.list) || replace(body, wall.list);
    else replace(body, empty("cameras", t.empty, adding ? t.emptyAdd : t.emptyAbout));
  };
  const add = button(t.add, async () => { if (await addCamera()) await load().catch(trouble); }, { drawing: "plus", hidden: true });
  place.append(head({ ...texts.pages.cameras, tools: [add] }), body);
  await load();
  again(signal, load).catch(trouble);
}

// ------------------------------------------------------------------ one

const pairs = (rows) => h("dl", { class: "pairs" }, rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", { class: "numbers" }, value))));

async function openOne(place, number, signal) {
  await server.info();
  const from = path`/v1/cameras/${number}`;
  let camera = await get(from, { signal });
  const people = h("ul", { class: "tile-people" });
  const figures = h("div");
  const show = (now) => {
    camera = now;
    tile.show(now);
    const chips = peopleChips(now).filter(Boolean);
    replace(people, chips.length ? chips : h("li", { class: "faint" }, t.nobody));
    replace(figures, pairs([
      ...(now.width ? [[t.size, `${now.width} × ${now.height}`]] : []),
      [t.seenFrames, now.frames.toLocaleString()], [t.told, now.events.toLocaleString()],
      ...(now.reconnects ? [[t.lost, t.times(now.reconnects)]] : []),
    ]));
  };
  const onedit = (one) => editCamera(one).then((changed) => changed && show(changed), trouble);
  const tile = new Tile(camera, { admin: server.may("admin"), signal, large: true, onedit });
  place.append(
    head({ title: camera.name, about: camera.source, back: { href: "#/cameras", name: t.back } }),
    h("div", { class: "live" }, tile.element,
      h("div", { class: "stack wide" }, namedCard("there-title", t.there, people), namedCard("figures-title", t.figures, figures))));
  show(camera);
  again(signal, async () => show(await get(from, { signal }))).catch(() => { if (!signal.aborted) location.hash = "#/cameras"; });
}

const open = (place, { rest }, signal) => (rest[0] ? openOne(place, rest[0], signal) : openAll(place, signal));

export default { path: "cameras", needs: "/v1/cameras", open };
