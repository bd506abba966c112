package opclient_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
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
