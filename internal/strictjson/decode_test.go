package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/strictjson"
)

const maxText = 2000

func decode(body []byte, target any) error { return strictjson.Decode(body, target, maxText) }

func TestDecodeAcceptsARequest(t *testing.T) {
	two := uint8(2)
	for name, tc := range map[string]struct {
		body string
		want grant.Request
	}{
		"the least": {`{"walletAddress":"$wallet.example/alice"}`, grant.Request{WalletAddress: "$wallet.example/alice"}},
		"everything": {`{"walletAddress":"https://wallet.example/alice",
			"limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2},"receiver":"https://w.example/incoming-payments/1","interval":"R/2025-04-22T08:00:00Z/P1D"},
			"actions":["create","read"],"quote":true,"returnUrl":"https://shop.example/thanks?order=7","reference":"order-7"}`,
			grant.Request{WalletAddress: "https://wallet.example/alice",
				Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "130", AssetCode: "USD", AssetScale: &two},
					Receiver: "https://w.example/incoming-payments/1", Interval: "R/2025-04-22T08:00:00Z/P1D"},
				Actions: []string{"create", "read"}, Quote: true, ReturnURL: "https://shop.example/thanks?order=7", Reference: "order-7"}},
		"a proof of the wallet address":        {`{"walletAddress":"$w.example","subject":true}`, grant.Request{WalletAddress: "$w.example", Subject: true}},
		"an asset that the wallet knows":       {`{"limits":{"receiveAmount":{"value":"1"}}}`, grant.Request{Limits: &grant.LimitsRequest{ReceiveAmount: &grant.AmountRequest{Value: "1"}}}},
		"a whole number with a fraction":       {`{"limits":{"debitAmount":{"value":"1","assetScale":2.0}}}`, scaled(&two)},
		"a whole number with an exponent":      {`{"limits":{"debitAmount":{"value":"1","assetScale":0.2E+1}}}`, scaled(&two)},
		"an empty object, for others to judge": {`{}`, grant.Request{}},
		"an empty array":                       {`{"actions":[]}`, grant.Request{Actions: []string{}}},
		"text of any kind":                     {`{"reference":"a\u0000\ud83d\ude00\\ud800 ☃"}`, grant.Request{Reference: "a\x00😀\\ud800 ☃"}},
		"a byte order mark":                    {"\ufeff{\"quote\":true}", grant.Request{Quote: true}},
		"white space":                          {" {\n\t\"quote\" : false }\r\n", grant.Request{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got grant.Request
			if err := decode([]byte(tc.body), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func scaled(scale *uint8) grant.Request {
	return grant.Request{Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "1", AssetScale: scale}}}
}

func TestDecodeNamesTheMemberAtFault(t *testing.T) {
	for name, tc := range map[string]struct{ body, path, text string }{
		"an empty body":             {"", "", "the JSON text is empty; it must be a JSON object"},
		"no JSON":                   {"walletAddress=x", "", "the JSON text is not JSON: invalid character 'w' looking for beginning of value"},
		"half of it":                {`{"walletAddress":"x"`, "", "the JSON text is not JSON: unexpected end of JSON input"},
		"something after it":        {`{} {}`, "", "the JSON text is not JSON: invalid character '{' after top-level value"},
		"two byte order marks":      {"\ufeff\ufeff{}", "", "the JSON text is not JSON: invalid character 'ï' looking for beginning of value"},
		"a byte order mark alone":   {"\ufeff", "", "the JSON text is empty; it must be a JSON object"},
		"invalid UTF-8":             {"{\"reference\":\"\xff\"}", "", "the JSON text is not valid UTF-8"},
		"half a surrogate pair":     {`{"reference":"\ud83d"}`, "", `the JSON text has half a surrogate pair, like \ud800, in a string`},
		"the halves swapped":        {`{"reference":"\ude00\ud83d"}`, "", `the JSON text has half a surrogate pair, like \ud800, in a string`},
		"half a pair and an escape": {`{"reference":"\ud83d\n"}`, "", `the JSON text has half a surrogate pair, like \ud800, in a string`},
		"half a pair and a letter":  {`{"reference":"\ud83d\u0041"}`, "", `the JSON text has half a surrogate pair, like \ud800, in a string`},
		"an array":                  {`[]`, "", "the JSON text must be an object, not an array"},
		"a string":                  {`"x"`, "", "the JSON text must be an object, not a string"},
		"null":                      {`null`, "", "the JSON text must be an object, not null"},

		"a member that is not known": {`{"returnURL":"x"}`, "returnURL",
			"returnURL is unknown; the known members are walletAddress, payment, limits, unlimited, actions, quote, subject, returnUrl, reference"},
		"a key that is not the header's": {`{"-":"k"}`, "-",
			"- is unknown; the known members are walletAddress, payment, limits, unlimited, actions, quote, subject, returnUrl, reference"},
		"a key by the name of its field": {`{"IdempotencyKey":"k"}`, "IdempotencyKey",
			"IdempotencyKey is unknown; the known members are walletAddress, payment, limits, unlimited, actions, quote, subject, returnUrl, reference"},
		"a misspelt limit": {`{"limits":{"debitAmont":{"value":"1"}}}`, "limits.debitAmont",
			"limits.debitAmont is unknown; the known members are debitAmount, receiveAmount, receiver, interval"},
		"a misspelt amount": {`{"limits":{"debitAmount":{"amount":"1"}}}`, "limits.debitAmount.amount",
			"limits.debitAmount.amount is unknown; the known members are value, assetCode, assetScale"},
		"a member without a name":      {`{"":1}`, "", "the JSON text has a member without a name"},
		"a member twice":               {`{"quote":true,"quote":false}`, "quote", "quote is given twice"},
		"a member twice, once escaped": {`{"quote":true,"quot\u0065":false}`, "quote", "quote is given twice"},
		"a limit twice": {`{"limits":{"debitAmount":{"value":"1","value":"2"}}}`, "limits.debitAmount.value",
			"limits.debitAmount.value is given twice"},

		"a null that would be no limit":        {`{"limits":{"debitAmount":null}}`, "limits.debitAmount", "limits.debitAmount is null; give it a value, or leave it out"},
		"an empty text that would be no limit": {`{"limits":{"receiver":""}}`, "limits.receiver", "limits.receiver is empty; give it a value, or leave it out"},
		"a null in a list":                     {`{"actions":["read",null]}`, "actions[1]", "actions[1] is null; give it a value, or leave it out"},
		"a number for an amount": {`{"limits":{"debitAmount":{"value":130}}}`, "limits.debitAmount.value",
			"limits.debitAmount.value must be a string, not the number 130"},
		"a string for an object": {`{"limits":"none"}`, "limits", "limits must be an object, not a string"},
		"a string for a list":    {`{"actions":"read"}`, "actions", "actions must be an array, not a string"},
		"an object for a string": {`{"walletAddress":{}}`, "walletAddress", "walletAddress must be a string, not an object"},
		"a string for a switch":  {`{"quote":"true"}`, "quote", "quote must be true or false, not a string"},
		"a number for a switch":  {`{"subject":1}`, "subject", "subject must be true or false, not the number 1"},
		"a null for a switch":    {`{"subject":null}`, "subject", "subject is null; give it a value, or leave it out"},
		"a switch for a string":  {`{"reference":true}`, "reference", "reference must be a string, not true"},
		"an array for a string":  {`{"reference":[]}`, "reference", "reference must be a string, not an array"},
		"a scale that is a string": {`{"limits":{"debitAmount":{"assetScale":"2"}}}`, "limits.debitAmount.assetScale",
			"limits.debitAmount.assetScale must be a whole number from 0 to 255, not a string"},
		"a scale that is too large": {`{"limits":{"debitAmount":{"assetScale":256}}}`, "limits.debitAmount.assetScale",
			"limits.debitAmount.assetScale must be a whole number from 0 to 255, not the number 256"},
		"a scale that is beyond all numbers": {`{"limits":{"debitAmount":{"assetScale":1e400}}}`, "limits.debitAmount.assetScale",
			"limits.debitAmount.assetScale must be a whole number from 0 to 255, not the number 1e400"},
		"a scale below zero": {`{"limits":{"debitAmount":{"assetScale":-1}}}`, "limits.debitAmount.assetScale",
			"limits.debitAmount.assetScale must be a whole number from 0 to 255, not the number -1"},
		"a scale that is not whole": {`{"limits":{"debitAmount":{"assetScale":2.5}}}`, "limits.debitAmount.assetScale",
			"limits.debitAmount.assetScale must be a whole number from 0 to 255, not the number 2.5"},
	} {
		t.Run(name, func(t *testing.T) {
			err := decode([]byte(tc.body), new(grant.Request))
			var e *strictjson.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Path != tc.path || e.Error() != tc.text {
				t.Errorf("path %q\ntext %q", e.Path, e.Error())
			}
		})
	}
}

func TestErrorsRepeatOnlyTheStartOfALongName(t *testing.T) {
	err := decode([]byte(`{"`+strings.Repeat("é", 1000)+`":1}`), new(grant.Request))
	var e *strictjson.Error
	if !errors.As(err, &e) || e.Path != strings.Repeat("é", 100)+"…" {
		t.Errorf("got %v", err)
	}
}

func TestTextsHaveALimit(t *testing.T) {
	var got grant.Request
	if err := decode([]byte(`{"reference":"`+strings.Repeat("é", maxText)+`"}`), &got); err != nil {
		t.Errorf("the longest text: %v", err)
	}
	err := decode([]byte(`{"actions":["read","`+strings.Repeat("é", maxText+1)+`"]}`), &got)
	var e *strictjson.Error
	if !errors.As(err, &e) || e.Path != "actions[1]" || e.Reason != "is longer than 2000 characters" {
		t.Errorf("one character more: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"walletAddress":"x","limits":{"debitAmount":{"value":"1","assetCode":"USD","assetScale":2}},"actions":["read"],"quote":true}`,
		`{"quote":true,"quote":true}`, `{"reference":"\ud83d\ude00\\"}`, `{"actions":[[]]}`, `[[[`, "\ufeff{}", `{"limits":{"receiver":1e9}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, lax grant.Request
		if err := decode(body, &got); err != nil {
			var e *strictjson.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		// What is accepted means the same to every reader of JSON.
		body = bytes.TrimPrefix(body, []byte("\ufeff"))
		if err := json.Unmarshal(body, &lax); err != nil || !reflect.DeepEqual(got, lax) {
			t.Fatalf("%q: %+v, but encoding/json reads %+v, %v", body, got, lax, err)
		}
		again, err := json.Marshal(got)
		if err != nil || strings.Contains(string(again), "\ufffd") != strings.Contains(string(body), "\ufffd") && !strings.Contains(strings.ToLower(string(body)), `\ufffd`) {
			t.Fatalf("%q became %q, %v", body, again, err)
		}
	})
}
