// The agent for HiveMQ's client for Java: see ../../agent.ts for the commands it takes and the lines it prints.

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5UnsubAckException;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;

final class Agent {
    private static final Gson GSON = new Gson();

    private Mqtt5AsyncClient client;
    private volatile boolean isUp;

    public static void main(String[] args) throws Exception {
        var agent = new Agent();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            var command = GSON.fromJson(line, Command.class);
            try {
                var answer = agent.run(command);
                answer.addProperty("done", command.what());
                say(answer);
            } catch (Exception error) {
                say(Map.of("error", "HiveMQ: " + command.what() + ": " + error));
            }
        }
        // The client's threads would stay.
        System.exit(0);
    }

    static synchronized void say(Object line) {
        byte[] text = (GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(text, 0, text.length);
        System.out.flush();
    }

    private JsonObject run(Command command) throws Exception {
        return switch (command.what()) {
            case "connect" -> connect(command);
            case "subscribe" -> subscribe(command);
            case "unsubscribe" -> unsubscribe(command);
            case "publish" -> publish(command);
            case "disconnect" -> disconnect(command);
            default -> throw new IllegalArgumentException(command.what());
        };
    }

    private JsonObject connect(Command command) throws Exception {
        client = builder(command).buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL,
                publish -> say(Map.of("message", Message.of(publish))));
        var connect = Mqtt5Connect.builder().cleanStart(command.cleanStart).restrictions()
                .receiveMaximum(command.receiveMaximum == null ? 65_535 : command.receiveMaximum)
                .topicAliasMaximum(command.topicAliasMaximum == null ? 0 : command.topicAliasMaximum)
                .applyRestrictions();
        if (command.sessionExpiry != null) connect.sessionExpiryInterval(command.sessionExpiry);
        if (command.userProperties != null) connect.userProperties(Message.pairs(command.userProperties));
        if (command.will != null) {
            connect.willPublish(command.will.toPublish().extend().asWill().delayInterval(command.will.delay).build());
        }
        try {
            return told(await(client.connect(connect.build())));
        } catch (Mqtt5ConnAckException refusal) {
            return told(refusal.getMqttMessage());
        }
    }

    private Mqtt5ClientBuilder builder(Command command) throws Exception {
        var builder = Mqtt5Client.builder()
                .serverHost(command.hostname)
                .serverPort(command.port)
                .addConnectedListener(context -> {
                    if (isUp) {
                        var connack = ((Mqtt5ClientConnectedContext) context).getConnAck();
                        say(Map.of("event", "up", "sessionPresent", connack.isSessionPresent()));
                    }
                    isUp = true;
                })
                .addDisconnectedListener(context -> {
                    if (context.getCause() instanceof Mqtt5DisconnectException server) {
                        var packet = server.getMqttMessage();
                        say(Map.of("event", "disconnected", "reason", packet.getReasonCode().getCode(),
                                "reasonString", packet.getReasonString().map(Object::toString).orElse("")));
                    }
                    boolean again = isUp && command.reconnect;
                    context.getReconnector().reconnect(again).delay(0, TimeUnit.MILLISECONDS);
                });
        if (!command.clientId.isEmpty()) builder.identifier(command.clientId);
        if (!command.transport.equals("tls")) return builder;
        return builder.sslConfig(MqttClientSslConfig.builder().trustManagerFactory(trusting(command.cafile)).build());
    }

    private static TrustManagerFactory trusting(String cafile) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var file = new FileInputStream(new File(cafile))) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static JsonObject told(Mqtt5ConnAck connack) {
        var answer = new JsonObject();
        answer.addProperty("reason", connack.getReasonCode().getCode());
        answer.addProperty("sessionPresent", connack.isSessionPresent());
        answer.addProperty("assigned", connack.getAssignedClientIdentifier().map(Object::toString).orElse(""));
        return answer;
    }

    private JsonObject subscribe(Command command) throws Exception {
        List<Mqtt5Subscription> subscriptions = new ArrayList<>();
        for (var given : command.filters) {
            var one = GSON.fromJson(given, Command.Filter.class);
            subscriptions.add(Mqtt5Subscription.builder()
                    .topicFilter(one.filter)
                    .qos(MqttQos.fromCode(one.qos))
                    .noLocal(one.noLocal)
                    .retainAsPublished(one.retainAsPublished)
                    .retainHandling(Mqtt5RetainHandling.fromCode(one.retainHandling))
                    .build());
        }
        try {
            var packet = Mqtt5Subscribe.builder().addSubscriptions(subscriptions).build();
            return reasons(await(client.subscribe(packet)).getReasonCodes(), code -> code.getCode());
        } catch (Mqtt5SubAckException refusal) {
            return reasons(refusal.getMqttMessage().getReasonCodes(), code -> code.getCode());
        }
    }

    private JsonObject unsubscribe(Command command) throws Exception {
        var packet = Mqtt5Unsubscribe.builder();
        var filters = new ArrayList<String>();
        for (var given : command.filters) filters.add(given.getAsString());
        var complete = packet.topicFilter(filters.get(0));
        for (var filter : filters.subList(1, filters.size())) complete.addTopicFilter(filter);
        try {
            return reasons(await(client.unsubscribe(complete.build())).getReasonCodes(), code -> code.getCode());
        } catch (Mqtt5UnsubAckException refusal) {
            return reasons(refusal.getMqttMessage().getReasonCodes(), code -> code.getCode());
        }
    }

    private static <T> JsonObject reasons(List<T> codes, java.util.function.ToIntFunction<T> number) {
        var answer = new JsonObject();
        answer.add("reasons", GSON.toJsonTree(codes.stream().mapToInt(number).toArray()));
        return answer;
    }

    private JsonObject publish(Command command) throws Exception {
        var answer = new JsonObject();
        try {
            var result = await(client.publish(command.toPublish()));
            if (result.getError().isPresent()) throw new ExecutionException(result.getError().get());
            if (result instanceof Mqtt5PublishResult.Mqtt5Qos1Result one) {
                answer.addProperty("reason", one.getPubAck().getReasonCode().getCode());
            } else if (result instanceof Mqtt5PublishResult.Mqtt5Qos2Result two) {
                answer.addProperty("reason", two.getPubRec().getReasonCode().getCode());
            }
        } catch (Mqtt5PubAckException refusal) {
            answer.addProperty("reason", refusal.getMqttMessage().getReasonCode().getCode());
        } catch (Mqtt5PubRecException refusal) {
            answer.addProperty("reason", refusal.getMqttMessage().getReasonCode().getCode());
        }
        return answer;
    }

    private JsonObject disconnect(Command command) throws Exception {
        await(client.disconnectWith().reasonCode(Mqtt5DisconnectReasonCode.fromCode(command.reason)).send());
        return new JsonObject();
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(110, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }
}
