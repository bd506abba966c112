package opclient_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// exported is every exported type of the packages, and the fields that may be
// printed. The other texts, bytes and keys are taken for secrets.
var exported = map[string]struct {
	zero   any
	public string
}{
	"opclient.Access":                 {opclient.Access{}, "Type Actions Identifier Limits Reference Extra"},
	"opclient.Amount":                 {opclient.Amount{}, "Value AssetCode"},
	"opclient.Client":                 {opclient.Client{}, "walletAddress"},
	"opclient.Config":                 {opclient.Config{}, "WalletAddress KeyID"},
	"opclient.Continue":               {opclient.Continue{}, "URI"},
	"opclient.Error":                  {opclient.Error{}, "Op URL Code Description Details"},
	"opclient.Finish":                 {opclient.Finish{}, "URI"},
	"opclient.FinishHandler":          {opclient.FinishHandler{}, ""},
	"opclient.Grant":                  {opclient.Grant{}, "Subject"},
	"opclient.GrantRequest":           {opclient.GrantRequest{}, "Subject"},
	"opclient.IncomingPayment":        {opclient.IncomingPayment{}, "ID WalletAddress Metadata"},
	"opclient.IncomingPaymentRequest": {opclient.IncomingPaymentRequest{}, "Metadata"},
	"opclient.Interact":               {opclient.Interact{}, "Redirect"},
	"opclient.InvalidError":           {opclient.InvalidError{}, "Field Reason"},
	"opclient.Limits":                 {opclient.Limits{}, "Receiver Interval Extra"},
	"opclient.OutgoingPayment":        {opclient.OutgoingPayment{}, "ID WalletAddress QuoteID Receiver Metadata"},
	"opclient.OutgoingPaymentRequest": {opclient.OutgoingPaymentRequest{}, "QuoteID IncomingPayment Metadata"},
	"opclient.Pending":                {opclient.Pending{}, "GrantEndpoint"},
	"opclient.PendingGrant":           {opclient.PendingGrant{}, ""},
	"opclient.PublicIncomingPayment":  {opclient.PublicIncomingPayment{}, "AuthServer"},
	"opclient.Quote":                  {opclient.Quote{}, "ID WalletAddress Receiver Method"},
	"opclient.QuoteRequest":           {opclient.QuoteRequest{}, "Receiver"},
	"opclient.Secret":                 {opclient.Secret(""), ""},
	"opclient.SpentAmounts":           {opclient.SpentAmounts{}, ""},
	"opclient.Token":                  {opclient.Token{}, "Manage"},
	"opclient.WalletAddress":          {opclient.WalletAddress{}, "ID PublicName AssetCode AuthServer ResourceServer"},
	"httpsig.Result":                  {httpsig.Result{}, "Label Components KeyID Nonce Tag"},
	"httpsig.Signer":                  {httpsig.Signer{}, "KeyID Tag Label Components"},
	"httpsig.Verifier":                {httpsig.Verifier{}, "Label Require RequirePresent Scheme"},
	"sandbox.Amount":                  {sandbox.Amount{}, "Value AssetCode"},
	"sandbox.Behavior":                {sandbox.Behavior{}, "Kind URL"},
	"sandbox.BehaviorKind":            {sandbox.BehaviorKind(""), "."},
	"sandbox.Call":                    {sandbox.Call{}, "Op URL"},
	"sandbox.ClientForm":              {sandbox.ClientForm(0), ""},
	"sandbox.Config":                  {sandbox.Config{}, "Addr PublicURL ConsentURL AssetCode"},
	"sandbox.Consent":                 {sandbox.Consent(""), "."},
	"sandbox.Fault":                   {sandbox.Fault{}, "Header Body Prefix"},
	"sandbox.Fee":                     {sandbox.Fee{}, ""},
	"sandbox.Grant":                   {sandbox.Grant{}, "ConsentURL Client User State"},
	"sandbox.HashEncoding":            {sandbox.HashEncoding(0), ""},
	"sandbox.HashEndpoint":            {sandbox.HashEndpoint(0), ""},
	"sandbox.IncomingPayment":         {sandbox.IncomingPayment{}, "ID WalletAddress Client Metadata ExternalRef"},
	"sandbox.JWK":                     {sandbox.JWK{}, "KeyID Algorithm Use KeyType Curve X"},
	"sandbox.LiveToken":               {sandbox.LiveToken{}, "ManageURI ContinueURI Client"},
	"sandbox.Op":                      {sandbox.Op(""), "."},
	"sandbox.OutgoingPayment":         {sandbox.OutgoingPayment{}, "ID WalletAddress Client QuoteID QuoteURL Receiver Metadata"},
	"sandbox.Server":                  {nil, "TestASandboxPrintsNoToken"},
	"sandbox.Stats":                   {sandbox.Stats{}, ""},
	"sandbox.Transfer":                {sandbox.Transfer{}, "OutgoingPayment IncomingPayment From To"},
	"sandbox.Wallet":                  {sandbox.Wallet{}, "Name PublicName AssetCode Consent"},
}

