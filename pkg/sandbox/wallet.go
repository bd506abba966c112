package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// A Wallet is an account with a wallet address, of a user or of a client.
type Wallet struct {
	// Name is the path of its address, without a slash in front: "alice",
	// "shop/usd", ".well-known/pay".
	Name string
	// PublicName is shown to people. A client without one cannot ask for a grant
	// that needs a consent.
	PublicName string
	AssetCode  string // "": USD with AssetScale 2
	AssetScale uint8  // digits after the decimal point
	Keys       []JWK  // that sign the requests of this wallet address
	// Balance is what is in the account at the start, in the asset's smallest
	// units. 0: a thousand whole units, such as 1,000.00 USD; negative: nothing.
	Balance int64
}

var (
	walletName    = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)
	reservedNames = []string{authPath, resourcePath}
)

// AddWallet opens a wallet and returns its address, a URL.
func (s *Server) AddWallet(w Wallet) (walletAddress string, err error) {
	first, _, _ := strings.Cut(w.Name, "/")
	if !walletName.MatchString(w.Name) || strings.HasSuffix(w.Name, "/jwks.json") || slices.Contains(reservedNames, first) {
		return "", fmt.Errorf("sandbox: %q cannot be a wallet's name: use letters, digits and -._~ between slashes", w.Name)
	}
	for _, part := range strings.Split(w.Name, "/") {
		if part == "." || part == ".." {
			return "", fmt.Errorf("sandbox: %q cannot be a wallet's name: it has a part %q", w.Name, part)
		}
	}
	if w.AssetCode == "" {
		w.AssetCode, w.AssetScale = "USD", 2
	}
	if err := checkKeys(w.Keys); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wallets[w.Name] != nil {
		return "", fmt.Errorf("sandbox: there is a wallet %q already", w.Name)
	}
	w.Keys = slices.Clone(w.Keys)
	s.wallets[w.Name] = &w
	s.openAccount(&w)
	return s.url + "/" + w.Name, nil
}

// SetKeys replaces the keys of a wallet address of this server.
func (s *Server) SetKeys(walletAddress string, keys ...JWK) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.wallet(walletAddress)
	if w == nil {
		return fmt.Errorf("sandbox: %s is no wallet address of this server", walletAddress)
	}
	w.Keys = slices.Clone(keys)
	return nil
}

// wallet finds a wallet by its address; nil if it is none of ours. s.mu is held.
func (s *Server) wallet(walletAddress string) *Wallet {
	name, ok := strings.CutPrefix(walletAddress, s.url+"/")
	if !ok {
		return nil
	}
	return s.wallets[name]
}

// A walletDocument is what a wallet address answers.
type walletDocument struct {
	ID             string `json:"id"`
	PublicName     string `json:"publicName,omitempty"`
	AssetCode      string `json:"assetCode"`
	AssetScale     uint8  `json:"assetScale"`
	AuthServer     string `json:"authServer"`
	ResourceServer string `json:"resourceServer"`
}

type keySet struct {
	Keys []JWK `json:"keys"`
}

func (s *Server) serveWallet(w http.ResponseWriter, name string) *refusal {
	s.mu.Lock()
	wallet := s.wallets[name]
	s.mu.Unlock()
	if wallet == nil {
		return plainText(http.StatusNotFound, "there is no wallet of this name")
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	writeJSON(w, http.StatusOK, walletDocument{
		ID: s.url + "/" + name, PublicName: wallet.PublicName,
		AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale,
		AuthServer: s.AuthServer(), ResourceServer: s.ResourceServer(),
	})
	return nil
}

func (s *Server) serveKeys(w http.ResponseWriter, name string) *refusal {
	s.mu.Lock()
	wallet, set := s.wallets[name], keySet{Keys: []JWK{}}
	if wallet != nil {
		set.Keys = append(set.Keys, wallet.Keys...)
	}
	s.mu.Unlock()
	if wallet == nil {
		return plainText(http.StatusNotFound, "there is no wallet of this name")
	}
	writeJSON(w, http.StatusOK, set)
	return nil
}
