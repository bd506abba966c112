package storetest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"reflect"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// newItem is a small item with an id of its own.
func newItem() *grant.Item {
	return &grant.Item{
		ID:            rand.Text(),
		Owner:         "shop",
		Status:        grant.Pending,
		Created:       1795329284000,
		WalletAddress: "https://wallet.example/alice?a=1&b=<é>",
		GrantEndpoint: "https://auth.example/",
	}
}

// fullItem has something in every field, so that a store cannot forget one that
// is added later.
func fullItem() *grant.Item {
	var it grant.Item
	fill(reflect.ValueOf(&it).Elem())
	it.Version = 0 // the store's own
	// An access is a reference, or all the rest.
	it.Access[0] = opclient.Access{Reference: it.Access[0].Reference}
	it.Access[1].Reference = ""
	return &it
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rand.Text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1 + mathrand.Int64N(1<<62))
	case reflect.Uint8:
		v.SetUint(1 + mathrand.Uint64N(255))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map: // of JSON values that are unknown to this version
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(rand.Text()), reflect.ValueOf(json.RawMessage(`{"a":[1,"é"]}`)))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic(fmt.Sprintf("storetest cannot fill a %s: teach it", v.Type()))
	}
}
