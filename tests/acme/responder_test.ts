/** What the port for proofs answers, and that it is gone afterwards. */
import { assertEquals, assertThrows } from "@std/assert";
import { Responder, whyNotOpened } from "../../lib/acme/responder.ts";
import { UserError } from "../../lib/user_error.ts";
import { freePort } from "../services/free_port.ts";

const WELL_KNOWN = "/.well-known/acme-challenge/";

async function ask(port: number, path: string, init: RequestInit = {}, host = "127.0.0.1") {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const response = await fetch(`http://${host}:${port}${path}`, { ...init, client });
    return [response.status, await response.text()];
  } finally {
    client.close();
  }
}

Deno.test("acme: a token that is under way is answered, everything else is not there", async () => {
  const port = freePort();
  await using responder = new Responder(port);
  responder.prove("token-1", "token-1.print");
  assertEquals(await ask(port, `${WELL_KNOWN}token-1`), [200, "token-1.print"]);
  assertEquals(await ask(port, `${WELL_KNOWN}token-1`, {}, "[::1]"), [200, "token-1.print"]);
  assertEquals(await ask(port, `${WELL_KNOWN}token-1?x=y`), [200, "token-1.print"]);
  const missing = [404, "not found\n"];
  for (const path of ["/", "/token-1", `${WELL_KNOWN}token-2`, WELL_KNOWN, `${WELL_KNOWN}../x`]) {
    assertEquals(await ask(port, path), missing);
  }
  assertEquals(await ask(port, `${WELL_KNOWN}token-1`, { method: "POST", body: "x" }), missing);
});

Deno.test("acme: a peer that says nothing does not keep the port open", async () => {
  const port = freePort();
  const peers: Deno.TcpConn[] = [];
  {
    await using _responder = new Responder(port);
    for (
      const text of [
        "",
        "GET / HTTP/1.1\r\nHost: a",
        "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
      ]
    ) {
      const peer = await Deno.connect({ hostname: "127.0.0.1", port });
      await peer.write(new TextEncoder().encode(text));
      peers.push(peer);
    }
    assertEquals((await ask(port, "/"))[0], 404);
  }
  for (const peer of peers) {
    const ended = await peer.readable.pipeTo(new WritableStream()).then(
      () => "ended",
      () => "ended",
    );
    assertEquals(ended, "ended");
  }
  Deno.listen({ hostname: "0.0.0.0", port }).close();
});

Deno.test("acme: a port that is taken", () => {
  const port = freePort();
  using _listener = Deno.listen({ hostname: "::", port });
  assertThrows(
    () => new Responder(port),
    UserError,
    `http_port ${port} is taken by another process; expected a free one, or another http_port, to which a proxy ` +
      `forwards ${WELL_KNOWN}`,
  );
});

Deno.test("acme: a port that needs a right, and one that may not be opened", () => {
  const right = whyNotOpened(
    80,
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
  );
  assertEquals(
    right,
    "http_port 80 needs a right that this user does not have (AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, " +
      "or setcap cap_net_bind_service=+ep of the executable); expected that, or another http_port, to which a proxy " +
      `forwards ${WELL_KNOWN}`,
  );
  assertEquals(
    whyNotOpened(80, new Deno.errors.NotCapable("Requires net access")),
    "http_port 80 cannot be opened: Requires net access",
  );
});
