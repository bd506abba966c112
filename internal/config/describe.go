package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opgrants/opgrants/internal/pattern"
	"github.com/opgrants/opgrants/internal/privatekey"
)

const maxShown = 200 // bytes of a value that an error repeats

// Describe returns value in quotes if it cannot be a secret, without what stands
// before an "@" and without the query and fragment of a URL, which often are
// secrets. Otherwise it returns what value looks like, such as "what looks like a
// private key". Every error that is about a setting or an argument uses it, because
// people put secrets into the wrong place.
func Describe(value string) string {
	switch {
	case LooksLikeKey(value):
		return "what looks like a private key (not shown)"
	case HasPassword(value) && !strings.Contains(value, "@"):
		return "a URL that cannot be read (not shown)"
	}
	if shown := cutSecrets(value); isHarmless(shown) {
		return strconv.Quote(shown)
	}
	return fmt.Sprintf("a text of %d characters that may be a secret (not shown)", utf8.RuneCountInString(value))
}

// cutSecrets returns value with … for the parts of a URL that may be secrets: what
// stands before its last "@" may have a password.
func cutSecrets(value string) string {
	if i := strings.LastIndexByte(value, '@'); i >= 0 {
		value = "…" + value[i:]
	}
	if i := strings.IndexAny(value, "?#"); i >= 0 && strings.Contains(value, "/") {
		value = value[:i+1] + "…"
	}
	return value
}

// LooksLikeKey reports whether value is a private key, or was one before it was
// cut or mangled.
func LooksLikeKey(value string) bool {
	if begin, label, found := strings.Cut(value, "BEGIN"); found && strings.HasSuffix(begin, "-") && strings.Contains(label, "KEY") {
		return true
	}
	if strings.Contains(value, "openssh-key-v1") || derInBase64().MatchString(value) {
		return true
	}
	for _, dashes := range []string{"", "-", "--"} { // as if the key were a flag
		if key, found := strings.CutPrefix(value, dashes); found {
			if _, err := privatekey.Parse([]byte(key)); err == nil {
				return true
			}
		}
	}
	return false
}

// HasPassword reports whether value is a URL with a user name, or may be one: it
// cannot be read as a URL, or is a list of several.
func HasPassword(value string) bool {
	if !strings.Contains(value, "://") {
		return false
	}
	u, err := url.Parse(value)
	return err != nil || u.User != nil || userInfo().MatchString(value)
}

var userInfo = pattern.New(`//[^/]*@`)

// IsKey is [LooksLikeKey] for what could also be a name: 32 bytes in base64url or
// hexadecimal are the name of a table or the thumbprint of a key, too.
func IsKey(value string) bool {
	return LooksLikeKey(value) && (len(value) > 44 && !hexDigits().MatchString(value) || strings.ContainsAny(value, "+="))
}

var hexDigits = pattern.New(`^[0-9A-Fa-f]{64}$`)

// derInBase64 matches how PKCS#8 and OpenSSH keys and PEM in base64 begin.
var derInBase64 = pattern.New(`\b(MC4CAQ|MFECAQ|MFMCAQ|b3BlbnNzaC1rZXk|LS0tLS1CRUdJT)`)

// isHarmless reports whether value is short, printable and without a run of
// characters such as random tokens, passwords and keys have.
func isHarmless(value string) bool {
	if len(value) > maxShown || !isPrintable(value) {
		return false
	}
	for _, run := range strings.FieldsFunc(uuid().ReplaceAllString(value, ""), func(r rune) bool { return !isTokenRune(r) }) {
		if isRandom(run) {
			return false
		}
	}
	return true
}

// uuid matches what wallets name grants and payments by.
var uuid = pattern.New(`\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)

func isPrintable(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, unicode.IsControl)
}

func isTokenRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '+' || r == '_' || r == '='
}

// isRandom reports whether a run of letters and digits may be random. Words and
// numbers are shorter, or have only letters, as in TestAPathOfWords.
func isRandom(run string) bool {
	letters := strings.ContainsFunc(run, unicode.IsLetter)
	digits := strings.ContainsFunc(run, unicode.IsDigit)
	if letters && digits {
		return len(run) >= 14 || len(mixture().FindAllString(run, -1)) >= 4
	}
	if !letters {
		return len(run) >= 32 // a number
	}
	words := camelWord().FindAllString(run, -1)
	return len(run) >= 20 && (len(words) < 2 || len(run)/len(words) < 4)
}

// mixture matches a change from digits to letters, as hexadecimal has many.
var mixture = pattern.New(`[0-9][A-Za-z]`)

var camelWord = pattern.New(`[A-Z]+[a-z]*|[a-z]+`)

// describeChoice is [Describe] for a setting that has few short values: what is
// longer than any of them is not repeated.
func describeChoice(value string) string {
	if shortWord().MatchString(value) {
		return strconv.Quote(value)
	}
	return fmt.Sprintf("something of %d characters", utf8.RuneCountInString(value))
}

var shortWord = pattern.New(`^([A-Za-z]{0,8}|[0-9]{1,2})$`)
