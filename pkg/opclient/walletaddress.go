package opclient

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/internal/netguard"
)

// A WalletAddress is the public document of a wallet address.
type WalletAddress struct {
	ID             string `json:"id"`                   // its URL, as the wallet spells it
	PublicName     string `json:"publicName,omitempty"` // at most 200 characters
	AssetCode      string `json:"assetCode"`
	AssetScale     uint8  `json:"assetScale"`
	AuthServer     string `json:"authServer"`
	ResourceServer string `json:"resourceServer"`
}

// maxAddress limits a wallet address, in bytes.
const maxAddress = 2048

// ParseWalletAddress returns the URL of a wallet address that a person wrote as an
// https URL or as a payment pointer: $host/path is https://host/path, and $host is
// https://host/.well-known/pay. It never accepts http or another port than 443; the
// client's own methods do if [Config.InsecureAllowLocal] is set.
func ParseWalletAddress(s string) (string, error) { return parseWalletAddress(s, false) }

func parseWalletAddress(s string, insecure bool) (string, error) {
	address := strings.TrimSpace(s)
	if len(address) > maxAddress {
		return "", fmt.Errorf("a wallet address has at most %d characters", maxAddress)
	}
	if pointer, ok := strings.CutPrefix(address, "$"); ok {
		host, path, _ := strings.Cut(pointer, "/")
		if path == "" {
			path = ".well-known/pay"
		}
		address = "https://" + host + "/" + path
	}
	if !strings.Contains(address, "://") {
		return "", errors.New("give a wallet address, such as https://wallet.example/alice or $wallet.example/alice")
	}
	u, err := netguard.ParseURL(address, insecure)
	if err != nil {
		return "", fmt.Errorf("this is not a usable wallet address: %w", err)
	}
	if u.RawQuery != "" || u.ForceQuery {
		return "", errors.New("a wallet address has no query; leave out what follows the question mark")
	}
	return address, nil
}

// sameAddress reports whether two URLs are equivalent (RFC 3986 section 6.2): the
// letter case of the host, a default port and an empty path make no difference.
func sameAddress(a, b *url.URL) bool {
	path := func(u *url.URL) string {
		if u.EscapedPath() == "" {
			return "/"
		}
		return u.EscapedPath()
	}
	return netguard.Origin(a) == netguard.Origin(b) && path(a) == path(b) && a.RawQuery == b.RawQuery
}

// name is the publicName, of which the rest is cut off if it is long.
func name(o object) string {
	if !o.has("publicName") {
		return ""
	}
	return clip(get[string](o, "publicName", "a string"), maxName)
}

// walletAddressOf reads the document (OpenAPI wallet-address). It checks every URL
// in it: we will dial them, or name them to others.
func walletAddressOf(o object, insecure bool) *WalletAddress {
	link := func(name string) string {
		raw := o.string(name)
		if _, err := netguard.ParseURL(raw, insecure); err != nil {
			o.fail("%s: %w", name, err)
		}
		return raw
	}
	w := &WalletAddress{
		ID:             link("id"),
		PublicName:     name(o),
		AssetCode:      o.text("assetCode", maxAssetCode),
		AssetScale:     uint8(o.integer("assetScale", 255)), //nolint:gosec // at most 255
		AuthServer:     link("authServer"),
		ResourceServer: link("resourceServer"),
	}
	if w.AssetCode == "" {
		o.fail("assetCode is empty")
	}
	return w
}
