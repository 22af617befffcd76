"""The agent for paho-mqtt in version 5: see ../agent.ts for the commands it takes and the lines it prints.

The network runs in paho's own thread; this thread reads commands. Every wait is bounded.
"""

import json
import queue
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

PATIENCE = 110
printing = threading.Lock()

MESSAGE = {
    "payloadFormat": "PayloadFormatIndicator",
    "expiry": "MessageExpiryInterval",
    "contentType": "ContentType",
    "responseTopic": "ResponseTopic",
    "correlationData": "CorrelationData",
    "userProperties": "UserProperty",
}
CONNECT = {
    "sessionExpiry": "SessionExpiryInterval",
    "receiveMaximum": "ReceiveMaximum",
    "topicAliasMaximum": "TopicAliasMaximum",
    "userProperties": "UserProperty",
}


def say(line):
    with printing:
        print(json.dumps(line), flush=True)


def to_properties(packet_type, names, command):
    properties = Properties(packet_type)
    for key, name in names.items():
        value = command.get(key)
        if value is None:
            continue
        if key == "correlationData":
            value = value.encode()
        if key == "userProperties":
            value = [tuple(pair) for pair in value]
        setattr(properties, name, value)
    return properties


def from_properties(properties):
    message = {key: getattr(properties, name, None) for key, name in MESSAGE.items()}
    if message["correlationData"] is not None:
        message["correlationData"] = message["correlationData"].decode()
    message["identifiers"] = getattr(properties, "SubscriptionIdentifier", [])
    return message


class Agent:
    def __init__(self):
        self.client = None
        self.answers = queue.Queue()
        self.is_up = False
        self.aliases = {}
        self.sent_aliases = set()

    def connect(self, command):
        transport = command["transport"]
        self.client = client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=command["clientId"],
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=command.get("reconnect", False),
            transport="websockets" if transport == "ws" else "tcp",
        )
        client.reconnect_delay_set(min_delay=1, max_delay=1)
        if transport == "tls":
            client.tls_set(ca_certs=command["cafile"])
        client.on_connect = self.on_connect
        client.on_disconnect = self.on_disconnect
        client.on_message = self.on_message
        client.on_subscribe = lambda _c, _u, _mid, codes, _p: self.answers.put(codes)
        client.on_unsubscribe = lambda _c, _u, _mid, codes, _p: self.answers.put(codes)
        client.on_publish = lambda _c, _u, _mid, code, _p: self.answers.put(code)
        if (will := command.get("will")) is not None:
            properties = to_properties(PacketTypes.WILLMESSAGE, MESSAGE, will)
            properties.WillDelayInterval = will["delay"]
            client.will_set(
                will["topic"], will["payload"], will["qos"], will["retain"], properties
            )
        client.connect(
            command["hostname"],
            command["port"],
            clean_start=command["cleanStart"],
            properties=to_properties(PacketTypes.CONNECT, CONNECT, command),
        )
        client.loop_start()
        return self.answers.get(timeout=PATIENCE)

    def subscribe(self, command):
        properties = Properties(PacketTypes.SUBSCRIBE)
        if command.get("identifier") is not None:
            properties.SubscriptionIdentifier = command["identifier"]
        filters = [
            (
                one["filter"],
                SubscribeOptions(
                    one["qos"],
                    one.get("noLocal", False),
                    one.get("retainAsPublished", False),
                    one.get("retainHandling", 0),
                ),
            )
            for one in command["filters"]
        ]
        self.client.subscribe(filters, properties=properties)
        return {"reasons": [code.value for code in self.answers.get(timeout=PATIENCE)]}

    def unsubscribe(self, command):
        self.client.unsubscribe(command["filters"])
        return {"reasons": [code.value for code in self.answers.get(timeout=PATIENCE)]}

    def publish(self, command):
        properties = to_properties(PacketTypes.PUBLISH, MESSAGE, command)
        topic = command["topic"]
        if (alias := command.get("alias")) is not None:
            properties.TopicAlias = alias
            if alias in self.sent_aliases:
                topic = ""
            self.sent_aliases.add(alias)
        self.client.publish(
            topic, command["payload"], command["qos"], command["retain"], properties
        )
        return {"reason": self.answers.get(timeout=PATIENCE).value}

    def disconnect(self, command):
        self.client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=command["reason"]))
        self.client.loop_stop()
        return {}

    def on_connect(self, _client, _userdata, flags, reason_code, properties):
        self.aliases.clear()
        answer = {
            "reason": reason_code.value,
            "sessionPresent": flags.session_present,
            "assigned": getattr(properties, "AssignedClientIdentifier", ""),
        }
        if self.is_up:
            say({"event": "up", "sessionPresent": flags.session_present})
        else:
            self.answers.put(answer)
        self.is_up = True

    def on_disconnect(self, _client, _userdata, flags, reason_code, properties):
        if flags.is_disconnect_packet_from_server:
            text = getattr(properties, "ReasonString", None)
            say({"event": "disconnected", "reason": reason_code.value, "reasonString": text})

    def on_message(self, _client, _userdata, message):
        topic = message.topic
        # paho hands aliases on as they are.
        alias = getattr(message.properties, "TopicAlias", None)
        if alias is not None:
            topic = self.aliases.setdefault(alias, topic) if topic == "" else topic
            self.aliases[alias] = topic
        say(
            {
                "message": {
                    "topic": topic,
                    "payload": message.payload.decode(),
                    "qos": message.qos,
                    "retain": message.retain,
                    **from_properties(message.properties),
                }
            }
        )


def main():
    agent = Agent()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            say({"done": command["do"], **getattr(agent, command["do"])(command)})
        except Exception as error:  # whatever it is, the test has to hear of it
            say({"error": f"paho-mqtt: {command['do']}: {error!r}"})


main()
