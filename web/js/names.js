// Names of people that are there, for fields that take one.
import { get } from "./api.js";
import { h } from "./dom.js";

const MOST = 1000;
let number = 0;

// A list that a field proposes from, and which names are in it.
export async function nameList(signal) {
  const { people } = await get("/v1/people", { query: { limit: MOST }, signal });
  const list = h("datalist", { id: `names-${++number}` }, people.map((person) => h("option", { value: person.name })));
  return { list, names: new Set(people.map((person) => person.name)) };
}
