/**
 * Sections 3.15 and 4.12: AUTH and enhanced authentication. What needs no method plays against every broker; the rest
 * needs a user that the broker lets in by SCRAM-SHA-256.
 */
import { bytes, hex, PINGREQ, toHex } from "../../support/raw_packets.ts";
import { auth5, connect5, disconnect5, publish5 } from "../../support/raw_packets5.ts";
import type { Parsed5 } from "../../support/raw_parse5.ts";
import { equal, forAll } from "../checks.ts";
import { closes5, endsBy, endsFor, Reason, refusal, refusesBy, WRONG } from "../checks5.ts";
import { Peer5 } from "../peer5.ts";
import { ScramClient } from "../scram.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";
import type { RawClient } from "../../support/raw_client.ts";

const METHOD = "SCRAM-SHA-256";

const WITHOUT: Sequence[] = [
  sequence(
    "4.12.0-1 3.1.4-2 4.13.2-1",
    "refuses an unknown method by CONNACK 0x8C or 0x87",
    (stage) =>
      refusesBy(
        stage,
        [Reason.BAD_METHOD, Reason.NOT_AUTHORIZED],
        connect5({
          clientId: stage.newId(),
          properties: { authenticationMethod: "no such method" },
        }),
      ),
  ),
  sequence("4.12.0-1", "refuses an unknown method with data as well", (stage) =>
    refusesBy(
      stage,
      [Reason.BAD_METHOD, Reason.NOT_AUTHORIZED],
      connect5({
        clientId: stage.newId(),
        properties: { authenticationMethod: "no such method", authenticationData: "data" },
      }),
    )),
  sequence("3.1.4-6", "passes nothing on that follows a refused method", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    const properties = { authenticationMethod: "no such method" };
    const client = await stage.sent(bytes(
      connect5({ clientId: stage.newId(), properties }),
      publish5(stage.topic("late"), "x"),
    ));
    await client.readToEnd();
    await watcher.nothing();
  }),
  sequence("4.13.1-1", "closes on AUTH of a client that has no method", (stage) =>
    forAll(
      [
        auth5(0x18, { authenticationMethod: METHOD }),
        auth5(0x19, { authenticationMethod: METHOD }),
        auth5(),
      ],
      toHex,
      (data) => closes5(stage, [...WRONG, Reason.BAD_METHOD, Reason.NOT_AUTHORIZED], data),
    )),
  sequence("4.12.0-6", "sends no AUTH to a client that has no method", async (stage) => {
    const peer = await stage.open5();
    await peer.nothing();
    equal(peer.told.authenticationMethod, undefined);
  }),
  sequence("3.2.0-1 3.14.0-1", "answers AUTH before CONNECT with nothing", async (stage) => {
    await (await stage.sent(auth5(0x18, { authenticationMethod: METHOD }))).expectClosed();
  }),
];

/** A login under way: the connection on which the server has asked its question. */
interface Asked {
  client: RawClient;
  scram: ScramClient;
  clientId: string;
  /** What the server asked. */
  question: Parsed5 & { type: "AUTH" };
}

async function asked(stage: Stage, password?: string): Promise<Asked> {
  const login = stage.target.scram!;
  const scram = new ScramClient(login.username, password ?? login.password);
  const clientId = stage.newId();
  const client = await stage.sent(connect5({
    clientId,
    properties: { authenticationMethod: METHOD, authenticationData: scram.first() },
  }));
  const question = await client.next5();
  if (question?.type !== "AUTH") throw new Error(`expected AUTH, got ${question?.type}`);
  return { client, scram, clientId, question };
}

/** AUTH with the answer to the server's question. */
async function reply({ scram, question }: Asked, code = 0x18): Promise<Uint8Array> {
  const data = await scram.answer(question.properties.authenticationData!);
  return auth5(code, { authenticationMethod: METHOD, authenticationData: data });
}

