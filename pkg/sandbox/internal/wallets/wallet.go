package wallets

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// A Wallet is an account with a wallet address, of a user or of a client. The face
// of the sandbox documents the fields.
type Wallet struct {
	Name       string
	PublicName string
	AssetCode  string
	AssetScale uint8
	Keys       []JWK
	Balance    int64
	Consent    Consent
}

// A Consent is how a wallet answers an app that asks for its user's consent.
type Consent string

// The answers. The face of the sandbox documents them.
const (
	Asks     Consent = ""
	Approves Consent = "approves"
	Refuses  Consent = "refuses"
	Leaves   Consent = "leaves"
	Revokes  Consent = "revokes"
	Nonsense Consent = "nonsense"
)

// Consents are all answers.
var Consents = []Consent{Asks, Approves, Refuses, Leaves, Revokes, Nonsense}

// walletName and reservedNames say which names a wallet can have. reservedNames are
// the paths of the two servers.
var (
	walletName    = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)
	reservedNames = []string{"auth", "op"}
)

func checkName(name string) error {
	first, _, _ := strings.Cut(name, "/")
	if !walletName.MatchString(name) || strings.HasSuffix(name, "/jwks.json") || slices.Contains(reservedNames, first) {
		return fmt.Errorf("sandbox: %q cannot be a wallet's name: use letters, digits and -._~ between slashes", name)
	}
	for _, part := range strings.Split(name, "/") {
		if part == "." || part == ".." {
			return fmt.Errorf("sandbox: %q cannot be a wallet's name: it has a part %q", name, part)
		}
	}
	return nil
}

// Add opens a wallet and returns its address.
func (d *Directory) Add(w *Wallet) (walletAddress string, err error) {
	if err := checkName(w.Name); err != nil {
		return "", err
	}
	if w.AssetCode == "" {
		w.AssetCode, w.AssetScale = "USD", 2
	}
	if !slices.Contains(Consents, w.Consent) {
		return "", fmt.Errorf("sandbox: there is no consent %q", w.Consent)
	}
	if err := checkKeys(w.Keys); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wallets[w.Name] != nil {
		return "", fmt.Errorf("sandbox: there is a wallet %q already", w.Name)
	}
	d.wallets[w.Name] = w
	return d.config.URL + "/" + w.Name, nil
}

// SetKeys replaces the keys of a wallet.
func (d *Directory) SetKeys(walletAddress string, keys []JWK) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.find(walletAddress)
	if w == nil {
		return fmt.Errorf("sandbox: %s is no wallet address of this server", walletAddress)
	}
	w.Keys = keys
	return nil
}

// ConsentOf returns how a wallet answers. A wallet of another server asks its user.
func (d *Directory) ConsentOf(walletAddress string) Consent {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.find(walletAddress); w != nil {
		return w.Consent
	}
	return Asks
}

// find returns the wallet of an address, nil if it is not of this server. The caller
// holds d.mu.
func (d *Directory) find(walletAddress string) *Wallet {
	name, ok := strings.CutPrefix(walletAddress, d.config.URL+"/")
	if !ok {
		return nil
	}
	return d.wallets[name]
}

// A document is the answer of a wallet address.
type document struct {
	ID             string  `json:"id"`
	PublicName     *string `json:"publicName"`
	AssetCode      string  `json:"assetCode"`
	AssetScale     uint8   `json:"assetScale"`
	AuthServer     string  `json:"authServer"`
	ResourceServer string  `json:"resourceServer"`
}

type keySet struct {
	Keys []JWK `json:"keys"`
}

// Serve answers GET of wallet addresses and their key sets.
func (d *Directory) Serve(w http.ResponseWriter, r *http.Request, path string) {
	op, serve := calls.Wallet, d.serveDocument
	name, isKeys := strings.CutSuffix(path, "/jwks.json")
	if isKeys {
		op, serve = calls.Keys, d.serveKeys
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		message.PlainText(http.StatusNotFound, "").Write(w)
		return
	}
	if op == calls.Wallet {
		d.calls.Count(func(n *calls.Stats) { n.WalletReads++ })
	}
	d.calls.Serve(op, w, r, func(w http.ResponseWriter) *message.Refusal {
		f := serve(w, r, name)
		if f != nil {
			f.Write(w)
		}
		return f
	})
}

func (d *Directory) serveDocument(w http.ResponseWriter, r *http.Request, name string) *message.Refusal {
	if f := message.NotAcceptable(r); f != nil {
		return f
	}
	d.mu.Lock()
	wallet := d.wallets[name]
	d.mu.Unlock()
	if wallet == nil {
		return message.PlainText(http.StatusNotFound, "there is no wallet of this name")
	}
	doc := document{
		ID: d.config.URL + "/" + name, AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale,
		AuthServer: d.config.AuthServer, ResourceServer: d.config.ResourceServer,
	}
	if wallet.PublicName != "" {
		doc.PublicName = &wallet.PublicName
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	message.WriteJSON(w, http.StatusOK, doc)
	return nil
}

func (d *Directory) serveKeys(w http.ResponseWriter, _ *http.Request, name string) *message.Refusal {
	d.mu.Lock()
	wallet, set := d.wallets[name], keySet{Keys: []JWK{}}
	if wallet != nil {
		set.Keys = append(set.Keys, wallet.Keys...)
	}
	d.mu.Unlock()
	if wallet == nil {
		return message.PlainText(http.StatusNotFound, "there is no wallet of this name")
	}
	message.WriteJSON(w, http.StatusOK, set)
	return nil
}
