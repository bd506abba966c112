package store

import "github.com/opgrants/opgrants/internal/payment"

// Payments are the items of [payment.Store].
var Payments = &Kind[payment.Item]{
	Name:   "payment",
	Prefix: "payment" + separator,
	Fields: func(it *payment.Item) Fields {
		return Fields{ID: &it.ID, Version: &it.Version, TTL: &it.TTL, Shard: &it.Shard, Due: &it.Due,
			List: &it.List, Created: &it.Created}
	},
	NotFound: payment.ErrNotFound,
	Exists:   func(stored *payment.Item) error { return &payment.ExistsError{Stored: stored} },
	Conflict: func(stored *payment.Item) error { return &payment.ConflictError{Stored: stored} },
}
