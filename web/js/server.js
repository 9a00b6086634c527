// What this server is: its models and limits, and which routes it has. Pages without their routes are not shown.
import { get, text } from "./api.js";

let paths = null;
let known = null;

export async function learn() {
  const description = await text("/v1/openapi.yaml");
  paths = new Set([...description.matchAll(/^ {2}(\/\S*):$/gm)].map((found) => found[1]));
}

const SCOPES = ["read", "enrol", "admin"];

// Whether the key that is used will do; as long as nobody knows, yes.
export const may = (scope = "read") => !known?.scope || SCOPES.indexOf(known.scope) >= SCOPES.indexOf(scope);

// Whether it is for galleries, or for workspaces: a key may be for some only. As long as nobody knows, yes.
export function reaches(about) {
  const galleries = known?.galleries?.length, workspaces = known?.workspaces?.length;
  if (about === "workspaces") return workspaces || may("admin");
  return about !== "galleries" || galleries || !workspaces;
}

export const has = (route) => paths.has(route);

export async function info(again = false) {
  if (!known || again) known = await get("/v1/info");
  return known;
}
