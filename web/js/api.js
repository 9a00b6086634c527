// Asking the server. A key is asked for when the server wants one; whatever goes wrong is an ApiError with a sentence.
import { gallery, key } from "./preferences.js";
import { texts } from "./texts.js";

export class ApiError extends Error {
  constructor(status, error, wait) {
    super(texts.errors[error.code] ?? error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? {};
    this.wait = wait; // seconds
  }
}

let askForKey = null; // of app.js: resolves to a key, or null
let asking = null;

export const onKeyWanted = (how) => { askForKey = how; };

// path`/v1/people/${name}/faces`: what stands in it is escaped.
export const path = (parts, ...values) =>
  parts.map((part, i) => part + (i < values.length ? encodeURIComponent(values[i]) : "")).join("");

// What is in a gallery: of the default one nothing has to be said.
const IN_GALLERY = /^\/v1\/(people|faces|identify|search|audit|undo|unknown|groups|stats|events)\b/;

function query(to, asked) {
  const values = gallery.get() && IN_GALLERY.test(to) ? { gallery: gallery.get(), ...asked } : asked;
  const given = Object.entries(values ?? {}).filter(([, value]) => ![null, undefined, ""].includes(value));
  const text = new URLSearchParams(given).toString();
  return text ? `?${text}` : "";
}

async function failure(response) {
  const wait = Number(response.headers.get("Retry-After")) || 0;
  let error = null;
  try { error = (await response.json()).error; } catch { /* not from vultus: a proxy */ }
  return new ApiError(response.status, error ?? { code: "internal", message: texts.errors.internal }, wait);
}

async function send(method, to, options) {
  const headers = {};
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  let body = options.body;
  if (options.json !== undefined) {
    body = JSON.stringify(options.json);
    headers["Content-Type"] = "application/json";
  } else if (body instanceof Blob) {
    headers["Content-Type"] = body.type.startsWith("image/") ? body.type : "image/jpeg";
  }
  try {
    return await fetch(to + query(to, options.query), { method, headers, body, signal: options.signal, cache: "no-cache" });
  } catch (trouble) {
    if (trouble.name === "AbortError") throw trouble;
    throw new ApiError(0, { code: "offline" }, 2);
  }
}

async function request(method, to, options = {}) {
  for (;;) {
    const had = key.get();
    const response = await send(method, to, options);
    if (response.ok) return response;
    if (response.status !== 401 || !askForKey) throw await failure(response);
    if (key.get() !== had) continue; // somebody else was asked meanwhile
    asking ??= askForKey(Boolean(had)).finally(() => { asking = null; });
    if (!(await asking)) throw await failure(response);
  }
}

// options: query, json, body (a Blob), signal
export async function call(method, to, options) {
  const response = await request(method, to, options);
  return response.status === 204 ? null : response.json();
}

export const text = async (to, options) => (await request("GET", to, options)).text();
export const stream = async (to, options) => (await request("GET", to, options)).body;
export const blob = async (to, options) => (await request("GET", to, options)).blob();
export const get = (to, options) => call("GET", to, options);
export const post = (to, json, options) => call("POST", to, { json, ...options });
