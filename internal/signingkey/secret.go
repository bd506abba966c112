package signingkey

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/opgrants/opgrants/internal/config"
)

// ParseSecret reads the form in which a secret store keeps a key:
//
//	{"walletAddress": "https://…", "keyId": "…", "privateKey": "…"}
//
// Other members are ignored. privateKey is in any form that [NewKey] reads, or a
// JWK as an object. The names may be spelt as the variables of `opgrants serve`
// are (WALLET_ADDRESS), and a line break in a value need not be escaped, as
// consoles let both pass. No error repeats anything of the secret.
func ParseSecret(secret []byte) (*Key, error) {
	members, err := readSecret(secret, 0)
	if err != nil {
		return nil, err
	}
	for _, name := range secretMembers {
		if members[name] == "" {
			return nil, fmt.Errorf("the secret has no %s; it is %s", name, secretForm)
		}
	}
	wallet := config.Unquote(members["walletAddress"])
	if !strings.Contains(wallet, "://") && !strings.HasPrefix(wallet, "$") {
		return nil, errors.New("the secret's walletAddress is no URL such as https://wallet.example/shop")
	}
	key, err := NewKey(wallet, config.Unquote(members["keyId"]), []byte(members["privateKey"]))
	if err != nil {
		return nil, fmt.Errorf("the secret's privateKey: %w", err)
	}
	return key, nil
}

const secretForm = `JSON as {"walletAddress":"…","keyId":"…","privateKey":"…"}`

var (
	secretMembers = []string{"walletAddress", "keyId", "privateKey"}

	errNotJSON     = errors.New("the secret is not " + secretForm)
	errSecretUTF16 = errors.New("the secret is in UTF-16, not UTF-8; convert the file: iconv -f UTF-16 -t UTF-8 FILE > NEW")
	errSecretPath  = errors.New("the secret is the name of a file, not what is in it; put it with --secret-string file://FILE")
	errSecretKey   = errors.New("the secret is the private key alone; it must be " + secretForm)
)

// readSecret returns the members of a secret, or of the JSON that is in it as
// text: what `aws secretsmanager get-secret-value` prints, JSON written as a JSON
// string, and JSON in base64.
func readSecret(secret []byte, depth int) (map[string]string, error) {
	secret = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(secret), []byte("\ufeff")))
	if bytes.HasPrefix(secret, []byte("\xff\xfe")) || bytes.HasPrefix(secret, []byte("\xfe\xff")) || bytes.IndexByte(secret, 0) >= 0 {
		return nil, errSecretUTF16
	}
	// A line break in a string is a mistake that consoles let pass. Between the
	// members a space means the same.
	secret = bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, secret)
	var inner string
	switch {
	case bytes.HasPrefix(secret, []byte("file:")):
		return nil, errSecretPath
	case depth < 3 && json.Unmarshal(secret, &inner) == nil:
		return readSecret([]byte(inner), depth+1)
	case depth < 3 && bytes.HasPrefix(secret, []byte(`{\"`)):
		return readSecret([]byte(`"`+string(secret)+`"`), depth+1)
	case !bytes.HasPrefix(secret, []byte("{")):
		if raw, err := base64.StdEncoding.DecodeString(string(secret)); depth < 3 && err == nil && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
			return readSecret(raw, depth+1)
		}
		if config.LooksLikeKey(string(secret)) {
			return nil, errSecretKey
		}
		return nil, errNotJSON
	}
	members, err := readMembers(secret)
	if err == nil && members["secretString"] != "" && depth < 3 {
		return readSecret([]byte(members["secretString"]), depth+1)
	}
	return members, err
}

// readMembers reads token by token: encoding/json would take the last of two
// members with one name, and its errors repeat what it cannot read. Members that
// are null are as if left out.
func readMembers(secret []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(secret))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotJSON
	}
	members := map[string]string{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, errNotJSON
		}
		name := knownMember(token)
		if name == "" || string(raw) == "null" {
			continue
		}
		text, ok := memberText(name, raw)
		if !ok {
			return nil, fmt.Errorf("the secret's %s is not text", name)
		}
		if before, known := members[name]; known && before != text {
			return nil, fmt.Errorf("the secret has %s twice, with different values", name)
		}
		members[name] = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return members, nil
}

// knownMember returns the name of a member that is read, however it is spelt, or "".
func knownMember(token json.Token) string {
	name, _ := token.(string)
	name = strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(config.Unquote(name)))
	switch name {
	case "walletaddress":
		return "walletAddress"
	case "keyid":
		return "keyId"
	case "privatekey":
		return "privateKey"
	case "secretstring":
		return "secretString"
	}
	return ""
}

// memberText returns a member's text. A private key may be a JWK.
func memberText(name string, raw json.RawMessage) (string, bool) {
	if name == "privateKey" && len(raw) > 0 && raw[0] == '{' {
		return string(raw), true
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", false
	}
	return strings.TrimSpace(text), true
}
