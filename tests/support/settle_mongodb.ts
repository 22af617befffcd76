/** MongoDB's driver, before the first test. Invariant: what it does once in a process is none of a test's. */
import { MongoClient } from "mongodb";

/** The driver looks at a file once in a process, and no one can wait for that: here it is none of a test's. */
export async function settleMongodb(): Promise<void> {
  await new MongoClient("mongodb://127.0.0.1").close();
  for (let again = 0; again < 5; again++) await Deno.lstat("/.dockerenv").catch(() => {});
}
