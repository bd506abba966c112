//go:build tools

package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/peers"
)

// inCloud is the environment of the commands that call AWS: an emulated one.
func inCloud(t *testing.T, s *scene) (endpoint string) {
	t.Helper()
	for _, file := range []string{"key.pem", "key.secret.json"} { // of the page before
		_ = os.Remove(filepath.Join(s.dir, file))
	}
	endpoint = peers.AWS(t, "AUTH=true")
	s.env = append(s.env, "AWS_ENDPOINT_URL="+endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_PAGER=", "SAM_CLI_POLL_DELAY=0.2", "ARCHITECTURE="+peers.Architecture(), "PATH="+tools(t)+":"+os.Getenv("PATH"))
	return endpoint
}

// tools is a folder with sam and aws. The AWS CLI that can be pinned is version 1,
// which has all commands of the pages but one. For SQS it ignores AWS_ENDPOINT_URL.
func tools(t *testing.T) string {
	t.Helper()
	dir, installed := t.TempDir(), filepath.Join(peers.Root(t), ".tools")
	for name, script := range map[string]string{
		"sam": "exec " + program(installed, "sam", "sam") + ` "$@"`,
		"aws": `if [ "$1 $2" = "configure export-credentials" ]; then
  echo "export AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY"; exit; fi
exec ` + program(installed, "awscli", "aws") + ` --endpoint-url "$AWS_ENDPOINT_URL" "$@"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// program is how a shell runs a program of Python that is installed in a folder of
// its own. The first line of the program has the place where that was made, and
// fails if it was moved since.
func program(installed, folder, name string) string {
	bin := filepath.Join(installed, folder, "bin")
	return filepath.Join(bin, "python3") + " " + filepath.Join(bin, name)
}

// playDeployment deploys the stack, gives it its key, and takes a grant from the
// request to its end; then it updates and removes the stack.
func playDeployment(t *testing.T, page string) {
	s := newScene(t, page)
	endpoint := inCloud(t, s)
	through := strings.TrimPrefix(endpoint, "http://")
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wallet.Close() })
	alice, err := wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	if err != nil {
		t.Fatal(err)
	}
	shop, err := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	s.replace("https://wallet.example/alice", alice)
	// The functions of a test may call a wallet on this machine.
	local := `sed -i -E "s/^( +)GRANTS_TABLE:/\1INSECURE_ALLOW_LOCAL: 'true'\n&/" .aws-sam/build/template.yaml` + "\ngo run ./test/plainalarms .aws-sam/build/template.yaml\n"
	s.replace("sam deploy --guided", local+"sam deploy --no-confirm-changeset --no-progressbar --parameter-overrides Architecture="+
		peers.Architecture()+" ReturnUrls=https://shop.example/thanks\n")
	s.replace("aws iam put-role-policy --role-name deployer", "aws iam create-role --role-name deployer --assume-role-policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[]}'\n"+
		"aws iam put-role-policy --role-name deployer")
	s.replace("sam build && sam deploy\n", "sam build\n"+local+"sam deploy --no-confirm-changeset --no-progressbar --parameter-overrides Architecture="+
		peers.Architecture()+" ReturnUrls=https://shop.example/thanks\n")
	s.replace("sam delete", "sam delete --no-prompts")
	printed := filepath.Join(t.TempDir(), "keygen")
	s.replace(`--secret-id "$(output SigningKeySecret)"`, `--secret-id "$(output SigningKeySecret)" > `+printed+` 2>&1; cat `+printed)
	s.replaceLater("aws iam attach-role-policy", func() string {
		s.run(block{page: page}, "sed -i 's|https://wallet.example/shop|"+shop+"|' key.secret.json\n"+registerKey(t, wallet, shop, printed)+
			"aws iam create-role --role-name shop --assume-role-policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[]}'\n")
		return "aws iam attach-role-policy"
	})
	// The emulator has the API under a name of its own.
	s.replace("api=$(output ApiUrl)", `api=$(output ApiUrl); api=http://$(sed -E 's|https?://([^.]+)\..*|\1|' <<<"$api").execute-api.localhost:`+strings.Split(through, ":")[1])
	s.replaceLater("code=…", func() string {
		answer := s.run(block{page: page}, "cat <<<\"$grant\"\n")
		var grant struct{ ConsentURL string }
		if err := json.Unmarshal([]byte(strings.TrimSpace(answer)), &grant); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		link, err := wallet.Approve(grant.ConsentURL)
		if err != nil {
			t.Fatal(err)
		}
		id := regexp.MustCompile(`/grants/([^/]+)/finish`).FindStringSubmatch(link)[1]
		_, query, _ := strings.Cut(link, "?")
		back := s.run(block{page: page}, "curl -sS -o /dev/null -w '%{redirect_url}' \"$api/grants/"+id+"/finish?"+query+"\"\n")
		code := regexp.MustCompile(`code=([\w-]+)&status=granted`).FindStringSubmatch(back)
		if code == nil {
			t.Fatalf("the browser was sent to %s", back)
		}
		return "code=" + code[1]
	})
	s.replace(`--key-id "$key"`, `--key-id "$(aws kms create-key --query KeyMetadata.KeyId --output text)"`)
	s.play()
	for _, token := range wallet.LiveTokens() {
		if token.Interactive { // the others are the service's own, and expire
			t.Errorf("%s is alive after all", token.ManageURI)
		}
	}
	if moved := wallet.Ledger(); len(moved) != 1 || moved[0].To != shop || moved[0].Arrived.Value != 400 {
		t.Errorf("what moved is %+v, want 4.00 to %s", moved, shop)
	}
	if left := s.run(block{page: page}, "aws cloudformation list-stacks --stack-status-filter CREATE_COMPLETE UPDATE_COMPLETE --query 'StackSummaries[].StackName' --output text\n"); strings.Contains(left, "opgrants") {
		t.Errorf("stacks are left: %s", left)
	}
}

// registerKey registers the key that keygen printed, and is the command that it
// printed.
func registerKey(t *testing.T, wallet *sandbox.Server, address, printed string) (command string) {
	t.Helper()
	text, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	command = regexp.MustCompile(`aws secretsmanager put-secret-value .*`).FindString(string(text))
	jwks := regexp.MustCompile(`(?s)\{\s*"keys".*?\]\s*\}`).FindString(string(text))
	var keys struct{ Keys []sandbox.JWK }
	if err := json.Unmarshal([]byte(jwks), &keys); err != nil || command == "" || len(keys.Keys) != 1 {
		t.Fatalf("keygen printed\n%s\n%v", text, err)
	}
	if err := wallet.SetKeys(address, keys.Keys...); err != nil {
		t.Fatal(err)
	}
	return command + "\n"
}

// table is the command that makes a table of this name with three old items.
func table(name string) string {
	return `table=` + name + `
aws dynamodb create-table --table-name $table --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST
aws dynamodb update-continuous-backups --table-name $table --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
for id in 1 2 3; do aws dynamodb put-item --table-name $table --item '{"id":{"S":"'$id'"},"v":{"S":"old"}}'; done`
}

// playOperation asks for alarms, and looks for what was given up and for a payment.
func playOperation(t *testing.T, page string) {
	s := newScene(t, page)
	inCloud(t, s)
	s.replace("topic=$(aws sns create-topic", table("grants")+"\ntopic=$(aws sns create-topic")
	s.replace("payment=…", "payment=Yk3vB8nQ2mF6xT1sRd9wLw")
	s.replace(`--table-name "$(output Table)"`, "--table-name grants")
	s.replace(`aws lambda invoke --function-name "$(output FindDueFunction)"`, "echo aws lambda invoke")
	s.replace(`"$(output DeadLetterQueue)"`, `"$(aws sqs create-queue --queue-name dead --query QueueUrl --output text)"`)
	s.replace("alarm=…", `alarm=KeepFailed
aws cloudwatch put-metric-alarm --alarm-name KeepFailed --metric-name KeepFailed --namespace opgrants --comparison-operator GreaterThanThreshold --threshold 0 --evaluation-periods 1 --period 300 --statistic Sum`)
	s.play()
}

// listening is what serve logs when it is ready.
const listening = `"message":"listening"`
