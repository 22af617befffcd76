/**
 * Is the broker ready for clients? Invariants: each thing that was looked at is said, with what it is like; it is ready
 * when all of them are as they should be; looking changes and asks nothing.
 */
import type { ResultOf } from "../../manage/commands.ts";
import { maskedUrls } from "../../secrets.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";
import { healthOf } from "./plugin_rows.ts";

type Check = ResultOf<"health">["checks"][number];

/** What has to be so. */
export function healthResult(core: Core, admin: Admin): ResultOf<"health"> {
  const checks = [
    listening(core, admin),
    ...storageCheck(admin),
    memoryCheck(core),
    ...sourceChecks(core),
  ];
  const failed = checks.filter(({ ok }) => !ok);
  return {
    ready: failed.length === 0,
    problems: failed.map(({ name, detail }) => `${name}: ${detail}`),
    checks,
  };
}

function listening({ isStopping }: Core, { isRunning, listeners }: Admin): Check {
  const name = "listening";
  if (isStopping) return { name, ok: false, detail: "the broker stops" };
  if (!isRunning) {
    return { name, ok: false, detail: "the broker has not started: it may be reading its storage" };
  }
  const detail = listeners.map((one) => `${one.name} ${one.address}`).join(", ");
  return { name, ok: listeners.length > 0, detail: detail || "no listener is open" };
}

/** None where all is in memory alone. */
function storageCheck({ metrics: { storage } }: Admin): Check[] {
  if (storage === undefined) return [];
  const { state, place, failing, lastError } = storage;
  const detail = state === "up"
    ? `${place} takes what is written`
    : `${place} has failed for ${Math.round(failing / 1000)} s: ${lastError}`;
  return [{ name: "storage", ok: state === "up", detail: maskedUrls(detail) }];
}

function memoryCheck({ memory }: Core): Check {
  const ok = !memory.refusesConnections;
  const detail = ok ? "there is enough" : "it is short: new connections are refused";
  return { name: "memory", ok, detail };
}

/** Of those that decide: a plugin that only tells a server of what happens keeps no client out. */
function sourceChecks({ plugins, clock }: Core): Check[] {
  return plugins.flatMap((plugin) => {
    const { authenticate, authenticateStep, superuser, authorize, authorizeReceive } = plugin.hooks;
    const decides = [authenticate, authenticateStep, superuser, authorize, authorizeReceive]
      .some((hook) => hook !== undefined);
    const health = decides ? healthOf(plugin, clock.epoch()) : null;
    if (health === null) return [];
    const { state, since, lastError } = health;
    const ok = state !== "down";
    const why = ok || lastError === null ? "" : `: ${lastError}`;
    const detail = `${state} since ${new Date(since).toISOString()}${why}`;
    return [{ name: `source ${maskedUrls(plugin.name)}`, ok, detail }];
  });
}
