/** What a database plugin answers over TLS, where the server wants a certificate of the client too. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Certificates } from "../../services/certificates.ts";

/** Logs the guide's user in with these `tls` options at this host: the answer, and why the source failed. */
type LoginWithTls = (
  tls: Record<string, unknown> | null,
  host?: string,
) => Promise<[answer: string, error: string | undefined]>;

/** Every combination of authority, certificate and server name that lets in, or fails in its own way. */
export async function tlsCases(
  { caFile: cafile, clientCertFile: certfile, clientKeyFile: keyfile }: Certificates,
  login: LoginWithTls,
): Promise<void> {
  const own = { certfile, keyfile };
  assertEquals(await login({ cafile, ...own }), ["allow", undefined]);
  assertEquals(await login({ cafile, ...own }, "localhost"), ["allow", undefined]);
  assertEquals(await login({ cafile, ...own, server_name: "localhost" }), ["allow", undefined]);
  assertEquals(await login({ verify: false, ...own }), ["allow", undefined]);
  for (
    const [tls, error] of [
      [{ cafile, ...own, server_name: "other.example" }, /altnames|name/i],
      [own, /certificate|issuer/i],
      [{ cafile }, /certificate|closed|alert/i],
      [null, /closed|timed out|reset/i],
    ] as const
  ) {
    const [answer, lastError] = await login(tls);
    assertEquals(answer, "failed");
    assertMatch(lastError!, error);
  }
}
