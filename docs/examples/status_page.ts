/**
 * A plugin with a page of its own: who is connected, for whom the broker's password is right.
 */
import { definePlugin } from "../../plugin.ts";

const ASK = { "www-authenticate": 'Basic realm="Midge", charset="UTF-8"' };

/** The name and password of HTTP's Basic authentication. */
function loginOf({ headers }: Request): { username: string; password: string } | undefined {
  const [, base64] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const [, username, password] = /^([^:]*):(.*)$/s.exec(base64 === undefined ? "" : atob(base64)) ??
    [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

export default definePlugin<{ bind?: string }>({
  name: "status_page",
  apiVersion: 1,
  async setup({ bind = "127.0.0.1:18090" }, { serveHttp, authenticate, clients, logger }) {
    const server = await serveHttp?.({ bind }, async ({ request, address }) => {
      const login = loginOf(request);
      const result = login && await authenticate?.({ ...login, address });
      if (!result?.allowed) return new Response("Who are you?\n", { status: 401, headers: ASK });
      return Response.json(
        [...clients()].map(({ clientId, username }) => ({ clientId, username })),
      );
    });
    logger.info(`the page is at ${server?.url}`);
    return {};
  },
});
