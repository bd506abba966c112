package store

import "github.com/opgrants/opgrants/internal/grant"

// Grants are the items of [grant.Store]. They have no prefix: they were the only
// kind once.
var Grants = &Kind[grant.Item]{
	Name: "grant",
	Fields: func(it *grant.Item) Fields {
		return Fields{ID: &it.ID, Version: &it.Version, TTL: &it.TTL, Shard: &it.Shard, Due: &it.Due,
			List: &it.List, Created: &it.Created}
	},
	NotFound: grant.ErrNotFound,
	Exists:   func(stored *grant.Item) error { return &grant.ExistsError{Stored: stored} },
	Conflict: func(stored *grant.Item) error { return &grant.ConflictError{Stored: stored} },
}
