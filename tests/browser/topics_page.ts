/**
 * The topic browser in Chromium, with a real broker behind it: a small server has the page's files, the API's routes of
 * topics over the broker's own commands, and hands WebSockets on to the broker's listener. Invariant: the page runs under
 * the strictest policy of content that it can live with.
 */
import { chromium, type Page } from "playwright-core";
import { Broker, type PluginContext } from "../../mod.ts";
import { type CommandName, COMMANDS } from "../../manage.ts";
import { readAsset } from "../../plugins/dashboard/assets.ts";
import { inlinePlugin } from "../support/inline_registry.ts";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PATIENCE_MS = 20_000;
const NAMES = (Object.keys(COMMANDS) as CommandName[]).filter((name) =>
  /^(topics?|retained|publish)( |$)/.test(name)
);

/** A page with its broker. Use `await using`. */
export interface TopicsPage extends AsyncDisposable {
  readonly broker: Broker;
  readonly context: PluginContext;
  readonly page: Page;
  /** Filters that are refused from now on. */
  readonly denied: Set<string>;
  /** What the page wrote to its console, errors first of all. */
  readonly complaints: string[];
}

/** Is there a browser? Undefined: yes; else what is missing. */
export async function missingChromium(): Promise<string | undefined> {
  return await chromiumPath() === undefined ? "there is no chromium" : undefined;
}

async function chromiumPath(): Promise<string | undefined> {
  const program = Deno.env.get("MIDGE_CHROMIUM") ?? "chromium";
  const folders = program.includes("/") ? [""] : (Deno.env.get("PATH") ?? "").split(":");
  for (const folder of folders) {
    const path = folder === "" ? program : `${folder}/${program}`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

/** Opens a view, and waits for the connection where it is that of topics. */
export async function openTopics(
  hash = "#/topics",
  width = 1280,
  refused: readonly string[] = [],
): Promise<TopicsPage> {
  const denied = new Set(refused);
  const { broker, context } = await startBroker(denied);
  const server = serve(context, `ws://127.0.0.1:${broker.listeners[0]!.port}/mqtt`);
  const browser = await chromium.launch({
    executablePath: await chromiumPath() ?? "chromium",
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const complaints: string[] = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`http://127.0.0.1:${server.addr.port}/${hash}`);
  if (hash.startsWith("#/topics")) {
    await page.locator('.connection[data-state="connected"]').waitFor();
  }
  const dispose = async () => {
    await browser.close();
    await broker.stop();
    await server.shutdown();
  };
  return { broker, context, page, denied, complaints, [Symbol.asyncDispose]: dispose };
}

async function startBroker(denied: ReadonlySet<string>) {
  const made = Promise.withResolvers<PluginContext>();
  const plugin = inlinePlugin((context) => {
    made.resolve(context);
    return {
      authenticate: () => "allow",
      authorize: ({ topic }) => denied.has(topic) ? "deny" : "allow",
    };
  });
  const broker = new Broker({
    listeners: { default: { type: "ws", bind: "127.0.0.1:0", path: "/mqtt" } },
    plugins: { [plugin]: null },
  });
  await broker.start();
  return { broker, context: await made.promise };
}

function serve(context: PluginContext, mqttUrl: string): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/mqtt") return bridge(request, mqttUrl);
    if (pathname.startsWith("/api/v1/")) return answer(context, request, pathname.slice(7));
    return asset(pathname === "/" ? "index.html" : pathname.slice(1));
  });
}

async function asset(path: string): Promise<Response> {
  const found = await readAsset(path);
  if (found === undefined) return new Response("", { status: 404 });
  const headers = { "content-type": found.type, "content-security-policy": CSP };
  return new Response(found.body, { headers });
}

/** Bytes both ways, as they come. */
function bridge(request: Request, url: string): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "mqtt" });
  const broker = new WebSocket(url, "mqtt");
  const early: ArrayBuffer[] = [];
  socket.binaryType = "arraybuffer";
  broker.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) =>
    broker.readyState === WebSocket.OPEN ? broker.send(data) : early.push(data);
  broker.onopen = () => early.forEach((data) => broker.send(data));
  broker.onmessage = ({ data }) => socket.send(data);
  broker.onclose = () => socket.close();
  socket.onclose = () => broker.close();
  return response;
}

/** One command of the broker, as the API has it. */
async function answer(context: PluginContext, request: Request, path: string): Promise<Response> {
  if (path === "/me") {
    return Response.json({ name: "tester", role: "admin", csrf: "token", superuser: true });
  }
  const route = `${request.method} ${path}`;
  const name = NAMES.find((one) => COMMANDS[one].route === route);
  if (name === undefined) return failure(404, `no route ${route}`);
  const { offset = 0, limit = 1_000, ...args } = await argumentsOf(request);
  const caller = { name: "tester", isAdmin: true, user: { username: "tester", superuser: true } };
  try {
    const result = await context.manage?.(name, args, caller);
    if (!("row" in COMMANDS[name])) return Response.json(result);
    const rows = [...result as Iterable<unknown[]>].flat();
    const end = Number(offset) + Number(limit);
    const items = rows.slice(Number(offset), end);
    return Response.json({ items, next: end < rows.length ? end : null });
  } catch (error) {
    return failure(404, error instanceof Error ? error.message : String(error));
  }
}

async function argumentsOf(request: Request): Promise<Record<string, unknown>> {
  const query = new URL(request.url).searchParams;
  const asked = [...query].map(([key, value]) => [key, value === "true" || value]);
  const typed = asked.map(([key, value]) => [key, value === "false" ? false : value]);
  const body = request.method === "POST" ? await request.json() : {};
  return { ...Object.fromEntries(typed), ...body };
}

function failure(status: number, message: string): Response {
  return Response.json({ error: { code: "error", message } }, { status });
}
