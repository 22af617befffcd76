/** What a database plugin's hooks do to its connections: certificates at a reload, the end. */
import { assertEquals } from "@std/assert";
import { DatabaseSource } from "../../../lib/access/sources/database.ts";
import { databaseHooks } from "../../../lib/access/sources/database_hooks.ts";
import type { NodeTlsOptions, TlsOptions } from "../../../lib/access/sources/tls_options.ts";
import { certPath } from "../../support/certs.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { until } from "../../support/until.ts";

/** Hooks over connections that only note what is done to them. */
function hooksWith(tls: TlsOptions | undefined) {
  const harness = new PluginHarness();
  const source = new DatabaseSource<string>(harness.context, {
    timeout: 5000,
    on_error: "deny",
    cache_ttl: 0,
    concurrency: 1,
  });
  const used: NodeTlsOptions[] = [];
  let closed = 0;
  const link = {
    useTls: (read: NodeTlsOptions) => void used.push(read),
    close: () => void closed++,
  };
  const hooks = databaseHooks(source, {}, link, tls, harness.context);
  return { harness, hooks, used, closed: () => closed };
}

Deno.test("database hooks: a reload hands the certificates on, read again", async () => {
  const { hooks, used } = hooksWith({ cafile: certPath("ca.pem"), verify: true });
  await hooks.brokerReloading!({});
  const ca = await Deno.readTextFile(certPath("ca.pem"));
  assertEquals(used, [{ ca, rejectUnauthorized: true }]);
  await hooks.dispose!();
});

Deno.test("database hooks: certificates that cannot be read leave the connections as they are", async () => {
  const { harness, hooks, used } = hooksWith({ cafile: certPath("no_such.pem"), verify: true });
  await hooks.brokerReloading!({});
  assertEquals([used, harness.messages("error").length], [[], 1]);
  await hooks.dispose!();
});

Deno.test("database hooks: certificates that could not be read fail the reload, and are tried again", async () => {
  await using folder = new TempFolder();
  const cafile = `${folder.path}/ca.pem`;
  const { harness, hooks, used } = hooksWith({ cafile, verify: true });
  const problems = await hooks.brokerReloading!({});
  assertEquals([problems?.length, problems?.[0]?.startsWith("tls.cafile: ")], [1, true]);
  const ca = await Deno.readTextFile(certPath("ca.pem"));
  folder.write("ca.pem", ca);
  harness.advance(2000);
  await until(() => used.length > 0, "the certificates are read");
  assertEquals(used, [{ ca, rejectUnauthorized: true }]);
  assertEquals(await hooks.brokerReloading!({}), []);
  await hooks.dispose!();
  assertEquals(harness.timerCount, 0);
});

Deno.test("database hooks: without TLS nothing is read again; the end closes the connections once", async () => {
  const { hooks, closed } = hooksWith(undefined);
  assertEquals([hooks.brokerReloading, closed()], [undefined, 0]);
  await hooks.dispose!();
  assertEquals(closed(), 1);
});
