// What each page is for, done as a person would do it; in this order, because they share a gallery: Barack Obama is in it
// with two pictures, Joe Biden with one, and the camera shows Barack Obama.
import assert from "node:assert/strict";

const text = (page, what) => page.getByText(what, { exact: false }).first().waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const amount = (page, selector, count) => // waits until there are so many
  page.waitForFunction(([what, n]) => document.querySelectorAll(what).length === n, [selector, count]);

async function first(page) {
  const began = Date.now();
  await page.open("");
  assert.ok(Date.now() - began < 5000, "the first page is slow");
  const spent = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  console.log(`# first page: ${Math.round(spent)} ms to the script`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  assert.equal(await page.title(), "Who is there? – vultus");
}

async function live(page) {
  await page.open("live");
  await button(page, "Start the camera").click();
  await page.locator(".box.known", { hasText: "Barack Obama" }).waitFor();
  await page.locator(".seen", { hasText: "Barack Obama" }).waitFor();
  await text(page, "pictures a second");
  await button(page, "Pause").click();
  const before = await page.locator(".pace").textContent();
  await page.waitForTimeout(400);
  assert.equal(await page.locator(".pace").textContent(), before);
  await button(page, "Go on").click();
  await button(page, "Stop").click();
  await button(page, "Start the camera").waitFor();
}

async function identify(page, { pictures }) {
  await page.open("identify");
  await page.locator("input[type=file]").setInputFiles(pictures.group);
  await page.locator(".box.known", { hasText: "Barack Obama" }).waitFor();
  const unknown = page.locator(".face-card", { hasText: "Unknown" });
  assert.ok(await page.locator(".box").count() >= 2);
  await page.locator(".box").first().click();
  if (await unknown.count()) {
    await unknown.first().getByLabel("Who is this?").fill("Someone New");
    await unknown.first().getByRole("button", { name: "Enrol" }).click();
    await page.locator(".box.known", { hasText: "Someone New" }).waitFor();
  }
  await button(page, "Not Barack Obama").click();
  await text(page, "Noted");
  await page.locator(".box.known", { hasText: "Barack Obama" }).waitFor({ state: "detached" });
  await button(page, "Undo").click();
  await page.locator(".box.known", { hasText: "Barack Obama" }).waitFor();
  const before = await page.locator(".result").count();
  await page.evaluate(async (address) => { // dropped beside the place for it
    const data = await (await fetch(address)).blob();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([data], "dropped.jpg", { type: "image/jpeg" }));
    document.querySelector("h1").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, "/v1/people/Barack%20Obama/picture");
  await page.getByRole("article", { name: "Picture dropped.jpg" }).waitFor();
  await amount(page, ".result", before + 1);
  await page.locator("input[type=file]").setInputFiles({ name: "no.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") });
  await text(page, "no picture that can be read");
}

// The wall: who is there, a camera that is added, changed, stopped and removed; one camera alone.
async function cameras(page, { films, shot, accessible }) {
  await page.request.patch("/v1/cameras/1", { data: { repeat: true } });
  await page.request.post("/v1/cameras/1/start");
  await page.open("cameras");
  const door = page.locator(".tile", { hasText: "Front door" });
  await door.locator(".chip", { hasText: "Barack Obama" }).waitFor();
  await door.locator("img:not([hidden])").waitFor();
  await page.waitForFunction(() => document.querySelector(".tile img").naturalWidth > 100);
  await button(page, "Add a camera").click();
  await page.getByLabel("Name").fill("Hall");
  await page.getByLabel("Address").fill("rtsp://example.org/");
  await page.getByRole("dialog").getByRole("button", { name: "Add a camera" }).click();
  await page.getByRole("dialog").getByText("not allow").waitFor();
  await page.getByLabel("Address").fill(films.hall);
  await page.getByText("More settings").click();
  await page.getByLabel("Frames a second, at most").fill("10");
  await page.getByLabel("Begin recordings again").check();
  await shot(page, "cameras-add-desk-light");
  await accessible(page, "adding a camera");
  await page.getByRole("dialog").getByRole("button", { name: "Add a camera" }).click();
  const hall = page.locator(".tile", { hasText: "Hall" });
  await hall.locator(".state.running").waitFor();
  await button(page, "Stop Hall").click();
  await hall.locator(".state.stopped").waitFor();
  await hall.locator("a.tile-link").click();
  await page.getByRole("heading", { name: "Hall", level: 1 }).waitFor();
  await button(page, "Change Hall").click();
  await page.getByLabel("Name").fill("Hallway");
  await button(page, "Save").click();
  await page.getByRole("heading", { name: "Hallway", level: 2 }).waitFor();
  await button(page, "Change Hallway").click();
  await button(page, "Remove this camera").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await text(page, "Hallway is removed");
  await door.waitFor();
  await amount(page, ".tile", 1);
}
cameras.needs = "/v1/cameras";

