// Server-sent events, read from an answer, because EventSource cannot send a key.
import { stream } from "./api.js";

function read(block) {
  const event = { name: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) event.name = line.slice(7);
    else if (line.startsWith("data: ")) event.data += line.slice(6);
  }
  return event.data ? event : null;
}

// Calls `on(name, value)` for each event until the stream ends.
export async function listen(path, on, signal, query) {
  const reader = (await stream(path, { query, signal })).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const event of blocks.map(read)) if (event) on(event.name, JSON.parse(event.data));
  }
}
