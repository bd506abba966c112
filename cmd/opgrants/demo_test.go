package main

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

func TestTheDemonstrationByItself(t *testing.T) {
	t.Parallel() // it waits as long as its wallet wants
	got := runs(t, nil, "demo", "--auto")
	if got.code != exit.OK || !strings.Contains(got.out, "All 12 steps went well.") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}

func TestTheDemonstrationPrintsTheLinkToItsShop(t *testing.T) {
	r := start(t, nil, "demo")
	status, page := browse(t, r.wants(t, "The shop is open: "))
	if status != 200 || !strings.Contains(page, "Pay with your wallet") {
		t.Errorf("the shop answers %d:\n%s", status, page)
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}
