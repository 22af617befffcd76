/** aedes as its own documents start it, with nothing beside: `aedes.mjs MODULES PORT`. */
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { pathToFileURL } from "node:url";

const [modules, port] = process.argv.slice(2);
const { Aedes } = await import(
  pathToFileURL(createRequire(`${modules}/package.json`).resolve("aedes")).href
);
const broker = await Aedes.createBroker();
createServer(broker.handle).listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => broker.close(() => process.exit(0)));
