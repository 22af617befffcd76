/** aedes on a port, with what it keeps in a folder of LevelDB: `aedes.mjs MODULES FOLDER PORT`. */
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { pathToFileURL } from "node:url";

const [modules, folder, port] = process.argv.slice(2);
const { resolve } = createRequire(`${modules}/package.json`);
const load = async (name) => await import(pathToFileURL(resolve(name)).href);
const { Aedes } = await load("aedes");
const { ClassicLevel } = await load("classic-level");
const { default: persistence } = await load("aedes-persistence-level");
const broker = await Aedes.createBroker({ persistence: persistence(new ClassicLevel(folder)) });
createServer(broker.handle).listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => broker.close(() => process.exit(0)));
