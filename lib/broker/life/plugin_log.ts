/**
 * A log of batches in a plugin's storage. Invariants: what a plugin gives back is checked before it counts; whatever goes
 * wrong names the plugin, and says where in its files; to close it never fails.
 */
import { faultText } from "../../plugin/fault.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import type { BatchStorage, StoredBatch } from "../../plugin/storage.ts";
import type { Batch, BatchLog } from "../../storage/batch_log.ts";
import { UserError } from "../../user_error.ts";

/** What must be a whole number, and what any number, in a batch. */
const WHOLE = ["number", "keepFrom"] as const;
const TIMES = ["time", "wall"] as const;

/** The log behind the hook `storage`. */
export class PluginLog implements BatchLog {
  readonly #owner: HookOwner;
  readonly #storage: BatchStorage;

  constructor(owner: HookOwner, storage: BatchStorage) {
    this.#owner = owner;
    this.#storage = storage;
  }

  /** @throws UserError for what the plugin throws, and for batches that are none, are missing or out of order */
  async *load(): AsyncGenerator<Batch> {
    let first: Batch | undefined;
    let last: Batch | undefined;
    try {
      for await (const batch of this.#storage.load()) {
        checkBatch(batch, last);
        first ??= batch;
        yield last = batch;
      }
      if (first !== undefined && last !== undefined) checkFirst(first, last);
    } catch (cause) {
      const { name } = this.#owner;
      throw new UserError(`storage: plugin ${name}: ${this.#fault(cause)}`, { cause });
    }
  }

  /** Rejects with what the plugin throws, in one line. */
  async append(batch: Batch): Promise<void> {
    try {
      await this.#storage.append(batch);
    } catch (cause) {
      throw new UserError(this.#fault(cause), { cause });
    }
  }

  async close(): Promise<void> {
    try {
      await this.#storage.close?.();
    } catch (cause) {
      this.#owner.logger.error(`storage.close failed: ${this.#fault(cause)}`);
    }
  }

  #fault(cause: unknown): string {
    return faultText(cause, this.#owner.module);
  }
}

function checkBatch(batch: StoredBatch, last: Batch | undefined): void {
  if (typeof batch !== "object" || batch === null) throw new UserError(`a batch is ${batch}`);
  for (const field of WHOLE) check(batch, field, Number.isSafeInteger, "a whole number");
  for (const field of TIMES) check(batch, field, Number.isFinite, "a number");
  if (!(batch.body instanceof Uint8Array)) {
    throw new UserError(`batch ${batch.number}: body is a ${typeof batch.body}; expected bytes`);
  }
  if (last !== undefined && batch.number !== last.number + 1) {
    throw new UserError(`behind batch ${last.number} comes ${batch.number}; expected the next one`);
  }
}

function check(
  batch: StoredBatch,
  field: typeof WHOLE[number] | typeof TIMES[number],
  isRight: (value: unknown) => boolean,
  expected: string,
): void {
  const value: unknown = batch[field];
  if (isRight(value)) return;
  throw new UserError(
    `batch ${batch.number}: ${field} is ${value} (${typeof value}); expected ${expected}`,
  );
}

function checkFirst({ number }: Batch, { keepFrom }: Batch): void {
  if (number > keepFrom) {
    throw new UserError(`it begins with batch ${number}; needed from ${keepFrom} on`);
  }
}
