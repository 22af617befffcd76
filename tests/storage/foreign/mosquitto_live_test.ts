/** mosquitto.db of the mosquitto that is installed, whatever its version, as a stored state. */
import { assertEquals } from "@std/assert";
import { StateBuilder } from "../../../lib/storage/foreign/builder.ts";
import { addMosquittoDb } from "../../../lib/storage/foreign/mosquitto_db.ts";
import { mosquittoTest, startMosquitto } from "../../support/mosquitto.ts";
import { expectScene } from "./mosquitto_expected.ts";
import { playScene } from "./mosquitto_scene.ts";

await mosquittoTest("mosquitto.db: of the mosquitto that is installed", async () => {
  await using mosquitto = await startMosquitto(["persistence true\npersistence_location FOLDER/"]);
  await playScene({ hostname: "127.0.0.1", port: mosquitto.ports[0]! });
  const file = await mosquitto.save();
  const saved = Date.now();
  const builder = new StateBuilder(saved + 10_000);
  addMosquittoDb(file, "m.db", builder);
  const half = builder.state.sessions.get("half")?.client.username; // by its version
  expectScene(builder.state, saved, { keepsShared: false, number: "007", lastPacketId: 8, half });
  const differs = builder.notes.lines.filter((line) => line.startsWith("differs: "));
  assertEquals([builder.notes.lines.length, differs.length], half === undefined ? [3, 3] : [5, 5]);
});
