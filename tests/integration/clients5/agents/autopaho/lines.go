// What comes in by lines and goes out by lines, and how it stands in paho's types.
package main

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/eclipse/paho.golang/paho"
)

type message struct {
	Topic           string      `json:"topic"`
	Payload         string      `json:"payload"`
	QoS             byte        `json:"qos"`
	Retain          bool        `json:"retain"`
	PayloadFormat   *byte       `json:"payloadFormat"`
	Expiry          *uint32     `json:"expiry"`
	ContentType     *string     `json:"contentType"`
	ResponseTopic   *string     `json:"responseTopic"`
	CorrelationData *string     `json:"correlationData"`
	UserProperties  [][2]string `json:"userProperties"`
	Identifiers     []int       `json:"identifiers"`
}

type filter struct {
	Filter            string `json:"filter"`
	QoS               byte   `json:"qos"`
	NoLocal           bool   `json:"noLocal"`
	RetainAsPublished bool   `json:"retainAsPublished"`
	RetainHandling    byte   `json:"retainHandling"`
}

type will struct {
	message
	Delay uint32 `json:"delay"`
}

type command struct {
	Do string `json:"do"`
	message
	Hostname          string          `json:"hostname"`
	Port              int             `json:"port"`
	Transport         string          `json:"transport"`
	CAFile            string          `json:"cafile"`
	ClientID          string          `json:"clientId"`
	CleanStart        bool            `json:"cleanStart"`
	SessionExpiry     uint32          `json:"sessionExpiry"`
	ReceiveMaximum    *uint16         `json:"receiveMaximum"`
	TopicAliasMaximum *uint16         `json:"topicAliasMaximum"`
	Reconnect         bool            `json:"reconnect"`
	Will              *will           `json:"will"`
	Identifier        *int            `json:"identifier"`
	Filters           json.RawMessage `json:"filters"`
	Alias             *uint16         `json:"alias"`
	Reason            byte            `json:"reason"`
}

var printing sync.Mutex

func say(line map[string]any) {
	printing.Lock()
	defer printing.Unlock()
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func toProperties(m message) *paho.PublishProperties {
	return &paho.PublishProperties{
		PayloadFormat: m.PayloadFormat, MessageExpiry: m.Expiry,
		ContentType: text(m.ContentType), ResponseTopic: text(m.ResponseTopic),
		CorrelationData: []byte(text(m.CorrelationData)), User: toUser(m.UserProperties),
	}
}

func toUser(pairs [][2]string) paho.UserProperties {
	var user paho.UserProperties
	for _, pair := range pairs {
		user.Add(pair[0], pair[1])
	}
	return user
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// A list of bytes would become base64.
func numbers(codes []byte) []int {
	list := make([]int, len(codes))
	for at, code := range codes {
		list[at] = int(code)
	}
	return list
}