/** A client that was let in by its method. */
async function letIn(
  stage: Stage,
): Promise<{ peer: Peer5; told: Parsed5 & { type: "CONNACK" }; login: Asked }> {
  const login = await asked(stage);
  await login.client.send(await reply(login));
  const told = await login.client.next5();
  if (told?.type !== "CONNACK" || told.reasonCode !== 0) throw new Error(`got ${told?.type}`);
  return { peer: new Peer5(login.client, login.clientId), told, login };
}

const needs = { needs: "scram" } as const;

const LOGIN: Sequence[] = [
  sequence(
    "4.12.0-2 4.12.0-5 3.15.2-1 3.2.0-1",
    "asks by AUTH 0x18 with the method of CONNECT",
    async (stage) => {
      const { question } = await asked(stage);
      equal([question.reasonCode, question.properties.authenticationMethod], [0x18, METHOD]);
    },
    needs,
  ),
  sequence(
    "4.12.0-5 3.1.4-5",
    "lets in by CONNACK 0 with the method, and proves itself",
    async (stage) => {
      const { told, login, peer } = await letIn(stage);
      equal(told.properties.authenticationMethod, METHOD);
      login.scram.verify(told.properties.authenticationData!);
      await peer.ping();
    },
    needs,
  ),
  sequence(
    "4.12.0-4 3.2.2-7 3.1.4-2",
    "refuses a wrong proof by CONNACK of 0x80 or above, or closes",
    async (stage) => {
      const login = await asked(stage, "wrong");
      await login.client.send(await reply(login));
      await refusal(login.client, [Reason.BAD_LOGIN, Reason.NOT_AUTHORIZED]);
    },
    needs,
  ),
  sequence("4.12.0-4", "refuses AUTH with another method", async (stage) => {
    const login = await asked(stage);
    await login.client.send(
      auth5(0x18, { authenticationMethod: "other", authenticationData: "x" }),
    );
    await refusal(login.client, [...WRONG, Reason.BAD_METHOD, Reason.NOT_AUTHORIZED]);
  }, needs),
  sequence(
    "4.12.0-4",
    "refuses AUTH with a reason code that is none of a login's",
    (stage) =>
      forAll([0x00, 0x19, 0x01, 0x80], String, async (code) => {
        const login = await asked(stage);
        await login.client.send(await reply(login, code));
        await refusal(login.client, [...WRONG, Reason.BAD_METHOD, Reason.NOT_AUTHORIZED]);
      }),
    needs,
  ),
  sequence(
    "4.13.1-1 3.14.0-1",
    "closes on a packet other than AUTH and DISCONNECT before CONNACK",
    (stage) =>
      forAll(
        [PINGREQ, publish5("early", "x"), connect5({ clientId: "again" })],
        toHex,
        async (data) => {
          const { client } = await asked(stage);
          await client.sendAnyway(data);
          await refusal(client, WRONG);
        },
      ),
    needs,
  ),
  sequence("3.14.0-1", "closes at DISCONNECT before CONNACK without a word", async (stage) => {
    const { client } = await asked(stage);
    await client.send(disconnect5());
    await client.expectClosed();
  }, needs),
  sequence("3.15.1-1", "closes on AUTH with reserved flags during a login", async (stage) => {
    const login = await asked(stage);
    const answer = await reply(login);
    answer[0] = 0xf1;
    await login.client.sendAnyway(answer);
    await refusal(login.client, WRONG);
  }, needs),
  sequence(
    "3.15.2-2 3.15.2-3 3.1.2-29",
    "sends no reason string and no user property on AUTH where they are not wanted",
    async (stage) => {
      const { username, password } = stage.target.scram!;
      const client = await stage.sent(connect5({
        clientId: stage.newId(),
        properties: {
          requestProblemInformation: 0,
          maximumPacketSize: 1000,
          authenticationMethod: METHOD,
          authenticationData: new ScramClient(username, password).first(),
        },
      }));
      const { properties } = await client.expect5("AUTH");
      equal([properties.reasonString, properties.userProperties], [undefined, undefined]);
    },
    needs,
  ),
];

