#!/usr/bin/env node
/**
 * Runs Midge under the Deno that npm has installed beside it. Invariants: no shell; the working directory, the terminal
 * and the arguments are passed on as they are; a signal reaches Midge, and its exit code is this program's.
 */
"use strict";
const { spawn } = require("node:child_process");
const { dirname, join } = require("node:path");
const process = require("node:process");

const ROOT = join(__dirname, "..");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const PARENT_POLL_MS = 500;

/** The executable for this machine; undefined: npm has installed none. */
function findDeno() {
  const file = process.platform === "win32" ? "deno.exe" : "deno";
  const { optionalDependencies } = require("../package.json");
  for (const name of Object.keys(optionalDependencies)) {
    if (!name.startsWith(`@deno/${process.platform}-${process.arch}`)) continue;
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), file);
    } catch {
      // npm leaves out what is for another machine, and all of them with --omit=optional
    }
  }
  return undefined;
}

function run(deno) {
  const args = [
    "run",
    ...require("./flags.json"),
    `--config=${join(ROOT, "deno.json")}`,
    join(ROOT, "main.js"),
    ...process.argv.slice(2),
  ];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
  const isUnderNpx = process.env.npm_command === "exec";
  if (!isUnderNpx) become(deno, args, env);
  const child = spawn(deno, args, { stdio: "inherit", env });
  child.on("error", (error) => fail(`cannot run ${deno}: ${error.message}`));
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("exit", endAs);
  if (isUnderNpx) stopWithParent(child);
}

/** Where Node can become another program (22.15 and later), nothing of it stays beside the broker. */
function become(deno, args, env) {
  if (typeof process.execve !== "function" || process.platform === "win32") return;
  process.execve(deno, [deno, ...args], env);
}

function endAs(code, signal) {
  if (signal === null) process.exit(code);
  for (const one of SIGNALS) process.removeAllListeners(one);
  process.kill(process.pid, signal);
}

/** npx ends by SIGTERM without a word to what it has started. */
function stopWithParent(child) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, PARENT_POLL_MS);
}

function fail(problem) {
  process.stderr.write(`midge: ${problem}\n`);
  process.exit(1);
}

const deno = findDeno();
if (deno !== undefined) run(deno);
else {
  fail(
    `npm has installed no Deno for ${process.platform} ${process.arch}; expected Linux with glibc, macOS or Windows, ` +
      "and an installation without --omit=optional: npm install midge-broker",
  );
}
