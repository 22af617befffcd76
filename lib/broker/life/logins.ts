/**
 * What is to be said about a broker's logins before anyone comes: that no one can, and which servers do not answer.
 * Invariant: nothing is counted or remembered as a client's; a plugin that fails to say counts as one that lets in.
 */
import type { Core } from "../core.ts";
import { anyoneMayConnect, authenticates } from "../openness.ts";
import { faultText } from "../../plugin/fault.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import type { ClientView } from "../../plugin/types.ts";
import { messageOf } from "../../user_error.ts";
import { orAborted } from "../../wait.ts";

/**
 * A server has answered, or why it has not.
 * @internal
 */
export interface ServerReport {
  /** Its name. */
  readonly plugin: string;
  /** Undefined: it answers. */
  readonly problem: string | undefined;
}

/** Longer than any source takes for a decision by default. */
const ANSWER_MS = 30_000;
/** A name that no one has: what counts is that there is an answer. */
const STRANGER = "midge-check";

/**
 * Who can log in, as things are now.
 * @internal
 */
export class Logins {
  readonly #core: Pick<Core, "access" | "plugins">;

  constructor(core: Pick<Core, "access" | "plugins">) {
    this.#core = core;
  }

  /** One line: who may connect. */
  get summary(): string {
    const reason = this.whyNone;
    if (reason !== undefined) return `nobody may connect: ${reason}`;
    const { authenticators } = this.#core.access;
    if (this.isOpen) return anyoneMayConnect(authenticators);
    return `clients are let in by ${authenticators.join(", ")}`;
  }

  /** Does every plugin that authenticates let clients in without proof? */
  get isOpen(): boolean {
    const { refusesEverybody, checksPasswords } = this.#core.access;
    return !refusesEverybody && !checksPasswords;
  }

  /** Why no client can log in; undefined: some can. */
  get whyNone(): string | undefined {
    const owners = this.#core.plugins.filter(authenticates);
    if (owners.length === 0) return "no plugin authenticates";
    const reasons = owners.map(reasonOf);
    return reasons.includes(undefined) ? undefined : reasons.join("; ");
  }

  /** Asks every server that decides about clients one question of each kind, as for a client that no one knows. */
  async askServers(): Promise<ServerReport[]> {
    const reports: ServerReport[] = [];
    for (const owner of this.#core.plugins) {
      if (owner.hooks.health === undefined) continue;
      reports.push({ plugin: owner.name, problem: await problemOf(owner) });
    }
    return reports;
  }
}

function reasonOf({ name, hooks, logger, module }: HookOwner): string | undefined {
  try {
    const reason = hooks.admitsNoOne?.();
    return reason === undefined ? undefined : `${name}: ${reason}`;
  } catch (cause) {
    logger.error(`hook admitsNoOne failed: ${faultText(cause, module)}`);
    return undefined;
  }
}

/** A plugin's health says how the server took the questions. */
async function problemOf({ hooks }: HookOwner): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const client = stranger();
  const questions = [
    () => hooks.authenticate?.({ client, password: new TextEncoder().encode(STRANGER), signal }),
    () => hooks.superuser?.({ client, signal }),
    () => hooks.authorize?.({ ...PUBLISH, client, signal }),
  ];
  for (const question of questions) {
    try {
      await orAborted(Promise.resolve(question()), signal);
    } catch (cause) {
      return messageOf(cause);
    }
    const health = hooks.health?.();
    if (health?.state === "down") return health.lastError ?? "no answer";
  }
  return undefined;
}

const PUBLISH = { action: "publish", topic: STRANGER, qos: 0, retain: false } as const;

function stranger(): ClientView {
  return {
    clientId: STRANGER,
    username: STRANGER,
    address: "127.0.0.1",
    port: 0,
    listener: "",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 0,
    superuser: false,
    anonymous: false,
    certificate: { commonName: STRANGER, subject: `CN=${STRANGER}` },
    attributes: new Map(),
  };
}