// Stays of faces with pictures, one by one as they come; filters; the way to the person; erasing.
async function events(page) {
  await page.open("events");
  const rows = page.locator(".visit", { hasText: "Barack Obama" });
  await rows.first().locator("img").waitFor();
  const before = await page.locator(".visit").count();
  await page.waitForFunction((count) => document.querySelectorAll(".visit").length > count, before);
  await page.getByLabel("Person").fill("Joe Biden");
  await rows.first().waitFor({ state: "detached" });
  await page.locator(".visit", { hasText: "Joe Biden" }).first().waitFor();
  await page.getByLabel("Person").fill("Nobody at all");
  await text(page, "Nobody has this name");
  await page.getByLabel("Person").fill("");
  await page.getByLabel("What").selectOption("unknown");
  await rows.first().waitFor({ state: "detached" });
  await page.getByLabel("What").selectOption("");
  await page.request.post("/v1/cameras/1/stop");
  await rows.first().waitFor();
  const kept = async () => new Set((await (await page.request.get("/v1/events?latest=true&limit=1000")).json()).events.map((event) => event.visit)).size;
  const all = await kept();
  const gone = await page.locator(".visit").first().elementHandle(); // what comes meanwhile is put before it
  await (await gone.$("button")).click();
  await gone.waitForElementState("hidden");
  for (let tries = 0; (await kept()) !== all - 1; tries++) { // events of it that come late are erased, too
    assert.ok(tries < 100, `${await kept()} of ${all} stays are there after one was deleted`);
    await page.waitForTimeout(100);
  }
  await rows.first().getByRole("link", { name: "Barack Obama" }).click();
  await page.getByRole("heading", { name: "Barack Obama" }).waitFor();
  await page.request.post("/v1/cameras/1/start");
}
events.needs = "/v1/events";

async function enrol(page, { pictures }) {
  await page.open("enrol");
  await page.locator("input[type=file]").setInputFiles(pictures.one);
  await text(page, "Give a name first");
  await page.getByLabel("Who is it?").fill("Grace Hopper");
  await page.locator("input[type=file]").setInputFiles(pictures.group);
  await text(page, "several faces");
  await button(page, "Use the largest face").click();
  await page.locator(".tray .chip", { hasText: "Enrolled" }).waitFor();
  await button(page, "Camera").click();
  await page.locator(".hint").filter({ hasText: /Good|Come|Hold|Turn|Look|Move|Less|More|farther/ }).waitFor();
  await button(page, "Take picture").click();
  await page.locator(".tray .chip", { hasText: "Enrolled" }).nth(1).waitFor();
  await page.getByRole("link", { name: "See Grace Hopper" }).click();
  await page.getByRole("heading", { name: "Grace Hopper" }).waitFor();
  await amount(page, ".faces li", 2);
}

