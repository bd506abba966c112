package signingkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ParseSecret reads the form in which a secret store keeps a key:
//
//	{"walletAddress": "https://…", "keyId": "…", "privateKey": "…"}
//
// Each member once, and no other. No error repeats anything of the secret.
func ParseSecret(secret []byte) (*Key, error) {
	members, err := readMembers(secret)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"walletAddress", "keyId", "privateKey"} {
		if members[name] == "" {
			return nil, fmt.Errorf("the secret has no %s; it is %s", name, secretForm)
		}
	}
	key, err := NewKey(members["walletAddress"], members["keyId"], []byte(members["privateKey"]))
	if err != nil {
		return nil, fmt.Errorf("the secret's privateKey: %w", err)
	}
	return key, nil
}

const secretForm = `JSON as {"walletAddress":"…","keyId":"…","privateKey":"…"}`

var (
	errNotJSON     = errors.New("the secret is not " + secretForm + "; the line breaks of a PEM are written as \\n")
	errOtherMember = errors.New("the secret has a member that is none of walletAddress, keyId and privateKey")
)

// readMembers reads token by token: encoding/json would take a member twice, or
// under a name in other capitals, and repeats parts of what it cannot read.
func readMembers(secret []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(secret))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotJSON
	}
	members := map[string]string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		switch name {
		case "walletAddress", "keyId", "privateKey":
		default:
			return nil, errOtherMember
		}
		value, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("the secret's %s is not text", name)
		}
		if _, ok := members[name.(string)]; ok {
			return nil, fmt.Errorf("the secret has %s twice", name)
		}
		members[name.(string)] = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return members, nil
}
