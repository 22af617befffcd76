"""aMQTT against listeners of every kind; each line of output is JSON.

    amqtt_listeners.py load FILE            aMQTT's own reading of a configuration: the listeners' types and ports
    amqtt_listeners.py talk CAFILE URI...   its client's round trip at every QoS, over each URI
"""

import asyncio
import json
import sys

import yaml
from amqtt.client import MQTTClient
from amqtt.contexts import BrokerConfig

PATIENCE = 110


def load(path):
    with open(path) as file:
        config = BrokerConfig.from_dict(yaml.safe_load(file))
    listeners = config.listeners.items()
    print(json.dumps({name: [one.type.value, one.bind, one.ssl] for name, one in listeners}))


async def talk(cafile, uri):
    client = MQTTClient(config={"auto_reconnect": False, "connection": {"cafile": cafile}})
    code = await client.connect(uri)
    if code != 0:
        raise ConnectionError(f"CONNACK: {code}")
    await client.subscribe([("loop", 2)])
    payloads = []
    for qos in (0, 1, 2):
        await client.publish("loop", f"at {qos}".encode(), qos)
        message = await client.deliver_message(PATIENCE)
        payloads.append(bytes(message.data).decode())
    await client.disconnect()
    return payloads


async def talk_all(cafile, uris):
    for uri in uris:
        try:
            answer = {"payloads": await asyncio.wait_for(talk(cafile, uri), PATIENCE)}
        except Exception as error:  # whatever it is, the test has to hear of it
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if sys.argv[1] == "load":
    load(sys.argv[2])
else:
    asyncio.run(talk_all(sys.argv[2], sys.argv[3:]))
