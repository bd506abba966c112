package opclient

// A WalletAddress is the public document of a wallet address.
type WalletAddress struct {
	ID             string `json:"id"` // its own name for itself
	PublicName     string `json:"publicName,omitempty"`
	AssetCode      string `json:"assetCode"`
	AssetScale     uint8  `json:"assetScale"`
	AuthServer     string `json:"authServer"`
	ResourceServer string `json:"resourceServer"`
}
