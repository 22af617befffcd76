// An application message as it stands in a line, and how it stands in HiveMQ's types.

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

class Message {
    String topic;
    String payload;
    int qos;
    boolean retain;
    Integer payloadFormat;
    Long expiry;
    String contentType;
    String responseTopic;
    String correlationData;
    List<List<String>> userProperties;

    static Message of(Mqtt5Publish publish) {
        var message = new Message();
        message.topic = publish.getTopic().toString();
        message.payload = new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8);
        message.qos = publish.getQos().getCode();
        message.retain = publish.isRetain();
        message.payloadFormat = publish.getPayloadFormatIndicator().map(format -> format.getCode()).orElse(null);
        if (publish.getMessageExpiryInterval().isPresent()) {
            message.expiry = publish.getMessageExpiryInterval().getAsLong();
        }
        message.contentType = publish.getContentType().map(Object::toString).orElse(null);
        message.responseTopic = publish.getResponseTopic().map(Object::toString).orElse(null);
        message.correlationData = publish.getCorrelationData().map(Message::text).orElse(null);
        message.userProperties = publish.getUserProperties().asList().stream()
                .map(pair -> List.of(pair.getName().toString(), pair.getValue().toString())).toList();
        return message;
    }

    Mqtt5Publish toPublish() {
        var publish = Mqtt5Publish.builder().topic(topic).payload(bytes(payload)).qos(MqttQos.fromCode(qos))
                .retain(retain);
        if (payloadFormat != null) {
            publish.payloadFormatIndicator(Mqtt5PayloadFormatIndicator.fromCode(payloadFormat));
        }
        if (expiry != null) publish.messageExpiryInterval(expiry);
        if (contentType != null) publish.contentType(contentType);
        if (responseTopic != null) publish.responseTopic(responseTopic);
        if (correlationData != null) publish.correlationData(bytes(correlationData));
        if (userProperties != null) publish.userProperties(pairs(userProperties));
        return publish.build();
    }

    static Mqtt5UserProperties pairs(List<List<String>> pairs) {
        return Mqtt5UserProperties.of(pairs.stream()
                .map(pair -> Mqtt5UserProperty.of(pair.get(0), pair.get(1))).toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer).toString();
    }
}
