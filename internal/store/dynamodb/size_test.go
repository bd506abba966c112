package dynamodb

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	uuid      = "6c7f1a3e-2b1d-4a57-9a55-0f2d7a1c9b4e"
	writeUnit = 1024 // bytes that one write unit covers
)

// TestAnOrdinaryGrantIsOneWriteUnit with URLs as the public test wallet has
// them: an outgoing payment, by debit amount, to one receiver.
func TestAnOrdinaryGrantIsOneWriteUnit(t *testing.T) {
	for _, tt := range []struct {
		kind     string
		interval string
		bodyHash []byte
	}{
		{"one-off", "", nil},
		{"one-off, with an Idempotency-Key", "", bytes.Repeat([]byte{0xff}, 16)},
		{"recurring", "R/2025-04-22T08:00:00Z/P1D", nil},
		{"recurring, with an Idempotency-Key", "R/2025-04-22T08:00:00Z/P1D", bytes.Repeat([]byte{0xff}, 16)},
	} {
		for state, item := range life(tt.interval) {
			item.BodyHash = tt.bodyHash
			stored, err := grants().encode(&item, item.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			size := itemSize(stored)
			t.Logf("%s, %s: %d bytes", tt.kind, state, size)
			if size > writeUnit {
				t.Errorf("a %s grant that is %s has %d bytes: two write units instead of one", tt.kind, state, size)
			}
		}
	}
}

// life is an ordinary grant in its states.
func life(interval string) map[string]grant.Item {
	const now = 1795329284000
	lease := &grant.Lease{ID: strings.Repeat("x", 12), Until: now}
	inCalendar := func(it grant.Item) grant.Item {
		it.Shard, it.Due = "7", now
		return it
	}

	pending := ordinary()
	limits := *pending.Access[0].Limits
	limits.Interval = interval
	pending.Recurs = interval != ""
	pending.Access = []opclient.Access{pending.Access[0]}
	pending.Access[0].Limits = &limits

	processing := pending
	processing.Status = grant.Processing
	processing.RefHash = bytes.Repeat([]byte{0xff}, 32)
	processing.Lease = lease

	granted := processing
	granted.Status, granted.Lease, granted.TTL = grant.Granted, nil, 0
	granted.ConsentURL, granted.ConsentExpires, granted.ContinueAfter = "", 0, 0
	granted.GrantedAt = now
	granted.AskedReceiver = bytes.Repeat([]byte{0xff}, 16)
	granted.Token = "E0C2526583090BCE5882"
	granted.ManageURI = "https://auth.interledger-test.dev/token/" + uuid
	granted.TokenExpires = now

	claimed := granted
	claimed.Claimed = true
	if interval != "" {
		claimed = inCalendar(claimed)
	}
	rotating := claimed
	rotating.Lease = lease
	revoking := inCalendar(rotating)
	revoking.Ending = grant.Revoked
	return map[string]grant.Item{
		"pending": pending, "processing": processing, "granted": granted,
		"claimed": claimed, "being rotated": rotating, "being revoked": revoking,
	}
}

func ordinary() grant.Item {
	return grant.Item{
		ID:             strings.Repeat("x", 22),
		Version:        1,
		Owner:          "123456789012/ShopBackend",
		Status:         grant.Pending,
		Created:        1795329284000,
		TTL:            1795934084,
		WalletAddress:  "https://ilp.interledger-test.dev/alice",
		ResourceServer: "https://ilp.interledger-test.dev",
		Access: []opclient.Access{{
			Type:       opclient.TypeOutgoingPayment,
			Actions:    []string{"create", "read", "list"},
			Identifier: "https://ilp.interledger-test.dev/alice",
			Limits: &opclient.Limits{
				Receiver:    "https://ilp.interledger-test.dev/incoming-payments/" + uuid,
				DebitAmount: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2},
				Interval:    "R/2025-04-22T08:00:00Z/P1D",
			},
		}},
		ReturnURL:     "https://shop.example/thanks?order=7",
		GrantEndpoint: "https://auth.interledger-test.dev",
		ClientNonce:   strings.Repeat("x", 43),
		ServerNonce:   "748D38A07FA8F54A",
		ConsentURL: "https://auth.interledger-test.dev/interact/" + uuid + "/748D38A07FA8F54A" +
			"?clientName=Shop&clientUri=https%3A%2F%2Filp.interledger-test.dev%2Fshop",
		ConsentExpires: 1795329884000,
		ContinueURI:    "https://auth.interledger-test.dev/continue/" + uuid,
		ContinueToken:  "E0C2526583090BCE5882",
		ContinueAfter:  1795329289000,
		ClaimKey:       bytes.Repeat([]byte{0xff}, 32),
	}
}

