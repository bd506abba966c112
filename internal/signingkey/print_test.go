package signingkey_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/returnurl"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/signingkey/kms"
	"github.com/opgrants/opgrants/internal/signingkey/secretsmanager"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// printed are the exported types of the packages that read keys and settings.
var printed = map[string]any{
	"config.Config":         config.Config{},
	"config.Telemetry":      config.Telemetry{},
	"config.AWS":            config.AWS{},
	"config.Planner":        config.Planner{},
	"config.Serve":          config.Serve{},
	"config.Token":          config.Token{},
	"config.Tokens":         config.Tokens{},
	"config.Error":          config.Error{},
	"config.Problem":        config.Problem{},
	"config.EnvFileError":   config.EnvFileError{},
	"config.EnvFileErrors":  config.EnvFileErrors{},
	"returnurl.Allowed":     returnurl.Allowed{},
	"signingkey.Key":        signingkey.Key{},
	"signingkey.File":       signingkey.File{},
	"signingkey.Client":     signingkey.Client{},
	"signingkey.Source":     signingkey.Fixed(nil),
	"signingkey.Remote":     kms.Source{}, // an interface; its only implementation comes from there
	"kms.Client":            kms.Client{},
	"kms.Source":            kms.Source{},
	"secretsmanager.Source": secretsmanager.Source{},
}

func TestTheListOfTypesIsWhole(t *testing.T) {
	for _, dir := range []string{"../config", "../returnurl", "../privatekey", ".", "secretsmanager", "kms"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(syntax, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
					if _, known := printed[syntax.Name.Name+"."+spec.Name.Name]; !known {
						t.Errorf("the type %s.%s is not in the list", syntax.Name.Name, spec.Name.Name)
					}
				}
				return true
			})
		}
	}
}

func TestNoTypePrintsASecret(t *testing.T) {
	const secret = "hunter2hunter2"
	key := ed25519.NewKeyFromSeed([]byte(secret + "0123456789abcdef++"))
	for name, zero := range printed {
		filled := reflect.New(reflect.TypeOf(zero))
		n := fill(filled.Elem(), secret, key, 0)
		if n == 0 && strings.Contains("config.Serve config.Token config.Tokens signingkey.Key signingkey.Client signingkey.Source", name) {
			t.Errorf("%s: no secret was put into it", name)
		}
		for _, v := range []any{filled.Interface(), filled.Elem().Interface(), []any{filled.Interface()}, map[string]any{"x": filled.Elem().Interface()}, struct{ X any }{filled.Interface()}} {
			for form, text := range prints(v) {
				if form == "%p" && strings.HasPrefix(name, "config.") {
					continue // fmt asks no Formatter then; go vet names the mistake
				}
				for _, m := range []string{secret, hex.EncodeToString(key[:8]), strings.ToUpper(hex.EncodeToString(key[:8])), strings.Trim(fmt.Sprint([]byte(key[:8])), "[]"), fmt.Sprintf("%#v", []byte(key[:6]))[7:30], "aHVudGVyMmh1bnRlcj"} {
					if strings.Contains(text, m) {
						t.Errorf("%s prints a secret with %s: %.300s", name, form, text)
					}
				}
			}
		}
	}
}

func prints(v any) map[string]string {
	all := map[string]string{}
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %T %p %o %U %c %b %e %t %20v") {
		all[verb] = fmt.Sprintf(verb, v)
	}
	if text, err := json.Marshal(v); err == nil {
		all["JSON"] = string(text)
	}
	all["an error"] = fmt.Errorf("it failed: %v", v).Error()
	for form, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"a JSON log": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"a text log": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("x", "v", v)
		all[form] = b.String()
	}
	return all
}

// fill puts the secret into every field, exported or not, whose type or name says
// that it holds one, and returns how many it found.
func fill(v reflect.Value, secret string, key ed25519.PrivateKey, depth int) (n int) {
	if depth > 6 {
		return 0
	}
	if !v.CanSet() && v.CanAddr() {
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[ed25519.PrivateKey]():
		v.Set(reflect.ValueOf(key))
		return 1
	case v.Type() == reflect.TypeFor[*crypto.Signer]():
		signer := crypto.Signer(key)
		v.Set(reflect.ValueOf(&signer))
		return 1
	case v.Type() == reflect.TypeFor[opclient.Secret]():
		v.SetString(secret)
		return 1
	case v.Type() == reflect.TypeFor[*opclient.Client]():
		base, err := opclient.New(opclient.Config{WalletAddress: "https://wallet.example/shop", KeyID: "key-1", Key: key})
		if err == nil {
			v.Set(reflect.ValueOf(base))
		}
		return 1
	}
	switch v.Kind() {
	case reflect.Struct:
		if strings.HasPrefix(v.Type().PkgPath(), "github.com/aws") || v.Type().PkgPath() == "sync" {
			return 0
		}
		for i := range v.NumField() {
			n += fill(v.Field(i), secret, key, depth+1)
		}
	case reflect.Pointer:
		if !strings.Contains(v.Type().Elem().PkgPath(), "opgrants") {
			return 0
		}
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), secret, key, depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			return fill(v.Index(0), secret, key, depth+1)
		}
	}
	return n
}

// A field that may hold a secret has a type that hides it.
func TestSecretFieldsHaveASecretType(t *testing.T) {
	notSecret := []string{"KeyID", "SigningKeySecret", "SigningKeyKMS", "Key", "PrivateKeyPath", "SecretsManagerEndpoint", "key", "keys", "Tokens", "tokens", "secret"}
	for name, zero := range printed {
		typ := reflect.TypeOf(zero)
		if typ.Kind() != reflect.Struct {
			continue
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			looks := strings.Contains(strings.ToLower(f.Name), "key") || strings.Contains(strings.ToLower(f.Name), "token") ||
				strings.Contains(strings.ToLower(f.Name), "secret") || strings.Contains(strings.ToLower(f.Name), "private")
			if looks && f.Type != reflect.TypeFor[opclient.Secret]() && f.Type != reflect.TypeFor[*crypto.Signer]() && !contains(notSecret, f.Name) {
				t.Errorf("%s.%s has the type %s", name, f.Name, f.Type)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func TestAKeyFileThatOthersMayReadIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o644: true, 0o604: true} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, warning, err := config.ReadKeyFile(path)
		if err != nil || (warning != "") != warns || warns && !strings.HasSuffix(warning, "chmod 600 "+path) || strings.Contains(warning, "\n") {
			t.Errorf("of mode %o: %q, %v", mode, warning, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
