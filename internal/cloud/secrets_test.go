package cloud_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/cloud"
)

// wrongPlaces are secrets that somebody puts into a setting: the key of RFC 8032
// section 7.1, test 1, a token, and a URL with a password.
var wrongPlaces = map[string]string{
	"a PEM":                 "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n",
	"DER in base64":         "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
	"a seed in base64":      "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
	"a token":               "3b1f0c5a9e7d4682b0a1c2d3e4f50617",
	"a URL with a password": "https://shop:Hunter2Hunter2@wallet.example/shop",
	"a broken URL":          "https://shop:Hunter2,Hunter2@wallet.example:x/%zz",
	"a secret's JSON":       `{"walletAddress":"https://a.example","keyId":"1","privateKey":"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="}`,
}

func TestNoFunctionShowsASecretThatIsInTheWrongSetting(t *testing.T) {
	for _, variable := range []string{
		"GRANTS_TABLE", "SIGNING_KEY_SECRET", "PUBLIC_URL", "RETURN_URLS", "ALLOW_UNBOUND_GRANTS", "OWNER_BY", "INSECURE_ALLOW_LOCAL",
		"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_KMS", "AWS_REGION", "SIGNING_KEY_KMS",
	} {
		for name, value := range wrongPlaces {
			aws := newAWS(t, "")
			var log bytes.Buffer
			api := cloud.New(t.Context(), environment(aws.URL, map[string]string{variable: value}), &log, cloud.Requests)
			_, answer := ask(api.RequestGrant(), "POST", "/grants", `{}`)
			noMarker(t, name+" in "+variable, log.String()+answer)
		}
	}
}

func TestNoFunctionShowsASecretThatCannotBeRead(t *testing.T) {
	for name, value := range wrongPlaces {
		for form, secret := range map[string]string{
			"alone": value, "as a list": `["` + value + `"]`, "for a name": `{"` + value + `":1}`, "cut": value[:len(value)/2],
			"for the wallet address": `{"walletAddress":"` + value + `","keyId":"1","privateKey":"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="}`,
			"for the key's id":       `{"walletAddress":"https://a.example/x","keyId":"` + value + ` ;","privateKey":"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="}`,
			"for the key":            `{"walletAddress":"https://a.example/x","keyId":"1","privateKey":"` + value + `x"}`,
		} {
			aws := newAWS(t, secret)
			var log bytes.Buffer
			api := cloud.New(t.Context(), environment(aws.URL, nil), &log, cloud.Requests)
			_, answer := ask(api.RequestGrant(), "POST", "/grants", `{"walletAddress":"https://wallet.example/alice","unlimited":true}`)
			noMarker(t, name+" "+form, log.String()+answer)
		}
	}
}

func noMarker(t *testing.T, what, output string) {
	t.Helper()
	for _, m := range []string{"MC4CAQAwBQ", "IJ1hsZ3v", "nWGxne", "3b1f0c5a9e7d", "Hunter2"} {
		if strings.Contains(output, m) {
			t.Errorf("%s: %q is shown:\n%s", what, m, output)
			return
		}
	}
}
