/** The `tls` option of sources: what is read, and what is refused. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { parse } from "valibot";
import { UserError } from "../../../lib/user_error.ts";
import { nodeTlsOptions, readTls, tlsOption } from "../../../lib/access/sources/tls_options.ts";
import { certPath } from "../../support/certs.ts";

const folder = certPath("");

Deno.test("tls: files are read, relative to the configuration", async () => {
  const options = parse(tlsOption, {
    cafile: "ca.pem",
    certfile: certPath("client.pem"),
    keyfile: "client.key",
    server_name: "access.example",
  });
  const tls = await readTls(options, folder);
  assertEquals(tls.authority, Deno.readTextFileSync(certPath("ca.pem")));
  assertEquals(tls.cert, Deno.readTextFileSync(certPath("client.pem")));
  assertEquals(tls.key, Deno.readTextFileSync(certPath("client.key")));
  assertEquals([tls.serverName, tls.verify], ["access.example", true]);
  assertEquals(nodeTlsOptions(tls), {
    ca: tls.authority,
    cert: tls.cert,
    key: tls.key,
    servername: "access.example",
    rejectUnauthorized: true,
  } as ReturnType<typeof nodeTlsOptions>);
});

Deno.test("tls: nothing given means: check, with everybody's authorities", async () => {
  const tls = await readTls(parse(tlsOption, {}), folder);
  assertEquals([tls.authority, tls.cert, tls.key, tls.serverName], Array(4).fill(undefined));
  assertEquals(nodeTlsOptions(tls), { rejectUnauthorized: true });
});

Deno.test("tls: each file that cannot be used is named", async () => {
  const options = parse(tlsOption, {
    cafile: "none.pem",
    certfile: "README.md",
    keyfile: "client.key",
  });
  const { problems } = await assertRejects(() => readTls(options, folder), UserError);
  assertEquals(problems.length, 2);
  assert(problems[0]!.startsWith("tls.cafile: none.pem: No such file"), problems[0]);
  assertEquals(problems[1], "tls.certfile: README.md: expected PEM text (-----BEGIN ...)");
});
