/**
 * Blocks of pages that no test runs, each with its reason. A block is named by its file, else by its first line. Invariant: no entry is left
 * over (tests/docs/tutorials_test.ts).
 */

/** By page of docs/, by name of the block. */
export const NOT_RUN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tutorials/embedding.md": {
    "git clone REPOSITORY midge": "the clone of the tests is put there",
  },
  "tutorials/node_red.md": {
    "npm install -g node-red@4.1.15":
      "tests/integration/home/install.sh has installed that version",
  },
  "tutorials/browser_page.md": {
    "npm pack mqtt@5.16.0":
      "it needs the network; the test puts the same file there from Deno's cache",
  },
  "tutorials/home_assistant.md": {
    "homeassistant/status online":
      "what Home Assistant sends; it was run by hand (docs/INTEGRATIONS.md), for it needs a newer Python than Debian 12 has",
  },
  "tutorials/own_plugin.md": {
    "git clone REPOSITORY ~/midge": "the clone of the tests is put there",
  },
  "DEPLOY.md": {
    "ssh pi@house.local": "there is no other machine",
    "$ uname -m": "the machine of the tests is another one",
    "sudo apt install ./midge-broker_0.1.0-1_arm64.deb":
      "the package has a test of its own, for amd64",
    "sudo install -m 755 midge /usr/local/bin/midge":
      "the executable has a test of its own (deno task smoke)",
    "sudo midge service install | sudo sh": "no systemd runs; tests/cli/service has what it writes",
    "midge service status": "no systemd runs",
    "sudo ufw allow 22/tcp": "no firewall is there",
    "ssh pi@house.local sudo cat /etc/midge/certs/ca.crt > ca.crt":
      "there is no other machine; the test copies the file",
    "ssh pi@house.local sudo cat /etc/midge/certs/ca.key > ca.key && chmod 600 ca.key":
      "there is no other machine",
    "ssh -L 18083:127.0.0.1:18083 pi@house.local": "there is no other machine",
    "docker compose -f packaging/docker/compose.yaml up -d": "no daemon of Docker is there",
    "apiVersion: apps/v1": "no cluster is there; the page says that it was not tried",
  },
  "tutorials/from_amqtt.md": {
    "midge store import amqtt.db -c config.yaml --username '%c'":
      "its SessionDBPlugin needs packages that are not among the tests'; tests/cli/store imports such a database",
  },
};
