/** Plugins that serve HTTP, made in a test, and who asks them over the network. */
import { definePlugin, type Plugin, type PluginContext } from "../../mod.ts";
import type { HttpHandler, HttpOptions, HttpServer } from "../../lib/plugin/management.ts";

/** A plugin that serves, with what it was given. */
export interface PagePlugin {
  readonly plugin: Plugin;
  server: HttpServer | undefined;
  context: PluginContext | undefined;
}

/** @param behind done in setup when the server is open */
export function pagePlugin(
  options: HttpOptions,
  handler: HttpHandler,
  behind: () => void = () => {},
): PagePlugin {
  const page: PagePlugin = { server: undefined, context: undefined, plugin: undefined! };
  const plugin = definePlugin<unknown>({
    name: "page",
    apiVersion: 1,
    async setup(_options, context) {
      page.context = context;
      page.server = await context.serveHttp!(options, handler);
      behind();
      return {};
    },
  });
  return Object.assign(page, { plugin });
}

/** The whole answer to a GET on a connection of its own. */
export async function ask(
  port: number,
  path = "/",
  headers: readonly string[] = [],
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: close",
    ...headers,
    "\r\n",
  ];
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  let text = "";
  const decoder = new TextDecoder();
  const piece = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(piece);
    if (count === null) return text;
    text += decoder.decode(piece.subarray(0, count), { stream: true });
  }
}

/** The body of that answer. */
export async function bodyOf(port: number, path?: string): Promise<string> {
  return (await ask(port, path)).split("\r\n\r\n")[1] ?? "";
}
