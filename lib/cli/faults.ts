/**
 * The last net: a promise that no one awaited, a throw in a timer. Invariant: such a fault is logged and the
 * broker serves on; it is a defect of Midge or of a plugin.
 */
import type { Logger } from "../plugin/types.ts";

function report(logger: Logger, what: string, fault: unknown): void {
  const error = fault instanceof Error ? fault : new Error(String(fault));
  logger.error(`${what}: ${error.message}; serving goes on`, { error: error.name });
  logger.debug("where it happened", { stack: error.stack });
}

/** Logs unhandled errors from now on; the result takes the handlers away again. */
export function catchFaults(logger: Logger): () => void {
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    report(logger, "unhandled rejection", event.reason);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    report(logger, "unhandled error", event.error ?? event.message);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return () => {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onError);
  };
}
