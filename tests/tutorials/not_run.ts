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
  "tutorials/from_amqtt.md": {
    "midge store import amqtt.db -c config.yaml --username '%c'":
      "its SessionDBPlugin needs packages that are not among the tests'; tests/cli/store imports such a database",
  },
};
