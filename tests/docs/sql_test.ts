/** The sections MySQL and PostgreSQL of docs/ACCESS.md, against the real servers. */
import { assertEquals } from "@std/assert";
import { serviceTest } from "../services/service_test_case.ts";
import { codeBlocks } from "../support/markdown.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { subscribe } from "../support/raw_packets.ts";
import { MYSQL_SUBJECT, POSTGRES_SUBJECT } from "../plugins/database/sql.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/ACCESS.md", import.meta.url));
const SECTIONS = [
  { heading: "MySQL", port: 3306, subject: MYSQL_SUBJECT },
  { heading: "PostgreSQL", port: 5432, subject: POSTGRES_SUBJECT },
];

function sectionOf(heading: string): string {
  return TEXT.slice(TEXT.indexOf(`\n## ${heading}\n`)).split(/\n## /)[1]!;
}

/** A folder with the section's configuration, for a server at this port; the broker takes any free port. */
function makeFolder(heading: string, documentedPort: number, port: number): TempFolder {
  const folder = new TempFolder();
  const [yaml] = codeBlocks(sectionOf(heading), "yaml");
  const config = yaml!.replace(`127.0.0.1:${documentedPort}`, `127.0.0.1:${port}`);
  folder.write("config.yaml", `${config}listeners: {default: {bind: "127.0.0.1:0"}}\n`);
  return folder;
}

for (const { heading, port, subject } of SECTIONS) {
  await serviceTest(
    subject.requirement,
    `docs/ACCESS.md, ${heading}: the guide's rows mean what they say`,
    async () => {
      await using server = await subject.start();
      await using folder = makeFolder(heading, port, server.port);
      await using midge = await MidgeProcess.start(["-c", "config.yaml"], { cwd: folder.path });
      const address = { hostname: "127.0.0.1", port: midge.port };
      const login = { clientId: "c1", username: "emqx", password: "public" };
      await using client = await RawClient.open(address, login);
      const filters = ["$SYS/#", "/smarthome/+/temperature", "/smarthome/c1/temperature"];
      await client.send(subscribe(1, ...filters.map((filter): [string, number] => [filter, 0])));
      const { body } = await client.expectPacket("SUBACK");
      assertEquals([...body.slice(2)], [0x80, 0x80, 0]);
    },
  );
}

await serviceTest(
  MYSQL_SUBJECT.requirement,
  "docs/ACCESS.md, MySQL: the console session",
  async () => {
    await using server = await MYSQL_SUBJECT.start();
    await server.run("drop table mqtt_user; drop table mqtt_acl;");
    await using folder = makeFolder("MySQL", 3306, server.port);
    const [session] = codeBlocks(sectionOf("MySQL"), "console");
    for (const exchange of session!.split(/^\$ midge /m).slice(1)) {
      const [command, ...printed] = exchange.trimEnd().split("\n");
      const outcome = await runMidge(command!.split(" "), { cwd: folder.path, stdin: "secret\n" });
      assertEquals(outcome, { code: 0, stdout: printed, stderr: [] }, command);
    }
  },
);
