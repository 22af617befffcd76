"""The agent for gmqtt: see ../agent.ts for the commands it takes and the lines it prints.

gmqtt hands out neither the reason of a PUBACK nor a way to wait for it: its store of messages in flight says when one has
come. Every wait is bounded.
"""

import asyncio
import json
import ssl
import sys

import gmqtt

PATIENCE = 110

MESSAGE = {
    "payloadFormat": "payload_format_id",
    "expiry": "message_expiry_interval",
    "contentType": "content_type",
    "responseTopic": "response_topic",
    "correlationData": "correlation_data",
    "userProperties": "user_property",
}
CONNECT = {
    "sessionExpiry": "session_expiry_interval",
    "receiveMaximum": "receive_maximum",
    "topicAliasMaximum": "topic_alias_maximum",
    "userProperties": "user_property",
}


def say(line):
    print(json.dumps(line), flush=True)


def to_properties(names, command):
    properties = {}
    for key, name in names.items():
        if (value := command.get(key)) is not None:
            properties[name] = value.encode() if key == "correlationData" else value
    return properties


def from_properties(properties):
    def one(name):
        return properties[name][0] if name in properties else None

    message = {key: one(name) for key, name in MESSAGE.items()}
    if message["correlationData"] is not None:
        message["correlationData"] = message["correlationData"].decode()
    message["userProperties"] = properties.get("user_property", [])
    message["identifiers"] = properties.get("subscription_identifier", [])
    return message


class Agent:
    def __init__(self):
        self.client = None
        self.answers = asyncio.Queue()
        self.is_up = False
        self.sent_aliases = set()

    async def connect(self, command):
        will = None
        properties = to_properties(CONNECT, command)
        if (given := command.get("will")) is not None:
            will = gmqtt.Message(
                given["topic"],
                given["payload"],
                given["qos"],
                given["retain"],
                will_delay_interval=given["delay"],
                **to_properties(MESSAGE, given),
            )
        self.client = client = gmqtt.Client(
            command["clientId"],
            clean_session=command["cleanStart"],
            will_message=will,
            **properties,
        )
        client.set_config(
            {"reconnect_delay": 0, "reconnect_retries": -1 if command.get("reconnect") else 0}
        )
        client.on_connect = self.on_connect
        client.on_disconnect = self.on_disconnect
        client.on_message = self.on_message
        client.on_subscribe = lambda _c, _mid, codes, _p: self.answers.put_nowait(codes)
        client.on_unsubscribe = lambda _c, _mid, codes: self.answers.put_nowait(codes)
        tls = command["transport"] == "tls"
        context = ssl.create_default_context(cafile=command["cafile"]) if tls else False
        await client.connect(
            command["hostname"],
            command["port"],
            ssl=context,
            version=command.get("version", 5),
        )
        return await self.answer()

    async def subscribe(self, command):
        identifier = command.get("identifier")
        subscriptions = [
            gmqtt.Subscription(
                one["filter"],
                one["qos"],
                one.get("noLocal", False),
                one.get("retainAsPublished", False),
                one.get("retainHandling", 0),
            )
            for one in command["filters"]
        ]
        properties = {} if identifier is None else {"subscription_identifier": identifier}
        self.client.subscribe(subscriptions, **properties)
        return {"reasons": list(await self.answer())}

    async def unsubscribe(self, command):
        self.client.unsubscribe(command["filters"])
        return {"reasons": list(await self.answer())}

    async def publish(self, command):
        properties = to_properties(MESSAGE, command)
        topic = command["topic"]
        if (alias := command.get("alias")) is not None:
            properties["topic_alias"] = alias
            if alias in self.sent_aliases:
                topic = ""
            self.sent_aliases.add(alias)
        self.client.publish(
            topic, command["payload"], command["qos"], command["retain"], **properties
        )
        await asyncio.wait_for(self.client._persistent_storage.wait_empty(), PATIENCE)
        return {}

    async def disconnect(self, command):
        await self.client.disconnect(reason_code=command["reason"])
        return {}

    async def answer(self):
        return await asyncio.wait_for(self.answers.get(), PATIENCE)

    def on_connect(self, _client, session_present, reason, properties):
        if self.is_up:
            say({"event": "up", "sessionPresent": bool(session_present)})
        else:
            assigned = properties.get("assigned_client_identifier", [""])[0]
            answer = {"reason": reason, "sessionPresent": bool(session_present)}
            self.answers.put_nowait({**answer, "assigned": assigned})
        self.is_up = True

    def on_disconnect(self, _client, packet, _exc=None):
        # An empty one stands for a connection that was lost.
        if packet:
            say({"event": "disconnected", "reason": packet[0]})

    def on_message(self, _client, topic, payload, qos, properties):
        say(
            {
                "message": {
                    "topic": topic,
                    "payload": payload.decode(),
                    "qos": qos,
                    "retain": bool(properties["retain"]),
                    **from_properties(properties),
                }
            }
        )
        return 0


async def main():
    agent = Agent()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        try:
            say({"done": command["do"], **await getattr(agent, command["do"])(command)})
        except Exception as error:  # whatever it is, the test has to hear of it
            say({"error": f"gmqtt: {command['do']}: {error!r}"})


asyncio.run(main())
