package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
)

var _ lambda.Handler = (*cloud.Keeper)(nil)

// within is the context of an invocation that Lambda ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func scheduled(t *testing.T) []byte {
	t.Helper()
	payload, err := os.ReadFile("../../events/keep-grants.json")
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestARunTellsWhatItDid(t *testing.T) {
	for _, tc := range []struct {
		name    string
		payload []byte
		id      string
	}{
		{"for the schedule", scheduled(t), "7bf73129-1428-4cd3-a780-95db273d1602"},
		{"by hand", []byte(`{}`), ""},
		{"by hand, without sense", []byte(`"now"`), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			aws := newAWS(t, someKey)
			var log bytes.Buffer
			k := cloud.NewKeeper(t.Context(), environment(aws.URL, map[string]string{"INSECURE_ALLOW_LOCAL": ""}), &log)
			answer, err := k.Invoke(within(t, 5*time.Minute), tc.payload)
			if want := `{"kept":0,"settled":0,"lost":0,"failed":0,"left":0}`; err != nil || string(answer) != want {
				t.Errorf("answered %s, %v; want %s", answer, err, want)
			}
			if n := aws.asked("Query", `"due"`); n != 8 {
				t.Errorf("%d shards were read", n)
			}
			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("%v: %s", err, &log)
			}
			if line["message"] != "grants kept" || line["kept"] != 0.0 || line["correlation_id"] != tc.id || line["cold_start"] != true {
				t.Errorf("logged %v", line)
			}
		})
	}
}

func TestARunThatDidNotDoAllFails(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*anAWS)
		timeout time.Duration
		want    string
	}{
		{"the calendar cannot be read", func(a *anAWS) { a.set(someKey, true) }, 5 * time.Minute, "AccessDeniedException"},
		{"grants cannot be kept", func(a *anAWS) { a.due = []string{"unreadable"} }, 5 * time.Minute, "8 could not be kept or settled"},
		{"there is no time to keep one", func(*anAWS) {}, 59 * time.Second, "set it to 5 minutes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			aws := newAWS(t, someKey)
			var log bytes.Buffer
			k := cloud.NewKeeper(t.Context(), environment(aws.URL, nil), &log)
			tc.prepare(aws)
			log.Reset() // of what was said at the start
			answer, err := k.Invoke(within(t, tc.timeout), scheduled(t))
			if err == nil || !strings.Contains(err.Error(), tc.want) || answer != nil {
				t.Errorf("answered %s, %v", answer, err)
			}
			if !strings.Contains(log.String(), tc.want) {
				t.Errorf("the log does not say %q:\n%s", tc.want, &log)
			}
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, `"_aws":`) && !strings.Contains(line, `"correlation_id":"7bf73129-1428-4cd3-a780-95db273d1602"`) {
					t.Errorf("a line does not name the run: %s", line)
				}
			}
		})
	}
}

// Lambda's deadline counts, whatever the timeout was meant to be.
func TestARunBeginsWithNothingNearLambdasDeadline(t *testing.T) {
	aws := newAWS(t, someKey)
	k := cloud.NewKeeper(t.Context(), environment(aws.URL, nil), io.Discard)
	aws.due = []string{"some grant"}
	aws.answer = func(target string) {
		if strings.HasSuffix(target, "Query") {
			time.Sleep(400 * time.Millisecond)
		}
	}
	answer, err := k.Invoke(within(t, time.Minute+200*time.Millisecond), scheduled(t))
	if err != nil || !strings.Contains(string(answer), `"left":8`) || aws.asked("GetItem", "some grant") != 0 {
		t.Errorf("answered %s, %v", answer, err)
	}
}

func TestWithABrokenConfigurationEachRunFails(t *testing.T) {
	var log bytes.Buffer
	k := cloud.NewKeeper(t.Context(), environment("", map[string]string{"GRANTS_TABLE": "", "AWS_ENDPOINT_URL": ""}), &log)
	for range 2 {
		if answer, err := k.Invoke(within(t, 5*time.Minute), scheduled(t)); err == nil || !strings.Contains(err.Error(), "GRANTS_TABLE") {
			t.Errorf("answered %s, %v", answer, err)
		}
	}
	if n := strings.Count(log.String(), "GRANTS_TABLE"); n != 3 {
		t.Errorf("the log names what is missing %d times, want at the start and in each run:\n%s", n, &log)
	}
}
