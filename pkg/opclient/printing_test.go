package opclient_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const marker = "MARKERMARKERMARKERMARKERMARKERMA" // as long as a seed

// fill sets every text, byte slice and key of v that is not public to the marker,
// and everything else to something.
func fill(v reflect.Value, public []string) {
	key := ed25519.NewKeyFromSeed([]byte(marker))
	switch v.Kind() {
	case reflect.String:
		v.SetString(marker)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillType(v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[ed25519.PrivateKey]() || v.Type().Elem().Kind() == reflect.Uint8 {
			v.Set(reflect.ValueOf(key).Convert(v.Type()))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillType(v.Index(0))
	case reflect.Interface:
		if reflect.TypeOf(key).Implements(v.Type()) && v.NumMethod() > 0 {
			v.Set(reflect.ValueOf(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if v.Field(i).CanSet() && !slices.Contains(public, field.Name) {
				fill(v.Field(i), publicOf(field.Type))
			}
		}
	}
}

func fillType(v reflect.Value) { fill(v, publicOf(v.Type())) }

// publicOf is what may be printed of a type, wherever it is.
func publicOf(t reflect.Type) []string {
	name, _, _ := strings.Cut(t.String(), "[")
	return strings.Fields(exported[name].public)
}

// outputs are all forms in which a program could write v.
func outputs(v any) map[string]string {
	out := map[string]string{}
	verbs := []string{"%+v", "%#v", "%+q", "%#x", "% x", "%20s", "%.99s"}
	// Package fmt asks no method for p and w, and T prints a type.
	for _, letter := range "abcdefghijklmnoqrstuvxyzABCDEFGHIJKLMNOPQRSUVWXYZ" {
		verbs = append(verbs, "%"+string(letter))
	}
	for _, verb := range verbs {
		out[verb] = fmt.Sprintf(verb, v)
	}
	out["Sprint"], out["Errorf"] = fmt.Sprint(v), fmt.Errorf("wrapped: %v", v).Error()
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(handler).Info("x", "v", v, slog.Group("g", "v", v))
	}
	out["slog"] = log.String()
	text, err := json.Marshal(v)
	out["JSON"] = string(text) + fmt.Sprint(err)
	text, err = xml.Marshal(v)
	out["XML"] = string(text) + fmt.Sprint(err)
	return out
}

// forms are the spellings of the marker that a search must not find.
func forms() []string {
	decimal := strings.Trim(fmt.Sprint([]byte(marker)), "[]")
	commas := strings.ReplaceAll(decimal, " ", ", ")
	hexes := fmt.Sprintf("%#v", []byte(marker))
	return []string{
		marker[:16], decimal[:60], commas[:60], strings.TrimPrefix(hexes, "[]byte{")[:60],
		fmt.Sprintf("%x", marker)[:32], fmt.Sprintf("%X", marker)[:32], fmt.Sprintf("% x", marker)[:40], fmt.Sprintf("%#x", []byte(marker))[2:34],
		base64.StdEncoding.EncodeToString([]byte(marker))[:20], fmt.Sprintf("%U", []byte(marker))[1:40], fmt.Sprintf("%c", []byte(marker))[1:30],
	}
}

func TestNoExportedTypePrintsASecret(t *testing.T) {
	spellings := forms()
	for _, name := range slices.Sorted(maps.Keys(exported)) {
		entry := exported[name]
		if entry.zero == nil || entry.public == "." {
			continue
		}
		pointer := reflect.New(reflect.TypeOf(entry.zero))
		fillType(pointer.Elem())
		value := pointer.Elem().Interface()
		if client, ok := value.(opclient.Client); ok {
			_ = client
			value, pointer = filledClient(t)
		}
		type holder struct{ V, P, S, M any }
		held := holder{value, pointer.Interface(), []any{value}, map[string]any{"k": pointer.Interface()}}
		for _, v := range []any{value, pointer.Interface(), held, &held, []any{value, pointer.Interface()}} {
			for form, text := range outputs(v) {
				for _, spelling := range spellings {
					if strings.Contains(text, spelling) && !t.Failed() {
						t.Errorf("%s of %T with a %s shows %q: %.200s", form, v, name, spelling, text)
					}
				}
			}
		}
	}
}

func filledClient(t *testing.T) (value any, pointer reflect.Value) {
	t.Helper()
	client, err := opclient.New(opclient.Config{WalletAddress: "https://shop.example/", KeyID: "k", Key: ed25519.NewKeyFromSeed([]byte(marker))})
	if err != nil {
		t.Fatal(err)
	}
	return *client, reflect.ValueOf(client)
}

func TestASandboxPrintsNoToken(t *testing.T) {
	wallets, client, user := started(t, sandbox.Config{})
	alice := check(client.WalletAddress(t.Context(), user))
	value := string(check(client.RequestGrant(t.Context(), alice.AuthServer, opclient.GrantRequest{Access: []opclient.Access{{
		Type: opclient.TypeQuote, Actions: []string{"create"}}}})).Token.Value)
	for _, v := range []any{wallets, []any{wallets}, struct{ S *sandbox.Server }{wallets}} {
		for form, text := range outputs(v) {
			if strings.Contains(text, value) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", value)) {
				t.Errorf("%s shows a token", form)
			}
		}
	}
}

// The search finds what is printed: otherwise the test above could not fail.
func TestTheSearchFindsASecretThatIsPrinted(t *testing.T) {
	type plain struct {
		Key  ed25519.PrivateKey
		Text string
	}
	v := plain{ed25519.NewKeyFromSeed([]byte(marker)), marker}
	for form, text := range outputs(v) {
		if form == "%t" || form == "%e" {
			continue
		}
		if !slices.ContainsFunc(forms(), func(spelling string) bool { return strings.Contains(text, spelling) }) {
			t.Errorf("%s: not found in %.300s", form, text)
		}
	}
}
