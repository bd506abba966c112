package httpsig

import "testing"

func TestWhichInputsNeedNoParser(t *testing.T) {
	for input, want := range map[string]bool{
		`sig1=()`:                          true,
		`sig1=("a")`:                       true,
		`sig1=("a" "b")`:                   true,
		`sig1=("a""b")`:                    false,
		`sig1=( "a")`:                      false,
		`sig1=("a" )`:                      false,
		`sig1=(a)`:                         false,
		`sig1=("a`:                         false,
		`sig1=("a"`:                        false,
		`sig1="a")`:                        false,
		`SIG=("a")`:                        false,
		`sig1=("a");`:                      false,
		`sig1=("a"),sig2=("b")`:            false,
		`sig1=();x=1`:                      false,
		`sig1=();alg="ed25519"`:            true,
		`sig1=();alg="rsa-pss-sha512"`:     false,
		`sig1=();keyid="a";nonce="b"`:      true,
		`sig1=();keyid="a";keyid="b"`:      false,
		`sig1=();keyid=""`:                 false,
		`sig1=();keyid=a"`:                 false,
		`sig1=();keyid="a`:                 false,
		`sig1=();keyid="a\\b"`:             false,
		`sig1=();created=1`:                true,
		`sig1=();created=9;expires=19`:     true,
		`sig1=();created=1;created=2`:      false,
		`sig1=();created=`:                 false,
		`sig1=();created=01`:               false,
		`sig1=();created=-1`:               false,
		`sig1=();created=1.5`:              false,
		`sig1=();created=999999999999999`:  true,  // the largest Integer of RFC 9651 section 3.3.1
		`sig1=();created=1000000000000000`: false, // a digit more
		"sig1=();keyid=\" \"":              true,
		"sig1=();keyid=\"~\"":              true,
		"sig1=();keyid=\"\x1f\"":           false,
		"sig1=();keyid=\"\x7f\"":           false,
		"sig1=();keyid=\"\x80\"":           false,
	} {
		if _, got := canonicalInput([]string{input}); got != want {
			t.Errorf("%q: got %v, want %v", input, got, want)
		}
	}
	if _, ok := canonicalInput([]string{"sig1=()", "sig1=()"}); ok {
		t.Error("two values are read as one")
	}
}

func TestWhichByteSequencesNeedNoParser(t *testing.T) {
	for field, want := range map[string]bool{
		"sig1=:AAAA:":      true,
		"sig1=::":          true,
		"sig1=AAAA:":       false,
		"sig1=:AAAA":       false,
		"SIG=:AAAA:":       false,
		"sig1=:AA\nAA:":    false,
		"sig1=:AA\rAA:":    false,
		"sig1=:AAA:":       false,
		"sig1=:AA:,b=:AA:": false,
	} {
		if _, _, got := canonicalBinary([]string{field}); got != want {
			t.Errorf("%q: got %v, want %v", field, got, want)
		}
	}
	if _, _, ok := canonicalBinary([]string{"sig1=::", "sig1=::"}); ok {
		t.Error("two values are read as one")
	}
}