// itemSize is the size by which DynamoDB charges a write: names and values in
// UTF-8, numbers by pairs of digits, 3 bytes for each list or map and 1 for
// each element of it. (DynamoDB Developer Guide, "DynamoDB item sizes and formats".)
func itemSize(attributes map[string]types.AttributeValue) int {
	n := 0
	for name, v := range attributes {
		n += len(name) + valueSize(v)
	}
	return n
}

func valueSize(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberL:
		n := 3 + len(v.Value)
		for _, e := range v.Value {
			n += valueSize(e)
		}
		return n
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + itemSize(v.Value)
	default: // a boolean or null
		return 1
	}
}

func TestSizesAreThoseOfTheDeveloperGuide(t *testing.T) {
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	for _, tt := range []struct {
		name  string
		value types.AttributeValue
		want  int
	}{
		{"text is its UTF-8 bytes", s("é"), 2},
		{"bytes are not encoded", &types.AttributeValueMemberB{Value: []byte{1, 2, 3}}, 3},
		{"two digits are a byte, and one more", &types.AttributeValueMemberN{Value: "12345"}, 4},
		{"true", &types.AttributeValueMemberBOOL{Value: true}, 1},
		{"null", &types.AttributeValueMemberNULL{Value: true}, 1},
		{"an empty list", &types.AttributeValueMemberL{}, 3},
		{"a list", &types.AttributeValueMemberL{Value: []types.AttributeValue{s("ab"), s("c")}}, 3 + 2 + 3},
		{"a map", &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"ab": s("c")}}, 3 + 1 + 3},
	} {
		if got := valueSize(tt.value); got != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, got, tt.want)
		}
	}
}

// TestWhatAPaymentTakes with URLs as the public test wallet has them.
func TestWhatAPaymentTakes(t *testing.T) {
	const now = 1795329284000
	host := "https://ilp.interledger-test.dev"
	amount := opclient.Amount{Value: "1000", AssetCode: "USD", AssetScale: 2}
	quote := grant.Quote{ID: host + "/quotes/" + uuid, Debit: amount, Receive: amount, Created: now, Expires: now}
	p := payment.Item{
		ID: strings.Repeat("x", 22), Version: 3, Owner: "123456789012/ShopBackend", Grant: strings.Repeat("x", 22), Status: payment.Completed,
		Created: now, Since: now, TTL: 1795934084, BodyHash: bytes.Repeat([]byte{0xff}, 16), Sender: host + "/alice", ResourceServer: host,
		To: "$ilp.interledger-test.dev/shop", Payee: host + "/shop", Receiver: host + "/incoming-payments/" + uuid, Quote: &quote,
		Outgoing: host + "/outgoing-payments/" + uuid, Sent: &amount, Received: &amount, List: strings.Repeat("x", 22), Shard: "7", Due: now,
		Lease: &grant.Lease{ID: strings.Repeat("x", 12), Until: now},
	}
	stored, err := Of(nil, "", store.Payments).encode(&p, p.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if size := itemSize(stored); size > writeUnit {
		t.Errorf("a payment has %d bytes: two write units instead of one", size)
	}
	checkout := ordinary()
	checkout.Checkout = &grant.Checkout{To: p.To, Payee: p.Payee, Receiver: p.Receiver, Expires: now, Quote: quote, Fixed: grant.FixedReceive,
		Limit: amount, Payment: p.ID, Metadata: `{"description":"Coffee","order":"7"}`}
	checkout.Flight = &grant.Flight{Payment: p.ID, Quote: quote.ID, Lease: strings.Repeat("x", 12), Until: now}
	if stored, err = grants().encode(&checkout, checkout.ID, 1); err != nil {
		t.Fatal(err)
	}
	if size := itemSize(stored); size > 2*writeUnit {
		t.Errorf("a checkout has %d bytes: three write units instead of two", size)
	}
}
