/** Errors that name a next step: what the commands themselves say. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NEXT_STEPS, withNextStep } from "../../lib/cli/next_steps.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";

const CONFIGS = {
  "off.yaml": "management: null\n",
  "here.yaml": "data_dir: data\n",
  "tls.yaml":
    'listeners: {default: {bind: "127.0.0.1:0", ssl: true, certfile: one.crt, keyfile: one.key}}\n',
  "users.yaml": "plugins: {auth_file: {password_file: passwords}}\n",
};

/** What the lines of a failed command have. */
const FAILURES: [args: string[], line: string][] = [
  [["ctl", "-c", "here.yaml", "status"], "no such file; midge start begins one; -c FILE, "],
  [["why", "-c", "here.yaml"], "no such file; midge start begins one; -c FILE, "],
  [["ctl", "-c", "off.yaml", "status"], "is off in this configuration; take `management: null`"],
  [["certs", "server", "--cn", "a"], "ca.crt: no such file; midge certs ca --cn NAME makes"],
  [["certs", "device", "--device-id", "a", "--uri", "b"], "no such file; midge certs ca --cn NAME"],
  [["certs", "revoke", "a.crt"], "ca.crt: no such file; midge certs ca --cn NAME makes"],
  [["pub", "-p", "1", "-t", "a", "-m", "b"], "does a broker run there? midge start begins one"],
  [["bench", "-p", "1"], "does a broker run there? midge start begins one"],
  [["passwd", "names", "bob", "--delete"], "the file has the names, one a line"],
  [["start", "-c", "nope.yaml"], "no such file; midge init DIR writes a first one"],
  [["check", "-c", "tls.yaml"], "one.crt: no such file; midge certs server makes one"],
  [["check", "-c", "users.yaml"], "midge passwd FILE USER makes it"],
];

Deno.test("a failure says in its line what to do next", async (test) => {
  await using folder = new TempFolder();
  for (const [name, text] of Object.entries(CONFIGS)) folder.write(name, text);
  folder.write("names", "# no one yet\n");
  for (const [args, line] of FAILURES) {
    await test.step(`midge ${args.join(" ")}`, async () => {
      const { code, stderr } = await runMidge(args, { cwd: folder.path });
      assertEquals(code, 1);
      assertStringIncludes(stderr.join("\n"), line);
    });
  }
});

Deno.test("a TLS listener that is not trusted, or not spoken to in TLS, has a next step", () => {
  const steps: [problem: string, step: string][] = [
    [
      "cannot connect to mqtts://a:8883: unable to verify the first certificate",
      "; --cafile FILE names the broker's authority",
    ],
    [
      "no CONNACK from the broker: connection closed by the peer",
      "; midge why at the broker says why; a port with TLS takes mqtts:// or wss:// alone",
    ],
  ];
  for (const [problem, step] of steps) assertEquals(withNextStep(problem), problem + step);
});

Deno.test("what names a command already, and what no one knows a step for, stays as it is", () => {
  for (
    const line of [
      "x: no broker runs here; midge ctl -c FILE status asks another",
      "config.yaml: listeners: got 1, expected a mapping",
    ]
  ) assertEquals(withNextStep(line), line);
  assert(NEXT_STEPS.every(([, step]) => !/[.;]$/.test(step)));
});
