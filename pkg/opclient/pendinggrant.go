package opclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// A PendingGrant is what a program stores while the user decides: all that the
// finish redirect is verified against, and what the grant is continued with.
//
// It is a secret. Whoever reads what MarshalBinary writes can forge the finish
// and, with the client's key, use the grant.
type PendingGrant struct {
	Pending  Pending
	Continue Continue
	// NotBefore is when Continue.Wait is over, by the client's clock. Zero: unknown.
	NotBefore time.Time
}

// maxPendingGrant limits what UnmarshalBinary reads, in bytes.
const maxPendingGrant = 32 << 10

// The stored form of a PendingGrant. Its members are never renamed.
type pendingGrantBody struct {
	Version       int    `json:"v"`
	GrantEndpoint string `json:"grantEndpoint"`
	Nonce         string `json:"nonce"`
	Finish        string `json:"finish"`
	ContinueURI   string `json:"continueUri"`
	ContinueToken string `json:"continueToken"`
	Wait          string `json:"wait"`
	NotBefore     string `json:"notBefore,omitempty"` // RFC 3339
}

// MarshalBinary writes g with its secrets in clear. It fails if UnmarshalBinary
// would refuse the result.
func (g PendingGrant) MarshalBinary() ([]byte, error) {
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("opclient: store the pending grant: %w", err)
	}
	notBefore := ""
	if !g.NotBefore.IsZero() {
		notBefore = g.NotBefore.UTC().Format(time.RFC3339Nano)
	}
	return encodeJSON(pendingGrantBody{
		1, g.Pending.GrantEndpoint, string(g.Pending.Nonce), string(g.Pending.Finish),
		g.Continue.URI, string(g.Continue.Token), g.Continue.Wait.String(), notBefore,
	})
}

// UnmarshalBinary reads what MarshalBinary wrote. It refuses anything else: an
// unknown member or version, a missing or malformed value, and URLs of different
// servers. The error repeats no value.
func (g *PendingGrant) UnmarshalBinary(data []byte) error {
	read, err := parsePendingGrant(data)
	if err != nil {
		return fmt.Errorf("opclient: read the pending grant: %w", err)
	}
	*g = read
	return nil
}

func parsePendingGrant(data []byte) (PendingGrant, error) {
	if len(data) > maxPendingGrant {
		return PendingGrant{}, fmt.Errorf("it is larger than %d KiB", maxPendingGrant>>10)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var b pendingGrantBody
	if decoder.Decode(&b) != nil || !atEnd(decoder) {
		return PendingGrant{}, errors.New("this is not what MarshalBinary wrote")
	}
	if b.Version != 1 {
		return PendingGrant{}, errors.New("another version wrote it")
	}
	wait, err := time.ParseDuration(b.Wait)
	if err != nil {
		return PendingGrant{}, errors.New("wait is not a duration")
	}
	var notBefore time.Time
	if b.NotBefore != "" {
		if notBefore, err = time.Parse(time.RFC3339Nano, b.NotBefore); err != nil {
			return PendingGrant{}, errors.New("notBefore is not a time")
		}
	}
	g := PendingGrant{
		Pending{b.GrantEndpoint, Secret(b.Nonce), Secret(b.Finish)},
		Continue{b.ContinueURI, Secret(b.ContinueToken), wait},
		notBefore.UTC(),
	}
	if err := g.check(); err != nil {
		return PendingGrant{}, err
	}
	return g, nil
}

func (g PendingGrant) check() error {
	// The client that will use the URLs checks whether they may be dialled.
	endpoint, err := netguard.ParseURL(g.Pending.GrantEndpoint, true)
	if err != nil {
		return fmt.Errorf("grantEndpoint: %w", err)
	}
	uri, err := netguard.ParseURL(g.Continue.URI, true)
	if err != nil {
		return fmt.Errorf("continueUri: %w", err)
	}
	switch {
	case netguard.Origin(endpoint) != netguard.Origin(uri):
		return errors.New("continueUri is not at the server of grantEndpoint")
	case !visible(string(g.Continue.Token)) || len(g.Continue.Token) > maxToken:
		return errors.New("continueToken is missing, or is not visible ASCII")
	case !isOneLine(string(g.Pending.Nonce)) || !isOneLine(string(g.Pending.Finish)):
		return errors.New("nonce or finish is missing, or is not one line of text")
	case g.Pending.Nonce == redacted || g.Pending.Finish == redacted || g.Continue.Token == redacted:
		return errors.New("a secret was redacted before it was stored")
	case !g.NotBefore.IsZero() && (g.NotBefore.Year() < 1970 || g.NotBefore.Year() > 9999):
		return errors.New("notBefore is not a time of our days")
	case g.Continue.Wait < 0 || g.Continue.Wait > maxWait:
		return fmt.Errorf("wait must be from 0 to %s", maxWait)
	}
	return nil
}

// isOneLine reports whether s is not empty, not long, and valid UTF-8 on one line.
func isOneLine(s string) bool {
	return s != "" && len(s) <= maxText && strings.ToValidUTF8(s, "") == s && !strings.ContainsAny(s, "\r\n")
}
