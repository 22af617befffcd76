"""The agent for paho-mqtt: see ../agent.ts for the commands it takes and the lines it prints.

The network runs in paho's own thread; this thread reads commands. Every wait is bounded.
"""

import json
import sys
import threading

import paho.mqtt.client as mqtt

PATIENCE = 110
printing = threading.Lock()


def say(line):
    with printing:
        print(json.dumps(line), flush=True)


def awaited(event, what):
    if not event.wait(PATIENCE):
        raise TimeoutError(f"no {what} within {PATIENCE} s")


class Agent:
    def __init__(self):
        self.client = None
        self.connected = threading.Event()
        self.subscribed = threading.Event()
        self.refused = None

    def connect(self, command):
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=command["clientId"],
            clean_session=command["cleanSession"],
            reconnect_on_failure=False,
            transport="websockets" if command["transport"] == "ws" else "tcp",
        )
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message
        if (will := command["will"]) is not None:
            self.client.will_set(will["topic"], will["payload"], will["qos"], will["retain"])
        self.client.connect(command["hostname"], command["port"])
        self.client.loop_start()
        awaited(self.connected, "CONNACK")
        self.check()

    def subscribe(self, command):
        self.subscribed.clear()
        self.client.subscribe(command["filter"], command["qos"])
        awaited(self.subscribed, "SUBACK")
        self.check()

    def publish(self, command):
        info = self.client.publish(
            command["topic"], command["payload"], command["qos"], command["retain"]
        )
        info.wait_for_publish(PATIENCE)
        if not info.is_published():
            raise TimeoutError(f"PUBLISH not acknowledged within {PATIENCE} s")

    def disconnect(self, _command):
        self.client.disconnect()
        self.client.loop_stop()

    def check(self):
        if self.refused is not None:
            raise ConnectionError(self.refused)

    def on_connect(self, _client, _userdata, _flags, reason_code, _properties):
        if reason_code.is_failure:
            self.refused = f"CONNACK: {reason_code}"
        self.connected.set()

    def on_subscribe(self, _client, _userdata, _mid, reason_codes, _properties):
        failures = [str(code) for code in reason_codes if code.is_failure]
        if failures:
            self.refused = f"SUBACK: {failures}"
        self.subscribed.set()

    def on_message(self, _client, _userdata, message):
        say(
            {
                "message": {
                    "topic": message.topic,
                    "payload": message.payload.decode(),
                    "qos": message.qos,
                    "retain": message.retain,
                }
            }
        )


def main():
    agent = Agent()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            getattr(agent, command["do"])(command)
            say({"done": command["do"]})
        except Exception as error:  # whatever it is, the test has to hear of it
            say({"error": f"paho-mqtt: {command['do']}: {error!r}"})


main()
