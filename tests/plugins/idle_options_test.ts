/** Options of EMQ X that mean nothing here: each is accepted with a word in the log; none that is on is. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, UserError } from "../../mod.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { settleMongodb } from "../support/settle_mongodb.ts";

await settleMongodb();

const DATABASE = { auto_reconnect: true, max_overflow: 5, ssl: "off", ssl_opts: { verify: true } };
const SQL = { ...DATABASE, encoding: "utf8", pbkdf2_macfun: "sha256", pbkdf2_iterations: 5 };

/** By plugin; what each needs beside. */
const IDLE: Record<string, [idle: Record<string, unknown>, needed: Record<string, unknown>]> = {
  mysql: [SQL, {}],
  postgres: [{ ...SQL, pbkdf2_dklen: 20 }, {}],
  redis: [{ ...DATABASE, cafile: "a", certfile: "b", keyfile: "c" }, {}],
  mongodb: [{ ...DATABASE, srv_record: false, topology: { pool_size: 1 }, w_mode: "safe" }, {}],
  http: [{ enable_pipelining: 100, ssl: false }, { auth_req: { url: "http://127.0.0.1:1/" } }],
};

for (const [name, [idle, needed]] of Object.entries(IDLE)) {
  Deno.test(`${name}: EMQ X's options without a meaning are accepted, with a word each`, async () => {
    const log = captureLog();
    await Broker.check({ plugins: { [name]: { ...needed, ...idle } } });
    const said = log.filter((line) => line.includes("has no meaning here"));
    const names = said.map((line) => line.split(" ").find((word) => word in idle));
    assertEquals(names.sort(), Object.keys(idle).sort());
  });

  Deno.test(`${name}: without them nothing is said`, async () => {
    const log = captureLog();
    await Broker.check({ plugins: { [name]: needed } });
    const said = log.filter((line) => line.includes("has no meaning here"));
    assertEquals(said, []);
  });

  Deno.test(`${name}: ssl that is on is no word without a meaning`, async () => {
    const error = await assertRejects(
      () => Broker.check({ plugins: { [name]: { ...needed, ssl: "on" } } }),
      UserError,
    );
    assert(
      error.message.includes("ssl: got true, expected false: tls: {...} is TLS here"),
      error.message,
    );
  });
}

Deno.test("mongodb: srv_record that is on asks for the servers", async () => {
  const error = await assertRejects(
    () => Broker.check({ plugins: { mongodb: { srv_record: true } } }),
    UserError,
  );
  assert(error.message.includes("srv_record: got true, expected false: write the servers"));
});
