/**
 * What an executable has inside beside Midge itself: what may be imported there by name. Pure. Invariant: an executable's
 * compilation and what is said about executables go by the same tables.
 */

/** Plugin, and the package of its driver. */
export const DRIVERS: Readonly<Record<string, string>> = {
  mysql: "mysql2",
  postgres: "pg",
  redis: "ioredis",
  mongodb: "mongodb",
};

/** What a stranger's plugin may import beside Midge's doors, `node:` modules and the drivers. */
export const SHARED_PACKAGES: readonly string[] = ["valibot"];
