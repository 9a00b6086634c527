// Runs the checks of the web page in Debian's chromium, one browser for all. Started by test_web_page.py, which has the server
// and says by the environment where everything is. Prints a line for each check; exits 1 when one failed.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { checks } from "./checks.mjs";

const { WEB_PACKAGES, WEB_URL, WEB_KEYED, WEB_KEY, WEB_READ, WEB_USER, WEB_CAMERA, WEB_CHROMIUM, WEB_PICTURES, WEB_FILMS, WEB_OUT, WEB_ONLY } = process.env;
const require = createRequire(`${WEB_PACKAGES}/package.json`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const DESK = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

const browser = await chromium.launch({
  executablePath: WEB_CHROMIUM,
  args: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${WEB_CAMERA}`,
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
mkdirSync(WEB_OUT, { recursive: true });

let failed = 0;

// A tab of its own; what the page logs as an error, or what its policy refuses, is a failure.
async function tab(scheme = "light", viewport = DESK, url = WEB_URL) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, baseURL: url, reducedMotion: "reduce", permissions: ["camera"] });
  context.setDefaultTimeout(40000);
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.troubles.push(message.text()); });
  page.open = async (hash) => {
    await page.goto(`/#/${hash}`);
    await page.waitForSelector("h1");
  };
  return page;
}

async function accessible(page, name) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const bad = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  if (bad.length)
    throw new Error(`axe on ${name}: ${bad.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html} ${node.any[0]?.message ?? ""}`).slice(0, 3).join(" | ")}`).join("; ")}`);
}

const shot = (page, name) => page.screenshot({ path: `${WEB_OUT}/${name}.png` });

async function check(name, run) {
  if (WEB_ONLY && !WEB_ONLY.split(",").includes(name)) return;
  const began = Date.now();
  let page;
  try {
    page = await tab();
    await run(page, { pictures: JSON.parse(WEB_PICTURES), films: JSON.parse(WEB_FILMS), shot, accessible, tab, keyed: WEB_KEYED, key: WEB_KEY, read: WEB_READ, user: WEB_USER, desk: DESK, phone: PHONE });
    if (page.troubles.length) throw new Error(page.troubles.join("; "));
    console.log(`ok ${name} ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}: ${error.stack}`);
    await shot(page, `failed-${name}`).catch(() => {});
  }
  await page?.context().close();
}

const routes = await (await fetch(`${WEB_URL}/v1/openapi.yaml`)).text();
for (const run of checks) if (!run.needs || routes.includes(`\n  ${run.needs}:\n`)) await check(run.name, run);
await browser.close();
process.exit(failed ? 1 : 0);