async function people(page) {
  await page.open("people");
  await page.getByRole("link", { name: /Joe Biden/ }).waitFor();
  await page.locator(".person img").first().waitFor();
  await page.getByLabel("Search by name").fill("hopper");
  await page.getByRole("link", { name: /Joe Biden/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Grace Hopper/ }).click();
  await button(page, "Rename").click();
  await page.getByLabel("New name").fill("Grace B. Hopper");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { name: "Grace B. Hopper" }).waitFor();
  await button(page, "Undo").click();
  await page.getByRole("heading", { name: "Grace Hopper" }).waitFor();
  await page.locator(".face").nth(1).click();
  await button(page, "Move to …").click();
  await page.getByLabel("The other person").fill("Barack Obama");
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
  await text(page, "moved to Barack Obama");
  await page.waitForFunction(() => document.querySelectorAll(".faces li").length === 1);
  await button(page, "Add a group").click();
  await page.getByLabel("Name of the group").fill("Navy");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.locator(".chip", { hasText: "Navy" }).waitFor();
  await button(page, "Record consent").click();
  await page.getByLabel(/Where it is written/).fill("form 7");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await text(page, "form 7");
  await button(page, "Merge").click();
  await page.getByLabel("The other person").fill("Joe Biden");
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
  await page.getByRole("heading", { name: "Joe Biden" }).waitFor();
  await button(page, "Undo").click();
  await page.getByRole("heading", { name: "Grace Hopper" }).waitFor();
  await button(page, "Delete").click();
  await page.keyboard.press("Escape");
  await button(page, "Delete").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: /Joe Biden/ }).waitFor();
  assert.equal(await page.getByRole("link", { name: /Grace/ }).count(), 0);
}

async function history(page) {
  await page.request.patch("/v1/people/Joe%20Biden", { data: { name: "Joseph Biden" } });
  await page.open("history");
  await text(page, "Joe Biden was renamed to Joseph Biden");
  await page.locator(".undone").first().waitFor();
  const before = await page.locator(".undone").count();
  await button(page, "Undo the latest").click();
  await page.waitForFunction((count) => document.querySelectorAll(".undone").length > count, before);
}

