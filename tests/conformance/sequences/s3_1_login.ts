/**
 * Refused users: sections 3.1.4 and 3.2.2.3. Every sequence needs a user that the broker knows.
 */
import { bytes, connect, publish, toHex } from "../../support/raw_packets.ts";
import { type Sequence, sequence } from "../sequence.ts";

export const LOGIN: Sequence[] = [
  sequence("3.1.4-4", "lets a known user in", async (stage) => {
    await stage.open({ ...stage.target.login! });
  }, { needs: "login" }),
  sequence(
    "3.2.2-4 3.2.2-5",
    "refuses a wrong password by CONNACK 4 or 5, then closes",
    async (stage) => {
      const { username } = stage.target.login!;
      const client = await stage.sent(
        connect({ clientId: stage.newId(), username, password: "wrong" }),
      );
      const { body } = await client.expectPacket("CONNACK");
      if (body[0] !== 0 || (body[1] !== 4 && body[1] !== 5)) throw new Error(toHex(body));
      await client.expectClosed();
    },
    { needs: "login" },
  ),
  sequence("3.2.2-4", "hides a stored session from a refused CONNECT", async (stage) => {
    const kept = await stage.keep(undefined, stage.target.login);
    await kept.disconnect();
    const { username } = stage.target.login!;
    const client = await stage.sent(
      connect({ clientId: kept.clientId, cleanSession: false, username, password: "wrong" }),
    );
    const { body } = await client.expectPacket("CONNACK");
    if (body[0] !== 0) throw new Error("session present is 1");
  }, { needs: "login" }),
  sequence("3.1.4-2 3.1.4-5", "leaves a client alone when its double is refused", async (stage) => {
    const peer = await stage.open({ ...stage.target.login! });
    const { username } = stage.target.login!;
    const double = await stage.sent(
      connect({ clientId: peer.clientId, username, password: "wrong" }),
    );
    await double.expectPacket("CONNACK");
    await double.expectClosed();
    await peer.nothing();
  }, { needs: "login" }),
  sequence(
    "3.1.4-5 3.1.2-8",
    "publishes no will for a refused user, and nothing it sent",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("#"));
      const { username } = stage.target.login!;
      const will = { topic: stage.topic("will"), payload: "x" };
      const client = await stage.sent(bytes(
        connect({ clientId: stage.newId(), username, password: "wrong", will }),
        publish(stage.topic("late"), "x"),
      ));
      await client.readToEnd();
      await watcher.nothing();
    },
    { needs: "login" },
  ),
];