// typesOf are the exported types that a package's source declares.
func typesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no source: %v", dir, err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() {
					names = append(names, parsed.Name.Name+"."+spec.Name.Name)
				}
			}
		}
	}
	return names
}

func TestEveryExportedTypeIsRegistered(t *testing.T) {
	var found []string
	for _, dir := range []string{".", "../httpsig", "../sandbox"} {
		found = append(found, typesOf(t, dir)...)
	}
	for _, name := range found {
		if _, ok := exported[name]; !ok {
			t.Errorf("%s is not registered in exported: say which of its fields may be printed", name)
		}
	}
	for name := range exported {
		if !slices.Contains(found, name) {
			t.Errorf("%s is registered and does not exist", name)
		}
	}
}

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

// pointerVerb matches a directive of package fmt with the verb p.
var pointerVerb = regexp.MustCompile(`%[-+# 0]*(\[\d+\])?\d*p\b`)

// With %p, package fmt prints the text of a Secret and calls none of its methods.
// go vet reports %w, and it does not report %p.
func TestNoProgramOfThisModuleUsesTheVerbP(t *testing.T) {
	if text := fmt.Sprintf("%p", opclient.Secret(marker)); !strings.Contains(text, marker) {
		t.Error("package fmt no longer prints it: the documentation of Secret can promise every verb")
	}
	files := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "../.." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		source, err := os.ReadFile(path)
		for _, text := range stringsIn(source) {
			if found := pointerVerb.FindString(text); found != "" {
				t.Errorf("%s uses %s, which prints secrets", path, found)
			}
		}
		return err
	})
	if err != nil || files < 100 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

func TestThePackageDocumentationNamesEveryError(t *testing.T) {
	document, err := os.ReadFile("docs.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^(?:\t|var )(Err[A-Z]\w+)( error)? += `)
	var names []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range declared.FindAllSubmatch(source, -1) {
			names = append(names, string(match[1]))
		}
	}
	for _, name := range names {
		if !strings.Contains(string(document), "["+name+"]") {
			t.Errorf("the documentation of the package does not name %s", name)
		}
	}
	for _, match := range regexp.MustCompile(`\[(Err\w+)\]`).FindAllSubmatch(document, -1) {
		if !slices.Contains(names, string(match[1])) {
			t.Errorf("the documentation of the package names %s, which does not exist", match[1])
		}
	}
	if len(names) < 20 {
		t.Errorf("found %d errors only", len(names))
	}
}

// stringsIn returns the string literals of Go source.
func stringsIn(source []byte) (literals []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, nil, 0)
	for {
		switch _, kind, text := s.Scan(); kind {
		case token.EOF:
			return literals
		case token.STRING:
			literals = append(literals, text)
		}
	}
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

func TestWhatHoldsSecretsHasNoJSON(t *testing.T) {
	for _, v := range []any{opclient.Pending{}, opclient.Continue{}, opclient.Token{}, opclient.PendingGrant{}, opclient.Config{}, opclient.Client{},
		httpsig.Signer{}, opclient.Grant{Token: &opclient.Token{}}, []opclient.Continue{{}}, &opclient.Token{}} {
		if text, err := json.Marshal(v); err == nil {
			t.Errorf("%T is written as %s", v, text)
		}
	}
	var s opclient.Secret
	text, err := json.Marshal(opclient.Secret("sesame"))
	if err != nil || string(text) != `"REDACTED"` {
		t.Errorf("a secret is written as %s, %v", text, err)
	}
	if err := json.Unmarshal(text, &s); err == nil {
		t.Errorf("and silently read back as %q", string(s))
	}
	if err := json.Unmarshal([]byte(`"sesame"`), &s); err != nil || string(s) != "sesame" {
		t.Errorf("got %q, %v", string(s), err)
	}
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(opclient.PendingGrant{}); err == nil {
		t.Error("an empty pending grant is stored")
	}
}
