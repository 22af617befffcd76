"""The agent for aMQTT's own client: see ../agent.ts for the commands it takes and the lines it prints.

One task reads messages as they come; the main task reads commands. Every wait is bounded.
"""

import asyncio
import json
import sys

from amqtt.client import MQTTClient

PATIENCE = 110
SUBSCRIBE_FAILURE = 0x80


def say(line):
    print(json.dumps(line), flush=True)


class Agent:
    def __init__(self):
        self.client = None
        self.reading = None

    async def connect(self, command):
        config = {"auto_reconnect": False}
        if (will := command["will"]) is not None:
            config["will"] = {
                "topic": will["topic"],
                "message": will["payload"],
                "qos": will["qos"],
                "retain": will["retain"],
            }
        self.client = MQTTClient(client_id=command["clientId"], config=config)
        scheme = "ws" if command["transport"] == "ws" else "mqtt"
        uri = f"{scheme}://{command['hostname']}:{command['port']}/"
        code = await self.client.connect(uri, cleansession=command["cleanSession"])
        if code != 0:
            raise ConnectionError(f"CONNACK: {code}")
        self.reading = asyncio.create_task(self.read())

    async def subscribe(self, command):
        (code,) = await self.client.subscribe([(command["filter"], command["qos"])])
        if code == SUBSCRIBE_FAILURE:
            raise ConnectionError("SUBACK: refused")

    async def publish(self, command):
        await self.client.publish(
            command["topic"], command["payload"].encode(), command["qos"], command["retain"]
        )

    async def disconnect(self, _command):
        self.reading.cancel()
        await self.client.disconnect()

    async def read(self):
        while True:
            message = await self.client.deliver_message()
            say(
                {
                    "message": {
                        "topic": message.topic,
                        "payload": bytes(message.data).decode(),
                        "qos": message.qos,
                        "retain": message.retain,
                    }
                }
            )


async def main():
    agent = Agent()
    lines = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        try:
            await asyncio.wait_for(getattr(agent, command["do"])(command), PATIENCE)
            say({"done": command["do"]})
        except Exception as error:  # whatever it is, the test has to hear of it
            say({"error": f"aMQTT: {command['do']}: {error!r}"})


asyncio.run(main())
