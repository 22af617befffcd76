/** docs/DEPLOY.md: what of it needs no other machine. */
import { type Reader, tutorial } from "./tutorial.ts";

/** As systemd would: the unit's command. */
async function startService({ machine, terminal }: Reader): Promise<void> {
  await machine.mustRun("echo '127.0.0.1 house.local' >>/etc/hosts; cp /etc/midge/certs/ca.crt ~");
  await terminal.type({ text: "sudo midge start -c /etc/midge/config.yaml" });
}

tutorial("./DEPLOY.md", {
  typed: {
    "sudo midge init /etc/midge --secure --host house.local --user ann --password-stdin --yes --data-dir /var/lib/midge":
      "of-ann\n",
    "sudo midge passwd /etc/midge/passwords ann": "of-ann\n",
  },
  at: {
    "$ midge sub -L mqtts://house.local -u ann -P of-ann --cafile ca.crt -t 'hello/#' -v":
      startService,
    "/etc/midge/config.yaml": ({ terminal }) => terminal.stopAll(),
  },
});