/** Begins a re-authentication; the server's question. */
async function again(
  peer: Peer5,
  scram: ScramClient,
  method = METHOD,
): Promise<Parsed5 | undefined> {
  await peer.raw.sendAnyway(
    auth5(0x19, { authenticationMethod: method, authenticationData: scram.first() }),
  );
  return await peer.raw.next5();
}

const AGAIN: Sequence[] = [
  sequence(
    "4.12.0-2 4.12.0-5 3.15.2-1",
    "authenticates again by AUTH 0x18 and 0x00",
    async (stage) => {
      const { peer } = await letIn(stage);
      const { username, password } = stage.target.scram!;
      const scram = new ScramClient(username, password);
      const question = await again(peer, scram);
      if (question?.type !== "AUTH") throw new Error(`got ${question?.type}`);
      equal([question.reasonCode, question.properties.authenticationMethod], [0x18, METHOD]);
      const data = await scram.answer(question.properties.authenticationData!);
      await peer.raw.send(auth5(0x18, { authenticationMethod: METHOD, authenticationData: data }));
      const over = await peer.next5("AUTH");
      equal([over.reasonCode, over.properties.authenticationMethod], [0, METHOD]);
      scram.verify(over.properties.authenticationData!);
      await peer.nothing();
    },
    needs,
  ),
  sequence(
    "4.12.1-2 3.14.2-1",
    "ends the connection when a re-authentication fails, by DISCONNECT",
    async (stage) => {
      const { peer } = await letIn(stage);
      const scram = new ScramClient(stage.target.scram!.username, "wrong");
      const question = await again(peer, scram);
      if (question?.type !== "AUTH") throw new Error(`got ${question?.type}`);
      const data = await scram.answer(question.properties.authenticationData!);
      await peer.raw.send(auth5(0x18, { authenticationMethod: METHOD, authenticationData: data }));
      await endsBy(peer, [Reason.NOT_AUTHORIZED, Reason.BAD_LOGIN]);
    },
    needs,
  ),
  sequence(
    "4.12.1-2 4.13.1-1",
    "ends the connection on a re-authentication by another method",
    async (stage) => {
      const { peer } = await letIn(stage);
      const data = { authenticationMethod: "other", authenticationData: "x" };
      await peer.raw.sendAnyway(auth5(0x19, data), PINGREQ);
      await endsFor(peer, [...WRONG, Reason.BAD_METHOD, Reason.NOT_AUTHORIZED]);
    },
    needs,
  ),
  sequence("4.13.1-1", "ends the connection on AUTH 0x18 out of turn", async (stage) => {
    const { peer } = await letIn(stage);
    const data = { authenticationMethod: METHOD, authenticationData: "x" };
    await peer.raw.sendAnyway(auth5(0x18, data), PINGREQ);
    await endsFor(peer, [...WRONG, Reason.NOT_AUTHORIZED]);
  }, needs),
  sequence(
    "4.9.0-3 4.1.0-1",
    "passes messages on while a client authenticates again",
    async (stage) => {
      const { peer } = await letIn(stage);
      await peer.requested([[stage.topic("t"), 1]]);
      const { username, password } = stage.target.scram!;
      await again(peer, new ScramClient(username, password));
      await (await letIn(stage)).peer.say(stage.topic("t"), "x", { qos: 1 });
      await peer.gets("x/1");
    },
    needs,
  ),
  sequence(
    "3.15.1-1 4.13.1-1",
    "closes on AUTH with reserved flags after CONNACK",
    async (stage) => {
      const { peer } = await letIn(stage);
      await peer.raw.sendAnyway(hex("f1 00"), PINGREQ);
      await endsFor(peer, WRONG);
    },
    needs,
  ),
];

export const AUTH: Sequence[] = [...WITHOUT, ...LOGIN, ...AGAIN];
