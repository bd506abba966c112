package bolt

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/storetest"
)

// TestWhatAFlowWrites: a whole flow, from the request to the token, is four
// transactions, as each of its four writes must be on the disk before the next step.
// In a file with 2,000 grants each writes eight pages of 4 KB or so: a leaf, and a
// branch above it, of the items and of each index that changes, the root, and the list
// of free pages. The limit is what was measured, and a fifth more.
func TestWhatAFlowWrites(t *testing.T) {
	s, err := openUnsynced(filepath.Join(t.TempDir(), "grants.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	items := many(2000, time.Now().Add(time.Hour))
	for i, it := range items {
		if it.Due == 0 {
			it.TTL = time.Now().Unix() + int64(86400+i*300) // a week of them
		}
	}
	seed(t, s, items)
	f := &flow{service: &grant.Service{Store: s, Server: grantor{}, PublicURL: "https://grants.example", ReturnURLs: []string{"https://shop.example/thanks"}}, store: s}
	const flows = 20
	pages, began, writes := s.pages(), s.transactions(t), 0
	for range flows {
		f.run(t)
		writes += 4
	}
	if n := s.transactions(t) - began; n != writes {
		t.Errorf("%d flows were %d transactions, want %d", flows, n, writes)
	}
	kilobytes := (s.pages() - pages) / flows / 1024
	t.Logf("a flow writes %d KB", kilobytes)
	if limit := int64(155); kilobytes > limit {
		t.Errorf("a flow writes %d KB, at most %d", kilobytes, limit)
	}
}

// TestWhatWaitsForTheWriterIsOneTransaction, whoever waits.
func TestWhatWaitsForTheWriterIsOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := openUnsynced(filepath.Join(t.TempDir(), "grants.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		began := s.transactions(t)
		var all sync.WaitGroup
		free := make(chan struct{})
		all.Go(func() {
			_ = s.file.update(storetest.Deadline(t), func(*bbolt.Tx) error { <-free; return nil })
		})
		synctest.Wait()
		for i := range 64 {
			all.Go(func() {
				if err := s.Create(storetest.Deadline(t), numbered(i)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(free)
		all.Wait()
		if n := s.transactions(t) - began; n != 2 {
			t.Errorf("%d transactions, want 2", n)
		}
	})
}

// pages are the bytes of all pages that were written so far, but for those that
// name the root.
func (s *Store) pages() int64 {
	stats := s.db.Stats().TxStats
	return stats.GetPageAlloc()
}

func (s *Store) transactions(t *testing.T) (n int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// A flow is what `serve` does for one grant.
type flow struct {
	service *grant.Service
	store   *Store
}

func (f *flow) run(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	made, err := f.service.Request(ctx, "shop", grant.Request{WalletAddress: "https://wallet.example/alice", ReturnURL: "https://shop.example/thanks",
		Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "130"}}})
	if err != nil {
		t.Fatal(err)
	}
	it, err := f.store.Get(storetest.Deadline(t), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(strings.Join([]string{it.ClientNonce, it.ServerNonce, "ref", it.GrantEndpoint}, "\n")))
	out, err := f.service.Finish(ctx, made.ID, url.Values{"hash": {base64.StdEncoding.EncodeToString(hash[:])}, "interact_ref": {"ref"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(out.Redirect)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.service.Token(ctx, "shop", made.ID, grant.TokenRequest{Code: u.Query().Get("code")}); err != nil {
		t.Fatal(err)
	}
}

// A grantor gives what it is asked for.
type grantor struct{ grant.AuthorizationServer }

const wallets = "https://auth.wallet.example/"

func (grantor) WalletAddress(_ context.Context, url string) (*opclient.WalletAddress, error) {
	return &opclient.WalletAddress{ID: url, AssetCode: "USD", AssetScale: 2, AuthServer: wallets, ResourceServer: "https://wallet.example"}, nil
}

func (grantor) RequestGrant(context.Context, string, opclient.GrantRequest) (*opclient.Grant, error) {
	return &opclient.Grant{Interact: &opclient.Interact{Redirect: wallets + "interact/1", Finish: "server-nonce"}, Continue: opclient.Continue{URI: wallets + "continue/1", Token: "t"}}, nil
}

func (grantor) Continue(context.Context, opclient.Continue, string) (*opclient.Grant, error) {
	return &opclient.Grant{Continue: opclient.Continue{URI: wallets + "continue/1", Token: "t"},
		Token: &opclient.Token{Value: "token", Manage: wallets + "token/1", ExpiresAt: time.Now().Add(10 * time.Minute)}}, nil
}
