// The agent for autopaho, paho's client for Go: see ../../agent.ts for the commands it takes and the lines it prints.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/session/state"
)

const patience = 110 * time.Second

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

type agent struct {
	manager    *autopaho.ConnectionManager
	reason     byte
	reconnect  bool
	isUp       bool
	sent       map[uint16]bool
	received   map[uint16]string
	connection chan map[string]any
}

func (a *agent) connect(c command) (map[string]any, error) {
	config, err := a.config(c)
	if err != nil {
		return nil, err
	}
	// Its life is the agent's.
	if a.manager, err = autopaho.NewConnection(context.Background(), config); err != nil {
		return nil, err
	}
	select {
	case answer := <-a.connection:
		return answer, nil
	case <-time.After(patience):
		return nil, errors.New("no CONNACK")
	}
}

func (a *agent) config(c command) (autopaho.ClientConfig, error) {
	scheme := map[string]string{"tcp": "mqtt", "ws": "ws", "tls": "mqtts"}[c.Transport]
	address, err := url.Parse(fmt.Sprintf("%s://%s:%d", scheme, c.Hostname, c.Port))
	if err != nil {
		return autopaho.ClientConfig{}, err
	}
	config := autopaho.ClientConfig{
		ServerUrls:                    []*url.URL{address},
		KeepAlive:                     60,
		CleanStartOnInitialConnection: c.CleanStart,
		SessionExpiryInterval:         c.SessionExpiry,
		ReconnectBackoff:              func(int) time.Duration { return 0 },
		OnConnectionUp:                a.up,
		OnConnectionDown:              func() bool { return a.reconnect },
		OnConnectError:                a.refused,
		ConnectPacketBuilder: func(p *paho.Connect, _ *url.URL) (*paho.Connect, error) {
			if p.Properties == nil {
				p.Properties = &paho.ConnectProperties{RequestProblemInfo: true}
			}
			p.Properties.ReceiveMaximum = c.ReceiveMaximum
			p.Properties.TopicAliasMaximum = c.TopicAliasMaximum
			p.Properties.User = toUser(c.UserProperties)
			return p, nil
		},
		DisconnectPacketBuilder: func() *paho.Disconnect { return &paho.Disconnect{ReasonCode: a.reason} },
		ClientConfig: paho.ClientConfig{
			ClientID: c.ClientID,
			// Ids of a session that the broker kept and this process did not know would be refused.
			Session:            state.NewInMemory(),
			OnPublishReceived:  []func(paho.PublishReceived) (bool, error){a.publishReceived},
			OnServerDisconnect: serverDisconnect,
		},
	}
	if c.CAFile != "" {
		authority, err := os.ReadFile(c.CAFile)
		if err != nil {
			return config, err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(authority)
		config.TlsCfg = &tls.Config{RootCAs: pool, ServerName: c.Hostname}
	}
	if c.Will != nil {
		setWill(&config, c.Will)
	}
	a.reconnect = c.Reconnect
	return config, nil
}

func setWill(config *autopaho.ClientConfig, w *will) {
	properties := toProperties(w.message)
	config.WillMessage = &paho.WillMessage{
		Topic: w.Topic, Payload: []byte(w.Payload), QoS: w.QoS, Retain: w.Retain,
	}
	config.WillProperties = &paho.WillProperties{
		WillDelayInterval: &w.Delay,
		PayloadFormat:     properties.PayloadFormat,
		MessageExpiry:     properties.MessageExpiry,
		ContentType:       properties.ContentType,
		ResponseTopic:     properties.ResponseTopic,
		CorrelationData:   properties.CorrelationData,
		User:              properties.User,
	}
}

func (a *agent) up(_ *autopaho.ConnectionManager, connack *paho.Connack) {
	a.sent, a.received = map[uint16]bool{}, map[uint16]string{}
	if a.isUp {
		say(map[string]any{"event": "up", "sessionPresent": connack.SessionPresent})
		return
	}
	a.isUp = true
	assigned := ""
	if connack.Properties != nil {
		assigned = connack.Properties.AssignedClientID
	}
	a.connection <- map[string]any{
		"reason": connack.ReasonCode, "sessionPresent": connack.SessionPresent, "assigned": assigned,
	}
}

func (a *agent) refused(err error) {
	var refusal *autopaho.ConnackError
	if errors.As(err, &refusal) && !a.isUp {
		a.connection <- map[string]any{"reason": refusal.ReasonCode}
	}
}

func serverDisconnect(d *paho.Disconnect) {
	text := ""
	if d.Properties != nil {
		text = d.Properties.ReasonString
	}
	say(map[string]any{"event": "disconnected", "reason": d.ReasonCode, "reasonString": text})
}

func (a *agent) subscribe(c command) (map[string]any, error) {
	var filters []filter
	if err := json.Unmarshal(c.Filters, &filters); err != nil {
		return nil, err
	}
	packet := &paho.Subscribe{Properties: &paho.SubscribeProperties{SubscriptionIdentifier: c.Identifier}}
	for _, one := range filters {
		packet.Subscriptions = append(packet.Subscriptions, paho.SubscribeOptions{
			Topic: one.Filter, QoS: one.QoS, NoLocal: one.NoLocal,
			RetainAsPublished: one.RetainAsPublished, RetainHandling: one.RetainHandling,
		})
	}
	ctx, cancel := bounded()
	defer cancel()
	// A refused filter is an error beside the packet.
	suback, err := a.manager.Subscribe(ctx, packet)
	if suback == nil {
		return nil, err
	}
	return map[string]any{"reasons": numbers(suback.Reasons)}, nil
}

func (a *agent) unsubscribe(c command) (map[string]any, error) {
	packet := &paho.Unsubscribe{}
	if err := json.Unmarshal(c.Filters, &packet.Topics); err != nil {
		return nil, err
	}
	ctx, cancel := bounded()
	defer cancel()
	unsuback, err := a.manager.Unsubscribe(ctx, packet)
	if unsuback == nil {
		return nil, err
	}
	return map[string]any{"reasons": numbers(unsuback.Reasons)}, nil
}

func (a *agent) publish(c command) (map[string]any, error) {
	packet := &paho.Publish{
		Topic: c.Topic, Payload: []byte(c.Payload), QoS: c.QoS, Retain: c.Retain,
		Properties: toProperties(c.message),
	}
	if c.Alias != nil {
		packet.Properties.TopicAlias = c.Alias
		if a.sent[*c.Alias] {
			packet.Topic = ""
		}
		a.sent[*c.Alias] = true
	}
	ctx, cancel := bounded()
	defer cancel()
	response, err := a.manager.Publish(ctx, packet)
	if response == nil {
		return map[string]any{}, err
	}
	return map[string]any{"reason": response.ReasonCode}, nil
}

func (a *agent) disconnect(c command) (map[string]any, error) {
	a.reason = c.Reason
	ctx, cancel := bounded()
	defer cancel()
	return map[string]any{}, a.manager.Disconnect(ctx)
}

func (a *agent) publishReceived(received paho.PublishReceived) (bool, error) {
	packet := received.Packet
	topic := packet.Topic
	properties := packet.Properties
	// autopaho hands aliases on as they are.
	if alias := properties.TopicAlias; alias != nil {
		if topic == "" {
			topic = a.received[*alias]
		}
		a.received[*alias] = topic
	}
	got := message{
		Topic: topic, Payload: string(packet.Payload), QoS: packet.QoS, Retain: packet.Retain,
		PayloadFormat: properties.PayloadFormat, Expiry: properties.MessageExpiry,
		ContentType: optional(properties.ContentType), ResponseTopic: optional(properties.ResponseTopic),
		CorrelationData: optional(string(properties.CorrelationData)),
	}
	for _, pair := range properties.User {
		got.UserProperties = append(got.UserProperties, [2]string{pair.Key, pair.Value})
	}
	if properties.SubscriptionIdentifier != nil {
		got.Identifiers = []int{*properties.SubscriptionIdentifier}
	}
	say(map[string]any{"message": got})
	return true, nil
}

func main() {
	a := &agent{connection: make(chan map[string]any, 8)}
	do := map[string]func(command) (map[string]any, error){
		"connect": a.connect, "subscribe": a.subscribe, "unsubscribe": a.unsubscribe,
		"publish": a.publish, "disconnect": a.disconnect,
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c command
		err := json.Unmarshal(lines.Bytes(), &c)
		answer := map[string]any{}
		if err == nil {
			answer, err = do[c.Do](c)
		}
		if err != nil {
			say(map[string]any{"error": fmt.Sprintf("autopaho: %s: %v", c.Do, err)})
			continue
		}
		answer["done"] = c.Do
		say(answer)
	}
}
