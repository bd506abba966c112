package payment_test

import (
	"errors"
	"time"
)

// faults by name: what happens at one call. It returns an error if the call fails.
var faults = map[string]func(w *walk) error{
	"it fails":                     func(*walk) error { return errDown },
	"DELETE comes":                 func(w *walk) error { w.delete(); return nil },
	"the same key comes":           func(w *walk) error { _, _ = w.ask("key-1"); return nil },
	"another key comes":            func(w *walk) error { _, _ = w.ask("key-2"); return nil },
	"the schedule comes":           func(w *walk) error { w.followAll(); return nil },
	"the lease is over":            func(w *walk) error { time.Sleep(61 * time.Second); w.followAll(); return nil },
	"the same key comes after it":  func(w *walk) error { time.Sleep(61 * time.Second); _, _ = w.ask("key-1"); return nil },
	"the client leaves":            nil, // see walkThrough
	"nothing works from then on":   nil,
	"another rotates the token":    func(w *walk) error { w.rotate(); return nil },
	"everything takes 4 s from it": nil,
}

// alone are the faults in which nobody else takes part, and DELETE.
var alone = []string{"it fails", "nothing works from then on", "the lease is over", "DELETE comes"}

var errDown = errors.New("down")

// A place is where a fault happens.
type place int

const (
	beforeStore place = iota
	afterStore
	beforeWallet
	afterWallet
	insteadOfWallet // 429 from in front of it
)

var places = map[place]string{beforeStore: "before store call", afterStore: "after store call",
	beforeWallet: "before wallet call", afterWallet: "after wallet call", insteadOfWallet: "instead of wallet call"}
