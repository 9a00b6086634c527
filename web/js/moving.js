// Moving pictures of the server in an <img>: read from an answer, because an address cannot have a key. Browsers hold few
// connections to one server, so that only some pictures come by a stream of their own; others are asked for again and again.
import { blob, stream } from "./api.js";
import { sleep } from "./dom.js";

const STREAMS = 3;
const PAUSE = 300; // milliseconds between pictures that are asked for
const AGAIN = 1500; // after something went wrong
const HEAD_END = [13, 10, 13, 10];

let streams = 0;

function joined(a, b) {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function headEnd(bytes) {
  for (let i = 0; i + 4 <= bytes.length; i++) if (HEAD_END.every((byte, k) => bytes[i + k] === byte)) return i + 4;
  return -1;
}

// Parts of multipart/x-mixed-replace, each with its length.
async function follow(from, show, signal) {
  const reader = (await stream(`${from}/preview`, { signal })).getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest = joined(rest, value);
    for (;;) {
      const begin = headEnd(rest);
      const size = begin < 0 ? NaN : Number(/content-length: (\d+)/i.exec(new TextDecoder().decode(rest.subarray(0, begin)))?.[1]);
      if (!(begin + size <= rest.length)) break;
      show(new Blob([rest.subarray(begin, begin + size)], { type: "image/jpeg" }));
      rest = rest.slice(begin + size);
    }
  }
}

async function ask(from, show, signal) {
  while (!signal.aborted && !document.hidden) {
    show(await blob(`${from}/snapshot`, { signal }));
    await sleep(PAUSE, signal);
  }
}

// Shows what the camera at this path shows until the signal ends it. `large`: by a stream, whatever else there is.
export async function move(image, from, signal, { large = false, onshow } = {}) {
  const show = (data) => {
    if (signal.aborted) return;
    const old = image.src;
    image.src = URL.createObjectURL(data);
    if (old) URL.revokeObjectURL(old);
    onshow?.();
  };
  while (!signal.aborted) {
    const own = large || streams < STREAMS;
    if (own) streams++;
    try {
      await (own ? follow : ask)(from, show, signal);
    } catch { /* it does not run, or the server is away: the page says so */ }
    if (own) streams--;
    await sleep(AGAIN, signal);
  }
}
