package jsjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestABodyIsWrittenAgainAsJavaScriptWould(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"compact JSON stays":                          {`{"a":[1,"b",true,false,null,{}],"b":[]}`, `{"a":[1,"b",true,false,null,{}],"b":[]}`},
		"whitespace goes":                             {" {\r\n\t\"a\" : [ 1 , 2 ] }\n", `{"a":[1,2]}`},
		"a byte order mark goes":                      {"\xef\xbb\xbf{}", `{}`},
		"a literal & < > stays":                       {`{"a":"<&>"}`, `{"a":"<&>"}`},
		"Go's escapes of & < > are undone":            {`{"a":"\u003c\u0026\u003e"}`, `{"a":"<&>"}`},
		"U+2028 and U+2029 are not escaped":           {`{"a":"\u2028\u2029"}`, "{\"a\":\"\u2028\u2029\"}"},
		"an escaped slash is a slash":                 {`{"a":"\/"}`, `{"a":"/"}`},
		"short escapes are used":                      {`{"a":"\u0008\u000c\u000A\u000d\u0009\u0022\u005c"}`, `{"a":"\b\f\n\r\t\"\\"}`},
		"other control characters are lower-case hex": {`{"a":"\u001F\u0000\u007f"}`, "{\"a\":\"\\u001f\\u0000\x7f\"}"},
		"surrogate pairs are joined":                  {`{"a":"\ud83d\ude00é"}`, `{"a":"😀é"}`},
		"lone surrogates are escaped":                 {`{"a":"\uD83Dx\uDE00\ud83d"}`, `{"a":"\ud83dx\ude00\ud83d"}`},
		"invalid UTF-8 is replaced":                   {"{\"a\":\"\xff\"}", "{\"a\":\"\uFFFD\"}"},
		"index keys come first, ascending":            {`{"b":1,"10":2,"2":3,"a":4,"0":5}`, `{"0":5,"2":3,"10":2,"b":1,"a":4}`},
		"what is no index stays in its place":         {`{"01":1,"-1":2,"1.0":3,"4294967295":4,"4294967294":5,"+1":6}`, `{"4294967294":5,"01":1,"-1":2,"1.0":3,"4294967295":4,"+1":6}`},
		"an escaped index key is one":                 {`{"a":1,"\u0031":2}`, `{"1":2,"a":1}`},
		"a repeated key has its last value":           {`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		"__proto__ is a key as any other":             {`{"b":1,"__proto__":{"a":2}}`, `{"b":1,"__proto__":{"a":2}}`},
		"2.0 is 2":                                    {`[2.0,-2.50,1e2,1E-2]`, `[2,-2.5,100,0.01]`},
		"minus zero is zero":                          {`[-0,0.0,-0e9]`, `[0,0,0]`},
		"large numbers get an exponent at 1e21":       {`[100000000000000000000,1000000000000000000000,123456789012345678901234]`, `[100000000000000000000,1e+21,1.2345678901234569e+23]`},
		"small numbers get one at 1e-7":               {`[0.000001,0.0000001,-0.00000123]`, `[0.000001,1e-7,-0.00000123]`},
		"integers past 2^53 are rounded":              {`[9007199254740993,18446744073709551615]`, `[9007199254740992,18446744073709552000]`},
		"what is out of range is null":                {`[1e400,-1e400,5e-324,1e-400]`, `[null,null,5e-324,0]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Stringify([]byte(c.in))
			if err != nil || string(got) != c.want {
				t.Errorf("%s\n got %s, %v\nwant %s", c.in, got, err, c.want)
			}
		})
	}
}

func TestWhatJavaScriptDoesNotParseIsRefused(t *testing.T) {
	for _, in := range []string{
		"", " ", "{", "[", "[1,]", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, "01", "1.", ".5", "+1", "- 1", "1e", "0x1",
		"NaN", "Infinity", "tru", "truex", `"`, `"\`, `"\x"`, `"\u12"`, `"\u+123"`, `"\u1_23"`, "\"\n\"", "'a'", "{}{}", "[1 2]", "\v1", "\u00a01",
		strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
	} {
		if out, err := Stringify([]byte(in)); err == nil {
			t.Errorf("%.40q became %s", in, out)
		}
	}
}

func FuzzWrittenAgainTwiceItIsTheSame(f *testing.F) {
	for _, seed := range []string{`{"b":[1.50,-0,1e21,1e400],"1":"\u003c\ud800","a":{}}`, "\xef\xbb\xbf [ ]", `"\u2028"`, `{"a":1,"a":2}`, "{", "1e999999999999", `"` + "\xff" + `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Stringify(text)
		if err != nil {
			return
		}
		if !json.Valid(once) {
			t.Errorf("%q became %q, which is not JSON", text, once)
		}
		if twice, err := Stringify(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q became %q and then %q, %v", text, once, twice, err)
		}
	})
}
