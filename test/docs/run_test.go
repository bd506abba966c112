//go:build tools

package docs_test

import (
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/openapi/own"
)

// elsewhere are blocks that another test runs, by the name of that test.
var elsewhere = map[string]string{
	"export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL=http://127.0.0.1:…\nkey=$(aws kms create-key --key-spec ECC_NIST_EDWARDS25519 --key-usage SIGN_VERIFY --query KeyMetadata.Arn --output text)\njq --arg key \"$key\" '.Parameters += {SIGNING_KEY_SECRET: \"\", SIGNING_KEY_KMS: $key, WALLET_ADDRESS: \"http://host.docker.internal:3388/shop\"}' \\\n    .aws-sam/local/build/variables.json > .aws-sam/local/kms.json\n.tools/sam/bin/sam local invoke RequestGrant --event events/request-grant.json --config-file \"$PWD/.aws-sam/local/samconfig.toml\" \\\n    --env-vars .aws-sam/local/kms.json": "TestTheShopWorksWithTheFunctionsInContainers",
	"make local": "TestTheShopWorksWithTheFunctionsInContainers",
	"CGO_ENABLED=0 go build -o bin/ ./cmd/opgrants\ndocker build -t opgrants-sandbox -f cmd/opgrants/sandbox.Dockerfile bin\ndocker run --rm -p 127.0.0.1:3388:3388 opgrants-sandbox":                                                    "TestTheContainerFileStartsTheSandbox",
	`.tools/sam/bin/sam local invoke RequestGrant --event events/request-grant.json --config-file "$PWD/.aws-sam/local/samconfig.toml"`:                                                                                                  "TestTheShopWorksWithTheFunctionsInContainers",
	"id=…\nsed \"s/qL8f3yJX0mE5vT2nRk7wZg/$id/g\" events/get-grant.json > .aws-sam/local/event.json\n.tools/sam/bin/sam local invoke ManageGrant --event .aws-sam/local/event.json --config-file \"$PWD/.aws-sam/local/samconfig.toml\"": "TestTheShopWorksWithTheFunctionsInContainers",
}

// scenes are the pages with commands, and how each is played.
var scenes = map[string]func(t *testing.T, page string){
	"README.md":               playService,
	"docs/getting-started.md": playService,
	"docs/payments.md":        playService,
	"docs/cli.md":             playCommands,
	"docs/doctor.md":          playDoctor,
	"docs/real-wallet.md":     playRealWallet,
	"docs/library.md":         playLibrary,
	"docs/sandbox.md":         playSandbox,
	"docs/deploy.md":          playDeployment,
	"docs/operate.md":         playOperation,
	"docs/serve.md":           playServe,
	"docs/keys.md":            playKeys,
	"docs/restore.md":         playRestore,
	"docs/releases.md":        playRelease,
	"CONTRIBUTING.md":         playContribution,
}

// TestEachCommandOfThePagesRuns runs the sh fences of each page.
func TestEachCommandOfThePagesRuns(t *testing.T) {
	workingCopy = copyRepository(t)
	for _, page := range pages(t) {
		if len(blocks(t, page)) == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			play := scenes[page]
			if play == nil {
				t.Fatal("nobody runs its commands")
			}
			play(t, page)
		})
	}
}

// sandbox declares the command that starts the sandbox, at a free port.
func (s *scene) sandbox(ports []string) {
	s.replace("127.0.0.1:3388", "127.0.0.1:"+ports[0])
	s.replace("bin/opgrants sandbox", "bin/opgrants sandbox --listen 127.0.0.1:"+ports[0])
	s.goesOn(`^bin/opgrants sandbox`, `Tests control it at`, nil)
}

// playService runs the demo, the sandbox and the service, and is the app and its
// user.
func playService(t *testing.T, page string) {
	ports := freePorts(t, 2)
	service := described(t, ports[1])
	s := newScene(t, page)
	s.goesOn(`^go run ./cmd/opgrants demo\s*(#|$)`, `(http://\S+)`, nil)
	s.sandbox(ports)
	// Each page has a file of its own: the same Idempotency-Key is used on several.
	file := filepath.Join(t.TempDir(), "opgrants.db")
	s.replace("bin/opgrants serve", "bin/opgrants serve --data-file "+file+" --listen 127.0.0.1:"+ports[1]+" --public-url "+service)
	s.replace("http://127.0.0.1:8080", service)
	s.goesOn(`^bin/opgrants serve`, listening, nil)
	s.replaceLater("code=…", func() string {
		consent := strings.TrimSpace(s.run(block{page: page}, "jq -r .consentUrl <<<\"$grant\"\n"))
		return "code=" + codeAfter(t, consent, "")
	})
	if page == "docs/payments.md" {
		s.replace("bin/opgrants checkout", "bin/opgrants checkout --finish http://localhost:0")
		s.waits("^bin/opgrants checkout", `following URL: (\S+)`, func(found []string) { allow(t, found[1], "") })
	}
	if page == "README.md" {
		s.env = fromHere(t)
		s.replace("make check", "make --dry-run check") // which runs the tests that need only Go
	}
	s.play()
	at := service + "/grants/$id"
	if page != "docs/getting-started.md" { // the others take a payment
		paid := s.run(block{page: page}, "curl -sS "+at+"/payments -H 'Idempotency-Key: order-7' --json '{}' | jq -r .status\n")
		if strings.TrimSpace(paid) != "completed" {
			t.Errorf("at the end of %s the payment is %s", page, paid)
		}
	}
	last, want := s.run(block{page: page}, "curl -sS "+at+" | jq -r .status\n"), "revoked"
	if page == "README.md" { // which leaves the grant
		want = "granted"
	}
	if strings.TrimSpace(last) != want {
		t.Errorf("at the end of %s the grant is %s, want %s", page, last, want)
	}
}

// described returns the URL of a proxy of the service at a port, whose requests and
// answers must be as docs/openapi.yaml says.
func described(t *testing.T, port string) string {
	t.Helper()
	proxy := httptest.NewServer(own.Proxy(&url.URL{Scheme: "http", Host: "127.0.0.1:" + port}, t.Errorf))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// playCommands asks for a grant and makes a payment from the command line.
func playCommands(t *testing.T, page string) {
	s := newScene(t, page)
	s.sandbox(freePorts(t, 1))
	for _, command := range []string{"request", "pay"} {
		s.replace("bin/opgrants "+command, "bin/opgrants "+command+" --finish http://localhost:0")
		s.waits("^bin/opgrants "+command, `following URL: (\S+)`, func(found []string) { allow(t, found[1], "") })
	}
	s.play()
}

func playContribution(t *testing.T, page string) {
	s := newScene(t, page, fromHere(t)...)
	s.replace("make check", "make --dry-run check")
	s.play()
}
