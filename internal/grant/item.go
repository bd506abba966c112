package grant

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Status is where a grant is in its life.
type Status string

// The statuses of a grant. Expired is computed on reading; it is stored only when
// the grant was cancelled at its server. Requesting is that of an Idempotency-Key
// whose request is under way: for others there is no such grant yet.
const (
	Requesting Status = "requesting"
	Pending    Status = "pending"
	Processing Status = "processing"
	Granted    Status = "granted"
	Rejected   Status = "rejected"
	Expired    Status = "expired"
	Failed     Status = "failed"
	Revoked    Status = "revoked"
)

// An Instant is a time in Unix milliseconds; 0 is no time.
type Instant int64

// At is the instant of t, or 0 for the zero time.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time is the instant as a time in UTC, or the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

func (i Instant) pointer() *time.Time {
	if i == 0 {
		return nil
	}
	t := i.Time()
	return &t
}

// An Item is what the store keeps of a grant. Its JSON names are short, because an
// ordinary item must fit into 1 KB, one write unit of DynamoDB. It holds secrets,
// and prints only its id and status.
type Item struct {
	ID      string  `json:"id"`
	Version int64   `json:"v"` // kept by the store
	Owner   string  `json:"own"`
	Status  Status  `json:"st"`
	Created Instant `json:"ct"`
	TTL     int64   `json:"ttl,omitempty"` // Unix seconds after which the store may delete it; 0: never

	WalletAddress  string            `json:"wa"`
	ResourceServer string            `json:"rs,omitempty"`
	Access         []opclient.Access `json:"ac,omitempty"` // asked for; once granted, what was granted
	Recurs         bool              `json:"rc,omitempty"` // the request had an interval; the wallet's answer need not repeat it
	ReturnURL      string            `json:"ret,omitempty"`
	Reference      string            `json:"ref,omitempty"`
	BodyHash       []byte            `json:"bh,omitempty"` // SHA-256 of the request, its first half, for its Idempotency-Key
	ProveSubject   bool              `json:"ps,omitempty"` // asked for a subject instead of a token
	Subject        string            `json:"sub,omitempty"`

	GrantEndpoint  string  `json:"as"` // the authServer that was asked
	ClientNonce    string  `json:"cn,omitempty"`
	ServerNonce    string  `json:"sn,omitempty"` // interact.finish of the answer
	ConsentURL     string  `json:"cu,omitempty"` // dropped once granted
	ConsentExpires Instant `json:"ce,omitempty"`

	ContinueURI   string  `json:"ku,omitempty"`
	ContinueToken string  `json:"kt,omitempty"`
	ContinueAfter Instant `json:"ka,omitempty"` // the server's wait is over

	RefHash []byte `json:"rh,omitempty"` // SHA-256 of the interact_ref that came with a good hash
	Lease   *Lease `json:"ls,omitempty"`
	// Fronted: something in front of the server has answered a continuation. The
	// interact_ref is sent once more at most, and unless the grant is granted it is
	// cancelled at the server.
	Fronted bool `json:"fr,omitempty"`

	ClaimKey  []byte  `json:"ck,omitempty"` // empty for a grant without a returnUrl
	GrantedAt Instant `json:"ga,omitempty"`
	Claimed   bool    `json:"cl,omitempty"` // the app has shown that it is the one who asked

	Token        string  `json:"at,omitempty"`
	ManageURI    string  `json:"mg,omitempty"`
	TokenExpires Instant `json:"te,omitempty"` // until when we say that it works, ahead of the wallet's own time; 0: no time
	TokenMade    Instant `json:"tm,omitempty"` // when the token came

	Ending  Status   `json:"end,omitempty"` // the grant must be cancelled at the server; the status after it
	Failure *Failure `json:"f,omitempty"`   // why it ended, or is about to
	// Unconfirmed: the grant has ended here only. The server did not accept our key
	// to cancel it there.
	Unconfirmed bool `json:"un,omitempty"`

	// AskedReceiver is the first half of the SHA-256 of the receiver of the limits
	// that were asked for; empty: none was. It is set once Access may have another
	// receiver, which is the server's word.
	AskedReceiver []byte    `json:"ar,omitempty"`
	Checkout      *Checkout `json:"co,omitempty"` // the payment that was asked for
	Flight        *Flight   `json:"fl,omitempty"` // the payment in flight

	// List is the list that the grant is in: of the owner's grants with its
	// Reference. "": none.
	List string `json:"lk,omitempty"`

	// When the schedule shall look at it: only then an item has these two, and is
	// in the sparse index over them.
	Shard string  `json:"sh,omitempty"`
	Due   Instant `json:"du,omitempty"`

	// Failures are the turns in a row in which the wallet answered, but not as this
	// grant needs it. nil: none.
	Failures *Failures `json:"fa,omitempty"`
}

// Failures are the failures of a grant's turns in the schedule.
type Failures struct {
	Count int64   `json:"n"`
	Last  Instant `json:"u"`
}

// A Lease says who works on an item, and until when nobody else may.
type Lease struct {
	ID    string  `json:"id"`
	Until Instant `json:"u"`
}

// A Failure is why something ended: a stable code, and a sentence for a person.
type Failure struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Host is the host of the grant's authorization server, "" if it has none.
func (it *Item) Host() string { return host(it.GrantEndpoint) }

// Format prints no secret, whatever the verb is.
func (it Item) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "grant "+it.ID+" "+string(it.Status))
}

// LogValue keeps secrets out of structured logs.
func (it Item) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", it.ID), slog.String("status", string(it.Status)))
}