async function settings(page) {
  await page.open("settings");
  await page.getByLabel("How sure a name has to be").focus();
  await page.keyboard.press("Home");
  await text(page, "About 1 in 10 strangers will be called by a name.");
  await page.reload();
  await page.locator(".consequence", { hasText: "1 in 10" }).waitFor();
  await button(page, "Use the server’s").click();
  await text(page, "As the server has it");
  await page.locator("main").getByRole("button", { name: "Dark" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.ok(await page.locator(".pairs .chip").count() >= 2, "licences of the models");
}

async function workspaces(page, { pictures, shot, accessible, desk, phone }) {
  await page.open("workspaces");
  await button(page, "New workspace").click();
  await page.getByRole("textbox", { name: "Name" }).fill("office");
  await button(page, "Go on").click();
  for (const [label, files] of [["Barack Obama", pictures.many], ["Joe Biden", [pictures.one]]]) {
    await page.getByLabel("Label of the pictures").fill(label);
    await page.locator("input[type=file]").first().setInputFiles(files);
    await text(page, `added to ${label}`);
  }
  for (const method of ["knn", "centroid"]) {
    await page.getByLabel("Method").selectOption(method);
    await button(page, "Train").click();
    await page.locator("tr", { hasText: method === "knn" ? "Nearest neighbours" : "Centroids" }).waitFor();
  }
  await button(page, "Use").click();
  await page.locator("input[type=file]").nth(1).setInputFiles(pictures.one);
  await page.locator(".box.known", { hasText: "Joe Biden" }).waitFor();
  await page.getByRole("button", { name: "Barack Obama 2 pictures" }).click();
  await page.locator(".label-picture img").nth(1).waitFor();
  await button(page, "Who was taken for whom by training 1").click();
  await page.locator(".confusion .right").first().waitFor();
  assert.ok(await page.locator(".whisker").first().evaluate((line) => line.getBBox().height > 10), "an interval at 100 %");
  await page.locator(".confusion").scrollIntoViewIfNeeded();
  await shot(page, "workspaces-confusion-desk-light");
  await page.getByRole("heading", { name: "office" }).scrollIntoViewIfNeeded();
  await shot(page, "workspaces-office-desk-light");
  await accessible(page, "a workspace");
  await page.setViewportSize(phone);
  await shot(page, "workspaces-office-phone-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator(".confusion").scrollIntoViewIfNeeded();
  await shot(page, "workspaces-confusion-phone-dark");
  await page.setViewportSize(desk);
  await shot(page, "workspaces-confusion-desk-dark");
  await accessible(page, "a workspace, dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator(".label-picture").first().getByRole("button").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Barack Obama 1 picture" }).waitFor();
  await amount(page, ".table", 0); // trainings that have seen it
  await button(page, "Delete Joe Biden").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await text(page, "needs two labels");
  await page.open("workspaces");
  await text(page, "1 label, 1 picture, 0 trainings");
  await shot(page, "workspaces-desk-light");
}
workspaces.needs = "/v1/workspaces";

// The choice of a gallery, and of a group in it.
async function galleries(page) {
  const send = async (method, to, data) => assert.ok((await page.request[method](to, { data })).ok(), to);
  await send("post", "/v1/galleries", { name: "work" });
  await send("put", "/v1/people/Joe%20Biden/facts", { kind: "group", key: "Senate", value: "" });
  await page.open("people");
  await page.getByRole("link", { name: /Barack Obama/ }).waitFor();
  await page.getByRole("combobox", { name: "Group" }).selectOption("Senate");
  await page.getByRole("link", { name: /Barack Obama/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Joe Biden/ }).waitFor();
  await page.getByLabel("Gallery").selectOption("work");
  await text(page, "Nobody yet");
  await page.getByLabel("Gallery").selectOption("default");
  await page.getByRole("link", { name: /Barack Obama/ }).waitFor();
}
galleries.needs = "/v1/groups";

// Pictures of one person that are somebody new, taken back; and one that is deleted.
async function split(page) {
  await page.open("people/Barack%20Obama");
  await page.locator(".face").nth(1).click();
  const count = await page.locator(".face").count();
  const left = (number) => amount(page, ".face", number);
  await button(page, "Move to …").click();
  await page.getByLabel("The other person").fill("Somebody Else");
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
  await text(page, "moved to Somebody Else");
  await left(count - 1);
  await button(page, "Undo").click();
  await left(count);
  await page.locator(".face").nth(1).click();
  await button(page, "Delete pictures").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await left(count - 1);
}
split.needs = "/v1/people/{name}/split";

// The camera keeps whom nobody knows, once and not with each frame; then he is known again.
async function keeping(page, { shot, accessible }) {
  await page.request.delete("/v1/people/Barack%20Obama");
  await page.open("live");
  await page.getByLabel("Keep unknown faces").check();
  await button(page, "Start the camera").click();
  await page.locator(".box.unknown").first().waitFor();
  await text(page, "1 unknown face is kept");
  await shot(page, "live-keeping-desk-light");
  await accessible(page, "live, keeping");
  await page.getByLabel("Keep unknown faces").uncheck();
  await page.getByRole("link", { name: /unknown face/ }).click();
  await page.getByLabel("Who is this?").fill("Barack Obama");
  await button(page, "Name").click();
  await text(page, "They are Barack Obama now");
}
keeping.needs = "/v1/unknown/groups";

// Joe Biden, who was deleted, is nobody; his face gets the name back.
async function unknown(page, { pictures, shot, accessible }) {
  await page.request.delete("/v1/people/Joe%20Biden");
  await page.open("unknown");
  await page.locator("input[type=file]").setInputFiles(pictures.one);
  await text(page, "1 unknown face is kept");
  await page.locator(".collage img").waitFor();
  await shot(page, "unknown-desk-light");
  await accessible(page, "unknown faces");
  await page.getByLabel("Who is this?").fill("Joe Biden");
  await button(page, "Name").click();
  await text(page, "They are Joe Biden now");
  await text(page, "No unknown faces");
  assert.ok((await page.request.get("/v1/people/Joe%20Biden")).ok());
}
unknown.needs = "/v1/unknown/groups";

async function key(page, { tab, keyed, key: secret, read, user, shot, accessible, phone }) {
  const other = await tab("light", undefined, keyed);
  await other.open("people");
  await other.getByRole("dialog").waitFor();
  await other.getByRole("textbox", { name: "Key" }).fill("vultus_wrong");
  await button(other, "Use this key").click();
  await text(other, "does not count");
  await other.getByRole("textbox", { name: "Key" }).fill(secret);
  await button(other, "Use this key").click();
  await text(other, "Nobody yet");
  assert.deepEqual(await other.evaluate(() => Object.values(localStorage)), []);
  assert.ok(!other.url().includes(secret));
  await other.reload();
  await text(other, "Nobody yet");
  assert.equal(await other.getByRole("dialog").count(), 0);
  await other.open("settings");
  await button(other, "Revoke Old door").waitFor();
  for (const scheme of ["light", "dark"]) {
    await other.emulateMedia({ colorScheme: scheme });
    await other.locator(".keys li").last().scrollIntoViewIfNeeded();
    await shot(other, `keys-desk-${scheme}`);
    await accessible(other, `keys, ${scheme}`);
  }
  await other.setViewportSize(phone);
  await shot(other, "keys-phone-dark");
  await button(other, "Revoke Old door").click();
  await other.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await text(other, "Old door counts no more");
  await other.locator(".keys .revoked", { hasText: "Old door" }).waitFor();
  assert.ok(!(await other.content()).includes(secret.split("_")[2]));
  await other.context().close();
  const reader = await tab("light", undefined, keyed);
  await reader.open("people");
  await reader.getByRole("textbox", { name: "Key" }).fill(read);
  await button(reader, "Use this key").click();
  await text(reader, "Nobody yet");
  await reader.getByRole("link", { name: "Enrol" }).waitFor({ state: "detached" });
  assert.equal(await reader.getByRole("link", { name: "History" }).count(), 0);
  await reader.context().close();
  const app = await tab("light", undefined, keyed); // a key that is for one workspace
  await app.open("workspaces");
  await app.getByRole("textbox", { name: "Key" }).fill(user);
  await button(app, "Use this key").click();
  await app.getByRole("link", { name: "People" }).waitFor({ state: "detached" });
  await app.open("");
  await app.getByRole("link", { name: /^ada/ }).click();
  await app.getByRole("heading", { name: "ada" }).waitFor();
  await app.context().close();
}

// Every page with something on it, at the desk and on a phone, in light and dark; axe looks at each once in both.
async function looks(page, { shot, accessible, pictures, desk, phone }) {
  const views = {
    live: async (one) => { await button(one, "Start the camera").click(); await one.locator(".box.known").waitFor(); },
    identify: async (one) => { await one.locator("input[type=file]").setInputFiles(pictures.group); await one.locator(".face-card").first().waitFor(); },
    enrol: async (one) => { await button(one, "Camera").click(); await one.locator(".checks .yes").first().waitFor(); },
    cameras: (one) => one.locator(".tile .chip", { hasText: "Barack Obama" }).waitFor(),
    "cameras/1": (one) => one.locator(".tile img:not([hidden])").waitFor(),
    events: (one) => one.locator(".visit img").first().waitFor(),
    people: (one) => one.locator(".person img").first().waitFor(),
    "people/Barack%20Obama": async (one) => { await one.locator(".faces img").first().waitFor(); await one.locator(".face").first().click(); },
    history: (one) => one.locator(".changes").first().waitFor(),
    more: (one) => one.locator(".more-list").waitFor(),
    settings: (one) => one.locator(".consequence").waitFor(),
  };
  for (const [hash, ready] of Object.entries(views)) {
    await page.setViewportSize(desk);
    await page.open(hash);
    await ready(page);
    for (const [device, viewport] of [["desk", desk], ["phone", phone]]) {
      await page.setViewportSize(viewport);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${hash} is ${wide} pixels wider than a ${device}`);
      for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        await shot(page, `${decodeURIComponent(hash).replace(/\W+/g, "-").toLowerCase()}-${device}-${scheme}`);
        if (device === "desk") await accessible(page, `${hash}, ${scheme}`);
      }
    }
  }
}

export const checks = [first, live, identify, cameras, events, looks, enrol, people, history, settings, workspaces, galleries, split, unknown, keeping, key];
