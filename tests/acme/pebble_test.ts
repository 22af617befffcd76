/** Certificates from a real authority for tests: got, kept over restarts, renewed, changed; and what fails. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { type Clock, SYSTEM_CLOCK } from "../../lib/clock.ts";
import { freePort } from "../services/free_port.ts";
import { PEBBLE, type Pebble, type PebbleOptions, startPebble } from "../services/pebble.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { runProgram } from "../services/system.ts";
import { DataDir, Keeping } from "./stage.ts";

const DAY_MS = 86_400_000;
const CAME = "has come from";
const FAILED = "does not come from";

/** Where waits from a minute on are over at once. */
const IMPATIENT: Clock = {
  ...SYSTEM_CLOCK,
  after: (milliseconds, callback) =>
    SYSTEM_CLOCK.after(milliseconds >= 60_000 ? milliseconds / 1000 : milliseconds, callback),
};

const inDays = (days: number): Clock => ({
  ...SYSTEM_CLOCK,
  epoch: () => Date.now() + days * DAY_MS,
});

const section = (pebble: Pebble, ...domains: string[]) => ({
  domains: domains.length === 0 ? ["mqtt.example.test"] : domains,
  directory: pebble.directory,
  cafile: pebble.cafile,
  http_port: pebble.httpPort,
});

function pebbleTest(
  title: string,
  run: (pebble: Pebble, dataDir: string) => Promise<void>,
  options?: PebbleOptions,
): Promise<void> {
  return serviceTest(PEBBLE, `acme, pebble: ${title}`, async () => {
    await using pebble = await startPebble(options);
    await using dataDir = new DataDir();
    await run(pebble, dataDir.path);
  });
}

/** What openssl says about the files, against the authority's root. */
async function verified({ acme }: Keeping, pebble: Pebble): Promise<string> {
  const root = `${acme.accountFolder}/root.pem`;
  await Deno.writeTextFile(root, await pebble.root());
  const file = `${acme.folder}/cert.pem`;
  await runProgram("openssl", ["verify", "-CAfile", root, "-untrusted", file, file]);
  return await runProgram("openssl", ["x509", "-in", file, "-noout", "-ext", "subjectAltName"]);
}

async function modeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).mode! & 0o777;
}

await pebbleTest("the first certificate replaces the placeholder", async (pebble, dataDir) => {
  await using keeping = await Keeping.start(
    dataDir,
    section(pebble, "a.example.test", "b.example.test"),
  );
  const placeholder = await keeping.read("cert.pem");
  assertMatch(
    keeping.lines.all[0]!,
    /^info: the certificate for a\.example\.test, b\.example\.test comes from localhost:\d+; until then a self-signed one serves, which no client trusts$/,
  );
  const line = await keeping.lines.next(CAME, 0);
  assertMatch(
    line,
    /^info: the certificate for a\.example\.test, b\.example\.test has come from localhost:\d+: valid until \d{4}-\d\d-\d\d$/,
  );
  assertNotEquals(await keeping.read("cert.pem"), placeholder);
  const names = await verified(keeping, pebble);
  assertStringIncludes(names, "DNS:a.example.test");
  assertStringIncludes(names, "DNS:b.example.test");
  const { folder, accountFolder } = keeping.acme;
  for (const path of [folder, accountFolder]) assertEquals(await modeOf(path), 0o700);
  for (const name of ["cert.pem", "key.pem", "state.json"]) {
    assertEquals(await modeOf(`${folder}/${name}`), 0o600);
  }
  assertEquals(await modeOf(`${accountFolder}/account.pem`), 0o600);
  assertEquals(keeping.lines.with("warning"), []);
});

await pebbleTest("a restart keeps account and certificate", async (pebble, dataDir) => {
  let before: [string, string];
  const account = (keeping: Keeping) =>
    Deno.readTextFile(`${keeping.acme.accountFolder}/account.pem`);
  {
    await using keeping = await Keeping.start(dataDir, section(pebble));
    await keeping.lines.next(CAME, 0);
    before = [await keeping.read("cert.pem"), await account(keeping)];
    assertEquals(await pebble.orders() > 0, true);
  }
  const orders = await pebble.orders();
  {
    await using keeping = await Keeping.start(dataDir, section(pebble), inDays(59));
    keeping.check();
    await keeping[Symbol.asyncDispose]();
    assertEquals(keeping.lines.all, []);
    assertEquals([await keeping.read("cert.pem"), await account(keeping)], before);
    assertEquals(await pebble.orders(), orders);
  }
  await using keeping = await Keeping.start(dataDir, section(pebble), inDays(61));
  await keeping.lines.next(CAME, 0);
  assertNotEquals(await keeping.read("cert.pem"), before[0]);
  assertEquals(await account(keeping), before[1]);
});

