package config

import (
	"log/slog"
	"slices"

	"github.com/opgrants/opgrants/internal/power"
)

// A Config is what the functions on AWS need to know. [FromEnv] makes one.
type Config struct {
	GrantsTable      string // GRANTS_TABLE
	SigningKeySecret string // SIGNING_KEY_SECRET: name or ARN; empty: SigningKeyKMS is set

	SigningKeyKMS string // SIGNING_KEY_KMS: ARN, id or alias of a KMS key; empty: SigningKeySecret is set
	WalletAddress string // WALLET_ADDRESS: the service's own; a secret has it, KMS does not
	KeyID         string // KEY_ID: of the KMS key; empty: its thumbprint

	PublicURL          string   // PUBLIC_URL, without a slash at its end
	ReturnURLs         []string // RETURN_URLS; empty: no returnUrl is allowed
	AllowUnboundGrants bool     // ALLOW_UNBOUND_GRANTS
	Payees             []string // PAYEES: wallet addresses as URLs, or [Anywhere] alone; empty: not set
	PaymentsOff        bool     // PAYMENTS=off: no payment is made
	OwnerByRole        bool     // OWNER_BY=role: the owner is account and role, not the account
	InsecureAllowLocal bool     // INSECURE_ALLOW_LOCAL

	// JWTScopes has the scope that a JSON Web Token needs for a power:
	// JWT_SCOPE_GRANTS and so on. A power without an entry needs none.
	JWTScopes map[power.Power]string

	Telemetry Telemetry
	AWS       AWS
}

// Telemetry is how logs and metrics are labelled, under the names of Powertools
// for AWS Lambda.
type Telemetry struct {
	Service   string     // POWERTOOLS_SERVICE_NAME; default opgrants
	Namespace string     // POWERTOOLS_METRICS_NAMESPACE; default opgrants
	LogLevel  slog.Level // POWERTOOLS_LOG_LEVEL; default INFO
}

// AWS is where the clients find their services, under the names of the AWS SDKs.
type AWS struct {
	Region                 string // AWS_REGION, which Lambda sets
	DynamoDBEndpoint       string // AWS_ENDPOINT_URL_DYNAMODB, else AWS_ENDPOINT_URL; empty: the region's own
	SecretsManagerEndpoint string // AWS_ENDPOINT_URL_SECRETS_MANAGER, else AWS_ENDPOINT_URL; empty: the region's own
	KMSEndpoint            string // AWS_ENDPOINT_URL_KMS, else AWS_ENDPOINT_URL; empty: the region's own
}

const defaultName = "opgrants"

// FromEnv reads the configuration of a function; getenv is [os.Getenv] outside
// of tests. needed are those of the variables that just some functions need:
// PUBLIC_URL. The error is an [*Error] that names everything that is wrong.
func FromEnv(getenv func(string) string, needed ...string) (*Config, error) {
	var p problems
	e := env{get: getenv, problems: &p}
	local := e.flag("INSECURE_ALLOW_LOCAL")
	c := &Config{
		GrantsTable:        e.require("GRANTS_TABLE", "the name of the DynamoDB table"),
		SigningKeySecret:   e.value("SIGNING_KEY_SECRET"),
		SigningKeyKMS:      e.value("SIGNING_KEY_KMS"),
		WalletAddress:      e.value("WALLET_ADDRESS"),
		KeyID:              e.value("KEY_ID"),
		PublicURL:          e.requireIf(slices.Contains(needed, "PUBLIC_URL"), "PUBLIC_URL", "the base URL of this service as browsers see it"),
		ReturnURLs:         splitURLs(getenv("RETURN_URLS")),
		AllowUnboundGrants: e.flag("ALLOW_UNBOUND_GRANTS"),
		Payees:             splitPayees(getenv("PAYEES")),
		PaymentsOff:        e.choice("PAYMENTS", "on", "off") == "off",
		JWTScopes:          e.scopes(),
		OwnerByRole:        e.choice("OWNER_BY", "account", "role") == "role",
		InsecureAllowLocal: local,
		Telemetry:          e.telemetry(),
		AWS: AWS{
			Region:                 e.require("AWS_REGION", "the AWS region, which Lambda sets"),
			DynamoDBEndpoint:       e.endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
			SecretsManagerEndpoint: e.endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
			KMSEndpoint:            e.endpoint("AWS_ENDPOINT_URL_KMS"),
		},
	}
	checkName(&p, "GRANTS_TABLE", c.GrantsTable)
	c.readSigningKey(e)
	checkName(&p, "AWS_REGION", c.AWS.Region)
	c.PublicURL = checkPublicURL(&p, "PUBLIC_URL", c.PublicURL, local)
	checkReturnURLs(&p, "RETURN_URLS", c.ReturnURLs, local)
	c.Payees = checkPayees(&p, "PAYEES", c.Payees, local)
	if err := p.err(); err != nil {
		return nil, err
	}
	return c, nil
}
