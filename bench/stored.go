package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// storeGrants makes a data file with n recurring grants, which nothing is due of.
func storeGrants(ctx context.Context, path string, n int) error {
	s, err := bolt.Open(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Hour, nil)
	defer cancel()
	numbers := make(chan int)
	go func() {
		defer close(numbers)
		for i := range n {
			numbers <- i
		}
	}()
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		failed error
	)
	for range 100 { // as many as one transaction takes
		all.Go(func() {
			for i := range numbers {
				if err := s.Create(ctx, storedGrant(i)); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		return err
	}
	return failed
}

// storedGrant is a grant of almost 1 KB, which is due in 20 days.
func storedGrant(i int) *grant.Item {
	const wallet = "https://wallet.example/alice"
	now := time.Now()
	return &grant.Item{
		ID: random(16), Owner: "shop", Status: grant.Granted, Claimed: true, Recurs: true,
		Created: grant.At(now), GrantedAt: grant.At(now), WalletAddress: wallet, ResourceServer: "https://wallet.example",
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read"}, Identifier: wallet,
			Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2}, Interval: "R/2025-04-22T08:00:00Z/P1D"}}},
		ReturnURL: "https://shop.example/thanks?order=7", GrantEndpoint: "https://auth.wallet.example",
		ContinueURI: "https://auth.wallet.example/continue/" + random(16), ContinueToken: random(16), RefHash: random32(), ClaimKey: random32(),
		Token: random(16), TokenMade: grant.At(now), TokenExpires: grant.At(now.Add(10 * time.Minute)), ManageURI: "https://auth.wallet.example/token/" + random(16),
		Shard: grant.Shards[i%len(grant.Shards)], Due: grant.At(now.Add(20 * 24 * time.Hour)),
	}
}

func random32() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return b
}

func random(bytes int) string { return base64.RawURLEncoding.EncodeToString(random32()[:bytes]) }