await pebbleTest("an authority that is down when the broker starts", async (pebble, dataDir) => {
  await pebble.stop();
  await using keeping = await Keeping.start(dataDir, section(pebble), IMPATIENT);
  const line = await keeping.lines.next(FAILED, 0);
  assertMatch(
    line,
    /^warning: the certificate for mqtt\.example\.test does not come from localhost:\d+: .*refused.*; a self-signed one serves; next attempt in 1 minute$/,
  );
  assertMatch(await keeping.lines.next(FAILED, 1), /next attempt in 2 minutes$/);
  await pebble.start();
  await keeping.lines.next(CAME, 0);
  await verified(keeping, pebble);
});

await pebbleTest(
  "a name that cannot be proven, in the authority's words",
  async (pebble, dataDir) => {
    const wrong = { ...section(pebble), http_port: freePort() };
    await using keeping = await Keeping.start(dataDir, wrong);
    const line = await keeping.lines.next(FAILED, 0);
    assertMatch(
      line,
      /: mqtt\.example\.test is not proven: .*connection refused.* \(connection\); a self-signed one serves; next attempt in 1 minute$/,
    );
    assertEquals(keeping.lines.all.length, 2);
  },
);

await pebbleTest(
  "an old certificate serves while a new one does not come",
  async (pebble, dataDir) => {
    {
      await using keeping = await Keeping.start(dataDir, section(pebble));
      await keeping.lines.next(CAME, 0);
    }
    await pebble.stop();
    await using keeping = await Keeping.start(dataDir, section(pebble), inDays(61));
    const before = await keeping.read("cert.pem");
    assertMatch(
      await keeping.lines.next(FAILED, 0),
      /; that until \d{4}-\d\d-\d\d serves; next attempt in 1 minute$/,
    );
    assertEquals(await keeping.read("cert.pem"), before);
  },
);

await pebbleTest("other names: a new certificate", async (pebble, dataDir) => {
  {
    await using keeping = await Keeping.start(dataDir, section(pebble, "a.example.test"));
    await keeping.lines.next(CAME, 0);
  }
  await using keeping = await Keeping.start(
    dataDir,
    section(pebble, "a.example.test", "b.example.test"),
  );
  await keeping.lines.next(CAME, 0);
  assertStringIncludes(await verified(keeping, pebble), "DNS:b.example.test");
});

await pebbleTest(
  "a reload with other names, and one without any change",
  async (pebble, dataDir) => {
    await using keeping = await Keeping.start(dataDir, section(pebble, "a.example.test"));
    await keeping.lines.next(CAME, 0);
    const orders = await pebble.orders();
    const before = await keeping.read("cert.pem");
    assertEquals(await keeping.follow(dataDir, section(pebble, "a.example.test")), []);
    assertEquals(
      await keeping.follow(dataDir, section(pebble, "a.example.test", "b.example.test")),
      [],
    );
    assertEquals(await keeping.read("cert.pem"), before);
    await keeping.lines.next(CAME, 1);
    assertStringIncludes(await verified(keeping, pebble), "DNS:b.example.test");
    assert(await pebble.orders() > orders);
    assertMatch(
      (await keeping.follow(dataDir, { ...section(pebble), cafile: "/none.pem" }))[0]!,
      /^c\.yaml: listeners\.secure\.acme: \/none\.pem: no such file$/,
    );
  },
);

await pebbleTest("what is half written is never used", async (pebble, dataDir) => {
  let folder: string;
  {
    await using keeping = await Keeping.start(dataDir, section(pebble));
    await keeping.lines.next(CAME, 0);
    folder = keeping.acme.folder;
  }
  for (const name of ["cert.pem", "key.pem", "state.json"]) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}`, text.slice(0, text.length / 2));
    await using keeping = await Keeping.start(dataDir, section(pebble));
    assertStringIncludes(keeping.lines.all[0]!, "a self-signed one serves");
    await keeping.lines.next(CAME, 0);
    await verified(keeping, pebble);
  }
});

// Of a third, ten in a row are refused once in 100,000 requests; then an attempt may fail.
await pebbleTest("a third of all nonces refused", async (pebble, dataDir) => {
  await using keeping = await Keeping.start(dataDir, section(pebble));
  await keeping.lines.next(CAME, 0);
  assertEquals(keeping.lines.with("warning"), []);
}, { badNonces: 33 });

const EXTERNAL = { "kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" };

await pebbleTest("an external account", async (pebble, dataDir) => {
  {
    await using keeping = await Keeping.start(dataDir, section(pebble));
    assertStringIncludes(await keeping.lines.next(FAILED, 0), "(externalAccountRequired)");
  }
  const bound = { eab_kid: "kid-1", eab_hmac_key: EXTERNAL["kid-1"], email: "me@example.org" };
  await using keeping = await Keeping.start(dataDir, { ...section(pebble), ...bound });
  await keeping.lines.next(CAME, 0);
}, { externalAccounts: EXTERNAL });

await pebbleTest("a stop in the middle leaves nothing under way", async (pebble, dataDir) => {
  await pebble.pause();
  {
    await using keeping = await Keeping.start(dataDir, section(pebble));
    await keeping[Symbol.asyncDispose]();
    assertEquals(keeping.lines.with("warning"), []);
  }
  await pebble.resume();
  assert(await pebble.orders() === 0);
});
