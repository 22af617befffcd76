/** What a database plugin answers over TLS, where the server wants a certificate of the client too. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Certificates } from "../../services/certificates.ts";

/**
 * Logs the guide's user in with these `tls` options at this host: the answer, and why the source failed. Where it is to
 * be let in it has all the time it needs; a driver may try until its time is up where it is not.
 */
type LoginWithTls = (
  tls: Record<string, unknown> | null,
  isGood: boolean,
  host?: string,
) => Promise<[answer: string, error: string | undefined]>;

/** Every combination of authority, certificate and server name that lets in, or fails in its own way. */
export async function tlsCases(
  { caFile: cafile, clientCertFile: certfile, clientKeyFile: keyfile }: Certificates,
  login: LoginWithTls,
): Promise<void> {
  const own = { certfile, keyfile };
  const allowed = ["allow", undefined];
  assertEquals(await login({ cafile, ...own }, true), allowed);
  assertEquals(await login({ cafile, ...own }, true, "localhost"), allowed);
  assertEquals(await login({ cafile, ...own, server_name: "localhost" }, true), allowed);
  assertEquals(await login({ verify: false, ...own }, true), allowed);
  for (
    const [tls, error] of [
      [{ cafile, ...own, server_name: "other.example" }, /altnames|name/i],
      [own, /certificate|issuer/i],
      [{ cafile }, /certificate|closed|alert/i],
      [null, /closed|timed out|reset/i],
    ] as const
  ) {
    const [answer, lastError] = await login(tls, false);
    assertEquals(answer, "failed");
    assertMatch(lastError!, error);
  }
}
