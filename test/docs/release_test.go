//go:build tools

package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// playRelease deploys a release from a folder that has nothing else.
func playRelease(t *testing.T, page string) {
	out := filepath.Join(t.TempDir(), "release")
	build := exec.CommandContext(t.Context(), "go", "run", "./make/release", "-version", "1.2.3", "-out", out,
		"-architectures", peers.Architecture(), "-platforms", runtime.GOOS+"/"+runtime.GOARCH)
	build.Dir = workingCopy
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	download := t.TempDir()
	for _, name := range []string{"opgrants_1.2.3_aws.zip", "checksums.txt"} {
		if err := os.Rename(filepath.Join(out, name), filepath.Join(download, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := newScene(t, page)
	endpoint := inCloud(t, s)
	s.env = append(s.env, "AWS_ENDPOINT_URL_S3="+endpoint)
	s.replace("sha256sum --check", "cd "+download+"\nsha256sum --check")
	s.replace("template-arm64.yaml", "template-"+peers.Architecture()+".yaml")
	s.replace("aws cloudformation deploy", "go run -C "+workingCopy+" ./test/plainalarms "+download+"/packaged.yaml\naws cloudformation deploy")
	s.replace("make release", "cd "+workingCopy+"\nmake --dry-run release")
	s.play()
	version := s.run(block{page: page}, "tar -xzOf "+out+"/opgrants_1.2.3_"+runtime.GOOS+"_"+runtime.GOARCH+".tar.gz opgrants > "+download+"/opgrants\nchmod +x "+download+"/opgrants\n"+download+"/opgrants version\n")
	if !strings.HasPrefix(version, "opgrants 1.2.3, ") {
		t.Errorf("opgrants says it is %s", version)
	}
	// The browser's link needs no signature. That there is no such grant, the function has looked up.
	answer := s.run(block{page: page}, `id=$(aws cloudformation describe-stack-resource --stack-name opgrants --logical-resource-id Api --query StackResourceDetail.PhysicalResourceId --output text)
curl -sS -o /dev/null -w '%{http_code} %{content_type}' http://$id.execute-api.localhost:`+endpoint[strings.LastIndexByte(endpoint, ':')+1:]+"/grants/qL8f3yJX0mE5vT2nRk7wZg/finish\n")
	if strings.TrimSpace(answer) != "400 text/html; charset=utf-8" {
		t.Errorf("the function that was deployed answers %s", answer)
	}
}

// playRestore restores a table in which an item is missing and another one is newer, and
// then one that is gone.
func playRestore(t *testing.T, page string) {
	s := newScene(t, page)
	inCloud(t, s)
	s.replace("table=$(output Table)", table("lossy"))
	s.replace("until aws dynamodb wait table-exists --table-name restored; do sleep 9; done", `aws dynamodb wait table-exists --table-name restored
aws dynamodb delete-item --table-name lossy --key '{"id":{"S":"2"}}'
aws dynamodb put-item --table-name lossy --item '{"id":{"S":"1"},"v":{"S":"new"}}'
`)
	s.replace("backup=$(aws dynamodb list-backups --backup-type SYSTEM", `aws dynamodb create-backup --table-name lossy --backup-name system
aws dynamodb delete-table --table-name lossy
backup=$(aws dynamodb list-backups --backup-type USER`)
	printed := filepath.Join(t.TempDir(), "restore")
	s.replace(`--to "$table"`, `--to "$table" > `+printed)
	s.play()
	if said, err := os.ReadFile(printed); err != nil || !strings.HasPrefix(string(said), "1 items written (0 of them payments to look for), 2 already there, 0 expired") {
		t.Errorf("it says %s, %v", said, err)
	}
	left := s.run(block{page: page}, "aws dynamodb scan --table-name lossy --query 'sort_by(Items,&id.S)[].v.S' --output text | tr '\\t' ,\n")
	if strings.TrimSpace(left) != "new,old,old" {
		t.Errorf("the table has %s", left)
	}
}

// playKeys makes keys in KMS, and replaces one.
func playKeys(t *testing.T, page string) {
	s := newScene(t, page)
	inCloud(t, s)
	printed := filepath.Join(t.TempDir(), "keygen")
	s.replace("keygen --public-key public.json", "keygen --public-key public.json >> "+printed)
	s.play()
	said, err := os.ReadFile(printed)
	if err != nil || strings.Count(string(said), `"kty":"OKP"`) != 4 || strings.Count(string(said), "SIGNING_KEY_KMS=arn:aws:kms:") != 2 { // each as JWK and JWKS
		t.Errorf("keygen says %s, %v", said, err)
	}
	if state := s.run(block{page: page}, "aws kms describe-key --key-id $key --query KeyMetadata.KeyState --output text\n"); strings.TrimSpace(state) != "PendingDeletion" {
		t.Errorf("the old key is %s", state)
	}
}
