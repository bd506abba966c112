//go:build tools

package deployment_test

import (
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// SAM makes the logical id of a version, which CloudFormation publishes when it
// is new, of where the code lies in S3. Lambda publishes no version of a function
// that has not changed, and the update fails. So a Build takes the place of where
// the code lies.
func TestABuildHasTheSameVersionsInEachBucket(t *testing.T) {
	t.Parallel()
	endpoint := peers.AWS(t)
	built := buildWithoutCode(t)
	pack := func(bucket, prefix string) (packaged string) {
		packaged = filepath.Join(t.TempDir(), "packaged.yaml")
		sam(t, []string{"AWS_ENDPOINT_URL=" + endpoint}, "package", "--s3-bucket", bucket, "--s3-prefix", prefix, "--region", region,
			"--template-file", built, "--output-template-file", packaged)
		return packaged
	}
	ids := func(packaged string, parameters ...string) (ids []string) {
		ids = translateFile(t, packaged, parameters...).of("AWS::Lambda::Version")
		if len(ids) != len(functions) {
			t.Fatalf("there are the versions %v", ids)
		}
		return ids
	}
	makeBucket(t, endpoint, "first")
	makeBucket(t, endpoint, "second")
	inFirst := pack("first", "opgrants")
	first := ids(inFirst, "Build=v120")
	if second := ids(pack("second", "another"), "Build=v120"); !slices.Equal(first, second) {
		t.Errorf("one build has the versions %v in a bucket, and %v in another", first, second)
	}
	for i, id := range ids(inFirst, "Build=v121") {
		if id == first[i] {
			t.Errorf("the next build has the same version %s", id)
		}
	}
	unnamed := ids(inFirst)
	if again := ids(pack("first", "opgrants")); !slices.Equal(unnamed, again) {
		t.Errorf("the same code at the same place has the versions %v and %v", unnamed, again)
	}
	if moved := ids(pack("second", "opgrants")); slices.Equal(unnamed, moved) {
		t.Error("SAM does not look at where the code lies any more: nobody needs the parameter Build")
	}
}

// deploysTwice: an unchanged build is deployed again, and each function is there
// in the version of before. (The emulator's transform does not know the values of
// parameters, so that Build is tried above.)
func (s *stack) deploysTwice(t *testing.T) {
	before := s.versions(t)
	s.deploy(t, templateWith(t, "INSECURE_ALLOW_LOCAL", "'true'"))
	if again := s.versions(t); !maps.Equal(again, before) {
		t.Errorf("the versions are %v, and before %v", again, before)
	}
}

func makeBucket(t *testing.T, endpoint, name string) {
	t.Helper()
	s := &stack{deployment: &deployment{}, endpoint: endpoint}
	body := "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
	s.call(t, "s3", http.MethodPut, "/"+name, nil, []byte(body))
}
